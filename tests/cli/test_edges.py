"""Data at the edges of what numbers can say: scales, ranks, duplicates, values that are not finite."""

import os
import re

import anndata
import h5py
import numpy
import scipy.sparse
from scipy.spatial.distance import pdist

from command import InFolder, main, replearn


def groups(n=60, d=6, seed=2):
    random = numpy.random.default_rng(seed)
    return (random.normal(size=(n, d)) + 4 * random.normal(size=(3, d))[numpy.arange(n) % 3]).astype(numpy.float32)


def stress(x, y):
    given, near = pdist(x.astype("f8")), pdist(y.astype("f8"))
    return ((given - near) ** 2 / given).sum() / given.sum()


class Maps(InFolder):
    def write(self, x, name="in.h5ad"):
        anndata.AnnData(numpy.ascontiguousarray(x, numpy.float32)).write_h5ad(self.path(name))
        return self.path(name)

    def sammon(self, x, *words, ranks=1, out="out.h5ad"):
        done = self.succeed("sammon", "--input", self.write(x), "--output", self.path(out), "--use-rep", "X", *words,
                            ranks=ranks)
        with h5py.File(self.path(out)) as file:
            return file["obsm/X_sammon"][:], file["uns/sammon/stress"][()], done.stderr

    def test_stress_does_not_depend_on_the_scale(self):
        x = groups()
        y, told, _ = self.sammon(x)
        self.assertAlmostEqual(told, stress(x, y), delta=1e-5)
        for scale in (1e-30, 1e-20, 1e-15, 1e17, 1e30):
            scaled = (x.astype("f8") * scale).astype(numpy.float32)
            y, E, _ = self.sammon(scaled, ranks=2 if scale == 1e-20 else 1)
            # Rounding x to float32 at another scale may lead to a rest beside.
            self.assertAlmostEqual(E, told, delta=0.05 * told, msg=str(scale))
            self.assertAlmostEqual(stress(scaled.astype("f8") / scale, y.astype("f8") / scale), E, delta=1e-4 * E)

    def test_weights_with_an_addend_and_given_distances_keep_their_meaning(self):
        x = groups(40, 4).astype("f8")
        for scale, b in ((1.0, 0.5), (2.0**-60, 0.5 * 2.0**-60)):
            path = self.write(x * scale)
            self.succeed("sammon", "--input", path, "--output", self.path("a.h5ad"), "--use-rep", "X", "--stress", "weighted",
                         "--weight-a", "1", "--weight-b", repr(b))
            self.succeed("pdist", "--input", path, "--output", self.path("d.h5ad"), "--use-rep", "X")
            self.succeed("sammon", "--input", self.path("d.h5ad"), "--output", self.path("b.h5ad"), "--distances-key",
                         "pdist", ranks=2)
            with h5py.File(self.path("a.h5ad")) as a, h5py.File(self.path("b.h5ad")) as b_file:
                found = a["uns/sammon/stress"][()], b_file["uns/sammon/stress"][()]
                self.assertAlmostEqual(found[1], stress(x, b_file["obsm/X_sammon"][:] / scale), delta=1e-5)
            if scale == 1:
                first = found
        numpy.testing.assert_allclose(found, first, rtol=1e-3)

    def test_points_that_have_fewer_dimensions_than_the_map(self):
        t = numpy.random.default_rng(3).normal(size=100)
        line = numpy.outer(t, [1, 2, 3, 4])
        huge = groups(100, 5)
        huge[7, 3] = 1e8
        for name, x in (("line", line), ("column", t[:, None]), ("huge", huge)):
            y, E, log = self.sammon(x, ranks=2 if name == "line" else 1)
            warned = "warning: sammon: the data have 1 principal component for 2 dimensions" in log
            self.assertEqual(warned, name != "huge", log)
            self.assertTrue(numpy.isfinite(y).all())
            if name != "huge":
                self.assertLess(E, 1e-6, name)
            self.assertLess(E, 0.01, name)
            done = self.succeed("tsne", "--input", self.path("in.h5ad"), "--output", self.path("t.h5ad"), "--use-rep", "X",
                                "--iterations", "50", "--perplexity", "10")
            self.assertEqual("warning: t-SNE: the data have 1 principal component" in done.stderr, name != "huge", name)
            with h5py.File(self.path("t.h5ad")) as file:
                self.assertTrue(numpy.isfinite(file["obsm/X_tsne"][:]).all())
        y, E, _ = self.sammon([[0, 0], [1, 1], [3, 3]])
        self.assertLess(E, 1e-6)

    def test_one_value_far_beyond_the_others(self):
        """E of scipy.optimize.minimize(E, PCA of x, jac, method="L-BFGS-B", ftol=1e-16, gtol=1e-14) in float64, lengths
        in units of their median: 2.114e-8 and 2.463e-8."""
        random = numpy.random.default_rng(1)
        random.normal(size=60), random.normal(size=8), random.normal(size=(50, 1))
        beside = numpy.concatenate([random.normal(size=(40, 4)), [[1e8, 0, 0, 0]]])
        inside = random.normal(size=(40, 4))
        inside[5, 2] = 1e8
        for x, reference in ((beside, 2.114e-8), (inside, 2.463e-8)):
            x = x.astype(numpy.float32)
            y, told, log = self.sammon(x)
            # The 40 points lie 2.4e6 from the mean of all, where float32 has steps of 0.25: that costs some percent.
            self.assertLess(stress(x, y.astype("f8")), 1.1 * reference)
            self.assertAlmostEqual(told, stress(x, y.astype("f8")), delta=0.02 * told)
        for exact in (numpy.outer(random.normal(size=60), random.normal(size=8)), random.normal(size=(50, 1)),
                      numpy.array([[0, 0], [1, 0], [3, 0]]), numpy.array([[0, 0], [1, 0], [3, 0], [7, 0]])):
            x = exact.astype(numpy.float32)
            y, told, log = self.sammon(x, ranks=2)
            self.assertLess(stress(x, y.astype("f8")), 1e-9)  # a line is in the plane: E is 0

    def test_neighbors_and_distances_at_any_scale(self):
        x = groups(80, 4)
        found = {}
        for scale in (1.0, 2.0**-90, 2.0**90):
            path = self.write(x.astype("f8") * scale)
            for verb in ("neighbors", "pdist"):
                self.succeed(verb, "--input", path, "--output", self.path(verb + ".h5ad"), "--use-rep", "X")
            with h5py.File(self.path("neighbors.h5ad")) as graph, h5py.File(self.path("pdist.h5ad")) as pairs:
                found[scale] = [graph["obsp/distances/indices"][:], graph["obsp/distances/data"][:] / scale,
                                pairs["obsp/pdist"][:] / scale]
        for scale in (2.0**-90, 2.0**90):
            numpy.testing.assert_array_equal(found[scale][0], found[1.0][0])
            for part in (1, 2):
                numpy.testing.assert_allclose(found[scale][part], found[1.0][part], rtol=1e-6)

    def test_distances_beyond_float32_are_refused(self):
        path = self.write(groups(50, 40))
        for form in ("square", "condensed"):
            done = replearn("pdist", "--input", path, "--output", self.path("no.h5ad"), "--use-rep", "X", "--metric",
                            "minkowski", "--p", "0.01", "--form", form, ranks=2)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            self.assertIn("more than float32 holds", done.messages[0])
            self.assertFalse(os.path.exists(self.path("no.h5ad")))


