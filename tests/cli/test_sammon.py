"""replearn sammon: its stresses, optimizers, distances given, steering and placing, beside the definitions in NumPy."""

import os
import time
import unittest

import anndata
import h5py
import numpy
from scipy.spatial.distance import pdist, squareform

from command import PBMC, SOURCE, InFolder, replearn


def iris():
    """Without row 142, which equals row 101."""
    x = numpy.fromfile(os.path.join(SOURCE, "tests/data/neighbors/iris.f32"), "<f4").reshape(150, 4)
    return numpy.delete(x, 142, axis=0)


def stress(x, y, weight=lambda d: 1 / d, metric="euclidean"):
    given, near = pdist(x.astype("f8"), metric), pdist(y.astype("f8"))
    return (weight(given) * (given - near) ** 2).sum() / (weight(given) * given**2).sum()


class Sammon(InFolder):
    def write(self, x, name="rows.h5ad"):
        data = anndata.AnnData(numpy.zeros((len(x), 2), numpy.float32))
        data.obsm["X_pca"] = numpy.ascontiguousarray(x, numpy.float32)
        data.obs["kind"] = [f"kind {3 * i // len(x)}" for i in range(len(x))]
        data.obs["weight"] = 1.0 + numpy.arange(len(x)) % 3
        data.write_h5ad(self.path(name))
        return self.path(name)

    def sammon(self, path, *words, ranks=1, out="out.h5ad"):
        done = self.succeed("sammon", "--input", path, "--output", self.path(out), *words, ranks=ranks)
        with h5py.File(self.path(out)) as file:
            return file["obsm/X_sammon"][:], file["uns/sammon/stress"][()], file["obs/sammon_stress"][:], done.stderr

    def refused(self, path, *words, parts, ranks=2):
        done = replearn("sammon", "--input", path, "--output", self.path("no.h5ad"), *words, ranks=ranks)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.messages[0])

    def test_every_stress_is_its_formula(self):
        x = iris()
        path = self.write(x)
        for words, weight in [([], lambda d: 1 / d), (["--stress", "raw"], lambda d: 1.0),
                              (["--stress", "smoothed"], lambda d: 1 / (d + 1)),
                              (["--stress", "weighted", "--weight-a", "2", "--weight-b", "0.5"],
                               lambda d: 1 / (d**2 + 0.5))]:
            y, told, of_points, _ = self.sammon(path, *words, ranks=2)
            self.assertAlmostEqual(told, stress(x, y, weight), delta=1e-5 * told)
            self.assertAlmostEqual(of_points.mean(), told, delta=1e-5 * told)

    def test_any_metric_and_dimension(self):
        x = iris()
        path = self.write(x)
        for metric, name in [("manhattan", "cityblock"), ("chebyshev", "chebyshev")]:
            for q in [1, 3, 5]:
                y, told, _, _ = self.sammon(path, "--metric", metric, "--dimensions", q, "--start", "random",
                                            "--zero-distance", "epsilon")
                self.assertEqual(y.shape, (149, q))
                given = pdist(x.astype("f8"), name)
                if given.min() > 0:
                    self.assertAlmostEqual(told, stress(x, y, metric=name), delta=1e-5 * told + 1e-9)

    def test_stored_distances_give_the_map_of_their_rows(self):
        path = self.write(iris())
        self.succeed("pdist", "--input", path, "--output", self.path("pdist.h5ad"))
        words = ["--start-key", "X_pca", "--iterations", "60"]
        measured = self.sammon(path, *words)[0]
        stored = self.sammon(self.path("pdist.h5ad"), "--distances-key", "pdist", *words, ranks=3)[0]
        numpy.testing.assert_array_equal(measured, stored)
        self.refused(self.path("pdist.h5ad"), "--distances-key", "pdst", parts=["obsp/pdst", "no such key", "pdist"])
        with h5py.File(self.path("pdist.h5ad"), "r+") as file:
            file["obsp/pdist"][3, 70] += 1
        self.refused(self.path("pdist.h5ad"), "--distances-key", "pdist", parts=["rows 3 and 70", "the other"])

    def test_the_default_is_chosen_and_told(self):
        told = self.sammon(self.write(iris()), "--iterations", "3")[3]
        self.assertIn("pseudo-newton, then l-bfgs: each iteration passes over all 1.1e+04 pairs", told)
        self.assertIn("distances kept in memory as float32", told)

    def test_steps_of_distances_are_told_with_their_error(self):
        told = self.sammon(self.write(iris()), "--iterations", "3", "--distance-storage", "uint16")[3]
        self.assertRegex(told, r"in steps of [0-9.e-]+ are off by [0-9.e-]+ of themselves")

    def test_too_long_steps_end_the_run_and_say_why(self):
        words = ["--optimizer", "gradient-descent", "--stress", "raw"]
        path = self.write(iris())
        self.sammon(path, *words, "--learning-rate", "0.5")
        self.refused(path, *words, "--learning-rate", "1.2", parts=["--learning-rate", "oscillates", "above 1;"])
        self.refused(path, *words, "--learning-rate", "4", parts=["--learning-rate", "diverged", "above 1;"])
        self.assertFalse(os.path.exists(self.path("no.h5ad")))

    def test_zero_distances(self):
        x = numpy.concatenate([iris(), iris()[:2]])
        path = self.write(x)
        self.refused(path, parts=["rows 0 and 149", "distance 0", "--zero-distance"])
        y, told, _, log = self.sammon(path, "--zero-distance", "merge", ranks=2)
        self.assertIn("2 duplicate rows", log)
        numpy.testing.assert_array_equal(y[149:], y[:2])
        y = self.sammon(path, "--zero-distance", "epsilon", ranks=2)[0]
        self.assertTrue(numpy.isfinite(y).all())

    def test_pulled_kinds_contract_and_pay(self):
        path = self.write(iris())
        spread = lambda y: y[100:].std(axis=0).sum()
        plain, low, _, _ = self.sammon(path)
        pulled, high, _, _ = self.sammon(path, "--pull", "kind=kind 2:0.5", ranks=2)
        self.assertLess(spread(pulled), 0.7 * spread(plain))
        self.assertGreater(high, low)
        pushed, paid, _, _ = self.sammon(path, "--push", "kind=kind 0:0.05")
        apart = lambda y: numpy.linalg.norm(y[:50].mean(axis=0) - y[50:].mean(axis=0))
        self.assertGreater(apart(pushed), apart(plain))
        self.assertGreater(paid, low)
        self.refused(path, "--pull", "kind=kind 7:1", parts=["no label 'kind 7'", "did you mean 'kind 0'"])
        self.refused(path, "--push", "kind=kind 0:-1", parts=["--push", "positive"])

    def test_weights_and_anchors(self):
        path = self.write(iris())
        self.sammon(path, "--point-weights", "weight", ranks=2)
        self.refused(path, "--point-weights", "kind", parts=["obs/kind", "is not numeric"])
        plain = self.sammon(path)[0]
        anchors = numpy.full((149, 2), numpy.nan, numpy.float32)
        anchors[::10] = plain[::10] + [5, -3]
        with h5py.File(path, "r+") as file:
            file["obsm/held"] = anchors
            file["obsm/held"].attrs["encoding-type"] = "array"
            file["obsm/held"].attrs["encoding-version"] = "0.2.0"
        held, told, _, _ = self.sammon(path, "--anchor-points", "held", "--start-key", "X_pca", ranks=2)
        numpy.testing.assert_array_equal(held[::10], anchors[::10])
        self.assertLess(told, 0.02)  # the others follow

    def test_placing_in_a_reference_and_landmarks(self):
        x = iris()
        mixed = x[numpy.random.default_rng(3).permutation(149)]
        self.write(mixed[:100], "reference.h5ad")
        new = self.write(mixed[100:], "new.h5ad")
        there = self.sammon(self.path("reference.h5ad"), out="map.h5ad")[0]
        self.succeed("sammon", "--input", new, "--output", self.path("placed.h5ad"), "--reference",
                     self.path("map.h5ad"), ranks=2)
        with h5py.File(self.path("placed.h5ad")) as file:
            placed = file["obsm/X_sammon"][:]
        both = numpy.concatenate([there, placed])
        self.assertLess(stress(mixed, both), 0.008)
        path = self.write(x)
        self.succeed("sammon", "--input", path, "--output", self.path("landmarks.h5ad"), "--landmarks", "60", ranks=2)
        with h5py.File(self.path("landmarks.h5ad")) as file:
            self.assertLess(stress(x, file["obsm/X_sammon"][:]), 0.008)
        self.refused(path, "--landmarks", "149", parts=["--landmarks", "149 of 149"])
        self.refused(path, "--landmarks", "60", "--l2", "1", parts=["--landmarks", "omit --pull"])
        self.refused(new, "--reference", path, parts=["obsm/X_sammon", "no map"])

    def test_a_stopped_run_goes_on_to_the_same_bits(self):
        for words in [["--relaxations", 12, "--iterations", 2500],
                      ["--optimizer", "stochastic", "--rounds", 10000, "--iterations", 10000],
                      ["--landmarks", 500, "--relaxations", 16, "--iterations", 3000]]:
            began = time.monotonic()
            alone = self.sammon_of_cells(words, "alone.h5ad")
            limit = 0.5 * (time.monotonic() - began)  # of which starting the process takes a part
            job = ["sammon", "--input", PBMC, "--output", self.path("kept.h5ad"), *words, "--checkpoint",
                   self.path("kept"), "--max-hours", limit / 3600]
            codes = []
            while not codes or codes[-1] == 75:
                done = replearn(*job, ranks=1 + len(codes) % 3)
                codes.append(done.code)
                self.assertLess(len(codes), 100)
            self.assertEqual(codes[-1], 0, done.stderr)
            self.assertGreater(len(codes), 1, "was never stopped")
            with h5py.File(self.path("kept.h5ad")) as file:
                numpy.testing.assert_array_equal(file["obsm/X_sammon"][:], alone)

    def sammon_of_cells(self, words, out):
        self.succeed("sammon", "--input", PBMC, "--output", self.path(out), *words)
        with h5py.File(self.path(out)) as file:
            return file["obsm/X_sammon"][:]

    def test_figures(self):
        self.sammon(PBMC, "--figures", self.path("pictures"), "--iterations", "20", ranks=2)
        for name in ["sammon_stress.png", "sammon_shepard.png"]:
            with open(os.path.join(self.path("pictures"), name), "rb") as file:
                self.assertTrue(file.read(8).startswith(b"\x89PNG"))

    def test_a_distance_matrix_that_is_no_square_is_refused(self):
        path = self.write(iris())
        with h5py.File(path, "r+") as file:
            file["obsp/flat"] = squareform(pdist(iris()))[:, :7]
        self.refused(path, "--distances-key", "flat", parts=["obsp/flat", "not a dense array of 149"])


if __name__ == "__main__":
    unittest.main()
