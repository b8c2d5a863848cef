// The panels: one per map, each with a view that can be moved and enlarged. All show the same selection and colors.

const look = { size: 0, opacity: null, labels: true, tool: "pan", hot: -1, hover: -1 };
const panels = [];
let enlarged = null;  // the panel that fills the page, if any

class Panel {
  constructor(map) {
    this.map = map;
    this.view = null;  // { x, y: middle in map units, zoom: CSS pixels per map unit }
    this.lasso = null;
    const enlarge = element("button", { className: "enlarge", textContent: "⤢", title: "This map alone, or all (double click)",
      "aria-label": "Show this map alone, or all", onclick: () => toggleEnlarged(this) });
    this.box = element("div", { className: "panel", tabIndex: 0, role: "application",
      "aria-label": "Map " + oneLine(map.title) + ": arrow keys move it, + and - zoom" },
      element("h2", { textContent: oneLine(map.title) }), element("div", { className: "axes", textContent: map.axes.map(oneLine).join("  ·  ") }), enlarge);
    byId("panels").append(this.box);
    this.listen(enlarge);
  }
  // Shows all of the map but outliers, with a margin.
  fit() {
    const { width, height } = this.rectangle, margin = Math.min(34, width / 8, height / 8);
    const [[left, right], [low, high]] = this.map.middle;
    const zoom = Math.min((width - 2 * margin) / Math.max(right - left, 1e-6), (height - 2 * margin) / Math.max(high - low, 1e-6));
    this.view = { x: (left + right) / 2, y: (low + high) / 2, zoom };
    this.whole = { ...this.view };
  }
  measure() {
    const outer = byId("maps").getBoundingClientRect(), own = this.box.getBoundingClientRect(), before = this.rectangle;
    this.rectangle = { left: own.left - outer.left, top: own.top - outer.top, width: own.width, height: own.height };
    if (!own.width || !own.height) return;
    if (!this.view) return this.fit();
    if (before?.width && this.isWhole()) this.fit();
  }
  isWhole() { return ["x", "y", "zoom"].every((key) => this.view[key] === this.whole[key]); }
  get isShown() { return !this.box.hidden && this.rectangle?.width > 0; }
  // From CSS pixels of the panel to map units, and back.
  toMap(px, py) {
    const { width, height } = this.rectangle, { x, y, zoom } = this.view;
    return [x + (px - width / 2) / zoom, y - (py - height / 2) / zoom];
  }
  toPanel(x, y) {
    const { width, height } = this.rectangle, view = this.view;
    return [width / 2 + (x - view.x) * view.zoom, height / 2 - (y - view.y) * view.zoom];
  }
  placeOf(cell) {
    const { places, scale, shift } = this.map;
    return [places[2 * cell] * scale[0] + shift[0], places[2 * cell + 1] * scale[1] + shift[1]];
  }
  zoomAt(factor, px, py) {
    const [x, y] = this.toMap(px, py), view = this.view;
    view.zoom = Math.min(Math.max(view.zoom * factor, this.whole.zoom / 4), this.whole.zoom * 2000);
    view.x = x - (px - this.rectangle.width / 2) / view.zoom;
    view.y = y + (py - this.rectangle.height / 2) / view.zoom;
    redraw(true);
  }
  move(dx, dy) {
    this.view.x -= dx / this.view.zoom;
    this.view.y += dy / this.view.zoom;
    redraw(true);
  }
  // Shows these cells (flags) as large as they fit.
  zoomTo(flags) {
    let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
    for (let i = 0; i < data.n; ++i) {
      if (!flags[i]) continue;
      const [x, y] = this.placeOf(i);
      left = Math.min(left, x); right = Math.max(right, x);
      low = Math.min(low, y); high = Math.max(high, y);
    }
    if (left > right) return;
    const { width, height } = this.rectangle;
    const zoom = 0.8 * Math.min(width / Math.max(right - left, 1e-4), height / Math.max(high - low, 1e-4));
    this.view = { x: (left + right) / 2, y: (low + high) / 2, zoom: Math.min(zoom, this.whole.zoom * 200) };
  }
  listen(enlarge) {
    const box = this.box, pointers = new Map();
    const at = (event) => {
      const own = box.getBoundingClientRect();
      return [event.clientX - own.left, event.clientY - own.top];
    };
    let dragged = false;
    box.addEventListener("pointerdown", (event) => {
      if (event.target === enlarge || event.button > 0) return;
      box.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, at(event));
      dragged = false;
      hideTip();
      const tool = event.shiftKey && look.tool === "pan" ? "lasso" : look.tool;
      this.lasso = tool === "pan" || pointers.size > 1 ? null : { box: tool === "box", path: [this.toMap(...at(event))] };
      box.classList.toggle("moving", !this.lasso);
      box.classList.toggle("picking", !!this.lasso);
    });
    box.addEventListener("pointermove", (event) => {
      const here = at(event), before = pointers.get(event.pointerId);
      if (!before) return this.hover(...here);
      const others = [...pointers].filter(([id]) => id !== event.pointerId);
      pointers.set(event.pointerId, here);
      if (Math.hypot(here[0] - before[0], here[1] - before[1]) > 0) dragged = true;
      if (this.lasso) {
        const place = this.toMap(...here), first = this.lasso.path[0];
        if (this.lasso.box) this.lasso.path = [first, [place[0], first[1]], place, [first[0], place[1]]];
        else this.lasso.path.push(place);
        redraw(false, true);
      } else if (others.length) {  // two fingers
        const other = others[0][1], distance = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]) || 1;
        this.zoomAt(distance(here) / distance(before), (here[0] + other[0]) / 2, (here[1] + other[1]) / 2);
      } else {
        this.move(here[0] - before[0], here[1] - before[1]);
      }
    });
    const release = (event) => {
      if (!pointers.delete(event.pointerId)) return;
      box.classList.remove("moving");
      if (pointers.size === 0) updateCursor();
      const lasso = this.lasso;
      this.lasso = null;
      if (lasso && event.type === "pointerup" && lasso.path.length > 2) {
        select(cellsInPolygon(this.map, lasso.path), event.altKey ? "remove" : event.ctrlKey || event.metaKey ? "add" : "replace");
      } else if (!dragged && event.type === "pointerup") {
        this.click(...at(event), event);
      }
      redraw();
    };
    box.addEventListener("pointerup", release);
    box.addEventListener("pointercancel", release);
    box.addEventListener("pointerleave", () => { if (!pointers.size) setHover(-1); });
    box.addEventListener("dblclick", (event) => { if (event.target !== enlarge) toggleEnlarged(this); });
    box.addEventListener("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      this.zoomAt(Math.exp(-Math.max(-200, Math.min(200, event.deltaY * lines)) * 0.0022), ...at(event));
    }, { passive: false });
    box.addEventListener("keydown", (event) => {
      const step = 60, { width, height } = this.rectangle;
      const action = { ArrowLeft: () => this.move(step, 0), ArrowRight: () => this.move(-step, 0), ArrowUp: () => this.move(0, step),
        ArrowDown: () => this.move(0, -step), "+": () => this.zoomAt(1.3, width / 2, height / 2),
        "=": () => this.zoomAt(1.3, width / 2, height / 2), "-": () => this.zoomAt(1 / 1.3, width / 2, height / 2),
        Enter: () => toggleEnlarged(this) }[event.key];
      if (!action || event.target !== box || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      action();
    });
  }
  hover(px, py) {
    const [x, y] = this.toMap(px, py), reach = Math.max(6, pointSize(this) / 2 + 2);
    const cell = nearestCell(this.map, x, y, reach / this.view.zoom);
    setHover(cell);
    if (cell >= 0) showTip(cell, this.rectangle.left + px, this.rectangle.top + py);
  }
  click(px, py, event) {
    const [x, y] = this.toMap(px, py), cell = nearestCell(this.map, x, y, Math.max(6, pointSize(this) / 2 + 2) / this.view.zoom);
    if (cell < 0 || !(event.ctrlKey || event.metaKey || event.altKey)) return;
    const flags = new Uint8Array(data.n);
    flags[cell] = 1;
    select(flags, event.altKey ? "remove" : "add");
  }
}

