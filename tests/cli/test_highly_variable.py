"""replearn preprocess: highly variable genes by flavor and batch, and Pearson residuals, beside Scanpy's
(tests/data/highly_variable/make_reference.py)."""

import os

import anndata
import h5py
import numpy
import scipy.sparse

from command import SOURCE, InFolder, main, replearn

DATA = os.path.join(SOURCE, "tests/data")


def reference(name):
    with open(os.path.join(DATA, "highly_variable", f"reference_{name}.txt")) as file:
        return {words[0]: words[1:] for words in map(str.split, file)}


def blood_cells(batch=None):
    """350 x 765 counts; batches as in the script that made the references."""
    with open(os.path.join(DATA, "pbmc68k/counts.txt")) as file:
        genes = file.readline().split()[1:]
        lines = [line.split() for line in file]
    x = numpy.zeros((len(lines), len(genes)), dtype=numpy.float32)
    for i, line in enumerate(lines):
        for pair in line[1:]:
            j, count = pair.split(":")
            x[i, int(j)] = int(count)
    cells = anndata.AnnData(scipy.sparse.csr_matrix(x))
    cells.obs_names = [line[0] for line in lines]
    cells.var_names = genes
    names = ["beta" if i % 7 < 4 else "alpha" if i % 7 < 6 else "gamma" for i in range(len(lines))]
    cells.obs["batch"] = names if batch is None else batch(names)
    return cells


