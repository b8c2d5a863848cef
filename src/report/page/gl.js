// Draws the points of all maps with WebGL2 into one canvas, a viewport per map. Its buffers hold the cells in random order,
// so that no category hides another one and any beginning of the order is a sample; place k is of the cell shuffled[k].

let renderer = null;

const vertexShader = `#version 300 es
layout(location = 0) in uvec2 place;
layout(location = 1) in uint code;
layout(location = 2) in uint chosen;
uniform vec2 scale, shift;
uniform float size, opacity;
uniform int part;  // 0: all points, 1: those outside of the selection, 2: those in it
uniform int hot;   // a code to show like a selection; -1: none
uniform vec3 back;
uniform sampler2D palette;
out vec4 color;
flat out float width;
void main() {
  bool inside = hot >= 0 ? int(code) == hot : chosen != 0u;
  vec4 found = texelFetch(palette, ivec2(code & 255u, code >> 8u), 0);
  if (found.a == 0.0 || (part == 1 && inside) || (part == 2 && !inside)) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    gl_PointSize = 1.0;
    return;
  }
  gl_Position = vec4(vec2(place) * scale + shift, 0.0, 1.0);
  width = part == 2 ? max(size * 1.1, 2.0) : size;
  gl_PointSize = width;
  vec3 rgb = part == 1 ? mix(found.rgb, back, 0.68) : found.rgb;
  float alpha = part == 1 ? min(opacity, 0.5) : part == 2 ? max(opacity, 0.85) : opacity;
  color = vec4(rgb * alpha, alpha);
}`;
const fragmentShader = `#version 300 es
precision mediump float;
in vec4 color;
flat in float width;
out vec4 pixel;
void main() {
  pixel = color;
  if (width > 2.2) {
    float radius = length(gl_PointCoord * 2.0 - 1.0);
    pixel *= 1.0 - smoothstep(1.0 - 2.2 / width, 1.0, radius);
  }
}`;

