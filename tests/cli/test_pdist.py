"""replearn pdist, and neighbors by every metric, beside SciPy in float64."""

import unittest

import anndata
import h5py
import numpy
import scipy.spatial.distance as distance

from command import InFolder

METRICS = [("euclidean", None), ("sqeuclidean", None), ("cosine", None), ("correlation", None), ("manhattan", None),
           ("cityblock", None), ("chebyshev", None), ("hamming", None), ("minkowski", 0), ("minkowski", 0.3),
           ("minkowski", 0.5), ("minkowski", 1), ("minkowski", 1.5), ("minkowski", 2), ("minkowski", 3),
           ("minkowski", 4.7), ("minkowski", 40), ("minkowski", numpy.inf)]


def scipy_pdist(x, metric, p=None):
    """In float64. p = 0, which SciPy leaves out, as torch defines it; cosine without its cancellation."""
    x = x.astype(numpy.float64)
    if p == 0:
        return distance.pdist(x, lambda a, b: numpy.count_nonzero(a != b))
    if p == numpy.inf:
        return distance.pdist(x, "chebyshev")
    if p is not None:
        return distance.pdist(x, "minkowski", p=p)
    if metric in ("cosine", "correlation"):
        if metric == "correlation":
            x = x - x.mean(axis=1, keepdims=True)
        return distance.pdist(x / numpy.linalg.norm(x, axis=1, keepdims=True), "sqeuclidean") / 2
    return distance.pdist(x, "cityblock" if metric == "manhattan" else metric)


def hostile(rows, columns):
    """Clusters far from the origin, near-duplicates, duplicates, entries that are equal in several rows."""
    random = numpy.random.default_rng(11)
    x = random.normal(size=(rows, columns)) + 1000 * random.integers(0, 3, (rows, 1))
    x[:, : columns // 3] = random.integers(0, 3, (rows, columns // 3))
    x = x.astype(numpy.float32)
    for i in range(0, rows - 1, 10):
        x[i + 1] = x[i]
    for i in range(5, rows - 1, 10):
        x[i + 1] = x[i]
        x[i + 1, -1] = numpy.nextafter(x[i, -1], numpy.float32(numpy.inf), dtype=numpy.float32)
    return x


class Pdist(InFolder):
    def write(self, x, name="rows.h5ad"):
        data = anndata.AnnData(numpy.zeros((len(x), 2), numpy.float32))
        data.obsm["X_pca"] = x
        data.write_h5ad(self.path(name))
        return self.path(name)

    def options(self, metric, p):
        return ["--metric", metric] + ([] if p is None else ["--p", str(p)])

    def pdist(self, path, metric, p, *words, ranks=1):
        out = self.path("out.h5ad")
        self.succeed("pdist", "--input", path, "--output", out, *self.options(metric, p), *words, ranks=ranks)
        with h5py.File(out) as file:
            name = "uns/pdist/condensed" if "condensed" in words else "obsp/pdist"
            self.assertEqual(file[name].dtype, numpy.float32)
            return file[name][()]

    def compare(self, x, metrics=METRICS, tolerance=1e-5):
        path = self.write(x)
        for metric, p in metrics:
            with self.subTest(metric=metric, p=p):
                expected = scipy_pdist(x, metric, p)
                found = self.pdist(path, metric, p, "--form", "condensed")
                numpy.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-15)
                self.assertTrue((found[expected == 0] == 0).all() or metric in ("cosine", "correlation"))

    def test_every_metric_is_scipys(self):
        self.compare(hostile(110, 33))

    def test_many_columns(self):
        self.compare(hostile(50, 2000), [("euclidean", None), ("correlation", None), ("manhattan", None),
                                         ("hamming", None), ("minkowski", 3)])

    def test_tiny_and_huge_numbers(self):
        x = hostile(60, 7)
        for scale in [1e-24, 1e24]:
            self.compare((x * scale).astype(numpy.float32),
                         [("euclidean", None), ("cosine", None), ("correlation", None), ("manhattan", None),
                          ("chebyshev", None), ("minkowski", 3), ("minkowski", 0.5)])

    def test_rows_without_a_direction(self):
        x = hostile(20, 5)
        x[3] = x[7] = 0
        x[4] = 5
        x[9] = -1
        path = self.write(x)
        cosine = self.pdist(path, "cosine", None)
        self.assertEqual(cosine[3, 7], 0)
        numpy.testing.assert_allclose(numpy.delete(cosine[3], [3, 7]), 1, rtol=1e-6)
        correlation = self.pdist(path, "correlation", None)
        self.assertEqual((correlation[3, 4], correlation[4, 9]), (0, 0))
        numpy.testing.assert_allclose(numpy.delete(correlation[4], [3, 4, 7, 9]), 1, rtol=1e-6)

    def test_square_is_symmetric_and_what_condensed_is(self):
        path = self.write(hostile(333, 12))
        for metric, p in [("euclidean", None), ("correlation", None), ("minkowski", 2.2)]:
            square = self.pdist(path, metric, p)
            condensed = self.pdist(path, metric, p, "--form", "condensed")
            self.assertEqual(square.tobytes(), square.T.tobytes())
            self.assertFalse(square.diagonal().any())
            self.assertEqual(square[numpy.triu_indices(333, 1)].tobytes(), condensed.tobytes())

    def test_same_on_any_ranks_and_with_any_buffer(self):
        path = self.write(hostile(410, 9))
        for form in ["square", "condensed"]:
            words = ["--form", form]
            alone = self.pdist(path, "euclidean", None, *words)
            for ranks in [2, 3, 4, 7]:
                self.assertEqual(self.pdist(path, "euclidean", None, *words, ranks=ranks).tobytes(), alone.tobytes())
            words += ["--buffer-memory", "1e5"]
            self.assertEqual(self.pdist(path, "euclidean", None, *words, ranks=3).tobytes(), alone.tobytes())

    def test_anndata_reads_it(self):
        x = hostile(50, 6)
        path = self.write(x)
        for form in ["square", "condensed"]:
            self.succeed("pdist", "--input", path, "--output", self.path("out.h5ad"), "--metric", "minkowski", "--p",
                         "3", "--form", form, "--key", "mine", ranks=2)
            data = anndata.read_h5ad(self.path("out.h5ad"))
            self.assertEqual(data.uns["mine"]["params"]["metric"], "minkowski")
            self.assertEqual(data.uns["mine"]["params"]["metric_kwds"]["p"], 3)
            found = data.obsp["mine"] if form == "square" else distance.squareform(data.uns["mine"]["condensed"])
            numpy.testing.assert_allclose(found, distance.squareform(scipy_pdist(x, "minkowski", 3)), rtol=1e-5)
            path = self.path("again.h5ad")  # what is there already is replaced
            anndata.read_h5ad(self.path("out.h5ad")).write_h5ad(path)

    def test_two_rows(self):
        path = self.write(numpy.array([[0, 0], [3, 4]], numpy.float32))
        for ranks in (1, 2):
            self.assertEqual(self.pdist(path, "euclidean", None, ranks=ranks).tolist(), [[0, 5], [5, 0]])
            self.assertEqual(self.pdist(path, "euclidean", None, "--form", "condensed", ranks=ranks).tolist(), [5])


