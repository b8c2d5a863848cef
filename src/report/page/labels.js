// What lies over the points: names of categories, the lasso, and the cell under the pointer.

// Forgets where the categories are, after another column has been chosen.
function forgetLabelPlaces() {
  for (const { map } of panels) map.labels = null;
}

// The middle of each category in a map: the median of both coordinates over at most 40,000 cells.
function labelPlaces(map) {
  if (map.labels) return map.labels;
  const column = coloring.column, step = Math.max(1, Math.floor(data.n / 40000)), members = new Map();
  for (let k = 0; k < data.n; k += step) {
    const cell = renderer.shuffled[k], code = column.codes[cell];
    if (code === 0) continue;
    if (!members.has(code)) members.set(code, [[], []]);
    members.get(code)[0].push(map.places[2 * cell]);
    members.get(code)[1].push(map.places[2 * cell + 1]);
  }
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  map.labels = [...members].map(([code, [x, y]]) =>
    ({ code, size: x.length, x: median(x) * map.scale[0] + map.shift[0], y: median(y) * map.scale[1] + map.shift[1] }));
  map.labels.sort((a, b) => b.size - a.size);
  return map.labels;
}

const shortened = (text) => { const letters = [...oneLine(text)]; return letters.length > 28 ? letters.slice(0, 27).join("") + "…" : letters.join(""); };

// Names at the middle of their categories, moved apart vertically where they would overlap, left out where that is
// not enough; largest category first.
function drawLabels(context, panel, rectangle) {
  const column = coloring.column;
  if (!look.labels || !column || column.numeric || column.categories.length > 80) return;
  context.font = "600 12px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  const placed = [], height = 16;
  for (const { code, x, y } of labelPlaces(panel.map)) {
    if (coloring.hidden.has(code)) continue;
    const text = shortened(column.categories[code - 1]), width = context.measureText(text).width + 6;
    const [px, py] = panel.toPanel(x, y);
    if (px < 0 || py < 0 || px > rectangle.width || py > rectangle.height) continue;
    const cx = Math.min(Math.max(px, width / 2 + 2), rectangle.width - width / 2 - 2);
    const overlaps = (cy) => placed.some((each) => Math.abs(each.x - cx) < (each.width + width) / 2 && Math.abs(each.y - cy) < height);
    let cy = py;
    for (let k = 1; k <= 8 && overlaps(cy); ++k) cy = py + Math.ceil(k / 2) * 8 * (k % 2 ? 1 : -1);
    if (overlaps(cy)) continue;
    cy = Math.min(Math.max(cy, 30), rectangle.height - 10);
    placed.push({ x: cx, y: cy, width });
    context.strokeStyle = isDark() ? "rgba(15, 18, 22, .85)" : "rgba(255, 255, 255, .88)";
    context.lineWidth = 4;
    context.strokeText(text, rectangle.left + cx, rectangle.top + cy);
    context.fillStyle = isDark() ? "#f2f5f8" : "#15191d";
    context.fillText(text, rectangle.left + cx, rectangle.top + cy);
  }
}

function drawLasso(context, panel, rectangle) {
  if (!panel.lasso || panel.lasso.path.length < 2) return;
  context.beginPath();
  for (const [x, y] of panel.lasso.path) {
    const [px, py] = panel.toPanel(x, y);
    context.lineTo(rectangle.left + px, rectangle.top + py);
  }
  context.closePath();
  context.fillStyle = isDark() ? "rgba(108, 184, 240, .14)" : "rgba(0, 104, 168, .10)";
  context.strokeStyle = isDark() ? "#6cb8f0" : "#0068a8";
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
}

function drawRing(context, panel, rectangle) {
  if (look.hover < 0) return;
  const [px, py] = panel.toPanel(...panel.placeOf(look.hover));
  const radius = Math.max(5, pointSize(panel) / 2 + 3);
  for (const [color, width] of [[isDark() ? "#0f1216" : "#ffffff", 5], [isDark() ? "#ffffff" : "#15191d", 2]]) {
    context.beginPath();
    context.arc(rectangle.left + px, rectangle.top + py, radius, 0, 2 * Math.PI);
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  }
}

function drawOverlay() {
  const canvas = byId("overlay"), area = byId("maps").getBoundingClientRect(), pixels = window.devicePixelRatio || 1;
  canvas.width = Math.round(area.width * pixels);
  canvas.height = Math.round(area.height * pixels);
  const context = canvas.getContext("2d");
  context.scale(pixels, pixels);
  for (const panel of panels) {
    if (!panel.isShown) continue;
    const rectangle = panel.rectangle;
    context.save();
    context.beginPath();
    context.rect(rectangle.left, rectangle.top, rectangle.width, rectangle.height);
    context.clip();
    if (panel.map.array) drawLabels(context, panel, rectangle);
    drawLasso(context, panel, rectangle);
    drawRing(context, panel, rectangle);
    context.restore();
  }
}