class Renderer {
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: false, depth: false, alpha: false, powerPreference: "high-performance" });
    if (!gl) throw new Error("This browser offers no WebGL2, which draws the maps.");
    this.gl = gl;
    this.canvas = canvas;
    this.n = data.n;
    this.pixels = 1;  // device pixels per CSS pixel
    this.budget = Infinity;  // points per map and frame while something moves
    this.fence = null;       // signaled when the graphics card has finished a frame
    this.started = 0;
    this.shuffled = this.shuffle();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => { this.start(); this.restore(); redraw(); });
    this.start();
  }
  start() {
    const gl = this.gl, program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, vertexShader], [gl.FRAGMENT_SHADER, fragmentShader]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    this.uniforms = {};
    for (const name of ["scale", "shift", "size", "opacity", "part", "hot", "back", "palette"]) {
      this.uniforms[name] = gl.getUniformLocation(program, name);
    }
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.enable(gl.SCISSOR_TEST);
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    this.codes = gl.createBuffer();
    this.chosen = gl.createBuffer();
    this.chosenElements = null;
    this.chosenPlaces = new Uint32Array(0);
    this.byValue = null;
    for (const map of data.maps) this.addMap(map);
  }
  restore() {
    this.setPalette(coloring.palette);
    this.setCodes(coloring.codes);
    this.setChosen(selection.flags);
    this.setOrder(coloring.column?.numeric ? orderByCode(coloring.codes) : null);
  }
  // The same random order each time.
  shuffle() {
    const order = new Uint32Array(this.n);
    let state = 2463534242;
    for (let i = 0; i < this.n; ++i) {
      state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
      const j = (state >>> 0) % (i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
  elements(order) {
    const gl = this.gl, buffer = gl.createBuffer();
    gl.bindVertexArray(null);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.STATIC_DRAW);
    return buffer;
  }
  // values: width numbers per cell, in the order of the file.
  fill(buffer, values, width = 1) {
    const ordered = new values.constructor(values.length), order = this.shuffled;
    if (width === 1) for (let k = 0; k < this.n; ++k) ordered[k] = values[order[k]];
    else for (let k = 0; k < this.n; ++k) { ordered[2 * k] = values[2 * order[k]]; ordered[2 * k + 1] = values[2 * order[k] + 1]; }
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, buffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, ordered, this.gl.DYNAMIC_DRAW);
  }
  addMap(map) {
    if (!map.places) return;
    const gl = this.gl;
    map.array = gl.createVertexArray();
    gl.bindVertexArray(map.array);
    const attribute = (index, buffer, count, type) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(index);
      gl.vertexAttribIPointer(index, count, type, 0, 0);
    };
    const places = gl.createBuffer();
    this.fill(places, map.places, 2);
    attribute(0, places, 2, gl.UNSIGNED_SHORT);
    attribute(1, this.codes, 1, gl.UNSIGNED_SHORT);
    attribute(2, this.chosen, 1, gl.UNSIGNED_BYTE);
    gl.bindVertexArray(null);
  }
  setCodes(codes) { this.fill(this.codes, codes); }
  setChosen(flags) {
    this.fill(this.chosen, flags);
    this.chosenPlaces = this.places((cell) => flags[cell] !== 0);
    if (this.chosenElements) this.gl.deleteBuffer(this.chosenElements);
    this.chosenElements = this.elements(this.chosenPlaces);
  }
  // The places of cells, ascending.
  places(isWanted) {
    const all = new Uint32Array(this.n);
    let count = 0;
    for (let k = 0; k < this.n; ++k) if (isWanted(this.shuffled[k])) all[count++] = k;
    return all.slice(0, count);
  }
  // order: of the places, the last one on top; null: random.
  setOrder(order) {
    if (this.byValue) this.gl.deleteBuffer(this.byValue);
    this.byValue = order ? this.elements(order) : null;
  }
  setPalette(palette) {
    const gl = this.gl, rows = Math.ceil(palette.length / 1024), texels = new Uint8Array(1024 * rows);
    texels.set(palette);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
  }
  resize(width, height, pixels) {
    this.pixels = pixels;
    this.canvas.width = Math.max(1, Math.round(width * pixels));
    this.canvas.height = Math.max(1, Math.round(height * pixels));
  }
  clear(back) {
    const gl = this.gl;
    gl.scissor(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(back[0] / 255, back[1] / 255, back[2] / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }
  // Draws a map into a rectangle of CSS pixels. view: see View. moving: with no more points than the budget allows.
  draw(map, rectangle, view, { size, opacity, back, hot, split, moving }) {
    const gl = this.gl, at = this.uniforms, r = this.pixels;
    const left = Math.round(rectangle.left * r), width = Math.round(rectangle.width * r), height = Math.round(rectangle.height * r);
    const bottom = this.canvas.height - Math.round(rectangle.top * r) - height;
    gl.viewport(left, bottom, width, height);
    gl.scissor(left, bottom, width, height);
    gl.bindVertexArray(map.array);
    const fewer = moving && this.budget < this.n;
    const sorted = this.byValue && !fewer, points = fewer ? this.budget : this.n;
    if (sorted) gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.byValue);
    const kx = 2 * view.zoom / rectangle.width, ky = 2 * view.zoom / rectangle.height;
    gl.uniform2f(at.scale, map.scale[0] * kx, map.scale[1] * ky);
    gl.uniform2f(at.shift, (map.shift[0] - view.x) * kx, (map.shift[1] - view.y) * ky);
    gl.uniform1f(at.size, Math.min(size * r, 256));
    gl.uniform1f(at.opacity, opacity);
    gl.uniform3f(at.back, back[0] / 255, back[1] / 255, back[2] / 255);
    gl.uniform1i(at.hot, hot);
    for (const part of split || hot >= 0 ? [1, 2] : [0]) {
      gl.uniform1i(at.part, part);
      if (part === 2 && hot < 0) {  // those of the selection alone, without a look at all others
        const chosen = fewer ? this.chosenPlaces.findIndex((k) => k >= points) : -1;
        gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.chosenElements);
        gl.drawElements(gl.POINTS, chosen < 0 ? this.chosenPlaces.length : chosen, gl.UNSIGNED_INT, 0);
      } else if (sorted) gl.drawElements(gl.POINTS, points, gl.UNSIGNED_INT, 0);
      else gl.drawArrays(gl.POINTS, 0, points);
    }
    gl.bindVertexArray(null);
  }
  begin() {
    this.started = performance.now();
  }
  // Notes when the frame is finished; from the time that it takes follows the number of points for the next ones.
  end() {
    if (this.n < 50000) return;
    this.fence = this.gl.fenceSync(this.gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    this.gl.flush();
  }
  get isBusy() {
    if (!this.fence) return false;
    if (!this.gl.isContextLost() && this.gl.getSyncParameter(this.fence, this.gl.SYNC_STATUS) !== this.gl.SIGNALED) return true;
    this.gl.deleteSync(this.fence);
    this.fence = null;
    const milliseconds = Math.max(1, performance.now() - this.started), frame = 40, drawn = Math.min(this.budget, this.n);
    const affordable = Math.max(20000, Math.round(drawn * frame / milliseconds));
    if (milliseconds > 1.5 * frame || this.budget < this.n) this.budget = affordable >= this.n ? Infinity : affordable;
    return false;
  }
}
