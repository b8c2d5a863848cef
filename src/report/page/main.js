// Starts the page: header, controls, keys, then the data.

const keys = [["V, L, B", "move, lasso, box"], ["Shift + drag", "lasso; with Ctrl: add, with Alt: remove"], ["wheel, + −, arrows", "zoom and move a map"],
  ["double click, Enter", "one map alone, or all"], ["R", "reset the views"], ["Z", "zoom to the selected cells"], ["Esc", "select none"], ["I", "invert the selection"],
  ["C", "copy the names of the selected cells"], ["/", "search"], ["[ ]", "previous or next color"], ["T", "labels"], ["D", "dark or light"], ["P", "save a PNG"],
  ["M", "maps or report"], ["?", "this list"]];

function notify(text) {
  const note = element("p", { textContent: text, role: "status",
    style: "position: fixed; bottom: 18px; left: 50%; transform: translateX(-50%); margin: 0; padding: 7px 16px; border-radius: 9px; background: var(--ink); color: var(--back); z-index: 30" });
  document.body.append(note);
  setTimeout(() => note.remove(), 2200);
}
function showPage(name) {
  const maps = name === "maps";
  byId("maps-page").hidden = !maps;
  byId("report-page").hidden = maps;
  byId("show-maps").setAttribute("aria-pressed", maps);
  byId("show-report").setAttribute("aria-pressed", !maps);
  if (maps) layOut();
  else showReport();
}
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  if (!renderer || !coloring.codes) return;
  updatePalette();
  showLegend();
  showSelection();
  if (!byId("report-page").hidden) showReport();
  redraw();
}
function fillColors() {
  const select = byId("color"), option = (value, name) => element("option", { value, textContent: oneLine(name) });
  const group = (label, columns, letter, wanted) => {
    const made = element("optgroup", { label });
    columns.forEach((column, i) => { if (wanted(column)) made.append(option(letter + i, column.name)); });
    if (made.children.length) select.append(made);
  };
  select.append(option("", "a single color"));
  group("Categories", data.columns, "c", (column) => !column.numeric);
  group("Numbers", data.columns, "c", (column) => column.numeric);
  group("Genes", data.genes, "g", () => true);
  select.onchange = () => colorBy(columnOf(select.value));
}
const columnOf = (value) => value === "" ? null : (value[0] === "g" ? data.genes : data.columns)[Number(value.slice(1))];
function nextColor(step) {
  const options = [...byId("color").options], at = (options.findIndex((each) => each.value === byId("color").value) + step + options.length) % options.length;
  chooseColor(columnOf(options[at].value));
}
// The column asked for when the page was made, else the first with categories.
function firstColumn() {
  const named = [...data.columns, ...data.genes].find((column) => column.name === data.color);
  return named ?? data.columns.find((column) => !column.numeric && column.categories.length > 1) ?? data.columns[0] ?? null;
}

function listenToControls() {
  byId("theme").onclick = () => setTheme(isDark() ? "light" : "dark");
  byId("picture").onclick = savePicture;
  byId("help").onclick = () => byId("keys").showModal();
  byId("show-maps").onclick = () => showPage("maps");
  byId("show-report").onclick = () => showPage("report");
  byId("reset").onclick = resetViews;
  for (const button of document.querySelectorAll("[data-tool]")) button.onclick = () => setTool(button.dataset.tool);
  byId("point-size").oninput = (event) => { look.size = Number(event.target.value); redraw(); };
  byId("opacity").value = usualOpacity();
  byId("opacity").oninput = (event) => { look.opacity = Number(event.target.value); redraw(); };
  byId("labels").onchange = (event) => { look.labels = event.target.checked; redraw(false, true); };
  for (const [key, what] of keys) byId("key-list").append(element("dt", { textContent: key }), element("dd", { textContent: what }));
  const actions = { v: () => setTool("pan"), l: () => setTool("lasso"), b: () => setTool("box"), r: resetViews, z: zoomToSelection, Escape: selectNone,
    i: selectOthers, c: copyNames, "/": () => byId("search").focus(), "[": () => nextColor(-1), "]": () => nextColor(1), t: () => byId("labels").click(),
    d: () => byId("theme").click(), p: savePicture, m: () => showPage(byId("maps-page").hidden ? "maps" : "report"), "?": () => byId("help").click() };
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "range" && event.target.type !== "checkbox";
    if (typing || event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  new ResizeObserver(() => { if (!byId("maps-page").hidden) layOut(); }).observe(byId("maps"));
}

async function start() {
  document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  if (!("DecompressionStream" in window)) throw new Error("This browser is too old: the page needs one of 2023 or later.");
  await loadDescription();
  byId("title").textContent = oneLine(data.title);
  const shown = data.n < data.cells ? `${count(data.n)} of ${count(data.cells)} cells` : `${count(data.n)} cells`;
  byId("size").textContent = shown + (data.genes_in_data ? ` × ${count(data.genes_in_data)} genes` : "");
  selection.flags = new Uint8Array(data.n);
  const column = firstColumn();
  await Promise.all([...data.maps.map(loadMap), column?.load()]);
  renderer = new Renderer(byId("points"));
  renderer.setChosen(selection.flags);
  for (const map of data.maps) panels.push(new Panel(map));
  fillColors();
  listenToControls();
  startSearch();
  layOut();
  await chooseColor(column);
  byId("message").hidden = true;
  setTool("pan");
  // The rest while the first picture is looked at.
  setTimeout(async () => {
    await loadNames();
    if (data.n * data.columns.length < 6e7) for (const each of data.columns) await each.load();
  }, 300);
}

// For the console and the tests.
window.replearn = {
  ready: start().catch((error) => {
    byId("message").hidden = false;
    byId("message").textContent = error.message;
    throw error;
  }),
  get data() { return data; },
  selected: selectedCells,
  names: loadNames,
  csv: csvText,
  picture: pictureOf,
  drawn,
  colorBy: (name) => chooseColor([...data.columns, ...data.genes].find((column) => column.name === name) ?? null),
  // Where a cell is on the screen, in CSS pixels.
  place(map, cell) {
    const box = panels[map].box.getBoundingClientRect(), [x, y] = panels[map].toPanel(...panels[map].placeOf(cell));
    return [box.left + x, box.top + y];
  },
};