class HighlyVariable(InFolder):
    def write(self, cells, name="in.h5ad"):
        cells.write_h5ad(self.path(name))
        return self.path(name)

    def preprocess(self, path, *words, ranks=1, out="out.h5ad"):
        done = self.succeed("preprocess", path, self.path(out), *words, ranks=ranks)
        return h5py.File(self.path(out)), done.stderr

    def refused(self, path, *words, parts):
        for ranks in (1, 4):
            done = replearn("preprocess", path, self.path("no.h5ad"), *words, ranks=ranks)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            for part in parts:
                self.assertIn(part, done.messages[0])
            self.assertFalse(os.path.exists(self.path("no.h5ad")))

    def compare(self, out, name, tolerance):
        expected = reference(name)
        self.assertEqual(set(expected["columns"]) - set(out["var"]), set())
        for column in expected["columns"]:
            theirs = numpy.array(expected[column], dtype=float)
            exact = column.startswith("highly_variable")
            numpy.testing.assert_allclose(out["var"][column][:].astype(float), theirs, rtol=0 if exact else tolerance,
                                          atol=0 if exact else tolerance, err_msg=column)

    def test_counts_of_a_layer_by_batch(self):
        """X holds logarithms; the flavor takes the counts, and X becomes the logarithms of the counts as always."""
        cells = blood_cells()
        cells.layers["counts"] = cells.X.copy()
        cells.X = cells.X.log1p()
        path = self.write(cells)
        for ranks in (1, 3):
            out, log = self.preprocess(path, "--flavor", "seurat_v3", "--n_top_genes", 200, "--batch_key", "batch",
                                       ranks=ranks)
            self.assertIn("using layers/counts", log)
            self.assertIn("200 of 765 genes are highly variable (seurat_v3, 3 batches of 50 to 200 cells)", log)
            self.compare(out, "pbmc68k_seurat_v3_batches", 1e-8)
            self.assertEqual(out["uns/hvg/flavor"][()], b"seurat_v3")
            self.assertNotIn("computed_on", out["uns/hvg"])
            self.assertIn("log1p", out["uns"])
            self.assertLess(out["X/data"][:].max(), 20)
            read = anndata.read_h5ad(self.path("out.h5ad"))
            self.assertEqual(list(read.obs["batch"]), list(cells.obs["batch"]))
            self.assertEqual(read.var["highly_variable"].dtype, bool)

    def test_dispersions_by_batch(self):
        for batch in (None, lambda names: [3 if name == "gamma" else 1 for name in names]):
            path = self.write(blood_cells(batch))
            out, _ = self.preprocess(path, "--batch-key", "batch", "--top-genes", 200, ranks=2)
            if batch is None:
                self.compare(out, "pbmc68k_seurat_batches", 1e-5)
            else:
                self.assertEqual(out["var/highly_variable_nbatches"][:].max(), 2)
            self.assertEqual(out["var/highly_variable"][:].sum(), 200)

    def test_cutoffs(self):
        out, _ = self.preprocess(self.write(blood_cells()), "--top-genes", "auto", "--min_mean", 0.1, "--max_mean", 2,
                                 "--min_disp", 0.3, "--max_disp", 2, "--n_bins", 10)
        self.compare(out, "pbmc68k_cutoffs", 1e-5)

    def test_pearson_residuals_mark_genes(self):
        out, _ = self.preprocess(self.write(blood_cells()), "--flavor", "pearson_residuals", "--top-genes", 200, ranks=2)
        self.compare(out, "pbmc68k_pearson", 1e-8)
        self.assertEqual(out["uns/hvg/computed_on"][()], b"adata.X")
        self.assertNotIn("pearson_residuals_normalization", out["uns"])

    def test_pearson_residuals_and_their_components(self):
        expected = reference("pbmc68k_residuals")
        path = self.write(blood_cells())
        for ranks in (1, 4):
            done = self.succeed("run", "--input", path, "--output", self.path("out.h5ad"), "--preprocess.pearson-residuals",
                                "--preprocess.top-genes", 200, "--pca.components", 10, ranks=ranks)
            self.assertIn("Pearson residuals of 200 genes, clipped to 18.71: X becomes dense, 0.00028 GB", done.stderr)
            out = anndata.read_h5ad(self.path("out.h5ad"))
            self.assertEqual(list(out.var_names), expected["genes"])
            self.assertTrue(out.var["highly_variable"].all())
            numpy.testing.assert_allclose(out.X[0], numpy.array(expected["first_cell"], dtype=float), rtol=1e-5)
            numpy.testing.assert_allclose(out.X.sum(axis=1, dtype=float), numpy.array(expected["sums_of_cells"], dtype=float),
                                          rtol=1e-5, atol=1e-4)
            numpy.testing.assert_allclose(out.uns["pca"]["variance"],
                                          numpy.array(expected["variance_of_components"], dtype=float), rtol=1e-5)
            numpy.testing.assert_array_equal(out.layers["counts"].toarray(), blood_cells()[:, expected["genes"]].X.toarray())
            record = out.uns["pearson_residuals_normalization"]
            self.assertEqual((record["theta"], record["computed_on"]), (100, "adata.X"))
            self.assertAlmostEqual(record["clip"], 350**0.5)
            self.assertNotIn("log1p", out.uns)
            options = out.uns["replearn"]["run"]["options"]["preprocess"]
            self.assertEqual((options["normalize"], options["log1p"]), (False, False))
            self.assertEqual(options["highly-variable"], "pearson_residuals")

    def test_features_that_are_no_genes_stay(self):
        """Antibodies between the genes: no residuals, never selected, and they keep their counts."""
        cells = blood_cells()
        others = numpy.arange(cells.n_vars) % 50 == 3
        cells.var["feature_types"] = numpy.where(others, "Antibody Capture", "Gene Expression")
        alone, _ = self.preprocess(self.write(cells[:, ~others].copy(), "alone.h5ad"), "--pearson-residuals", "--top-genes",
                                   100, "--batch-key", "batch", out="alone.out.h5ad")
        out, _ = self.preprocess(self.write(cells), "--pearson-residuals", "--top-genes", 100, "--batch-key", "batch", ranks=3)
        kept = others[numpy.isin(cells.var_names, out["var/_index"][:].astype(str))]
        self.assertEqual((kept.sum(), (~kept).sum()), (others.sum(), 100))
        numpy.testing.assert_array_equal(out["X"][:][:, ~kept], alone["X"][:])
        numpy.testing.assert_array_equal(out["X"][:][:, kept], cells.X.toarray()[:, others])
        numpy.testing.assert_array_equal(out["var/highly_variable"][:], ~kept)
        numpy.testing.assert_array_equal(out["var/residual_variances"][:][~kept], alone["var/residual_variances"][:])

    def test_values_that_are_no_counts_are_warned_of(self):
        cells = blood_cells()
        cells.X = cells.X * 0.5
        for words in (["--flavor", "seurat_v3"], ["--flavor", "pearson_residuals"]):
            _, log = self.preprocess(self.write(cells), "--matrix", "X", "--top-genes", 50, *words)
            self.assertIn(f"warning: the flavor {words[1]} is defined on counts, but X holds non-integer values", log)

    def test_a_small_batch_is_warned_of_or_refused(self):
        """Of 15 cells, genes have few distinct means, and skmisc refuses them as singular. Of 3, most have the same."""
        path = self.write(blood_cells(lambda names: ["few" if i < 15 else "many" for i in range(len(names))]))
        _, log = self.preprocess(path, "--flavor", "seurat_v3", "--top-genes", 50, "--batch-key", "batch")
        self.assertIn("warning: seurat_v3: the genes of batch 'few' do not determine", log)
        path = self.write(blood_cells(lambda names: ["few" if i < 3 else "many" for i in range(len(names))]))
        self.refused(path, "--flavor", "seurat_v3", "--batch-key", "batch",
                     parts=["of batch 'few'", "have the same mean", "--span"])
        out, _ = self.preprocess(path, "--flavor", "seurat", "--top-genes", 50, "--batch-key", "batch", ranks=2)
        self.assertEqual(out["var/highly_variable"][:].sum(), 50)

    def test_one_batch_without_cells_after_the_filter(self):
        cells = blood_cells(lambda names: ["empty" if i == 0 else "rest" for i in range(len(names))])
        x = cells.X.toarray()
        x[0] = 0
        x[0, 0] = 1
        cells.X = scipy.sparse.csr_matrix(x)
        out, log = self.preprocess(self.write(cells), "--batch-key", "batch", "--top-genes", 50, "--min-genes", 2, ranks=3)
        self.assertIn("(seurat, 1 batches of 349 to 349 cells)", log)
        self.assertEqual(out["var/highly_variable_nbatches"][:].sum(), 50)

    def test_errors(self):
        path = self.write(blood_cells())
        self.refused(path, "--batch-key", "bacth", parts=["--batch-key", "obs has no column 'bacth'", "did you mean 'batch'?"])
        self.refused(path, "--batch-key", "batch", "--highly-variable", "none", parts=["--batch-key", "has no effect"])
        self.refused(path, "--flavor", "seurat_v3", "--top-genes", "auto", parts=["--top-genes", "no cutoffs"])
        self.refused(path, "--pearson-residuals", "--flavor", "seurat", parts=["--highly-variable", "defined on logarithms"])
        self.refused(path, "--pearson-residuals", "--target-sum", 100, parts=["--target-sum", "no effect"])
        self.refused(path, "--min-mean", 3, parts=["--min-mean", "not below --max-mean 3"])
        cells = blood_cells(lambda names: [0.5] * len(names))
        self.refused(self.write(cells), "--batch-key", "batch", parts=["obs/batch is numeric, not categorical"])


if __name__ == "__main__":
    main()
