// Finds cells by their place in a map: the nearest one, and those in a polygon.

const gridSide = 256;

// The cells sorted by square of a grid over the map.
function gridOf(map) {
  if (map.grid) return map.grid;
  const n = data.n, starts = new Uint32Array(gridSide * gridSide + 1), cells = new Uint32Array(n), { places } = map;
  const square = (i) => (places[2 * i + 1] >> 8) * gridSide + (places[2 * i] >> 8);
  for (let i = 0; i < n; ++i) ++starts[square(i) + 1];
  for (let s = 0; s < gridSide * gridSide; ++s) starts[s + 1] += starts[s];
  const next = starts.slice();
  for (let i = 0; i < n; ++i) cells[next[square(i)]++] = i;
  return map.grid = { starts, cells };
}

// The visible cell nearest to a point in map units, within a radius; -1 if there is none.
function nearestCell(map, x, y, radius) {
  const { starts, cells } = gridOf(map), [sx, sy] = map.scale, [dx, dy] = map.shift, { places } = map;
  const square = (value, scale) => Math.max(0, Math.min(gridSide - 1, Math.floor((scale > 0 ? value / scale : 0) / 256)));
  const right = square(x + radius - dx, sx), top = square(y + radius - dy, sy);
  let best = -1, shortest = radius * radius;
  for (let row = square(y - radius - dy, sy); row <= top; ++row) {
    for (let column = square(x - radius - dx, sx); column <= right; ++column) {
      const at = row * gridSide + column;
      for (let k = starts[at]; k < starts[at + 1]; ++k) {
        const i = cells[k], u = places[2 * i] * sx + dx - x, v = places[2 * i + 1] * sy + dy - y, squared = u * u + v * v;
        if (squared < shortest && !isHidden(i)) { shortest = squared; best = i; }
      }
    }
  }
  return best;
}

// Flags of the visible cells inside of a polygon [[x, y], ...] in map units, by the even-odd rule.
function cellsInPolygon(map, polygon) {
  const n = data.n, flags = new Uint8Array(n), { places } = map;
  const corners = polygon.map(([x, y]) => [(x - map.shift[0]) / (map.scale[0] || 1), (y - map.shift[1]) / (map.scale[1] || 1)]);
  let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
  for (const [x, y] of corners) {
    left = Math.min(left, x); right = Math.max(right, x);
    low = Math.min(low, y); high = Math.max(high, y);
  }
  const count = corners.length;
  for (let i = 0; i < n; ++i) {
    const x = places[2 * i], y = places[2 * i + 1];
    if (x < left || x > right || y < low || y > high || isHidden(i)) continue;
    let inside = false;
    for (let a = 0, b = count - 1; a < count; b = a++) {
      const [ax, ay] = corners[a], [bx, by] = corners[b];
      if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
    }
    flags[i] = inside ? 1 : 0;
  }
  return flags;
}
