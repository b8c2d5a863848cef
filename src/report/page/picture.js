// The view as a PNG of twice the resolution, with titles and legend.

async function pictureOf(pixels = 2) {
  const area = byId("maps").getBoundingClientRect(), column = coloring.column, side = column ? 230 : 0;
  const canvas = element("canvas"), context = canvas.getContext("2d");
  canvas.width = Math.round((area.width + side) * pixels);
  canvas.height = Math.round(area.height * pixels);
  context.scale(pixels, pixels);
  context.fillStyle = css(backColor());
  context.fillRect(0, 0, area.width + side, area.height);
  renderer.resize(area.width, area.height, pixels);
  moving = false;
  drawPoints();
  context.drawImage(renderer.canvas, 0, 0, area.width, area.height);
  renderer.resize(area.width, area.height, Math.min(window.devicePixelRatio || 1, 3));
  redraw();
  const font = (size, weight = 400) => `${weight} ${size}px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif`;
  const ink = isDark() ? "#e9edf2" : "#1b1f24", faint = isDark() ? "#98a2ae" : "#68717c";
  for (const panel of panels) {
    if (!panel.isShown) continue;
    const { left, top } = panel.rectangle;
    context.save();
    context.beginPath();
    context.rect(left, top, panel.rectangle.width, panel.rectangle.height);
    context.clip();
    drawLabels(context, panel, panel.rectangle);
    context.restore();
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillStyle = ink;
    context.font = font(14, 600);
    context.fillText(oneLine(panel.map.title), left + 12, top + 22);
  }
  if (column) drawPictureLegend(context, column, area.width + 10, font, ink, faint, area.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function drawPictureLegend(context, column, left, font, ink, faint, height) {
  context.font = font(13, 600);
  context.fillStyle = ink;
  context.fillText(shortened(column.name), left, 24);
  context.font = font(12);
  if (column.numeric) {
    for (let y = 0; y < 160; ++y) {
      context.fillStyle = css(gradientColor(column, 1 - y / 159));
      context.fillRect(left, 40 + y, 14, 1.5);
    }
    context.fillStyle = faint;
    context.fillText(column.numberText(column.number(coloring.high)), left + 22, 50);
    context.fillText(column.numberText(column.number(coloring.low)), left + 22, 200);
    return;
  }
  let y = 48;
  for (let code = 1; code <= column.categories.length; ++code) {
    if (coloring.hidden.has(code)) continue;
    if (y > height - 30) {
      context.fillStyle = faint;
      context.fillText(`and ${count(column.categories.length - code + 1)} more`, left, y);
      break;
    }
    context.fillStyle = css(categoryColor(column, code - 1));
    context.beginPath();
    context.arc(left + 6, y - 4, 5.5, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = ink;
    context.fillText(shortened(column.categories[code - 1]), left + 19, y);
    y += 20;
  }
}

async function savePicture() {
  saveFile(await pictureOf(), (data.title.replace(/[^\w.-]+/g, "_") || "maps") + ".png");
}
