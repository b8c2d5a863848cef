"""Figures of maps: their colors, axes and texts, against the data and scikit-learn."""

import os
import re
import subprocess
import unittest
import xml.etree.ElementTree

import anndata
import numpy
import pandas

from command import PBMC, InFolder, replearn


def texts(path):
    """The texts of an SVG."""
    return [node.text for node in xml.etree.ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]


def circle_colors(path):
    """Counts of fill colors of an SVG, as (red, green, blue)."""
    counts = {}
    with open(path) as file:
        for rgb in re.findall(r'fill:rgb\(([^)]*)\)', file.read()):
            color = tuple(round(float(part.strip(" %")) * 2.55) for part in rgb.split(","))
            counts[color] = counts.get(color, 0) + 1
    return counts


class Plot(InFolder):
    def refuse(self, words, *expected):
        done = replearn(*words)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        for part in expected:
            self.assertIn(part, done.messages[0])
        self.assertEqual(os.listdir(self.folder), [])

    def small(self, **obs):
        n = 60
        data = anndata.AnnData(numpy.arange(2 * n, dtype=numpy.float32).reshape(n, 2),
                               obs=pandas.DataFrame(obs, index=[f"c{i}" for i in range(n)]))
        data.obsm["X_tsne"] = numpy.random.default_rng(0).normal(size=(n, 2)).astype(numpy.float32)
        return data

    def draw(self, data, *words, **options):
        data.write_h5ad(self.path("in.h5ad"))
        self.succeed("plot", self.path("in.h5ad"), "--format", "svg", "--folder", self.folder, *words, **options)

    def test_axes_of_pca_have_their_percent_of_the_variance(self):
        x = anndata.read_h5ad(PBMC).X
        try:
            from sklearn.decomposition import PCA
            ratio = PCA(2, svd_solver="full").fit(x).explained_variance_ratio_
        except ImportError:
            centered = numpy.asarray(x, dtype=float) - numpy.asarray(x, dtype=float).mean(axis=0)
            values = numpy.linalg.svd(centered, compute_uv=False) ** 2
            ratio = values[:2] / values.sum()
        self.succeed("run", PBMC, self.path("out.h5ad"), "--pca.components", 4, "--pca.genes", "all", "--plot.format", "svg",
                     "--plot.basis", "X_pca", "--plot.page", "none", ranks=2)
        found = texts(self.path("pca.svg"))
        self.assertIn(f"PC 1 ({100 * ratio[0]:.1f} %)", found)
        self.assertIn(f"PC 2 ({100 * ratio[1]:.1f} %)", found)
        self.assertIn("n = 700", found)

    def test_colors_are_those_in_the_file_and_stay_with_their_category(self):
        kinds = ["B", "NK", "T"]
        data = self.small(kind=pandas.Categorical(["B", "T"] * 30, categories=kinds))
        data.uns["kind_colors"] = numpy.array(["#ff0000", "tomato", "#0000ffff"])
        self.draw(data, "--color", "kind")
        counts = circle_colors(self.path("tsne_kind.svg"))
        self.assertEqual([counts.get(color, 0) for color in ((255, 0, 0), (255, 99, 71), (0, 0, 255))], [31, 0, 31])
        self.assertNotIn("NK", texts(self.path("tsne_kind.svg")))
        # Colors of other categories, or that are none, are not used.
        for colors in (["#ff0000", "#00ff00"], ["#ff0000", "<b>", "#00ff00"]):
            data.uns["kind_colors"] = numpy.array(colors)
            self.draw(data, "--color", "kind")
            self.assertNotIn((255, 0, 0), circle_colors(self.path("tsne_kind.svg")))

    def test_color_scale_ends_at_percentiles_as_of_numpy(self):
        value = numpy.arange(60, dtype=numpy.float32) ** 2
        data = self.small(value=value)
        self.draw(data, "--color", "value", "--vmin", "p10", "--vmax", "p90")
        low, high = numpy.percentile(value, [10, 90])
        found = texts(self.path("tsne_value.svg"))
        self.assertIn(f"{100 * numpy.mean(value > high):.2g} % higher", found)
        self.assertIn(f"{100 * numpy.mean(value < low):.2g} % lower", found)
        self.draw(data, "--color", "value", "--vmax", 10000)
        self.assertFalse([text for text in texts(self.path("tsne_value.svg")) if "higher" in text])

    def test_panels(self):
        self.succeed("plot", PBMC, "--folder", self.folder, "--format", "svg", "--panels", "--basis", "X_pca,X_umap", "--color",
                     "bulk_labels,CD3D")
        self.assertEqual(os.listdir(self.folder), ["pca-umap_bulk_labels-CD3D.svg"])
        found = texts(self.path("pca-umap_bulk_labels-CD3D.svg"))
        for text, times in {"PCA": 2, "UMAP": 2, "bulk_labels": 1, "Dendritic": 1, "CD3D": 2, "n = 700": 1}.items():
            self.assertEqual(found.count(text), times, text)
        # Genes of one map are titles.
        self.succeed("plot", PBMC, "--folder", self.folder, "--format", "svg", "--panels", "--basis", "X_umap", "--color",
                     "CD3D,LYZ,NKG7", ranks=2)
        found = texts(self.path("umap_CD3D-LYZ-NKG7.svg"))
        self.assertEqual([text for text in found if text in ("CD3D", "LYZ", "NKG7", "UMAP")], ["CD3D", "LYZ", "NKG7"])

    def test_charts_of_what_the_file_records(self):
        counts = numpy.random.default_rng(1).poisson(numpy.linspace(0.2, 3, 90)[:, None], size=(90, 60))
        data = anndata.AnnData(counts.astype(numpy.float32))
        data.var_names = ["MT-1"] + [f"gene{j}" for j in range(1, 60)]
        data.write_h5ad(self.path("counts.h5ad"))
        self.succeed("preprocess", self.path("counts.h5ad"), self.path("pre.h5ad"), "--min-counts", 50, "--highly-variable",
                     "seurat", "--top-genes", 20)
        self.succeed("run", self.path("pre.h5ad"), self.path("out.h5ad"), "--pca.components", 5, "--tsne.perplexity", 5,
                     "--tsne.early-exaggeration-iterations", 60, "--tsne.iterations", 100, "--plot.charts", "--plot.format", "svg",
                     "--plot.page", "none", ranks=2)
        made = {name for name in os.listdir(self.folder) if name.endswith(".svg")}
        self.assertLessEqual({"cells_and_genes.svg", "principal_components.svg", "convergence.svg", "variable_genes.svg"}, made)
        cells = texts(self.path("cells_and_genes.svg"))
        self.assertIn("--min-counts (50)", cells)
        self.assertLessEqual({"Counts per cell", "Genes per cell", "kept", "dropped"}, set(cells))
        self.assertIn("end of early exaggeration (60)", texts(self.path("convergence.svg")))
        self.assertIn("highly variable", texts(self.path("variable_genes.svg")))
        # A dot for each gene, blue if it is highly variable, in each of two panels.
        var = anndata.read_h5ad(self.path("out.h5ad")).var
        dots = circle_colors(self.path("variable_genes.svg"))
        shown = numpy.isfinite(var["means"]) & numpy.isfinite(var["dispersions_norm"])
        self.assertEqual(dots[(0, 114, 178)], 2 * numpy.sum(shown & var["highly_variable"]))

    def test_limits_that_are_none_are_refused(self):
        for words, expected in ((["--vmax", "p101"], "'p101'"), (["--width", "0.1"], "--width"), (["--vmin", "low"], "'low'"),
                                (["--vmin", "3", "--vmax", "3"], "--vmin"), (["--vmin", "p99", "--vmax", "p1"], "--vmax")):
            self.refuse(["plot", PBMC, "--folder", self.path("none"), *words], expected)

    def test_figures_are_the_same_on_any_number_of_ranks(self):
        drawn = []
        for ranks in (1, 2, 3):
            self.succeed("plot", PBMC, "--folder", self.folder, "--panels", "--color", "bulk_labels,CD3D", ranks=ranks)
            self.succeed("plot", PBMC, "--folder", self.folder, "--basis", "X_pca,X_umap", "--color", "bulk_labels,CD3D",
                         ranks=ranks)
            drawn.append([])
            for name in sorted(os.listdir(self.folder)):
                with open(self.path(name), "rb") as file:
                    drawn[-1].append((name, file.read()))
        self.assertEqual(drawn[0], drawn[1])
        self.assertEqual(drawn[0], drawn[2])


if __name__ == "__main__":
    unittest.main()
