// Charts of the report, as SVG: lines, bars and histograms.

const svgNames = "http://www.w3.org/2000/svg";
function shape(tag, attributes, text) {
  const made = document.createElementNS(svgNames, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
const chartColor = (i) => css(onThisPage(parsed(data.palette[i % data.palette.length])));
const tickText = (value) => Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-3)
  ? String(Number(value.toPrecision(3)).toExponential()).replace("e+", "e") : Number(value.toPrecision(6)).toLocaleString("en", { maximumFractionDigits: 6 });

// Round numbers that cover a range.
function ticks(min, max, wanted) {
  const raw = (max - min) / wanted || 1, power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999);
  const all = [];
  for (let k = Math.ceil(min / step - 1e-9); k * step <= max + step * 1e-9; ++k) all.push(k * step);
  return all;
}

// The frame of a chart with axes. Returns the drawing and the scales.
function frameOf(section, [x0, x1], [y0, y1]) {
  const width = 500, height = 250, left = 52, right = 12, top = 10, bottom = 38;
  const drawing = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": oneLine(section.title) });
  const x = (value) => left + (value - x0) / (x1 - x0 || 1) * (width - left - right);
  const y = (value) => height - bottom - (value - y0) / (y1 - y0 || 1) * (height - top - bottom);
  for (const value of ticks(y0, y1, 4)) {
    drawing.append(shape("line", { class: "axis", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
      shape("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, tickText(value)));
  }
  for (const value of ticks(x0, x1, 6)) {
    drawing.append(shape("line", { class: "axis", x1: x(value), x2: x(value), y1: height - bottom, y2: height - bottom + 4 }),
      shape("text", { x: x(value), y: height - bottom + 16, "text-anchor": "middle" }, tickText(value)));
  }
  drawing.append(shape("text", { x: (left + width - right) / 2, y: height - 5, "text-anchor": "middle" }, oneLine(section.axes[0] || " ")),
    shape("text", { x: -(top + height - bottom) / 2, y: 11, transform: "rotate(-90)", "text-anchor": "middle" }, oneLine(section.axes[1] || " ")));
  return { drawing, x, y, top, bottom: height - bottom };
}
// Without losing precision or the stack to long lists.
const extent = (lists) => {
  let min = Infinity, max = -Infinity;
  for (const list of lists) for (const value of list) if (value !== null) { min = Math.min(min, value); max = Math.max(max, value); }
  return min <= max ? [min, max] : [0, 1];
};

// Vertical lines: cuts of filters, ends of phases.
function drawMarks(section, drawing, x, top, bottom) {
  for (const [name, at] of section.marks) {
    drawing.append(shape("line", { class: "mark", x1: x(at), x2: x(at), y1: top, y2: bottom }),
      shape("text", { class: "halo", x: x(at) + 4, y: top + 10 }, `${name} ${tickText(at)}`));
  }
}

function lineChart(section) {
  const [min, max] = extent(section.series.map((line) => line.y)), margin = (max - min) * 0.05 || Math.abs(max) * 0.05 || 1;
  const low = min >= 0 && min < max * 0.5 ? 0 : min - margin;
  const { drawing, x, y, top, bottom } = frameOf(section, extent(section.series.map((line) => line.x)), [low, max + margin]);
  section.series.forEach((line, i) => {
    let path = "", pen = "M";
    line.x.forEach((value, k) => {
      if (line.y[k] === null) { pen = "M"; return; }
      path += `${pen}${x(value).toFixed(1)} ${y(line.y[k]).toFixed(1)}`;
      pen = "L";
    });
    drawing.append(shape("path", { d: path, fill: "none", stroke: chartColor(i), "stroke-width": 2, "stroke-linejoin": "round" }));
    if (line.x.length <= 30) line.x.forEach((value, k) => {
      if (line.y[k] === null) return;
      const dot = shape("circle", { cx: x(value), cy: y(line.y[k]), r: 3, fill: chartColor(i) });
      dot.append(shape("title", {}, `${line.name}: ${tickText(line.y[k])} at ${tickText(value)}`));
      drawing.append(dot);
    });
  });
  drawMarks(section, drawing, x, top, bottom);
  if (section.series.length < 2) return [drawing];
  return [drawing, element("div", { className: "chart-legend" }, ...section.series.map((line, i) =>
    element("span", {}, element("i", { style: "background: " + chartColor(i) }), oneLine(line.name))))];
}

function histogramChart(section) {
  const edges = section.series[0].x, marks = section.marks.map(([, at]) => at), several = section.series.length > 1;
  const { drawing, x, y, top, bottom } = frameOf(section, extent([edges, marks]), [0, extent(section.series.map((line) => line.y))[1]]);
  const color = (i) => several && i === 0 ? css(missingColor()) : chartColor(0);
  section.series.forEach((line, i) => line.y.forEach((value, k) => {
    const bar = shape("rect", { x: x(edges[k]), width: Math.max(0.5, x(edges[k + 1]) - x(edges[k]) - 0.5), y: y(value), height: bottom - y(value), fill: color(i) });
    const number = several && i === 0 ? value - section.series[1].y[k] : value;
    bar.append(shape("title", {}, `${tickText(edges[k])} to ${tickText(edges[k + 1])}: ${number}${several ? " " + line.name : ""}`));
    drawing.append(bar);
  }));
  drawMarks(section, drawing, x, top, bottom);
  if (!several) return [drawing];
  return [drawing, element("div", { className: "chart-legend" }, ...section.series.map((line, i) =>
    element("span", {}, element("i", { style: "background: " + color(i) }), oneLine(line.name))))];
}

// A two-dimensional histogram: the more pairs, the darker.
function densityChart(section) {
  const [{ x: columns, y: rows, counts }] = section.series, wide = columns.length - 1;
  const { drawing, x, y } = frameOf(section, extent([columns]), extent([rows])), most = Math.max(...counts);
  counts.forEach((number, i) => {
    if (!number) return;
    const column = i % wide, row = Math.floor(i / wide), left = x(columns[column]), top = y(rows[row + 1]);
    const square = shape("rect", { x: left, y: top, width: x(columns[column + 1]) - left + 0.2, height: y(rows[row]) - top + 0.2, class: "density",
      "fill-opacity": (0.06 + 0.94 * Math.sqrt(number / most)).toFixed(3) });
    square.append(shape("title", {}, number + " pairs"));
    drawing.append(square);
  });
  return [drawing];
}

// Horizontal bars with names: rows are the names, the series their values.
function barChart(section) {
  const values = section.series[0].y, row = 19, left = 130, width = 500, highest = Math.max(...values, 0) || 1;
  const drawing = shape("svg", { viewBox: `0 0 ${width} ${row * values.length + 4}`, role: "img", "aria-label": oneLine(section.title) });
  values.forEach((value, i) => {
    const name = oneLine(section.rows[i][0]), letters = [...name];
    drawing.append(shape("text", { x: left - 8, y: i * row + 14, "text-anchor": "end" }, letters.length > 20 ? letters.slice(0, 19).join("") + "…" : name),
      shape("rect", { x: left, y: i * row + 4, height: row - 7, rx: 3, width: Math.max(1, value / highest * (width - left - 80)), fill: chartColor(0) }),
      shape("text", { x: left + value / highest * (width - left - 80) + 8, y: i * row + 14 }, tickText(Number(value.toPrecision(3))) + (section.axes[1] === "s" ? " s" : "")));
  });
  return [drawing];
}
