// One field finds cells, genes, columns and categories.

let results = [], marked = 0;

// Matches of a text, best first: equal, then beginning, then containing it. [what, text, action]
async function findAll(text) {
  const wanted = text.toLowerCase(), found = [];
  const rank = (name) => {
    const lower = name.toLowerCase();
    return lower === wanted ? 0 : lower.startsWith(wanted) ? 1 : lower.includes(wanted) ? 2 : 3;
  };
  const add = (what, candidates, limit, action) => {
    const ranked = [[], [], []];
    candidates.forEach((name, i) => { const place = rank(name); if (place < 3 && ranked[place].length < limit) ranked[place].push([what, name, () => action(i)]); });
    found.push(...ranked.flat().slice(0, limit).map((each) => ({ rank: rank(each[1]), what: each[0], text: each[1], action: each[2] })));
  };
  add("gene", data.genes.map((gene) => gene.name), 8, (i) => chooseColor(data.genes[i]));
  add("column", data.columns.map((column) => column.name), 8, (i) => chooseColor(data.columns[i]));
  for (const column of data.columns) {
    if (column.numeric) continue;
    add("category", column.categories, 5, async (i) => { await chooseColor(column); selectCategory(i + 1, "replace"); });
  }
  add("cell", await loadNames(), 10, (i) => showCell(i));
  return found.sort((a, b) => a.rank - b.rank).slice(0, 24);
}

// Selects one cell and marks it in all maps.
function showCell(cell) {
  const flags = new Uint8Array(data.n);
  flags[cell] = 1;
  select(flags);
  look.hover = cell;
  for (const panel of panels) {
    if (!panel.isShown) continue;
    const [x, y] = panel.placeOf(cell), [px, py] = panel.toPanel(x, y), { width, height } = panel.rectangle;
    if (px < 0 || py < 0 || px > width || py > height) Object.assign(panel.view, { x, y });
  }
  redraw();
}

async function chooseColor(column) {
  byId("color").value = column ? (column.isGene ? "g" + data.genes.indexOf(column) : "c" + data.columns.indexOf(column)) : "";
  await colorBy(column);
}

function showFound() {
  const list = byId("found"), field = byId("search");
  list.hidden = !field.value.trim();
  field.setAttribute("aria-expanded", !list.hidden);
  list.replaceChildren(...results.map((result, i) => element("li", { role: "option", id: "found-" + i, "aria-selected": i === marked,
    onpointerdown: (event) => { event.preventDefault(); chooseFound(i); } },
    element("span", { className: "what", textContent: result.what }), element("span", { className: "text", textContent: oneLine(result.text) }))));
  if (!results.length) list.append(element("li", { className: "none", textContent: "nothing found" }));
  field.setAttribute("aria-activedescendant", results.length ? "found-" + marked : "");
  list.children[marked]?.scrollIntoView({ block: "nearest" });
}
async function chooseFound(i) {
  const result = results[i];
  byId("search").value = "";
  results = [];
  showFound();
  byId("search").blur();
  if (result) await result.action();
}

function startSearch() {
  const field = byId("search");
  let asked = 0;
  field.addEventListener("input", async () => {
    const mine = ++asked, text = field.value.trim(), found = text ? await findAll(text) : [];
    if (mine !== asked) return;
    results = found;
    marked = 0;
    showFound();
  });
  field.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      marked = Math.max(0, Math.min(results.length - 1, marked + (event.key === "ArrowDown" ? 1 : -1)));
      showFound();
    } else if (event.key === "Enter") {
      ++asked;
      if (!results.length && field.value.trim()) results = await findAll(field.value.trim());
      chooseFound(marked);
    } else if (event.key === "Escape") {
      field.value = "";
      results = [];
      showFound();
      field.blur();
    }
    event.stopPropagation();
  });
  field.addEventListener("blur", () => { byId("found").hidden = true; });
  field.addEventListener("focus", showFound);
}
