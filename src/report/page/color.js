// What the points are colored by: one code per cell, and a palette that translates codes into colors.

const coloring = {
  column: null,            // a Column, or null for a single color
  codes: null,             // Uint16Array: into the palette
  palette: new Uint8Array(4),
  hidden: new Set(),       // codes of categories that are switched off
  low: 0, high: 0,         // of numbers: the codes at the ends of the gradient
  counts: null,            // of categories: number of cells per code
};
const missingNumber = 255;

const isDark = () => document.documentElement.dataset.theme === "dark";
const parsed = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const css = (rgb) => `rgb(${rgb[0]}, ${rgb[1]}, ${rgb[2]})`;
const mixed = (a, b, share) => a.map((value, i) => Math.round(value + (b[i] - value) * share));
const lightness = (rgb) => (0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]) / 255;
const validColor = /^#[0-9a-f]{6}$/i;

// Dark colors become lighter on a dark page, light ones darker on a light page.
function onThisPage(rgb) {
  const light = lightness(rgb);
  if (isDark() && light < 0.36) return mixed(rgb, [255, 255, 255], (0.36 - light) / (1 - light));
  if (!isDark() && light > 0.86) return mixed(rgb, [60, 60, 60], (light - 0.86) / light + 0.06);
  return rgb;
}

// Beyond the palette: hues a golden angle apart, in three shades.
function furtherColor(i) {
  const hue = i * 137.508 % 360, saturation = [62, 48, 74][i % 3], light = [52, 40, 64][Math.floor(i / 3) % 3];
  const a = saturation / 100 * Math.min(light, 100 - light) / 100;
  return [0, 8, 4].map((k) => {
    const at = (k + hue / 30) % 12;
    return Math.round(255 * (light / 100 - a * Math.max(-1, Math.min(at - 3, 9 - at, 1))));
  });
}

function categoryColor(column, category) {
  const own = column.colors[category];
  if (own && validColor.test(own)) return onThisPage(parsed(own));
  return onThisPage(category < data.palette.length ? parsed(data.palette[category]) : furtherColor(category));
}
const missingColor = () => isDark() ? [70, 77, 86] : [205, 209, 214];

const geneStops = {
  light: ["#dcdfe3", "#fdd0a2", "#fc8d59", "#d7301f", "#7f0000"],
  dark: ["#343b44", "#6b3a7d", "#c2426f", "#fb8b5f", "#fcf7b5"],
};
// The color at 0 ... 1 of the gradient: genes from a gray zero on, other numbers in viridis.
function gradientColor(column, at) {
  if (!column.isGene) return parsed(data.gradient[Math.round(255 * (isDark() ? 0.15 + 0.85 * at : at))]);
  const stops = geneStops[isDark() ? "dark" : "light"], place = at * (stops.length - 1);
  const below = Math.min(Math.floor(place), stops.length - 2);
  return mixed(parsed(stops[below]), parsed(stops[below + 1]), place - below);
}

function updatePalette() {
  const { column, hidden } = coloring;
  const size = !column ? 1 : column.numeric ? 256 : column.categories.length + 1;
  const palette = new Uint8Array(4 * size);
  for (let code = 0; code < size; ++code) {
    const rgb = !column ? (isDark() ? [108, 184, 240] : [0, 104, 168])
      : column.numeric ? (code === missingNumber ? missingColor() : gradientColor(column, code / 254))
      : code === 0 ? missingColor() : categoryColor(column, code - 1);
    palette.set(rgb, 4 * code);
    palette[4 * code + 3] = hidden.has(code) ? 0 : 255;
  }
  coloring.palette = palette;
  renderer?.setPalette(palette);
}

// Codes of a numeric column between low and high, spread over the gradient.
function updateNumberCodes() {
  const { column, low, high } = coloring, codes = coloring.codes, from = column.codes;
  const table = new Uint16Array(65536).fill(missingNumber);
  for (let code = 0; code <= column.steps; ++code) {
    const at = high > low ? (code - low) / (high - low) : code >= high ? 1 : 0;
    table[code] = Math.round(254 * Math.min(1, Math.max(0, at)));
  }
  for (let i = 0; i < codes.length; ++i) codes[i] = table[from[i]];
  renderer?.setCodes(codes);
  renderer?.setOrder(orderByCode(codes));
}

// Without outliers: from the smallest value (1st percentile, unless that is a gene's zero) to the 99th percentile.
function usualRange(column) {
  const counts = new Uint32Array(column.steps + 2);
  for (const code of column.codes) ++counts[code];
  const present = data.n - counts[column.steps + 1];
  const quantile = (share) => {
    let sum = 0;
    for (let code = 0; code <= column.steps; ++code) if ((sum += counts[code]) > share * present) return code;
    return column.steps;
  };
  const low = column.isGene ? 0 : quantile(0.01), high = quantile(0.99);
  return high > low ? [low, high] : [0, column.steps];
}

// The places of the renderer with the highest values on top, missing ones at the bottom; equal ones in random order.
function orderByCode(codes) {
  const starts = new Uint32Array(257), order = new Uint32Array(codes.length);
  const rank = (code) => code === missingNumber ? 0 : code + 1;
  for (const code of codes) ++starts[rank(code) + 1];
  for (let i = 1; i < 257; ++i) starts[i] += starts[i - 1];
  renderer.shuffled.forEach((cell, k) => { order[starts[rank(codes[cell])]++] = k; });
  return order;
}

// Colors by a column; null: a single color. Resolves when the maps have changed.
async function colorBy(column) {
  const asked = coloring.asked = {};
  if (column) await column.load();
  if (coloring.asked !== asked) return;  // another choice has been made meanwhile
  coloring.column = column;
  coloring.hidden = new Set();
  coloring.codes = column && !column.numeric ? column.codes : new Uint16Array(data.n);
  coloring.counts = null;
  if (column && column.numeric) {
    [coloring.low, coloring.high] = usualRange(column);
    updateNumberCodes();
  } else {
    if (column) {
      coloring.counts = new Uint32Array(column.categories.length + 1);
      for (const code of column.codes) ++coloring.counts[code];
    }
    renderer?.setCodes(coloring.codes);
    renderer?.setOrder(null);
  }
  updatePalette();
  forgetLabelPlaces();
  showLegend();
  showSelection();
  redraw();
}
const isHidden = (cell) => coloring.hidden.size > 0 && !coloring.column?.numeric && coloring.hidden.has(coloring.codes[cell]);
