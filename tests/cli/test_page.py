"""The HTML page of run and plot, in a real browser: it loads without errors, a lasso selects the same cells in all maps,
colors are those of the values, and names are text whatever they contain."""

import base64
import csv
import io
import json
import os
import re
import unittest
import zlib

import anndata
import h5py
import numpy as np
import pandas as pd

from browser import Browser, find_browser
from command import PBMC, InFolder, main, replearn

SHIFT, CTRL = 8, 2


def blobs_of(path):
    """The compressed parts of a page, and the one that describes the others."""
    with open(path, encoding="utf-8") as file:
        html = file.read()
    texts = re.findall(r'<script type="text/plain" class="blob">([A-Za-z0-9+/=]*)</script>', html)
    parts = [zlib.decompress(base64.b64decode(text)) for text in texts]
    return parts, json.loads(parts[int(re.search(r'data-description="(\d+)"', html)[1])])


def pixels_of(browser, width=1400):
    """The screenshot as an array height x width x 3."""
    return np.frombuffer(browser.pixels(), np.uint8).reshape(-1, width, 4)[:, :, :3]


def two_maps(n=3000, seed=7):
    """Cells in three groups, well apart in one map and in reverse order in the other."""
    random = np.random.default_rng(seed)
    group = random.integers(0, 3, n)
    first = np.array([[0, 0], [10, 0], [4, 9]])[group] + random.normal(size=(n, 2))
    second = np.column_stack([-first[:, 1], first[:, 0] ** 2 / 20]) + random.normal(size=(n, 2)) / 9
    genes = random.poisson(1 + 4 * (group == 1)[:, None] * np.array([1, 0, 0, 1])).astype(np.float32)
    data = anndata.AnnData(genes, dtype=np.float32, var=pd.DataFrame(index=["CD3D", "MS4A1", "LYZ", "NKG7"]),
                           obs=pd.DataFrame({"kind": pd.Categorical(np.array(["alpha", "beta", "gamma"])[group]),
                                             "depth": random.lognormal(7, 1, n), "count": random.integers(0, 5000, n)},
                                            index=[f"cell_{i}" for i in range(n)]))
    data.obs.loc[data.obs_names[:5], "depth"] = np.nan
    data.obsm["X_first"], data.obsm["X_second"] = first.astype(np.float32), second.astype(np.float32)
    return data


