"""Cells brought into the space of a reference's components, against the formula written out; then placed in its map."""

import unittest

import anndata
import numpy
import scipy.sparse

from command import PBMC, InFolder, replearn


class Reference(InFolder):
    def setUp(self):
        super().setUp()
        data = anndata.read_h5ad(PBMC)
        x = data.X.toarray() if scipy.sparse.issparse(data.X) else numpy.array(data.X)
        self.whole = anndata.AnnData(x.astype(numpy.float32), obs=data.obs[[]], var=data.var[[]], dtype=numpy.float32)
        self.whole[:600].copy().write_h5ad(self.path("old.h5ad"))
        # The new cells' genes stand in another order, one is not there, and one is unknown to the reference.
        names = list(self.whole.var_names[::-1])
        new = self.whole[600:, names[1:]].copy()
        new.var_names = ["unknown"] + names[2:]
        new.write_h5ad(self.path("new.h5ad"))
        new.X = scipy.sparse.csr_matrix(new.X)
        new.write_h5ad(self.path("sparse.h5ad"))
        self.new = new

    def expected(self, reference, mean, scale):
        known = [gene for gene in reference.var_names if gene in set(self.new.var_names)]
        at = reference.var_names.get_indexer(known)
        x = numpy.asarray(self.new[:, known].X.todense(), dtype=float)
        return ((x - mean[at]) * scale[at]) @ reference.varm["PCs"][at].astype(float)

    def project(self, source, ranks):
        told = self.succeed("pca", self.path(source), self.path("out.h5ad"), "--reference", self.path("map.h5ad"),
                            ranks=ranks)
        self.assertIn("763 of the 765 genes", told.stderr)
        return anndata.read_h5ad(self.path("out.h5ad"))

    def test_is_the_formula_on_any_number_of_ranks(self):
        for scale in ([], ["--scale"]):
            self.succeed("pca", self.path("old.h5ad"), self.path("map.h5ad"), "--components", 12, *scale)
            reference = anndata.read_h5ad(self.path("map.h5ad"))
            x = reference.X.astype(float)
            expected = self.expected(reference, x.mean(axis=0), 1 / x.std(axis=0, ddof=1) if scale else
                                     numpy.ones(x.shape[1]))
            one = self.project("new.h5ad", 1).obsm["X_pca"]
            self.assertEqual(one.shape, (100, 12))
            numpy.testing.assert_allclose(one, expected, atol=2e-5 * numpy.abs(expected).max())
            for ranks in (2, 3, 4):
                numpy.testing.assert_array_equal(self.project("new.h5ad", ranks).obsm["X_pca"], one)
            sparse = self.project("sparse.h5ad", 2).obsm["X_pca"]
            numpy.testing.assert_allclose(sparse, expected, atol=2e-5 * numpy.abs(expected).max())

    def test_a_reference_that_keeps_no_means_has_those_of_its_matrix(self):
        self.succeed("pca", self.path("old.h5ad"), self.path("map.h5ad"), "--components", 12)
        reference = anndata.read_h5ad(self.path("map.h5ad"))
        with_means = self.project("new.h5ad", 2).obsm["X_pca"]
        del reference.uns["pca"]["mean"]
        reference.write_h5ad(self.path("map.h5ad"))
        numpy.testing.assert_allclose(self.project("new.h5ad", 2).obsm["X_pca"], with_means, atol=1e-6)

    def test_new_cells_are_placed_in_the_map(self):
        self.succeed("pca", self.path("old.h5ad"), self.path("pca.h5ad"), "--components", 12)
        self.succeed("tsne", self.path("pca.h5ad"), self.path("map.h5ad"), "--early-exaggeration-iterations", 100,
                     "--iterations", 150)
        self.project("new.h5ad", 2)
        self.succeed("tsne", self.path("out.h5ad"), self.path("placed.h5ad"), "--reference", self.path("map.h5ad"))
        there, placed = anndata.read_h5ad(self.path("map.h5ad")), anndata.read_h5ad(self.path("placed.h5ad"))
        labels = anndata.read_h5ad(PBMC).obs["bulk_labels"].to_numpy()
        distance = numpy.linalg.norm(placed.obsm["X_tsne"][:, None] - there.obsm["X_tsne"][None], axis=2)
        same = labels[:600][distance.argsort(axis=1)[:, :5]] == labels[600:, None]
        self.assertGreater(same.mean(), 0.6)

    def test_what_is_refused(self):
        for words, part in (
            (["--reference", self.path("old.h5ad")], "varm/PCs"),
            (["--reference", self.path("none.h5ad")], "none.h5ad"),
            (["--reference", self.path("old.h5ad"), "--matrix", "raw/X"], "--matrix"),
        ):
            done = replearn("pca", self.path("new.h5ad"), self.path("out.h5ad"), *words, ranks=4)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            self.assertIn(part, done.messages[0])
        self.succeed("pca", self.path("old.h5ad"), self.path("map.h5ad"), "--components", 3)
        self.new.var_names = [f"other{j}" for j in range(self.new.n_vars)]
        self.new.write_h5ad(self.path("other.h5ad"))
        done = replearn("pca", self.path("other.h5ad"), self.path("out.h5ad"), "--reference", self.path("map.h5ad"),
                        ranks=4)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertIn("shares no genes", done.messages[0])


class OnDemand(InFolder):
    """Components that another verb computes because the input has none."""

    def test_are_those_of_pca(self):
        counts = numpy.random.default_rng(0).poisson(2, (150, 120)).astype(numpy.float32)
        counts[:75, :30] *= 4
        cells = anndata.AnnData(scipy.sparse.csr_matrix(counts), dtype=numpy.float32)
        cells.write_h5ad(self.path("counts.h5ad"))
        # With variable genes, and without.
        for options in (["--top-genes", 60], ["--highly-variable", "none"]):
            self.succeed("preprocess", self.path("counts.h5ad"), self.path("cells.h5ad"), *options)
            self.succeed("pca", self.path("cells.h5ad"), self.path("pca.h5ad"))
            expected = anndata.read_h5ad(self.path("pca.h5ad"))
            for verb in ("neighbors", "harmony") if options[0] == "--top-genes" else ("neighbors",):
                words = ["--batch-key", "half"] if verb == "harmony" else []
                if verb == "harmony":
                    both = anndata.read_h5ad(self.path("cells.h5ad"))
                    both.obs["half"] = numpy.repeat(["a", "b"], 75)
                    both.write_h5ad(self.path("cells.h5ad"))
                self.succeed(verb, self.path("cells.h5ad"), self.path("out.h5ad"), *words, ranks=2)
                found = anndata.read_h5ad(self.path("out.h5ad"))
                numpy.testing.assert_array_equal(found.obsm["X_pca"], expected.obsm["X_pca"])
                numpy.testing.assert_array_equal(found.varm["PCs"], expected.varm["PCs"])


if __name__ == "__main__":
    unittest.main()