class Runs(InFolder):
    def write(self, x, name="in.h5ad"):
        anndata.AnnData(scipy.sparse.csr_matrix(numpy.asarray(x, numpy.float32))).write_h5ad(self.path(name))
        return self.path(name)

    STEPS = ("--pca.components", "3", "--neighbors.neighbors", "4", "--sammon.iterations", "20")

    def test_identical_cells_are_one_point(self):
        x = groups(60, 8)
        x[40:50] = x[3]
        done = self.succeed("run", "--input", self.write(x), "--output", self.path("out.h5ad"), *self.STEPS, ranks=2)
        self.assertIn("warning: sammon: 10 duplicate rows", done.stderr)
        with h5py.File(self.path("out.h5ad")) as out:
            y = out["obsm/X_sammon"][:]
        numpy.testing.assert_array_equal(y[40:50], numpy.broadcast_to(y[3], (10, 2)))

    def test_a_step_that_fails_leaves_what_was_done_before(self):
        x = groups(60, 8)
        x[:30], x[30:] = x[0], x[59]  # two places: no map
        path, output = self.write(x), self.path("out.h5ad")
        words = ("run", "--input", path, "--output", output, "--pca.components", "1", *self.STEPS[2:])
        done = replearn(*words, ranks=2)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        self.assertIn(output + " contains the results of the steps before: pca, neighbors", done.messages[0])
        with h5py.File(output) as out:
            self.assertIn("X_pca", out["obsm"])
            self.assertIn("distances", out["obsp"])
            self.assertNotIn("X_sammon", out["obsm"])
            self.assertEqual(out["uns/replearn/run/failed_step"][()], b"sammon")
        with open(output, "rb") as file:
            before = file.read()
        done = replearn(*words)
        self.assertEqual(done.code, 2)
        self.assertIn("out.partial.h5ad contains", done.messages[0])
        with open(output, "rb") as file:
            self.assertEqual(file.read(), before)
        with open(self.path("out.partial.h5ad"), "rb") as file:
            partial = file.read()
        done = replearn(*["run", "--input", self.path("out.partial.h5ad"), *words[3:]])  # inputs are never overwritten
        self.assertIn("out.partial2.h5ad contains", done.messages[0])
        with open(self.path("out.partial.h5ad"), "rb") as file:
            self.assertEqual(file.read(), partial)
        done = replearn("run", "--input", path, "--output", self.path("none.h5ad"), "--sammon.iterations", "5")
        self.assertEqual(done.code, 2)
        self.assertFalse(os.path.exists(self.path("none.h5ad")))  # nothing was done before

    def test_pca_of_columns_of_unlike_spread(self):
        x = numpy.random.default_rng(0).normal(size=(200, 21)).astype(numpy.float32)
        x[:, 0] *= 1e8
        path = self.write(x)
        a = x.astype("f8") - x.mean(axis=0, dtype="f8")
        expected = numpy.linalg.svd(a, compute_uv=False) ** 2 / 199
        self.succeed("pca", "--input", path, "--output", self.path("pca.h5ad"), "--components", "21", ranks=2)
        with h5py.File(self.path("pca.h5ad")) as out:
            numpy.testing.assert_allclose(out["uns/pca/variance"][:], expected, rtol=1e-5)
        done = replearn("pca", "--input", path, "--output", self.path("no.h5ad"), "--components", "5", "--method",
                        "randomized", ranks=2)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertRegex(done.messages[0], r"column 0 .* varies 1\.\d*e\+08 times .*--scale")
        self.assertIn("either this is the rank of the matrix, or column 0", done.messages[0])
        self.assertIn("choose at most 1, or scale the columns", done.messages[0])
        log = self.succeed("pca", "--input", path, "--output", self.path("pca.h5ad"), "--method", "randomized").stderr
        self.assertIn("warning: pca: only 1 components are distinguishable", log)
        self.succeed("pca", "--input", path, "--output", self.path("pca.h5ad"), "--method", "randomized", "--components",
                     "5", "--scale")

    def test_offsets_cost_pca_nothing(self):
        random = numpy.random.default_rng(5)
        x = random.normal(size=(90, 60))
        x[:, 3] = 1e8 + numpy.arange(90)
        x = x.astype(numpy.float32).astype("f8")
        near = random.normal(size=(90, 60)).astype(numpy.float32)
        near[:, 5] = 0.3
        near[44, 5] = numpy.nextafter(numpy.float32(0.3), numpy.float32(1))
        for data, words in ((x, []), (x + 1e7, []), (near.astype("f8"), ["--scale"])):
            data = data.astype(numpy.float32).astype("f8")
            centered = data - data.mean(axis=0)
            if words:
                centered /= centered.std(axis=0, ddof=1)
            expected = numpy.linalg.svd(centered, compute_uv=False)[:20]
            self.succeed("pca", "--input", self.write(data), "--output", self.path("out.h5ad"), "--components", "20", *words,
                         ranks=2)
            with h5py.File(self.path("out.h5ad")) as out:
                numpy.testing.assert_allclose(out["uns/pca/variance"][:], expected**2 / 89, rtol=1e-4)

    def test_what_float32_loses_is_told(self):
        x = numpy.random.default_rng(5).normal(size=(90, 60))
        x[:, 2] = 0.1  # the same everywhere: nothing is lost that anyone would miss
        for data, code, message in ((x, 0, None), (x + 100, 0, None), (x + 1e7, 0, "59 of 60 columns, the first column 0"),
                                    (x * 1e-160, 0, "59 of 60 columns"), (x * 1e150, 2, "more than float32 holds")):
            anndata.AnnData(data, dtype="f8").write_h5ad(self.path("in.h5ad"))
            done = replearn("neighbors", self.path("in.h5ad"), self.path("out.h5ad"), "--use-rep", "X", "--n-neighbors",
                            "3", ranks=2)
            self.assertEqual(done.code, code, done.stderr)
            if message:
                self.assertEqual(done.stderr.count(message), 1, done.stderr)
            else:
                self.assertNotIn("float32", done.stderr)

    def test_errors_of_the_data_name_the_file_and_the_cause(self):
        def no_gene(data):
            data.var["highly_variable"] = False

        def no_genes(data):
            data._inplace_subset_var(numpy.zeros(6, bool))

        def one_cell(data):
            data._inplace_subset_obs([0])

        def same(data):
            data.X = numpy.ones_like(data.X)

        for change, verbs, cause in ((no_gene, ["pca"], "var/highly_variable: marks no gene"),
                                     (no_genes, ["pca", "tsne", "sammon", "neighbors", "pdist"], "has no columns"),
                                     (one_cell, ["neighbors"], "fewer than 2 rows"),
                                     (same, ["pca"], "identical in every row")):
            data = anndata.AnnData(groups())
            change(data)
            data.write_h5ad(self.path("in.h5ad"))
            for verb in verbs:
                done = replearn(verb, self.path("in.h5ad"), self.path("out.h5ad"), ranks=1 if len(verbs) > 1 else 3)
                self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
                self.assertIn(self.path("in.h5ad"), done.messages[0])
                self.assertIn(cause, done.messages[0])

    def test_fewer_cells_than_ranks(self):
        for cells in (1, 3):
            x = numpy.arange(3 * cells).reshape(cells, 3)
            with open(self.path("in.csv"), "w") as table:
                table.write("cell,g1,g2,g3\n" + "".join(f"c{i},{a},{b},{c}\n" for i, (a, b, c) in enumerate(x)))
            self.succeed("convert", self.path("in.csv"), self.path("out.h5ad"), ranks=4)
            numpy.testing.assert_array_equal(anndata.read_h5ad(self.path("out.h5ad")).X, x)


