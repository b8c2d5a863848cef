"use strict";
// The data of the page: blobs, each compressed by deflate and written as base64. One of them describes the others.

const blobs = document.getElementsByClassName("blob");
const descriptionBlob = Number(document.currentScript.dataset.description);

async function bytesOf(blob) {
  const text = atob(blobs[blob].textContent);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// An element with properties and children. Text always becomes a text node, whatever it contains.
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role" || name === "for") made.setAttribute(name, value);
    else if (name === "style") made.style.cssText = value;
    else made[name] = value;
  }
  made.append(...children);
  return made;
}
const byId = (id) => document.getElementById(id);
// A name fit for a label of one line.
const oneLine = (text) => text.replace(/[\s\u0000-\u001f\u007f]+/g, " ").trim() || "(empty)";

let data;  // the description: n, maps, columns, genes, report ...

class Column {
  constructor(described, isGene) {
    Object.assign(this, described, { isGene });
    this.numeric = this.kind === "number";
    this.codes = null;  // of categories: 0 for missing, else 1 + category; of numbers: 0 ... steps, steps + 1 for missing
  }
  load() {
    this.loading ??= bytesOf(this.blob).then((bytes) => {
      const codes = new Uint16Array(data.n);
      codes.set(bytes.subarray(0, data.n));
      if (bytes.length > data.n) for (let i = 0; i < data.n; ++i) codes[i] |= bytes[data.n + i] << 8;
      this.codes = codes;
      return this;
    });
    return this.loading;
  }
  number(code) {
    return this.range[0] + code / this.steps * (this.range[1] - this.range[0]);
  }
  // The value of a cell as text.
  text(cell) {
    const code = this.codes[cell];
    if (this.numeric) return code > this.steps ? "" : this.numberText(this.number(code));
    return code === 0 ? "" : this.categories[code - 1];
  }
  numberText(value) {
    return this.whole ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
  }
}

// Coordinates of a map as pairs of 16-bit numbers.
async function loadMap(map) {
  const bytes = await bytesOf(map.blob), n = data.n;
  map.places = new Uint16Array(2 * n);
  for (let i = 0; i < n; ++i) {
    map.places[2 * i] = bytes[i] | bytes[n + i] << 8;
    map.places[2 * i + 1] = bytes[2 * n + i] | bytes[3 * n + i] << 8;
  }
  const width = map.x[1] - map.x[0], height = map.y[1] - map.y[0], unit = Math.max(width, height) || 1;
  // From a place to map units, in which the larger side has length 1 and the middle is 0.
  map.scale = [width / unit / 65535, height / unit / 65535];
  map.shift = [-width / unit / 2, -height / unit / 2];
  map.middle = [0, 1].map((axis) => usualSpan(map, axis));
}

// The part of an axis, in map units, that a view shows at first: all of it but a few outliers. [from, to]
function usualSpan(map, axis) {
  const counts = new Uint32Array(257), n = data.n, allowed = n * 0.0005;
  for (let i = 0; i < n; ++i) ++counts[map.places[2 * i + axis] >> 8];
  let from = 0, to = 256, sum = 0;
  while (from < 256 && (sum += counts[from]) <= allowed) ++from;
  sum = 0;
  while (to > 0 && (sum += counts[to - 1]) <= allowed) --to;
  const margin = (to - from) * 0.04;
  const unit = (at) => Math.min(256, Math.max(0, at)) * 256 * map.scale[axis] + map.shift[axis];
  return [unit(from - margin), unit(to + margin)];
}

let names = null;
let namesLoading = null;
function loadNames() {
  namesLoading ??= bytesOf(data.names).then((bytes) => {
    const n = data.n, length = bytes.length;
    let total = length - n;
    for (let i = 0; i < n; ++i) total += bytes[i];
    const all = new Uint8Array(total);
    let from = n, to = 0, previous = 0;
    for (let i = 0; i < n; ++i) {
      const begin = to;
      for (let k = 0; k < bytes[i]; ++k) all[to++] = all[previous + k];
      do all[to++] = bytes[from]; while (bytes[from++] !== 0);
      previous = begin;
    }
    names = new TextDecoder().decode(all.subarray(0, Math.max(0, to - 1))).split("\0");
    return names;
  });
  return namesLoading;
}

async function loadDescription() {
  data = JSON.parse(new TextDecoder().decode(await bytesOf(descriptionBlob)));
  data.columns = data.columns.map((each) => new Column(each, false));
  data.genes = data.genes.map((each) => new Column(each, true));
}
