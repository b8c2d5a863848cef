"""replearn ppca, beside scikit-learn on the file that the project carries."""

import unittest

import anndata
import numpy

from command import PBMC, InFolder, replearn


class Ppca(InFolder):
    def test_scores_span_the_principal_components(self):
        self.succeed("ppca", "--input", PBMC, "--output", self.path("out.h5ad"), "--components", 5, "--impute", "model",
                     ranks=2)
        file = anndata.read_h5ad(self.path("out.h5ad"))
        x = numpy.asarray(file.X, numpy.float64)
        mean = x.mean(axis=0)
        left, values, right = numpy.linalg.svd(x - mean, full_matrices=False)
        variances = values**2 / len(x)
        noise = variances[5:].sum() / (x.shape[1] - 5)
        numpy.testing.assert_allclose(file.uns["ppca"]["noise_variance"], noise, rtol=1e-4)
        # Tipping and Bishop 1999, eq. 15: W = U (Lambda - sigma^2)^1/2, up to signs.
        w = right[:5].T * numpy.sqrt(variances[:5] - noise)
        found = file.varm["ppca"]
        numpy.testing.assert_allclose(numpy.abs(found), numpy.abs(w), atol=2e-3 * numpy.abs(w).max())
        # The posterior mean is the whitened score, shrunk by how little of the variance is noise.
        scores = left[:, :5] * values[:5] * numpy.sqrt(variances[:5] - noise) / variances[:5]
        numpy.testing.assert_allclose(numpy.abs(file.obsm["X_ppca"]), numpy.abs(scores), atol=5e-3)
        numpy.testing.assert_allclose(file.layers["model"], file.obsm["X_ppca"] @ found.T + mean, atol=1e-4)

    def test_missing_entries_are_found_again(self):
        file = anndata.read_h5ad(PBMC)
        random = numpy.random.default_rng(3)
        whole = numpy.asarray(file.X[:, :300], numpy.float32)
        holes = random.random(whole.shape) < 0.2
        x = numpy.where(holes, numpy.nan, whole)
        anndata.AnnData(x, dtype=numpy.float32).write_h5ad(self.path("holes.h5ad"))
        refused = replearn("ppca", "--input", self.path("holes.h5ad"), "--output", self.path("out.h5ad"))
        self.assertEqual(refused.code, 2)
        self.succeed("ppca", "--input", self.path("holes.h5ad"), "--output", self.path("out.h5ad"), "--components", 5,
                     "--missing", "nan", "--impute", "model", ranks=2)
        found = anndata.read_h5ad(self.path("out.h5ad")).layers["model"]
        error = ((found - whole)[holes] ** 2).mean()
        of_means = ((numpy.nanmean(x, axis=0) - whole)[holes] ** 2).mean()
        self.assertLess(error, 0.9 * of_means)

    def test_factor_analysis_is_likelier(self):
        likelihoods = {}
        for noise, name in [("isotropic", "ppca"), ("per-gene", "factor_analysis")]:
            self.succeed("ppca", "--input", PBMC, "--output", self.path("out.h5ad"), "--components", 5, "--noise", noise,
                         ranks=2)
            uns = anndata.read_h5ad(self.path("out.h5ad")).uns[name]
            self.assertTrue(uns["converged"])
            likelihoods[name] = uns["log_likelihood"]
            self.assertGreaterEqual(numpy.diff(uns["log_likelihood"]).min(initial=0), -1e-6)
        self.assertGreater(likelihoods["factor_analysis"][-1], likelihoods["ppca"][-1])


if __name__ == "__main__":
    unittest.main()
