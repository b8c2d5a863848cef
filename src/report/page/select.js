// The selected cells, and what can be done with them.

const selection = { flags: new Uint8Array(0), count: 0 };

// mode: "replace", "add" or "remove".
function select(flags, mode = "replace") {
  const own = selection.flags;
  for (let i = 0; i < own.length; ++i) own[i] = mode === "add" ? own[i] | flags[i] : mode === "remove" ? own[i] & ~flags[i] : flags[i];
  selection.count = own.reduce((sum, flag) => sum + flag, 0);
  renderer?.setChosen(own);
  showSelection();
  redraw();
}
function selectNone() { select(new Uint8Array(data.n)); }
function selectOthers() { select(selection.flags.map((flag, i) => flag || isHidden(i) ? 0 : 1)); }
function selectedCells() {
  const cells = [];
  selection.flags.forEach((flag, i) => { if (flag) cells.push(i); });
  return cells;
}

const count = (number) => number.toLocaleString("en");
const percent = (part, all) => {
  const share = 100 * part / all;
  return share >= 10 ? share.toFixed(0) + " %" : share.toFixed(1) + " %";
};

// The categories of the selected cells with a bar each, or quartiles of their values.
function composition() {
  const column = coloring.column, shares = element("div", { className: "shares" });
  if (!column) return shares;
  const cells = selectedCells();
  if (column.numeric) {
    const codes = Uint16Array.from(cells, (cell) => column.codes[cell]).filter((code) => code <= column.steps).sort();
    if (!codes.length) return shares;
    const at = (share) => column.numberText(column.number(codes[Math.min(codes.length - 1, Math.floor(share * codes.length))]));
    for (const [name, share] of [["first quartile", 0.25], ["median", 0.5], ["third quartile", 0.75]]) {
      shares.append(element("span", { textContent: name }), element("span"), element("span", { className: "number", textContent: at(share) }));
    }
    return shares;
  }
  const counts = new Map();
  for (const cell of cells) counts.set(column.codes[cell], (counts.get(column.codes[cell]) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  for (const [code, number] of sorted.slice(0, 12)) {
    const name = code === 0 ? "missing" : oneLine(column.categories[code - 1]);
    const color = css(code === 0 ? missingColor() : categoryColor(column, code - 1));
    shares.append(element("span", { className: "text", textContent: name, title: name }),
      element("span", { className: "bar", style: `background: ${color}; width: ${Math.max(2, 100 * number / sorted[0][1])}%` }),
      element("span", { className: "number", textContent: percent(number, cells.length) }));
  }
  if (sorted.length > 12) shares.append(element("span", { className: "text", textContent: `and ${count(sorted.length - 12)} more` }));
  return shares;
}

function showSelection() {
  const box = byId("selection");
  if (!selection.count) {
    box.replaceChildren(element("p", { textContent: "Shift and drag around cells to select them in all maps." }));
    return;
  }
  const button = (text, title, onclick) => element("button", { textContent: text, title, onclick });
  box.replaceChildren(
    element("h3", {}, element("span", { textContent: count(selection.count) + (selection.count === 1 ? " cell" : " cells") }),
      element("span", { className: "number", textContent: percent(selection.count, data.n) })),
    composition(),
    element("div", { className: "actions" },
      button("Copy names", "Names of the selected cells, one per line (C)", copyNames),
      button("Save CSV", "Names, positions and annotations of the selected cells", saveCsv),
      button("Zoom", "Enlarge the selected cells in all maps (Z)", zoomToSelection),
      button("Invert", "Select all other cells (I)", selectOthers),
      button("Clear", "Select none (Esc)", selectNone)));
}

function zoomToSelection() {
  if (!selection.count) return;
  for (const panel of panels) if (panel.isShown) panel.zoomTo(selection.flags);
  redraw();
}

async function copyNames() {
  if (!selection.count) return;
  const all = await loadNames(), text = selectedCells().map((cell) => all[cell]).join("\n");
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // not allowed for files in some browsers
    const area = element("textarea", { value: text, style: "position: fixed; opacity: 0" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  notify(`${count(selection.count)} names copied`);
}

const quoted = (text) => /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
// A table of the selected cells: name, coordinates, annotations, and the gene that is shown.
async function csvText() {
  const all = await loadNames(), gene = coloring.column?.isGene ? [coloring.column] : [];
  const columns = await Promise.all([...data.columns, ...gene].map((column) => column.load()));
  const coordinate = (map, axis, cell) => {
    const [low, high] = axis ? map.y : map.x;
    return String(Number((low + map.places[2 * cell + axis] / 65535 * (high - low)).toPrecision(6)));
  };
  const header = ["name", ...data.maps.flatMap((map) => [map.key + "_1", map.key + "_2"]), ...columns.map((column) => column.name)];
  const lines = [header.map(quoted).join(",")];
  for (const cell of selectedCells()) {
    lines.push([all[cell], ...data.maps.flatMap((map) => [coordinate(map, 0, cell), coordinate(map, 1, cell)]),
      ...columns.map((column) => column.text(cell))].map(quoted).join(","));
  }
  return lines.join("\n") + "\n";
}
async function saveCsv() {
  if (selection.count) saveFile(new Blob([await csvText()], { type: "text/csv" }), "cells.csv");
}
function saveFile(content, name) {
  const link = element("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