// Diameter of the points in CSS pixels: as large as the number of cells allows, and larger in an enlarged view.
function pointSize(panel) {
  const { width, height } = panel.rectangle;
  const usual = Math.min(11, Math.max(1.1, Math.sqrt(0.26 * width * height / data.n)));
  const grown = Math.pow(Math.max(panel.view.zoom / panel.whole.zoom, 0.5), 0.45);
  return Math.min(Math.max(usual * grown, usual), 16) * Math.pow(2, look.size);
}
function usualOpacity() {
  return Math.min(0.9, Math.max(0.35, 1.25 - 0.15 * Math.log10(data.n)));
}

function updateCursor() {
  for (const { box } of panels) box.classList.toggle("picking", look.tool !== "pan");
}
function setTool(tool) {
  look.tool = tool;
  for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === tool);
  updateCursor();
}

function toggleEnlarged(panel) {
  enlarged = enlarged === panel ? null : panel;
  layOut();
}
// Arranges the panels so that the maps become as large as possible.
function layOut() {
  const shown = panels.filter((panel) => !enlarged || panel === enlarged);
  for (const panel of panels) panel.box.hidden = !shown.includes(panel);
  const { width, height } = byId("maps").getBoundingClientRect();
  let columns = 1, best = 0;
  for (let c = 1; c <= shown.length; ++c) {
    const side = Math.min(width / c, height / Math.ceil(shown.length / c));
    if (side > best * 1.001) { best = side; columns = c; }
  }
  const grid = byId("panels").style;
  grid.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  grid.gridTemplateRows = `repeat(${Math.ceil(shown.length / columns)}, minmax(0, 1fr))`;
  // The last one takes what is left of its row.
  shown.forEach(({ box }, i) => { box.style.gridColumn = i === shown.length - 1 ? `${i % columns + 1} / -1` : ""; });
  renderer?.resize(width, height, Math.min(window.devicePixelRatio || 1, 3));
  for (const panel of panels) panel.measure();
  redraw();
}
function resetViews() {
  for (const panel of panels) if (panel.isShown) panel.fit();
  redraw();
}

