"""replearn preprocess: which matrix it takes, what it never overwrites, what no longer belongs to a changed X, and which
features it is about."""

import os

import anndata
import h5py
import numpy
import scipy.sparse
import scipy.spatial.distance

from command import InFolder, main, replearn


def counts(n=120, m=80, seed=1):
    random = numpy.random.default_rng(seed)
    mean = random.gamma(1.0, 2.0, m) * random.lognormal(0, 0.3, (n, 1))
    x = random.poisson(mean).astype(numpy.float32)
    x[:, 0] += 1
    return x


def logarithms(x):
    return numpy.log1p(x * (numpy.median(x.sum(axis=1)) / x.sum(axis=1, keepdims=True))).astype(numpy.float32)


def table(x, layers=None):
    data = anndata.AnnData(scipy.sparse.csr_matrix(x))
    data.var_names = [f"G{j}" for j in range(x.shape[1])]
    data.obs_names = [f"C{i}" for i in range(x.shape[0])]
    for name, layer in (layers or {}).items():
        data.layers[name] = scipy.sparse.csr_matrix(layer)
    return data


def dense(group):
    if isinstance(group, h5py.Dataset):
        return group[:]
    return scipy.sparse.csr_matrix((group["data"][:], group["indices"][:], group["indptr"][:]),
                                   shape=group.attrs["shape"]).toarray()