class Vectors(InFolder):
    def test_vectors_that_are_not_finite_are_refused_at_the_door(self):
        words = [f"w{i}" for i in range(20)]
        x = groups(20, 5)
        x[7, 2] = numpy.nan
        x[9, 0] = numpy.inf
        with open(self.path("v.txt"), "w") as file:
            file.write("20 5\n" + "".join(f"{w} {' '.join(map(str, row))}\n" for w, row in zip(words, x)))
        with open(self.path("v.bin"), "wb") as file:
            file.write(b"20 5\n" + b"".join(w.encode() + b" " + row.astype("<f4").tobytes() + b"\n"
                                              for w, row in zip(words, x)))
        with h5py.File(self.path("v.h5"), "w") as file:
            file["words"], file["vectors"] = words, x
        with open(self.path("pairs.tsv"), "w") as file:
            file.write("w0\tw7\t1\nw1\tw2\t3\nw3\tw4\t2\n")
        for name in ("v.txt", "v.bin", "v.h5"):
            for verb in (["evaluate", "--similarity", self.path("pairs.tsv")], ["nearest", "--words", "w1"],
                         ["vectors", "--output", self.path("copy.bin")]):
                done = replearn(verb[0], "--input", self.path(name), *verb[1:], ranks=2)
                self.assertEqual(done.code, 2, done.stderr)
                self.assertEqual(len(done.messages), 1, done.stderr)
                self.assertTrue(re.search("finite|numbers?", done.messages[0]), done.messages)
        self.assertFalse(os.path.exists(self.path("copy.bin")))


if __name__ == "__main__":
    main()