const backColor = () => isDark() ? [15, 18, 22] : [255, 255, 255];
let frame = 0, moving = false, settled = 0, onlyOverlay = true;

// Asks for a new picture. whileMoving: more will follow soon, so fewer points are good enough. overlay: the points stay.
function redraw(whileMoving = false, overlay = false) {
  moving = whileMoving;
  if (!overlay) onlyOverlay = false;
  clearTimeout(settled);
  if (whileMoving) settled = setTimeout(() => redraw(), 160);
  if (!frame) frame = requestAnimationFrame(drawFrame);
}
function drawFrame() {
  frame = 0;
  if (!renderer || !data) return;
  if (!onlyOverlay && renderer.isBusy) {  // with the frame before: this one waits, what lies over it does not
    frame = requestAnimationFrame(drawFrame);
  } else if (!onlyOverlay) {
    onlyOverlay = true;
    drawPoints();
  }
  drawOverlay();
}
// Resolves when the picture is complete.
async function drawn() {
  do await new Promise((done) => requestAnimationFrame(done)); while (frame || renderer?.isBusy);
}
function drawPoints() {
  const back = backColor();
  renderer.begin();
  renderer.clear(back);
  for (const panel of panels) {
    if (!panel.isShown || !panel.map.array) continue;
    renderer.draw(panel.map, panel.rectangle, panel.view, { size: pointSize(panel), opacity: look.opacity ?? usualOpacity(), back,
      hot: look.hot, split: selection.count > 0, moving });
  }
  renderer.end();
}

function setHover(cell) {
  if (cell < 0) hideTip();
  if (look.hover === cell) return;
  look.hover = cell;
  redraw(false, true);
}
function hideTip() { byId("tip").hidden = true; }
async function showTip(cell, x, y) {
  if (!names) await loadNames();
  if (look.hover !== cell) return;
  const tip = byId("tip"), rows = element("div");
  const first = coloring.column ? [coloring.column] : [];
  for (const column of [...first, ...data.columns.filter((each) => each !== coloring.column)].slice(0, 9)) {
    if (!column.codes) continue;
    rows.append(element("span", { className: "of text", textContent: oneLine(column.name) }),
      element("span", { className: "text", textContent: column.text(cell) || "–" }));
  }
  tip.replaceChildren(element("b", { textContent: oneLine(names[cell]) }), rows);
  tip.hidden = false;
  const area = byId("maps").getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(x + 16, area.width - tip.offsetWidth - 6)) + "px";
  tip.style.top = Math.max(4, Math.min(y + 16, area.height - tip.offsetHeight - 6)) + "px";
}
