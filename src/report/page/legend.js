// The legend: categories that can be switched off, or the gradient of a number with its distribution.

const maxEntries = 300;

function showLegend() {
  const column = coloring.column;
  byId("legend").replaceChildren(...(!column ? [] : column.numeric ? numberLegend(column) : categoryLegend(column)));
}

function toggle(code, alone) {
  const { hidden } = coloring, all = coloring.counts.length;
  if (alone) {
    const isAlone = hidden.size === all - 1 && !hidden.has(code);
    hidden.clear();
    if (!isAlone) for (let other = 0; other < all; ++other) if (other !== code) hidden.add(other);
  } else if (!hidden.delete(code)) {
    hidden.add(code);
  }
  afterToggling();
}
function afterToggling() {
  updatePalette();
  for (const entry of document.querySelectorAll("#legend .entry")) entry.setAttribute("aria-pressed", !coloring.hidden.has(Number(entry.dataset.code)));
  redraw();
}

function selectCategory(code, mode) {
  const codes = coloring.column.codes;
  select(Uint8Array.from(codes, (each) => each === code ? 1 : 0), mode);
}

function categoryEntry(column, code) {
  const name = code === 0 ? "missing" : oneLine(column.categories[code - 1]);
  const entry = element("button", { className: "entry", "aria-pressed": !coloring.hidden.has(code),
    title: name + "\nclick: show or hide; double click: alone; Shift and click: select" },
    element("span", { className: "dot", style: "background: " + css(code === 0 ? missingColor() : categoryColor(column, code - 1)) }),
    element("span", { className: "text", textContent: name }), element("span", { className: "count", textContent: count(coloring.counts[code]) }));
  entry.dataset.code = code;
  entry.onclick = (event) => {
    if (event.shiftKey) selectCategory(code, event.ctrlKey || event.metaKey ? "add" : "replace");
    else toggle(code, event.altKey);
  };
  entry.ondblclick = () => toggle(code, true);  // the two clicks before it cancel each other
  const heat = (hot) => { if (look.hot !== hot && data.n <= 400000) { look.hot = hot; redraw(); } };
  entry.onpointerenter = () => heat(code);
  entry.onpointerleave = () => heat(-1);
  return element("li", {}, entry);
}

function categoryLegend(column) {
  look.hot = -1;
  const codes = column.categories.map((_, category) => category + 1);
  if (coloring.counts[0]) codes.push(0);
  const list = element("ul"), note = element("p", { className: "note" });
  const fill = (wanted) => {
    const found = wanted ? codes.filter((code) => code > 0 && column.categories[code - 1].toLowerCase().includes(wanted)) : codes;
    list.replaceChildren(...found.slice(0, maxEntries).map((code) => categoryEntry(column, code)));
    note.textContent = found.length > maxEntries ? `and ${count(found.length - maxEntries)} more: type to filter` : "";
  };
  fill("");
  const parts = [];
  if (codes.length > 24) {
    parts.push(element("input", { type: "search", className: "small-input", placeholder: `Filter ${count(codes.length)} categories`,
      "aria-label": "Filter categories", oninput: (event) => fill(event.target.value.trim().toLowerCase()) }));
  }
  const all = (visible) => () => {
    coloring.hidden = new Set(visible ? [] : coloring.counts.keys());
    afterToggling();
  };
  parts.push(list, note, element("div", { className: "row" }, element("button", { textContent: "Show all", onclick: all(true) }),
    element("button", { textContent: "Hide all", onclick: all(false) })));
  return parts;
}

// The distribution of the visible values, in the colors of the gradient.
function numberLegend(column) {
  const canvas = element("canvas", { role: "img", "aria-label": "Distribution of " + oneLine(column.name) });
  const bins = 64, counts = new Float64Array(bins);
  let missing = 0;
  for (const code of column.codes) {
    if (code > column.steps) ++missing;
    else ++counts[Math.min(bins - 1, Math.floor(code / (column.steps + 1) * bins))];
  }
  const draw = () => {
    const width = 264, height = 74, pixels = window.devicePixelRatio || 1, context = canvas.getContext("2d");
    canvas.width = width * pixels;
    canvas.height = height * pixels;
    context.scale(pixels, pixels);
    const highest = Math.sqrt(Math.max(...counts)) || 1, { low, high } = coloring;
    const color = (code) => css(gradientColor(column, Math.min(1, Math.max(0, high > low ? (code - low) / (high - low) : 1))));
    for (let b = 0; b < bins; ++b) {
      context.fillStyle = color((b + 0.5) / bins * column.steps);
      const bar = Math.sqrt(counts[b]) / highest * (height - 20);
      context.fillRect(b * width / bins, height - 16 - bar, width / bins - 0.5, bar);
    }
    for (let x = 0; x < width; ++x) {
      context.fillStyle = color(x / width * column.steps);
      context.fillRect(x, height - 12, 1.5, 10);
    }
  };
  // The canvas gets its size from the style sheet once it is in the page.
  requestAnimationFrame(draw);
  column.draw = draw;
  const end = (name, key) => {
    const field = element("input", { className: "small-input", value: column.numberText(column.number(coloring[key])), inputMode: "decimal" });
    field.onchange = () => {
      const value = Number(field.value), [min, max] = column.range;
      if (field.value.trim() !== "" && Number.isFinite(value)) {
        coloring[key] = Math.round(Math.min(1, Math.max(0, max > min ? (value - min) / (max - min) : 0)) * column.steps);
        updateNumberCodes();
        draw();
        redraw();
      }
      field.value = column.numberText(column.number(coloring[key]));
    };
    return element("label", {}, name, field);
  };
  const [min, max] = column.range.map((value) => column.numberText(value));
  return [canvas, element("div", { className: "range" }, end("from", "low"), end("to", "high")),
    element("p", { className: "note", textContent: `smallest ${min}, largest ${max}` + (missing ? `; missing in ${count(missing)} cells` : "") })];
}
