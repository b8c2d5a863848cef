"""--output-content results leaves out what was in the input, and merge adds results to it: then all is as with
--output-content all."""

import os
import warnings

warnings.simplefilter("ignore")
import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse

import command
from command import PBMC

SHORT = ["--iterations", 20]


def arrays(path, without=("uns/replearn",)):
    """All datasets of a file, with their attributes."""
    found = {}

    def visit(name, item):
        if any(name.startswith(each) for each in without):
            return
        attributes = {key: np.asarray(value).tolist() for key, value in item.attrs.items() if key != "column-order"}
        found[name] = (attributes, item[()] if isinstance(item, h5py.Dataset) else None)

    with h5py.File(path) as file:
        file.visititems(visit)
        found["/"] = (sorted(file.attrs.items()), None)
        for table in ("obs", "var"):
            found[table + " columns"] = (sorted(file[table].attrs["column-order"]), None)
    return found


class OutputContent(command.InFolder):
    def assertSame(self, first, second, **options):
        one, two = arrays(first, **options), arrays(second, **options)
        self.assertEqual(sorted(one), sorted(two))
        for name in one:
            self.assertEqual(one[name][0], two[name][0], name)
            np.testing.assert_array_equal(one[name][1], two[name][1], name)

    def test_merged_results_are_as_one_file(self):
        last = PBMC
        for number, (verb, *options) in enumerate([("pca", "--components", 20), ("neighbors",), ("tsne", *SHORT)]):
            self.succeed(verb, last, self.path(f"all{number}.h5ad"), *options)
            last = self.path(f"all{number}.h5ad")
        for ranks in (1, 3):
            pca, tsne = self.path("pca.h5ad"), self.path("tsne.h5ad")
            graph, merged = self.path("graph.h5ad"), self.path("merged.h5ad")
            results = ["--output-content", "results"]
            self.succeed("pca", PBMC, pca, "--components", 20, *results, ranks=ranks)
            self.succeed("neighbors", pca, graph, *results, ranks=ranks)
            self.succeed("merge", pca, self.path("both.h5ad"), "--results", graph, ranks=ranks)
            self.succeed("tsne", self.path("both.h5ad"), tsne, *SHORT, *results, ranks=ranks)
            with h5py.File(tsne) as file:
                self.assertEqual((list(file["obsm"]), list(file["obsp"]), "X" in file), (["X_tsne"], [], False))
            self.assertLess(os.path.getsize(tsne), 300_000)
            self.succeed("merge", PBMC, merged, "--results", f"{pca},{graph},{tsne}", ranks=ranks)
            self.assertSame(last, merged)
            with h5py.File(merged) as file:
                self.assertEqual(sorted(file["uns/replearn"]), ["merge", "neighbors", "pca", "tsne"])
            self.assertEqual(anndata.read_h5ad(merged).shape, (700, 765))

    def test_run_with_preprocessing(self):
        """X and the counts are results of preprocessing, of the cells and genes it kept."""
        rng = np.random.default_rng(1)
        x = scipy.sparse.csr_matrix(rng.poisson(0.5, (300, 120)).astype("f4"))
        counts = anndata.AnnData(x, obs=pd.DataFrame({"day": ["a", "b"] * 150}, index=[f"c{i}" for i in range(300)]))
        counts.obsm["other"] = rng.normal(size=(300, 3))
        counts.write(self.path("counts.h5ad"))
        steps = ["--preprocess.min-cells", 115, "--preprocess.min-genes", 40, "--pca.components", 10]
        for name, content in (("all", "all"), ("results", "results")):
            self.succeed("run", self.path("counts.h5ad"), self.path(name + ".h5ad"), "--output-content", content, *steps, ranks=2)
        everything, results = anndata.read_h5ad(self.path("all.h5ad")), anndata.read_h5ad(self.path("results.h5ad"))
        self.assertLess(results.n_obs, 300)
        self.assertLess(results.n_vars, 120)
        self.assertEqual(list(results.obsm), ["X_pca"])
        np.testing.assert_array_equal(results.X.toarray(), everything.X.toarray())
        np.testing.assert_array_equal(results.layers["counts"].toarray(), everything.layers["counts"].toarray())
        np.testing.assert_array_equal(results.obs.to_numpy(), everything.obs.to_numpy())
        self.assertIn("other", everything.obsm)
        done = command.replearn("merge", self.path("counts.h5ad"), self.path("bad.h5ad"), "--results", self.path("results.h5ad"))
        self.assertEqual(done.code, 2)
        self.assertIn(f"obs: has {results.n_obs} names, the input 300", done.stderr)

    def test_inputs_that_are_no_h5ad(self):
        rng = np.random.default_rng(2)
        table = pd.DataFrame(rng.normal(size=(90, 12)).round(3), [f"c{i}" for i in range(90)], [f"g{j}" for j in range(12)])
        for name in ("a", "b"):
            table.to_csv(self.path(f"{name}.csv"))
        for inputs in ([self.path("a.csv")], [self.path("a.csv"), self.path("b.csv")]):
            words = ["--input", *inputs, "--output"]
            self.succeed("pca", *words, self.path("all.h5ad"), "--components", 5)
            self.succeed("pca", *words, self.path("pca.h5ad"), "--components", 5, "--output-content", "results", ranks=3)
            self.assertIsNone(anndata.read_h5ad(self.path("pca.h5ad")).X)
            self.succeed("merge", *words, self.path("merged.h5ad"), "--results", self.path("pca.h5ad"), ranks=2)
            self.assertSame(self.path("all.h5ad"), self.path("merged.h5ad"))

    def test_the_last_file_wins(self):
        def cells(**parts):
            names = dict(obs=pd.DataFrame(index=[f"c{i}" for i in range(50)]), var=pd.DataFrame(index=list("xyz")))
            made = anndata.AnnData(np.zeros((50, 3), "f4"), dtype="f4", **names)
            for part, entries in parts.items():
                for key, value in entries.items():
                    getattr(made, part)[key] = value
            return made

        sparse = scipy.sparse.random(50, 50, 0.1, "csr", random_state=0)
        base = cells(obs={"a": np.arange(50), "b": pd.Categorical(["u", "v"] * 25)}, obsm={"m": np.zeros((50, 2))},
                     uns={"d": {"x": 1, "y": {"z": "text"}}, "kept": "k", "replearn": {"pca": {"version": "1"}}})
        base.write(self.path("base.h5ad"))
        first = cells(obs={"a": np.arange(50) / 2}, obsm={"m": pd.DataFrame({"p": np.arange(50.0)}, [f"c{i}" for i in range(50)])},
                      uns={"d": {"x": 2}, "replearn": {"tsne": {"version": "2"}}}, obsp={"g": sparse})
        first.write(self.path("first.h5ad"), compression="gzip")
        second = cells(obs={"c": pd.Categorical(["s", "t"] * 25)}, obsm={"m": np.ones((50, 4), "f8")}, varm={"v": np.eye(3)},
                       layers={"l": scipy.sparse.csc_matrix(np.eye(50, 3))}, uns={"replearn": {"pca": {"version": "3"}}})
        second.X = np.ones((50, 3), "f4")
        second.write(self.path("second.h5ad"))
        for ranks in (1, 3):
            self.succeed("merge", self.path("base.h5ad"), self.path("all.h5ad"), "--results",
                         f"{self.path('first.h5ad')},{self.path('second.h5ad')}", ranks=ranks)
            got = anndata.read_h5ad(self.path("all.h5ad"))
            self.assertEqual(sorted(got.obs), ["a", "b", "c"])
            np.testing.assert_array_equal(got.obs["a"], np.arange(50) / 2)
            np.testing.assert_array_equal(got.obs["b"], base.obs["b"])
            np.testing.assert_array_equal(got.obs["c"], second.obs["c"])
            np.testing.assert_array_equal(got.obsm["m"], np.ones((50, 4)))
            np.testing.assert_array_equal(got.obsp["g"].toarray(), sparse.toarray())
            np.testing.assert_array_equal(got.varm["v"], np.eye(3))
            np.testing.assert_array_equal(got.layers["l"].toarray(), np.eye(50, 3))
            np.testing.assert_array_equal(got.X, np.ones((50, 3)))
            self.assertEqual(got.uns["d"], {"x": 2})
            self.assertEqual(got.uns["kept"], "k")
            versions = {verb: record["version"] for verb, record in got.uns["replearn"].items() if verb != "merge"}
            self.assertEqual(versions, {"pca": "3", "tsne": "2"})
        self.succeed("merge", self.path("base.h5ad"), self.path("z.h5ad"), "--results", self.path("first.h5ad"),
                     "--compression", "lzf", ranks=2)
        self.assertEqual(anndata.read_h5ad(self.path("z.h5ad")).uns["d"], {"x": 2})

    def test_errors(self):
        good, other, few = self.path("good.h5ad"), self.path("other.h5ad"), self.path("genes.h5ad")
        cells = anndata.read_h5ad(PBMC)
        cells[:, :700].write(few)
        names = cells.obs_names.to_numpy().copy()
        names[[4, 9]] = names[[9, 4]]
        cells.obs_names = names
        cells.write(other)
        self.succeed("tsne", PBMC, good, "--output-content", "results", *SHORT)
        with open(self.path("text.h5ad"), "w") as file:
            file.write("text")
        for words, messages in [
            (["--results", other], [other, "obs: name 5 is", "from which they were computed"]),
            (["--results", few], [few, "var: has 700 names, the input 765"]),
            (["--results", self.path("text.h5ad")], ["text.h5ad", "HDF5"]),
            (["--results", self.path("none.h5ad")], ["none.h5ad: no such file"]),
            ([], ["--results: no file named"]),
            (["--results", self.path("out.h5ad")], ["out.h5ad"]),
        ]:
            for ranks in (1, 3):
                done = command.replearn("merge", PBMC, self.path("out.h5ad"), *words, ranks=ranks)
                self.assertEqual(done.code, 2, done.stderr)
                self.assertEqual(len(done.messages), 1, done.stderr)
                for message in messages:
                    self.assertIn(message, done.messages[0])
                self.assertFalse(os.path.exists(self.path("out.h5ad")))
        for verb, words in (("pca", ()), ("plot", ("--color", "CD3D")), ("plot", ("--color", "CD8A"))):
            output = () if verb == "plot" else (self.path("out.h5ad"),)
            done = command.replearn(verb, good, *output, *words)
            self.assertEqual(done.code, 2)
            self.assertIn("X: is missing", done.stderr)
            self.assertIn("replearn merge", done.stderr)


if __name__ == "__main__":
    command.main()
