"""The quickstart's job, looked at from outside: what anndata reads, what NumPy computes from the same input, pictures."""

import os
import subprocess
import sys
import unittest

import h5py
import numpy

from command import PBMC, SOURCE, InFolder

ADDED = ["obsm/X_pca", "obsm/X_sammon", "obs/sammon_stress", "obsm/X_tsne", "varm/PCs", "obsp/distances",
         "obsp/connectivities", "uns/pca", "uns/sammon", "uns/tsne", "uns/neighbors", "uns/replearn"]


class MainJob(InFolder):
    @classmethod
    def setUpClass(cls):
        import shutil
        import tempfile

        from command import replearn

        cls.shared = tempfile.mkdtemp(prefix="replearn-test-")
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.output = os.path.join(cls.shared, "pbmc.h5ad")
        cls.done = replearn("run", "--config", os.path.join(SOURCE, "config/quickstart.cfg"), "--input", PBMC,
                            "--output", cls.output, "--plot.folder", cls.shared, "--timings",
                            os.path.join(cls.shared, "timings.json"), ranks=2, timeout=200)

    def setUp(self):
        super().setUp()
        self.assertEqual(self.done.code, 0, self.done.stderr)

    def data(self, key):
        with h5py.File(self.output) as file:
            return file[key][()]

    def check_with_anndata(self, python):
        script = os.path.join(SOURCE, "tests/cli/check_with_anndata.py")
        told = subprocess.run([python, "-B", script, PBMC, self.output, *ADDED], capture_output=True, text=True)
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)

    def test_debians_anndata_reads_it(self):
        self.check_with_anndata(sys.executable)

    def test_todays_anndata_reads_it(self):
        if not os.environ.get("REPLEARN_PYTHON_TODAY"):
            self.skipTest("no Python with today's anndata was given")
        self.check_with_anndata(os.environ["REPLEARN_PYTHON_TODAY"])

    def test_pca_is_numpys(self):
        with h5py.File(PBMC) as file:
            x = file["X"][()].astype(float)
        x -= x.mean(axis=0)
        u, s, vt = numpy.linalg.svd(x, full_matrices=False)
        scores = self.data("obsm/X_pca").astype(float)
        k = scores.shape[1]
        sign = numpy.sign((scores * u[:, :k]).sum(axis=0))
        numpy.testing.assert_allclose(numpy.linalg.norm(scores, axis=0), s[:k], rtol=1e-5)
        numpy.testing.assert_allclose(self.data("uns/pca/variance"), s[:k] ** 2 / (len(x) - 1), rtol=1e-5)
        numpy.testing.assert_allclose(self.data("uns/pca/variance_ratio"), s[:k] ** 2 / (s**2).sum(), rtol=1e-5)
        # Leading components one by one; later ones lie close together, so their plane is compared by reconstruction.
        numpy.testing.assert_allclose(scores[:, :5], (u * s)[:, :5] * sign[:5], atol=2e-3)
        loadings = self.data("varm/PCs").astype(float)
        self.assertTrue((loadings[numpy.abs(loadings).argmax(axis=0), range(k)] > 0).all(), "the sign convention")
        ours, best = ((x - scores @ loadings.T) ** 2).sum(), (s[k:] ** 2).sum()
        self.assertLess(ours, best * (1 + 1e-5))

    def test_connectivities_are_a_symmetric_matrix_that_scipy_converts(self):
        import scipy.sparse

        with h5py.File(self.output) as file:
            stored = file["obsp/connectivities"]
            self.assertEqual(stored["indices"].dtype, stored["indptr"].dtype)
            parts = [stored[name][()] for name in ("data", "indices", "indptr")]
            weights = scipy.sparse.csr_matrix(tuple(parts), shape=stored.attrs["shape"])
            self.assertEqual(file["uns/neighbors/recall_estimate"][()], 1)
        self.assertEqual((weights != weights.T).nnz, 0)
        self.assertGreater(weights.data.min(), 0)
        self.assertEqual(weights.tocoo().max(axis=1).toarray().min(), 1)

    def test_neighbors_are_the_nearest(self):
        points = self.data("obsm/X_pca").astype(float)
        distances = numpy.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
        numpy.fill_diagonal(distances, numpy.inf)
        indptr, indices, stored = (self.data(f"obsp/distances/{part}") for part in ["indptr", "indices", "data"])
        k = indptr[1]
        self.assertTrue((numpy.diff(indptr) == k).all())
        for row, (found, far) in enumerate(zip(indices.reshape(-1, k), stored.reshape(-1, k))):
            nearest = numpy.sort(distances[row])[:k]
            numpy.testing.assert_allclose(numpy.sort(far), nearest, rtol=1e-5)
            numpy.testing.assert_allclose(distances[row, found], far, rtol=1e-5)

    def test_stress_is_that_of_the_points(self):
        def distances(points):
            points = points.astype(float)
            upper = numpy.triu_indices(len(points), 1)
            return numpy.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))[upper]

        given, found = distances(self.data("obsm/X_pca")), distances(self.data("obsm/X_sammon"))
        stress = ((given - found) ** 2 / given).sum() / given.sum()
        self.assertAlmostEqual(stress, float(self.data("uns/sammon/stress")), delta=1e-5 * stress)
        self.assertEqual(float(self.data("uns/sammon/stress_history")[-1]), float(self.data("uns/sammon/stress")))

    def test_map_is_better_than_its_start(self):
        history = self.data("uns/tsne/kl_history")
        self.assertLess(history[-1], 0.5 * history[0])
        self.assertEqual(history[-1], self.data("uns/tsne/kl_divergence"))

    def test_pictures(self):
        for method in ["pca", "sammon", "tsne"]:
            with open(os.path.join(self.shared, f"{method}_bulk_labels.png"), "rb") as file:
                content = file.read()
            self.assertTrue(content.startswith(b"\x89PNG"))
            self.assertGreater(len(content), 20_000)

    def test_record_tells_how_it_was_made(self):
        self.assertEqual(self.data("uns/replearn/run/ranks"), 2)
        self.assertEqual(self.data("uns/replearn/run/options/tsne/perplexity"), 30)

    def test_timings(self):
        import json

        with open(os.path.join(self.shared, "timings.json")) as file:
            told = json.load(file)
        self.assertEqual(told["ranks"], 2)
        phases = {phase["name"]: phase for phase in told["phases"]}
        self.assertLessEqual({"read", "pca", "neighbors", "sammon", "tsne", "write", "plot"}, set(phases))
        self.assertGreater(phases["tsne"]["seconds_slowest"], 0)
        for name in phases:
            self.assertIn(f"\n{name} ", "\n" + self.done.stderr)


if __name__ == "__main__":
    unittest.main()