class PageFile(InFolder):
    """What is in the file, without a browser."""

    def test_run_writes_one_beside_its_output_unless_told_not_to(self):
        options = ["--pca.components", 5, "--plot.color", "bulk_labels"]
        self.succeed("run", PBMC, self.path("maps.h5ad"), *options)
        parts, page = blobs_of(self.path("maps.html"))
        self.assertEqual([each["key"] for each in page["maps"]], ["X_pca", "X_umap"])
        self.assertEqual((page["n"], page["color"], page["title"]), (700, "bulk_labels", "maps"))
        self.succeed("run", PBMC, self.path("none.h5ad"), *options, "--plot.page", "none")
        self.assertFalse(os.path.exists(self.path("none.html")))

    def test_values_are_those_of_the_file_to_their_precision(self):
        data = two_maps()
        data.uns["kind_colors"] = np.array(["#102030", "#405060", "#708090ff"])
        data.write_h5ad(self.path("in.h5ad"))
        self.succeed("plot", self.path("in.h5ad"), "--page", self.path("page.html"), "--folder", self.path("f"), "--color", "CD3D,kind")
        parts, page = blobs_of(self.path("page.html"))
        n = data.n_obs

        def numbers(blob):
            planes = np.frombuffer(parts[blob], np.uint8).reshape(-1, n).astype(int)
            return planes[0] if len(planes) == 1 else planes[0] + 256 * planes[1]

        for each in page["maps"]:
            planes = np.frombuffer(parts[each["blob"]], np.uint8).reshape(4, n).astype(int)
            for axis, name in enumerate("xy"):
                low, high = each[name]
                values = low + (planes[2 * axis] + 256 * planes[2 * axis + 1]) / 65535 * (high - low)
                self.assertLess(np.abs(values - data.obsm[each["key"]][:, axis]).max(), (high - low) / 65535 * 0.51)
        kind, depth, number = page["columns"]
        self.assertEqual(kind["colors"], ["#102030", "#405060", "#708090"])
        np.testing.assert_array_equal(numbers(kind["blob"]) - 1, data.obs["kind"].cat.codes)
        values = numbers(depth["blob"])
        np.testing.assert_array_equal(values > depth["steps"], np.isnan(data.obs["depth"]))
        low, high = depth["range"]
        np.testing.assert_allclose((low + values / depth["steps"] * (high - low))[5:], data.obs["depth"][5:], atol=(high - low) / 65534 * 0.51)
        self.assertTrue(number["whole"])
        low, high = number["range"]
        np.testing.assert_array_equal(np.round(low + numbers(number["blob"]) / number["steps"] * (high - low)), data.obs["count"])
        gene = next(each for each in page["genes"] if each["name"] == "CD3D")
        values = numbers(gene["blob"]) / gene["steps"] * gene["range"][1]
        np.testing.assert_allclose(values, data[:, "CD3D"].X.ravel(), atol=gene["range"][1] / 254 * 0.51)

    def test_the_same_on_any_number_of_ranks_also_of_a_sample(self):
        data = two_maps(4000)
        data.obs["kind"] = pd.Categorical(["rare" if i % 400 == 7 else kind for i, kind in enumerate(data.obs["kind"])])
        data.write_h5ad(self.path("in.h5ad"))
        pages = []
        for ranks in (1, 2, 3):
            self.succeed("plot", self.path("in.h5ad"), "--page", self.path(f"{ranks}.html"), "--folder", self.path("f"), "--color", "kind,LYZ",
                         "--page-cells", 1000, ranks=ranks)
            pages.append(blobs_of(self.path(f"{ranks}.html")))
        for parts, page in pages[1:]:
            self.assertEqual(parts[1:], pages[0][0][1:])
            self.assertEqual(page, pages[0][1])
        parts, page = pages[0]
        self.assertEqual(page["cells"], 4000)
        kind = page["columns"][0]
        counts = np.bincount(np.frombuffer(parts[kind["blob"]], np.uint8), minlength=5)[1:]
        for name, chosen in zip(kind["categories"], counts):
            there = (data.obs["kind"] == name).sum()
            self.assertEqual(chosen, there if name == "rare" else max(200, round(there / 4)), name)
        self.assertEqual(page["n"], counts.sum())

    def test_the_report_counts_what_the_filters_dropped(self):
        random = np.random.default_rng(3)
        counts = random.poisson(random.gamma(1, 1, (500, 1)) * random.gamma(1, 1, (1, 80))).astype(np.float32)
        data = anndata.AnnData(counts, dtype=np.float32)
        data.write_h5ad(self.path("in.h5ad"))
        pages = []
        for ranks in (1, 2, 3):
            output = self.path(f"{ranks}.h5ad")
            self.succeed("run", self.path("in.h5ad"), output, "--preprocess.min-genes", 20, "--preprocess.min-counts", 30, "--pca.components", 5,
                         "--plot.folder", self.path("f"), ranks=ranks)
            with h5py.File(output) as file:
                record = file["uns/replearn/run/filters"]
                pages.append({f"{group}/{each}": record[group][each][()].tolist() for group in record for each in record[group]})
        self.assertEqual(pages[0], pages[1])
        self.assertEqual(pages[0], pages[2])
        totals, genes = counts.sum(1), (counts > 0).sum(1)
        kept = (genes >= 20) & (totals >= 30)
        record = pages[0]
        self.assertEqual((record["cells/before"], record["cells/kept"]), (500, kept.sum()))
        for name, values in (("total_counts", totals), ("n_genes_by_counts", genes)):
            edges = np.array(record[f"{name}/edges"])
            self.assertEqual((edges[0], edges[-1]), (values.min(), np.sort(values)[499 * 995 // 1000]))
            values = np.minimum(values, edges[-1])
            width = edges[1] - edges[0]
            for which, chosen in (("before", values), ("kept", values[kept])):
                bins = np.minimum(59, ((chosen - edges[0]) / width).astype(int))
                np.testing.assert_array_equal(record[f"{name}/{which}"], np.bincount(bins, minlength=60))
        charts = {section["title"]: section for section in blobs_of(self.path("2.html"))[1]["report"]}
        self.assertEqual(charts["Genes per cell"]["marks"], [["--min-genes", 20]])
        self.assertEqual(charts["Counts per cell"]["series"][0]["y"], record["total_counts/before"])
        self.assertEqual(charts["Size of the data"]["rows"][0], ["cells", str(kept.sum()), "500"])
        ratio = anndata.read_h5ad(self.path("2.h5ad")).uns["pca"]["variance_ratio"]
        np.testing.assert_allclose(charts["Explained variance"]["series"][1]["y"], 100 * np.cumsum(ratio))

    def test_a_hundred_thousand_cells_take_little_space(self):
        data = two_maps(100000)
        del data.obs["depth"], data.obs["count"], data.obsm["X_second"]
        data.write_h5ad(self.path("in.h5ad"))
        self.succeed("plot", self.path("in.h5ad"), "--page", self.path("page.html"), "--folder", self.path("f"), "--page-genes", 0)
        self.assertLess(os.path.getsize(self.path("page.html")), 650000)

    def test_what_cannot_be_written_is_refused_before_any_work(self):
        for page, words in [(self.path("missing/page.html"), "does not exist"), (self.path("page.htm"), ".html"), (PBMC, "never overwritten")]:
            done = replearn("plot", PBMC, "--page", page, "--folder", self.path("f"))
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            self.assertIn("--page", done.messages[0])
            self.assertIn(words, done.messages[0])
        self.assertFalse(os.path.exists(self.path("f")))


@unittest.skipUnless(find_browser(), "no browser: chromium-headless-shell")
class InBrowser(InFolder):
    def start(self, page, **settings):
        browser = Browser(find_browser(), **settings)
        self.addCleanup(browser.close)
        browser.open(page)
        self.assertEqual(browser.problems, [])
        return browser

    def page_of(self, data, *options):
        data.write_h5ad(self.path("in.h5ad"))
        self.succeed("plot", self.path("in.h5ad"), "--page", self.path("page.html"), "--folder", self.path("f"), *options)
        return self.path("page.html")

    def test_a_lasso_selects_its_cells_in_all_maps(self):
        data = two_maps()
        browser = self.start(self.page_of(data))
        browser.js("document.getElementById('labels').click()")
        # Places on the screen are linear in the coordinates; three cells determine the scale.
        places = np.array([browser.js(f"replearn.place(0, {i})") for i in range(12)])
        slope, start = zip(*[np.polyfit(data.obsm["X_first"][:12, axis], places[:, axis], 1) for axis in (0, 1)])
        self.assertAlmostEqual(slope[0], -slope[1], delta=1e-3 * slope[0])  # equal scales, y upward
        screen = data.obsm["X_first"] * slope + start
        left, right, top, bottom = screen[:, 0].min() + 60, screen[:, 0].max() - 90, screen[:, 1].min() + 80, screen[:, 1].max() - 50
        # A diamond, by Shift and drag.
        x, y = (left + right) / 2, (top + bottom) / 2
        browser.drag([(x, top), (right, y), (x, bottom), (left, y), (x + 1, top)], SHIFT)
        distance = np.abs(screen[:, 0] - x) / (right - left) * 2 + np.abs(screen[:, 1] - y) / (bottom - top) * 2
        chosen = np.zeros(data.n_obs, bool)
        chosen[browser.js("replearn.selected()")] = True
        sure = np.abs(distance - 1) > 0.03
        self.assertGreater(chosen.sum(), 300)
        np.testing.assert_array_equal(chosen[sure], (distance < 1)[sure])
        # In the other map the same cells keep their color and all others become pale. Of cells without near neighbors:
        browser.mouse("mouseMoved", 1390, 890)
        image = pixels_of(browser)
        other = np.array([browser.js(f"replearn.place(1, {i})") for i in range(data.n_obs)])
        apart = [i for i in range(data.n_obs) if np.sort(np.hypot(*(other - other[i]).T))[1] > 9]
        vivid = np.array([np.ptp(image[int(py), int(px)].astype(int)) > 70 for px, py in other[apart]])
        self.assertGreater(vivid.sum(), 3)
        self.assertGreater((~vivid).sum(), 3)
        np.testing.assert_array_equal(vivid, chosen[apart])
        # The box adds to the selection with Ctrl; Esc clears it.
        before = chosen.sum()
        browser.js("document.querySelector('[data-tool=box]').click()")
        browser.drag([(left - 55, top - 70), (left + 40, bottom + 30), (left + 60, bottom + 40)], CTRL)
        self.assertGreater(len(browser.js("replearn.selected()")), before)
        browser.press("Escape")
        self.assertEqual(browser.js("replearn.selected()"), [])
        self.assertEqual(browser.problems, [])

    def test_colors_are_those_of_the_values(self):
        data = two_maps(300)
        browser = self.start(self.page_of(data, "--color", "kind"))
        browser.js("document.getElementById('labels').click()")
        by_kind = pixels_of(browser)
        browser.js("document.getElementById('search').focus()")
        browser.write("lyz")
        browser.press("Enter")
        browser.js("new Promise(done => setTimeout(done, 100))")
        self.assertEqual(browser.js("document.getElementById('color').selectedOptions[0].textContent"), "LYZ")
        browser.js("replearn.colorBy('CD3D')")
        browser.js("(slider => { slider.value = 1; slider.oninput({target: slider}); })(document.getElementById('opacity'))")
        by_gene = pixels_of(browser)
        self.assertGreater((by_kind != by_gene).any(axis=2).sum(), 2000)
        places = np.array([browser.js(f"replearn.place(0, {i})") for i in range(300)])
        apart = [i for i in range(300) if np.sort(np.hypot(*(places - places[i]).T))[1] > 16]
        self.assertGreater(len(apart), 20)
        # From gray at zero by way of orange to dark red at the 99th percentile.
        values = data[:, "CD3D"].X.ravel()
        at = np.minimum(values / np.sort(values)[297], 1)
        stops = [[0xdc, 0xdf, 0xe3], [0xfd, 0xd0, 0xa2], [0xfc, 0x8d, 0x59], [0xd7, 0x30, 0x1f], [0x7f, 0, 0]]
        wanted = np.column_stack([np.interp(4 * at, range(5), [stop[channel] for stop in stops]) for channel in range(3)])
        seen = np.array([by_gene[int(y), int(x)] for x, y in places])
        self.assertLess(np.abs(wanted - seen)[apart].max(), 5)
        # A category that is switched off leaves the maps.
        browser.js("replearn.colorBy('kind')")
        browser.js("[...document.querySelectorAll('#legend .entry')].find(e => e.textContent.startsWith('beta')).click()")
        image = pixels_of(browser)
        white = np.array([(image[int(y), int(x)] == 255).all() for x, y in places])
        np.testing.assert_array_equal(white[apart], (data.obs["kind"] == "beta").to_numpy()[apart])
        # Dark: by key.
        browser.press("d")
        self.assertLess(pixels_of(browser)[100, 300].max(), 60)
        self.assertEqual(browser.problems, [])

    def test_search_selects_and_saves(self):
        data = two_maps()
        browser = self.start(self.page_of(data, "--color", "kind"))
        browser.press("/")
        browser.write("gamma")
        browser.press("Enter")
        browser.js("new Promise(done => setTimeout(done, 100))")
        wanted = np.flatnonzero(data.obs["kind"] == "gamma")
        self.assertEqual(browser.js("replearn.selected()"), wanted.tolist())
        rows = list(csv.DictReader(io.StringIO(browser.js("replearn.csv()"))))
        self.assertEqual([row["name"] for row in rows], data.obs_names[wanted].tolist())
        self.assertEqual([int(row["count"]) for row in rows], data.obs["count"].iloc[wanted].tolist())
        np.testing.assert_allclose([float(row["X_second_2"]) for row in rows], data.obsm["X_second"][wanted, 1], atol=1e-3)
        size = browser.js("replearn.picture().then(blob => createImageBitmap(blob)).then(image => [image.width, image.height])")
        self.assertGreater(min(size), 1000)
        # Hovering says which cell is there.
        browser.press("Escape")
        place = browser.js("replearn.place(0, 2999)")
        browser.mouse("mouseMoved", *place)
        browser.frames()
        near = browser.js("document.querySelector('#tip b').textContent")
        x, y = browser.js(f"replearn.place(0, {int(near[5:])})")
        self.assertLess(np.hypot(x - place[0], y - place[1]), 3)
        browser.press("m")
        self.assertIn("cells", browser.js("document.getElementById('report-page').innerText"))
        self.assertEqual(browser.problems, [])

    def test_names_are_text_whatever_they_contain(self):
        names = ["<script>alert(1)</script>", "</script><script>window.hacked = 1</script>", "<img src=x onerror='window.hacked = 1'>",
                 "quote \" and ' and `${window.hacked = 1}`", "back\\slash", "three bytes: 細胞 ☃", "four: 🧬", "two\nlines", "comma, and <!-- comment", "&lt;b&gt;",
                 "‮right to left", "=cmd()"]
        n = 21000
        data = two_maps(n)
        data.obs_names = [names[i] if i < len(names) else f"cell {i} <b>" for i in range(n)]
        data.obs["many <i>"] = pd.Categorical([f"<b>{i % 10000}</b>" for i in range(n)])
        data.obs["kind"] = data.obs["kind"].cat.rename_categories([names[0], names[1], names[5]])
        data.var_names = [names[2], names[3], names[6], "</title><script>window.hacked = 1</script>"]
        data.obsm["X_<script>"] = data.obsm["X_second"]
        # A hostile record of a job, which the report shows.
        data.uns["replearn"] = {names[1]: {"version": names[2], "ranks": 1, "options": {"pca": {names[2]: names[1]}}, "timings": {names[1]: 1.5}}}
        data.write_h5ad(self.path("in.h5ad"))
        page = self.path("<b>page.html")
        self.succeed("plot", self.path("in.h5ad"), "--page", page, "--folder", self.path("f"), "--color", "kind")
        browser = self.start(page)
        self.assertEqual(browser.js("replearn.names()"), data.obs_names.tolist())
        self.assertEqual(browser.js("replearn.data.columns.map(column => column.name)"), data.obs.columns.tolist())
        for look in ("replearn.colorBy('many <i>')", "replearn.colorBy('kind')", f"replearn.colorBy({json.dumps(names[2])})",
                     "document.getElementById('show-report').click()", "document.getElementById('show-maps').click()"):
            browser.js(look)
            browser.frames()
        browser.js("replearn.colorBy('many <i>')")
        browser.press("i")
        self.assertEqual(len(browser.js("replearn.selected()")), n)
        browser.js("replearn.colorBy('kind')")
        shown = browser.js("[...document.querySelectorAll('#legend .entry .text')].map(each => each.textContent)")
        self.assertEqual(shown, [names[0], names[1], names[5]])
        browser.press("/")
        browser.write("<img src")
        browser.js("new Promise(done => setTimeout(done, 200))")
        self.assertIn(names[2], browser.js("document.getElementById('found').textContent"))
        rows = list(csv.reader(io.StringIO(browser.js("replearn.csv()"))))
        self.assertEqual([row[0] for row in rows[1:]], data.obs_names.tolist())
        self.assertEqual(browser.js("document.querySelectorAll('img, b:not(#tip b), i:not(.chart-legend i)').length"), 0)
        self.assertIsNone(browser.js("window.hacked ?? null"))
        self.assertEqual(browser.problems, [])

    def test_one_cell_one_line_and_missing_values(self):
        for name, n in [("one", 1), ("line", 40)]:
            data = two_maps(max(n, 2))[:n].copy()
            data.obs["nothing"] = np.full(n, np.nan)
            data.obs["kind"] = pd.Categorical([None] * n, categories=["a"])
            data.obsm["X_first"] = np.column_stack([np.zeros(n), np.arange(n)]).astype(np.float32)
            browser = self.start(self.page_of(data))
            for column in ("nothing", "kind", "depth"):
                browser.js(f"replearn.colorBy('{column}')")
                browser.frames()
            browser.press("i")
            self.assertEqual(len(browser.js("replearn.selected()")), n)
            browser.press("z")
            self.assertEqual(browser.problems, [])


if __name__ == "__main__":
    main(at_once=2)
