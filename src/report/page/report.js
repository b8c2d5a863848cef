// The report of the job, in chapters.

// A cell of a table: genes, one per line, become buttons that color the maps.
function tableCell(text, isHead) {
  const cell = element(isHead ? "th" : "td");
  if (!isHead && text.includes("\n")) {
    for (const name of text.split("\n")) {
      const gene = data.genes.find((each) => each.name === name);
      cell.append(gene ? element("button", { textContent: oneLine(name), title: "Color the maps by this gene",
        onclick: () => { showPage("maps"); chooseColor(gene); } }) : oneLine(name) + " ");
    }
    return cell;
  }
  cell.textContent = text;
  if (/^-?[\d.,]+(e-?\d+)?$/.test(text)) cell.className = "number";
  return cell;
}
function tableOf(section) {
  const table = element("table");
  if (section.header.length) table.append(element("thead", {}, element("tr", {}, ...section.header.map((text) => tableCell(text, true)))));
  table.append(element("tbody", {}, ...section.rows.map((row) => element("tr", {}, ...row.map((text) => tableCell(text, false))))));
  return [element("div", { className: "scroll" }, table)];
}

function showReport() {
  const page = byId("report-page"), chapters = new Map();
  for (const section of data.report) {
    if (!chapters.has(section.chapter)) chapters.set(section.chapter, []);
    chapters.get(section.chapter).push(section);
  }
  const made = [];
  for (const [chapter, sections] of chapters) {
    const parts = element("div", { className: "parts" });
    for (const section of sections) {
      const note = section.note ? [element("p", { className: "note", textContent: section.note })] : [];
      const content = section.kind === "table" ? tableOf(section) : section.kind === "lines" ? lineChart(section)
        : section.kind === "histogram" ? histogramChart(section) : section.kind === "bars" ? barChart(section) : section.kind === "density" ? densityChart(section)
        : [element("p", { className: "pre", textContent: section.rows.map((row) => row.join(" ")).join("\n") })];
      const wide = section.folded || (section.kind === "table" && section.header.length > 2);
      parts.append(section.folded
        ? element("details", { className: "wide" }, element("summary", { textContent: section.title }), ...note, ...content)
        : element("section", { className: wide ? "wide" : "" }, element("h3", { textContent: section.title }), ...note, ...content));
    }
    made.push(element("h2", { textContent: chapter }), parts);
  }
  if (!made.length) made.push(element("p", { className: "note", textContent: "The file has no record of a job." }));
  made.push(element("p", { className: "note", textContent: "Made by replearn " + data.version + "." }));
  page.replaceChildren(...made);
}