class Neighbors(InFolder):
    write, options = Pdist.write, Pdist.options

    def test_are_the_least_of_scipys_distances(self):
        x, k = hostile(300, 20), 8
        path, out = self.write(x), self.path("out.h5ad")
        for metric, p in [("correlation", None), ("manhattan", None), ("chebyshev", None), ("hamming", None),
                          ("minkowski", 0), ("minkowski", 3), ("minkowski", 0.7)]:
            self.succeed("neighbors", "--input", path, "--output", out, "--neighbors", k, *self.options(metric, p),
                         ranks=3)
            data = anndata.read_h5ad(out)
            found = numpy.sort(data.obsp["distances"].data.reshape(len(x), k), axis=1)
            square = distance.squareform(scipy_pdist(x, metric, p))
            numpy.fill_diagonal(square, numpy.inf)
            numpy.testing.assert_allclose(found, numpy.sort(square, axis=1)[:, :k], rtol=1e-5, atol=1e-7,
                                          err_msg=f"{metric} {p}")
            parameters = data.uns["neighbors"]["params"]
            self.assertEqual(parameters["metric"], metric)
            self.assertEqual(parameters.get("metric_kwds", {}).get("p"), p)

    def test_sammon_and_tsne_take_every_metric(self):
        path, out = self.write(numpy.random.default_rng(2).normal(size=(60, 5)).astype(numpy.float32)), self.path("out.h5ad")
        for verb, words in [("sammon", ["--iterations", "3"]),
                            ("tsne", ["--perplexity", "5", "--iterations", "2", "--early-exaggeration-iterations", "2"])]:
            for metric, p in [("correlation", None), ("manhattan", None), ("minkowski", 3)]:
                self.succeed(verb, "--input", path, "--output", out, *words, *self.options(metric, p), ranks=2)
                with h5py.File(out) as file:
                    self.assertTrue(numpy.isfinite(file[f"obsm/X_{verb}"][()]).all())
                    self.assertEqual(file[f"uns/{verb}/params/metric"].asstr()[()], metric)


if __name__ == "__main__":
    unittest.main()