class Counts(InFolder):
    def write(self, data, name="in.h5ad"):
        data.write_h5ad(self.path(name))
        return self.path(name)

    def preprocess(self, path, *words, ranks=1, out="out.h5ad"):
        done = self.succeed("preprocess", "--input", path, "--output", self.path(out), *words, ranks=ranks)
        return h5py.File(self.path(out)), done.stderr

    def refused(self, path, *words, parts):
        done = replearn("preprocess", "--input", path, "--output", self.path("no.h5ad"), *words, ranks=2)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.messages[0])
        self.assertFalse(os.path.exists(self.path("no.h5ad")))

    def test_counts_in_a_layer_are_taken_and_left(self):
        x = counts()
        path = self.write(table(logarithms(x), {"counts": x}))
        expected, _ = self.preprocess(self.write(table(x), "plain.h5ad"), out="expected.h5ad")
        for ranks in (1, 3):
            out, log = self.preprocess(path, ranks=ranks)
            self.assertIn("using layers/counts", log)
            numpy.testing.assert_array_equal(dense(out["layers/counts"]), x)
            numpy.testing.assert_array_equal(dense(out["X"]), dense(expected["X"]))
            self.assertEqual(list(out["layers"]), ["counts"])
            numpy.testing.assert_array_equal(out["var/highly_variable"][:], expected["var/highly_variable"][:])

    def test_filters_apply_to_the_layer_that_stays(self):
        x = counts()
        x[5] = 0
        x[:, 7] = 0
        out, _ = self.preprocess(self.write(table(x * 0.5, {"counts": x})), "--min-genes", "1", "--min-cells", "1", ranks=2)
        numpy.testing.assert_array_equal(dense(out["layers/counts"]), numpy.delete(numpy.delete(x, 5, 0), 7, 1))

    def test_counts_of_raw_for_the_genes_of_x(self):
        x = counts()
        data = table(x)
        data.raw = data
        data = data[:, ::-1][:, 10:60].copy()
        data.X = scipy.sparse.csr_matrix(logarithms(data.X.toarray()))
        out, log = self.preprocess(self.write(data), "--no-normalize", "--highly-variable", "none", ranks=2)
        self.assertIn("using raw/X", log)
        numpy.testing.assert_allclose(dense(out["X"]), numpy.log1p(x[:, ::-1][:, 10:60]), rtol=1e-6)
        numpy.testing.assert_array_equal(dense(out["raw/X"]), x)

    def test_a_layer_has_a_plain_name(self):
        self.refused(self.write(table(counts())), "--counts-layer", "a/b", parts=["--counts-layer", "'a/b' is no name"])

    def test_no_counts_anywhere_is_refused_with_what_was_found(self):
        x = logarithms(counts())
        data = table(x, {"counts": x + 0.25, "scaled": x})
        data.raw = table(-x)
        self.refused(self.write(data), parts=["no matrix contains counts", "layers/counts holds non-integer values",
                                              "raw/X holds", "X holds", "--matrix"])

    def test_what_is_named_is_taken_whatever_it_holds_and_warned_of(self):
        x = logarithms(counts())
        out, log = self.preprocess(self.write(table(x, {"counts": counts()})), "--matrix", "X")
        self.assertIn("warning: the values are not counts", log)
        self.assertIn("a second time", log)
        numpy.testing.assert_array_equal(dense(out["layers/counts"]), counts())  # not overwritten
        numpy.testing.assert_array_equal(dense(out["layers/counts_of_X"]), x)
        self.assertIn("layers/counts exists", log)
        self.refused(self.write(table(-x)), "--matrix", "X", parts=["is not a count"])
        self.refused(self.write(table(x)), "--matrix", "layers/none", parts=["layers/none"])

    def test_without_a_transform_x_is_what_it_is(self):
        x = logarithms(counts())
        path = self.write(table(x, {"counts": counts()}))
        out, _ = self.preprocess(path, "--no-normalize", "--no-log1p", "--counts-layer", "")
        numpy.testing.assert_array_equal(dense(out["X"]), x)

    def test_results_of_the_old_x_are_left_out(self):
        data = table(counts())
        data.obsm["X_umap"] = numpy.ones((data.n_obs, 2))
        data.obsm["spatial"] = numpy.ones((data.n_obs, 2))
        data.varm["PCs"] = numpy.ones((data.n_vars, 3))
        data.obsp["distances"] = scipy.sparse.identity(data.n_obs, format="csr")
        data.uns["neighbors"] = {"params": {"n_neighbors": 15}}
        data.uns["colors"] = ["red"]
        data.obs["cluster"] = "a"
        path = self.write(data)
        out, log = self.preprocess(path)
        self.assertIn("obsm/X_umap, obsp/distances, varm/PCs", log)
        self.assertEqual(list(out["obsm"]), ["spatial"])
        self.assertEqual(list(out["varm"]) + list(out["obsp"]), [])
        self.assertNotIn("neighbors", out["uns"])
        self.assertIn("colors", out["uns"])
        self.assertIn("cluster", out["obs"])
        kept, log = self.preprocess(path, "--keep-old", out="kept.h5ad")
        self.assertEqual(sorted(kept["obsm"]), ["X_umap", "spatial"])
        self.assertIn("neighbors", kept["uns"])
        self.assertNotIn("left out", log)

    def test_variable_genes_of_the_old_x_go_and_clusters_stay(self):
        data = table(counts())
        data.var["highly_variable"] = True
        data.var["variances_norm"] = 1.0
        data.var["means"] = 2.0
        data.var["symbol"] = "s"
        data.obs["leiden"] = "0"
        data.obs["cell_type"] = "a"
        path = self.write(data)
        out, log = self.preprocess(path, "--highly-variable", "none", ranks=2)
        self.assertFalse({"highly_variable", "variances_norm", "means"} & set(out["var"]))
        self.assertIn("symbol", out["var"])
        self.assertIn("var/highly_variable", log)
        self.assertTrue({"leiden", "cell_type"} <= set(out["obs"]))
        self.assertIn("obs/leiden are kept", log)
        self.assertEqual(anndata.read_h5ad(self.path("out.h5ad")).var["symbol"].iloc[0], "s")
        out, log = self.preprocess(path, "--top-genes", "20", out="top.h5ad")
        self.assertEqual(out["var/highly_variable"][:].sum(), 20)
        self.assertNotIn("variances_norm", out["var"])
        self.assertNotIn("var/means", log)  # they are those of the new X
        out, _ = self.preprocess(path, "--highly-variable", "none", "--keep-old", out="kept.h5ad")
        self.assertEqual(out["var/highly_variable"][:].sum(), 80)

    def test_later_steps_of_a_run_do_not_see_the_old_x(self):
        data = table(counts())
        data.obsm["X_pca"] = numpy.full((data.n_obs, 5), 7.0) * numpy.arange(data.n_obs)[:, None]
        path = self.write(data)
        self.succeed("run", "--input", path, "--output", self.path("out.h5ad"), "--preprocess.highly-variable", "none",
                     "--neighbors.neighbors", "5", ranks=2)
        with h5py.File(self.path("out.h5ad")) as out:
            self.assertEqual(out["obsm/X_pca"].shape, (data.n_obs, 50))

    def test_warnings_with_numbers(self):
        x = counts()
        data = table(x)
        data.var_names = ["mt-Nd1"] + [f"Gene{j}" for j in range(1, x.shape[1])]
        _, log = self.preprocess(self.write(data), "--min-counts", str(int(numpy.quantile(x.sum(axis=1), 0.8))))
        self.assertRegex(log, r"warning: the filters leave \d+ of 120 cells \(\d+(\.\d)? %\): --min-counts \d+ drops \d+")
        self.assertRegex(log, r"warning: none of 80 genes has a name that begins with MT-.*--gene-prefix mt-")


class Features(InFolder):
    """A panel of 50 genes and 12 antibodies, as 10x writes it."""

    def setUp(self):
        super().setUp()
        self.x = counts(100, 62)
        self.x[:, 50:] *= 30
        matrix = scipy.sparse.csr_matrix(self.x)
        with h5py.File(self.path("panel.h5"), "w") as file:
            group = file.create_group("matrix")
            group["shape"] = numpy.array([62, 100])
            group["barcodes"] = numpy.array([f"C{i}-1" for i in range(100)], "S")
            for name in ("data", "indices", "indptr"):
                group[name] = getattr(matrix, name)
            features = group.create_group("features")
            self.names = [f"G{j}" for j in range(50)] + [f"CD{j}" for j in range(12)]
            features["id"] = features["name"] = numpy.array(self.names, "S")
            features["feature_type"] = numpy.array(["Gene Expression"] * 50 + ["Antibody Capture"] * 12, "S")
            features["genome"] = numpy.array(["GRCh38"] * 62, "S")

    def preprocess(self, *words, ranks=2, out="out.h5ad"):
        done = self.succeed("preprocess", "--input", self.path("panel.h5"), "--output", self.path(out), *words, ranks=ranks)
        return h5py.File(self.path(out)), done.stderr

    def test_gene_expression_by_default_and_all_features_stay(self):
        genes = self.x[:, :50]
        for ranks in (1, 3):
            out, log = self.preprocess("--top-genes", "20", "--min-cells", "1", ranks=ranks)
            self.assertIn("50 features of type Gene Expression, out of Antibody Capture (12), Gene Expression (50)", log)
            x = dense(out["X"])
            self.assertEqual(x.shape, (100, 62))
            numpy.testing.assert_allclose(x[:, :50], logarithms(genes), rtol=1e-5, atol=1e-6)
            numpy.testing.assert_array_equal(x[:, 50:], self.x[:, 50:])
            numpy.testing.assert_array_equal(dense(out["layers/counts"]), self.x)
            numpy.testing.assert_allclose(out["obs/total_counts"][:], genes.sum(axis=1))
            self.assertEqual(out["var/highly_variable"][50:].sum(), 0)
            self.assertEqual(out["var/highly_variable"][:].sum(), 20)
            numpy.testing.assert_allclose(out["var/total_counts"][:], self.x.sum(axis=0))

    def test_others_by_name_and_all(self):
        out, _ = self.preprocess("--feature-types", "Antibody Capture", "--highly-variable", "none")
        x = dense(out["X"])
        numpy.testing.assert_array_equal(x[:, :50], self.x[:, :50])
        numpy.testing.assert_allclose(x[:, 50:], logarithms(self.x[:, 50:]), rtol=1e-5)
        out, _ = self.preprocess("--feature-types", "all", "--highly-variable", "none", out="all.h5ad")
        numpy.testing.assert_allclose(dense(out["X"]), logarithms(self.x), rtol=1e-5, atol=1e-6)
        done = replearn("preprocess", "--input", self.path("panel.h5"), "--output", self.path("no.h5ad"), "--feature-types",
                        "Peaks", ranks=2)
        self.assertEqual(done.code, 2)
        self.assertIn("Antibody Capture", done.messages[0])

    def test_what_comes_after_uses_them_too(self):
        self.preprocess("--highly-variable", "none")
        self.succeed("pca", "--input", self.path("out.h5ad"), "--output", self.path("pca.h5ad"), "--components", "10")
        self.succeed("neighbors", "--input", self.path("out.h5ad"), "--output", self.path("graph.h5ad"), ranks=3)
        expected = numpy.linalg.svd(logarithms(self.x[:, :50]) - logarithms(self.x[:, :50]).mean(axis=0))[1][:10]
        with h5py.File(self.path("pca.h5ad")) as pca, h5py.File(self.path("graph.h5ad")) as graph:
            self.assertEqual(numpy.abs(pca["varm/PCs"][50:]).max(), 0)
            numpy.testing.assert_allclose(pca["uns/pca/variance"][:], expected**2 / 99, rtol=1e-4)
            self.assertIn("distances", graph["obsp"])
            if "X_pca" in graph["obsm"]:
                self.assertEqual(numpy.abs(graph["varm/PCs"][50:]).max(), 0)

    def panel(self, x=None, name="panel.h5ad"):
        data = anndata.AnnData(scipy.sparse.csr_matrix(self.x if x is None else x))
        data.var_names = self.names
        data.var["feature_types"] = ["Gene Expression"] * 50 + ["Antibody Capture"] * 12
        data.write_h5ad(self.path(name))
        return self.path(name)

    def rows_of(self, verb, path, out, *words, ranks=1):
        done = self.succeed(verb, "--input", path, "--output", self.path(out), *words, ranks=ranks)
        return h5py.File(self.path(out)), done.stderr

    def test_distances_of_x_are_those_of_gene_expression(self):
        path = self.panel()
        told = "50 features of type Gene Expression, out of Antibody Capture (12), Gene Expression (50)"
        distances = lambda x: scipy.spatial.distance.squareform(scipy.spatial.distance.pdist(x))
        for words, x in (([], self.x[:, :50]), (["--feature-types", "all"], self.x),
                         (["--feature-types", "Antibody Capture"], self.x[:, 50:])):
            out, log = self.rows_of("pdist", path, "pdist.h5ad", "--use-rep", "X", *words, ranks=2)
            numpy.testing.assert_allclose(out["obsp/pdist"][:], distances(x), rtol=1e-5, atol=1e-4)
            self.assertEqual(told in log, not words, log)
        out, log = self.rows_of("neighbors", path, "n.h5ad", "--use-rep", "X", "--neighbors", "5")
        self.assertIn(told, log)
        nearest = numpy.sort(distances(self.x[:, :50]), axis=1)[:, 1:6]
        numpy.testing.assert_allclose(numpy.sort(out["obsp/distances/data"][:].reshape(100, 5), axis=1), nearest, rtol=1e-5)
        for verb in ("sammon", "tsne"):
            short = ["--iterations", "5"] + (["--zero-distance", "merge"] if verb == "sammon" else ["--perplexity", "5"])
            out, log = self.rows_of(verb, path, "m.h5ad", "--use-rep", "X", *short)
            alone, _ = self.rows_of(verb, self.alone(), "a.h5ad", "--use-rep", "X", *short)
            self.assertIn(told, log)
            numpy.testing.assert_array_equal(out[f"obsm/X_{verb}"][:], alone[f"obsm/X_{verb}"][:])
        self.succeed("pca", "--input", path, "--output", self.path("pca.h5ad"), "--components", "3")
        done = replearn("neighbors", "--input", self.path("pca.h5ad"), "--output", self.path("no.h5ad"), "--feature-types", "all")
        self.assertEqual(done.code, 2)
        self.assertIn("obsm/X_pca is used instead of X", done.messages[0])

    def test_components_of_the_file_are_not_taken_for_those_of_features(self):
        path = self.panel()
        self.succeed("pca", path, self.path("pca.h5ad"), "--components", "5")
        words = ["--neighbors.neighbors", "5", "--tsne.perplexity", "5", "--tsne.iterations", "5"]
        types = lambda rep, name: ["--neighbors.use-rep", rep, "--neighbors.feature-types", name, "--tsne.feature-types", name]
        done = replearn("run", self.path("pca.h5ad"), self.path("no.h5ad"), *words, *types("X", "Antibody Capture"))
        self.assertEqual(done.code, 2, done.stderr)
        self.assertIn("--feature-types: has no effect: obsm/X_pca is used", done.messages[0])
        self.succeed("run", path, self.path("run.h5ad"), *words, *types("auto", "all"))  # computed from them on the way

    def alone(self):
        data = anndata.AnnData(scipy.sparse.csr_matrix(self.x[:, :50]))
        data.var_names = self.names[:50]
        data.write_h5ad(self.path("alone.h5ad"))
        return self.path("alone.h5ad")

    def test_models_are_of_gene_expression_and_place_new_cells_by_it(self):
        path, alone = self.panel(), self.alone()
        short = {"ppca": ["--components", "3", "--iterations", "5", "--impute", "layer"],
                 "factorize": ["--log1p", "--steps", "20", "--impute", "--impute-layer", "layer"],
                 "vae": ["--epochs", "2", "--impute", "layer"],
                 "bigan": ["--steps", "20", "--reconstruct", "layer"]}
        keys = {"factorize": "factorize"}
        for verb, words in short.items():
            key = keys.get(verb, verb)
            out, log = self.rows_of(verb, path, f"{verb}.h5ad", *words)
            self.assertIn(f"{verb}: using the 50 features of type Gene Expression", log)
            expected, _ = self.rows_of(verb, alone, f"{verb}1.h5ad", *words)
            numpy.testing.assert_array_equal(out[f"obsm/X_{key}"][:], expected[f"obsm/X_{key}"][:], err_msg=verb)
            numpy.testing.assert_array_equal(out["layers/layer"][:, :50], expected["layers/layer"][:])
            numpy.testing.assert_array_equal(out["layers/layer"][:, 50:], self.x[:, 50:])  # as they are
            if "varm" in out and key in out["varm"]:
                self.assertEqual(numpy.abs(out[f"varm/{key}"][50:]).max(), 0)
            if verb == "ppca":
                continue
            new = self.panel(self.x[::-1], "new.h5ad")
            words = ["--reference", self.path(f"{verb}.h5ad")] + (["--log1p"] if verb == "factorize" else [])
            placed, _ = self.rows_of(verb, new, "placed.h5ad", *words, ranks=2)
            words[1] = self.path(f"{verb}1.h5ad")
            wanted, _ = self.rows_of(verb, new, "wanted.h5ad", *words, ranks=2)
            numpy.testing.assert_array_equal(placed[f"obsm/X_{key}"][:], wanted[f"obsm/X_{key}"][:], err_msg=verb)
            done = replearn(verb, new, self.path("no.h5ad"), *words, "--feature-types", "all")
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn("--feature-types: has no effect with --reference", done.messages[0])
        holes = self.x.copy()
        holes[3::7, 55] = numpy.nan  # of a feature that takes no part
        data = anndata.read_h5ad(path)
        data.X = holes
        data.write_h5ad(self.path("holes.h5ad"))
        out, _ = self.rows_of("ppca", self.path("holes.h5ad"), "h.h5ad", "--missing", "nan", *short["ppca"], ranks=2)
        self.assertTrue(numpy.isfinite(out["layers/layer"][:, :50]).all())
        numpy.testing.assert_array_equal(out["layers/layer"][:, 50:], holes[:, 50:])
        out, log = self.rows_of("ppca", path, "all.h5ad", "--feature-types", "all", *short["ppca"])
        self.assertNotIn("features of type", log)
        self.assertGreater(numpy.abs(out["varm/ppca"][50:]).max(), 0)


if __name__ == "__main__":
    main()
