"""replearn evaluate on maps of cells, beside the definitions of the measures in NumPy and beside scikit-learn."""

import json
import os
import subprocess
import unittest

import anndata
import numpy
import pandas
from scipy.optimize import minimize_scalar
from scipy.spatial import procrustes
from scipy.spatial.distance import cdist, pdist
from scipy.stats import spearmanr

from command import InFolder, main, replearn


def clusters(n, d=30, seed=1):
    """Points of 8 clusters, their first two coordinates, a distorted map and labels."""
    random = numpy.random.default_rng(seed)
    labels = random.integers(0, 8, n)
    x = (random.normal(size=(8, d))[labels] * 1.5 + random.normal(size=(n, d))).astype(numpy.float32)
    bent = numpy.tanh(x @ random.normal(size=(d, 2)) / numpy.sqrt(d)) * 10 + random.normal(size=(n, 2)) * 0.1
    return x, numpy.ascontiguousarray(x[:, :2]), bent.astype(numpy.float32), labels


def ranks(x):
    """ranks[i, j]: rank of j among the neighbors of i, from 1; ties by index; 0 for i itself."""
    distances = cdist(x.astype(float), x.astype(float), "sqeuclidean")
    numpy.fill_diagonal(distances, -1)
    order = numpy.argsort(distances, axis=1, kind="stable")
    result = numpy.empty_like(order)
    numpy.put_along_axis(result, order, numpy.arange(len(x))[None, :].repeat(len(x), 0), 1)
    return result


def neighborhood_scores(x, y, k):
    """recall, trustworthiness, continuity, mrre_false, mrre_missing; and the first three of each row."""
    n = len(x)
    given, mapped = ranks(x), ranks(y)
    near, near_in_map = (given > 0) & (given <= k), (mapped > 0) & (mapped <= k)
    most = k * (2 * n - 3 * k - 1) / 2
    errors = sum(abs(n - 2 * rank) / rank for rank in range(1, k + 1))
    apart = abs(given - mapped)
    rows = [(near & near_in_map).sum(1) / k,
            1 - (numpy.maximum(given - k, 0) * near_in_map).sum(1) / most,
            1 - (numpy.maximum(mapped - k, 0) * near).sum(1) / most,
            1 - (apart / numpy.maximum(given, 1) * near_in_map).sum(1) / errors,
            1 - (apart / numpy.maximum(mapped, 1) * near).sum(1) / errors]
    return [row.mean() for row in rows], rows[:3]


def curve_scores(x, y):
    """Q_NX and R_NX for k = 1 to n - 1 and n - 2, the area under R_NX, K_max, Q_local and Q_global, from all ranks."""
    n = len(x)
    larger = numpy.maximum(ranks(x), ranks(y))[~numpy.eye(n, dtype=bool)]
    k = numpy.arange(1, n)
    q = numpy.cumsum(numpy.bincount(larger, minlength=n)[1:]) / (k * n)
    r = (((n - 1) * q - k)[:-1]) / (n - 1 - k[:-1])
    k_max = int(numpy.argmax(q - k / (n - 1))) + 1
    return q, r, (r / k[:-1]).sum() / (1 / k[:-1]).sum(), k_max, q[:k_max].mean(), q[k_max - 1:].mean()


def stress_scores(x, y):
    """Sammon's stress, the same for the best scale, stress-1, the same for the best scale, Spearman's correlation."""
    given, mapped = pdist(x.astype(float)), pdist(y.astype(float))
    apart = given > 0

    def sammon(scale):
        return ((given - scale * mapped)[apart] ** 2 / given[apart]).sum() / given.sum()

    def stress(scale):
        return numpy.sqrt(((given - scale * mapped) ** 2).sum() / (given**2).sum())

    return [sammon(1), minimize_scalar(sammon).fun, stress(1), minimize_scalar(stress).fun,
            spearmanr(given, mapped).statistic]


STRESSES = ["sammon_stress", "sammon_stress_scaled", "stress_1", "scale_normalized_stress", "shepard"]
NAMES = ["recall", "trustworthiness", "continuity", "mrre_false", "mrre_missing"]


class Evaluate(InFolder):
    def write(self, obsm, obs=None, name="maps.h5ad"):
        n = len(next(iter(obsm.values())))
        data = anndata.AnnData(numpy.zeros((n, 1), numpy.float32))
        for key, values in obsm.items():
            data.obsm[key] = values
        for key, values in (obs or {}).items():
            data.obs[key] = values
        data.write_h5ad(self.path(name))
        return self.path(name)

    def evaluate(self, path, *words, ranks=1):
        self.succeed("evaluate", path, "--json", self.path("scores.json"), *words, ranks=ranks)
        with open(self.path("scores.json")) as file:
            return json.load(file)

    def assertNeighborhoods(self, scores, x, y, neighbors):
        for i, k in enumerate(neighbors):
            expected, _ = neighborhood_scores(x, y, k)
            for name, value in zip(NAMES, expected):
                self.assertAlmostEqual(scores[name][i], value, delta=1e-13, msg=f"{name} {k}")

    def test_neighborhoods_are_the_definitions_with_duplicates_and_ties(self):
        x, two, bent, _ = clusters(700)
        x[10], x[300], bent[20] = x[5], x[5], bent[400]
        grid = numpy.round(two * 2)  # many ties and duplicates
        path = self.write({"X_pca": x, "X_bent": bent, "X_grid": grid, "X_point": numpy.ones((700, 2), numpy.float32)})
        scores = self.evaluate(path, "--neighbors", "3,20", "--rank-neighbors", "3,20", ranks=2)
        for key, y in (("X_bent", bent), ("X_grid", grid), ("X_point", numpy.ones((700, 2)))):
            self.assertNeighborhoods(scores[key], x, y, [3, 20])
        self.assertNotIn("X_pca", scores)  # 30 columns: not a map unless named

    def test_is_the_same_on_any_number_of_ranks_and_readable_by_anndata(self):
        x, two, bent, _ = clusters(500)
        path = self.write({"X_pca": x, "X_two": two, "X_bent": bent})
        outputs = []
        for number in (1, 2, 3, 4):
            out = self.path(f"out{number}.h5ad")
            self.evaluate(path, "--output", out, ranks=number)
            with open(self.path("scores.json")) as file:
                outputs.append((file.read(), anndata.read_h5ad(out)))
        for text, data in outputs[1:]:
            self.assertEqual(text, outputs[0][0])
            self.assertTrue(data.obs.equals(outputs[0][1].obs))
        data = outputs[0][1]
        expected, rows = neighborhood_scores(x, bent, 15)
        for name, values in zip(NAMES, rows):
            numpy.testing.assert_allclose(data.obs[f"X_bent_{name}"], values, atol=1e-7)
        numpy.testing.assert_array_equal(data.uns["evaluate"]["params"]["neighbors"], [5, 10, 15, 30, 50, 100])
        self.assertAlmostEqual(data.uns["evaluate"]["X_bent"]["recall"][2], expected[0], delta=1e-13)

    def test_curve_and_stresses_are_the_definitions(self):
        x, two, bent, _ = clusters(700)
        x[10], x[300], bent[20] = x[5], x[5], bent[400]
        grid = numpy.round(two * 2)
        path = self.write({"X_pca": x, "X_bent": bent, "X_grid": grid, "X_small": bent / 7})
        scores = self.evaluate(path, ranks=2)
        for key, y in (("X_bent", bent), ("X_grid", grid), ("X_small", bent / 7)):
            found = scores[key]
            q, r, area, k_max, q_local, q_global = curve_scores(x, y)
            sizes = numpy.array(found["curve"]["k"])
            numpy.testing.assert_allclose(found["curve"]["q_nx"], q[sizes - 1], atol=1e-13)
            numpy.testing.assert_allclose(found["curve"]["r_nx"], r[sizes - 1], atol=1e-12)
            self.assertEqual((sizes[0], sizes[-1], found["k_max"]), (1, 698, k_max))
            for name, value in (("auc_r_nx", area), ("q_local", q_local), ("q_global", q_global)):
                self.assertAlmostEqual(found[name], value, delta=1e-12, msg=name)
            for name, value in zip(STRESSES, stress_scores(x, y)):
                self.assertAlmostEqual(found[name], value, delta=1e-6 if name == "shepard" else 1e-7, msg=f"{key} {name}")
            # All 700 cells are among the 1,000 of CPD.
            self.assertAlmostEqual(found["cpd"], spearmanr(pdist(x.astype(float)), pdist(y.astype(float))).statistic, delta=1e-9)
            self.assertNotIn("auc_r_nx_error", found)
        self.assertAlmostEqual(scores["X_bent"]["scale_normalized_stress"], scores["X_small"]["scale_normalized_stress"], delta=1e-6)

    def test_estimates_from_sampled_cells_are_within_their_errors(self):
        x, _, bent, _ = clusters(3000)
        path = self.write({"X_pca": x, "X_bent": bent})
        exact = self.evaluate(path)["X_bent"]
        outputs = []
        for number in (1, 2, 3):
            found = self.evaluate(path, "--sample-rows", "200", "--exact-cells", "100", "--seed", "3", ranks=number)
            self.assertEqual(found["params"]["sampled_rows"], 200)
            outputs.append(found)
        self.assertEqual(outputs[0], outputs[1])
        self.assertEqual(outputs[0], outputs[2])
        found = outputs[0]["X_bent"]
        for name in ["auc_r_nx", "q_local", "q_global"] + STRESSES:
            error = found[name + "_error"]
            self.assertGreater(error, 0, name)
            self.assertLess(error, 0.2 * abs(exact[name]), name)
            self.assertLess(abs(found[name] - exact[name]), 5 * error, name)
        off = abs(numpy.array(found["curve"]["r_nx"]) - exact["curve"]["r_nx"])[5:]  # the first are rare events
        numpy.testing.assert_array_less(off, 5 * numpy.array(found["curve"]["r_nx_error"])[5:])
        # Fewer errors with more cells.
        self.assertLess(self.evaluate(path, "--sample-rows", "2000")["X_bent"]["auc_r_nx_error"], found["auc_r_nx_error"] / 3)

    def test_centroids_of_labels(self):
        x, _, bent, labels = clusters(600)
        kinds = pandas.Categorical.from_codes(labels, [f"type {label}" for label in range(9)])  # nothing is type 8
        kinds[:20] = None
        path = self.write({"X_pca": x, "X_bent": bent}, {"kind": kinds})
        scores = self.evaluate(path, "--labels", "kind", ranks=2)
        centers = [numpy.array([points[20:][labels[20:] == label].astype(float).mean(0) for label in range(8)])
                   for points in (x, bent)]
        near = [(ranks(points) > 0) & (ranks(points) <= 3) for points in centers]
        self.assertEqual(scores["params"]["knc_neighbors"], 3)
        self.assertAlmostEqual(scores["X_bent"]["knc"], (near[0] & near[1]).sum() / 24, delta=1e-12)
        self.assertAlmostEqual(scores["X_bent"]["centroid_distance_correlation"],
                               spearmanr(pdist(centers[0]), pdist(centers[1])).statistic, delta=1e-12)
        done = replearn("evaluate", path, "--labels", "knd", ranks=2)
        self.assertEqual(done.code, 2)
        self.assertEqual(len(done.messages), 1, done.stderr)
        self.assertIn("did you mean 'kind'?", done.messages[0])

    def test_labels_and_batches_are_scib_metrics(self):
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "map_quality")
        points = numpy.load(os.path.join(folder, "points.npz"))
        with open(os.path.join(folder, "scib_metrics.json"), encoding="utf-8") as file:
            theirs = json.load(file)
        columns = {"kind": [f"type {label}" for label in points["labels"]], "batch": points["batches"]}
        path = self.write({"X_pca": points["x"], "X_bent": points["bent"]}, columns)
        outputs = []
        for number in (1, 2, 3):
            out = self.path(f"out{number}.h5ad")
            scores = self.evaluate(path, "--output", out, "--basis", "X_pca,X_bent", "--labels", "kind", "--batch",
                                   "batch", ranks=number)
            outputs.append((scores, anndata.read_h5ad(out).obs))
        for scores, obs in outputs[1:]:
            self.assertEqual(scores, outputs[0][0])
            self.assertTrue(obs.equals(outputs[0][1]))
        for key, expected in theirs.items():
            for name, value in expected.items():
                self.assertAlmostEqual(outputs[0][0][key][name], value, delta=1e-6, msg=f"{key} {name}")
        obs = outputs[0][1]
        self.assertAlmostEqual(obs["X_bent_silhouette"].mean(), theirs["X_bent"]["silhouette"], delta=1e-6)
        self.assertAlmostEqual((obs["X_bent_lisi"].median() - 1) / 2, theirs["X_bent"]["ilisi"], delta=1e-6)

    def test_labels_and_clusters_are_scikit_learn(self):
        python = os.environ.get("REPLEARN_PYTHON_TODAY")
        if not python or not os.path.exists(python):
            self.skipTest("needs scikit-learn")
        x, _, bent, labels = clusters(1000)
        bent[10] = bent[20]
        labels[30] = 8  # the only cell of its kind
        clustering = numpy.random.default_rng(2).permutation(8)[labels % 8] // 2 * (numpy.arange(1000) % 7 != 0)
        path = self.write({"X_pca": x, "X_bent": bent}, {"kind": pandas.Categorical(labels), "cluster": clustering})
        numpy.savez(self.path("points.npz"), y=bent.astype(float), labels=labels, clusters=clustering)
        code = """
import json, sys, numpy
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_samples
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
p = numpy.load(sys.argv[1]); y, labels, clusters = p['y'], p['labels'], p['clusters']
accuracy = []
for k in (1, 6, 15):
    model = KNeighborsClassifier(k + 1, algorithm='brute').fit(y, labels)
    near = model.kneighbors(y, return_distance=False)
    near = numpy.array([row[row != i][:k] for i, row in enumerate(near)])
    votes = [numpy.bincount(labels[row]).argmax() for row in near]
    accuracy.append(float((votes == labels).mean()))
print(json.dumps([silhouette_samples(y, labels).tolist(), adjusted_rand_score(labels, clusters),
                  normalized_mutual_info_score(labels, clusters), accuracy]))
"""
        samples, ari, nmi, accuracy = json.loads(subprocess.run(
            [python, "-c", code, self.path("points.npz")], check=True, capture_output=True, text=True).stdout)
        scores = self.evaluate(path, "--output", self.path("out.h5ad"), "--labels", "kind", "--clusters", "cluster",
                               "--neighbors", "1,6,15", ranks=2)
        self.assertAlmostEqual(scores["clusters"]["ari"], ari, delta=1e-12)
        self.assertAlmostEqual(scores["clusters"]["nmi"], nmi, delta=1e-12)
        numpy.testing.assert_allclose(scores["X_bent"]["label_accuracy"], accuracy, atol=0.0011)  # ties of the twins
        self.assertAlmostEqual(scores["X_bent"]["silhouette"], numpy.mean(samples), delta=1e-6)
        numpy.testing.assert_allclose(anndata.read_h5ad(self.path("out.h5ad")).obs["X_bent_silhouette"], samples, atol=2e-6)
        estimate = self.evaluate(path, "--labels", "kind", "--exact-cells", "10", "--sample-rows", "300")["X_bent"]
        self.assertGreater(estimate["silhouette_error"], 0)
        self.assertLess(abs(estimate["silhouette"] - numpy.mean(samples)), 5 * estimate["silhouette_error"])

    def test_pairs_of_maps(self):
        x, two, bent, _ = clusters(400)
        turned = two @ numpy.array([[0.6, 0.8], [0.8, -0.6]], numpy.float32) * 3 + 5
        maps = {"X_two": two, "X_bent": bent, "X_turned": turned, "X_three": x[:, :3]}
        path = self.write({"X_pca": x} | maps)
        outputs = [self.evaluate(path, "--compare", "--neighbors", "5,15", ranks=number) for number in (1, 2, 3)]
        self.assertEqual(outputs[0], outputs[1])
        self.assertEqual(outputs[0], outputs[2])
        pairs = outputs[0]["pairs"]
        self.assertEqual(len(pairs), 6)
        for names, scores in pairs.items():
            a, b = (maps[name].astype(float) for name in names.split(","))
            width = max(a.shape[1], b.shape[1])
            a, b = (numpy.pad(points, ((0, 0), (0, width - points.shape[1]))) for points in (a, b))
            self.assertAlmostEqual(scores["procrustes"], procrustes(a, b)[2], delta=1e-7, msg=names)
            for k, value in zip((5, 15), scores["mutual_neighbors"]):
                near = [(ranks(points) > 0) & (ranks(points) <= k) for points in (a, b)]
                self.assertAlmostEqual(value, (near[0] & near[1]).sum() / (400 * k), delta=1e-12, msg=names)
        self.assertLess(pairs["X_turned,X_two"]["procrustes"], 1e-7)
        done = replearn("evaluate", path, "--basis", "X_two", "--compare", ranks=2)
        self.assertEqual(done.code, 2)
        self.assertIn("only one map", done.messages[0])

    def test_figure(self):
        x, two, bent, _ = clusters(400)
        path = self.write({"X_pca": x, "X_two": two, "X_bent": bent})
        self.evaluate(path, "--figure", self.path("curves.svg"), "--sample-rows", "100", ranks=2)
        with open(self.path("curves.svg"), encoding="utf-8") as file:
            text = file.read()
        for name in ("X_two: AUC", "X_bent: AUC", "R_NX", "400 cells"):
            self.assertIn(name, text)
        done = replearn("evaluate", path, "--figure", self.path("curves.gif"))
        self.assertEqual(done.code, 2)

    def test_missing_labels_and_columns(self):
        x, two, _, labels = clusters(300)
        kinds = pandas.Categorical.from_codes(labels, [f"type {label}" for label in range(8)])
        kinds[:100] = None
        path = self.write({"X_pca": x, "X_two": two}, {"kind": kinds, "batch": ["a"] * 300, "nothing": pandas.Categorical([None] * 300, ["a"])})
        self.evaluate(path, "--output", self.path("out.h5ad"), "--labels", "kind", "--batch", "batch", ranks=2)
        silhouettes = anndata.read_h5ad(self.path("out.h5ad")).obs["X_two_silhouette"]
        self.assertTrue(silhouettes[:100].isna().all())
        self.assertFalse(silhouettes[100:].isna().any())
        alone = self.write({"X_pca": x[100:], "X_two": two[100:]}, {"kind": kinds[100:]}, "alone.h5ad")
        self.evaluate(alone, "--output", self.path("alone_out.h5ad"), "--labels", "kind")
        numpy.testing.assert_array_equal(silhouettes[100:], anndata.read_h5ad(self.path("alone_out.h5ad")).obs["X_two_silhouette"])
        scales = self.write({"X_pca": x, "X_two": two, "X_tiny": two * 1e-30, "X_huge": two * 1e30},
                            {"kind": labels.astype(str), "batch": ["a"] * 300}, "scales.h5ad")
        scores = self.evaluate(scales, "--labels", "kind", "--batch", "batch")
        for key in ("X_tiny", "X_huge"):
            for name in ("shepard", "silhouette", "clisi", "scale_normalized_stress"):
                self.assertAlmostEqual(scores[key][name], scores["X_two"][name], delta=1e-3 if name == "clisi" else 1e-5, msg=key)
        self.assertIsNone(scores["X_two"]["ilisi"])  # one batch
        for words, message in ((["--labels", "nothing"], "has no labels"), (["--batch", "bach"], "did you mean 'batch'?"),
                               (["--clusters", "kind"], "no labels to compare")):
            done = replearn("evaluate", path, *words, ranks=2)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            self.assertIn(message, done.messages[0])

    def test_results_without_the_input(self):
        x, two, _, _ = clusters(100)
        path = self.write({"X_pca": x, "X_two": two})
        self.evaluate(path, "--output", self.path("results.h5ad"), "--output-content", "results", "--rank-neighbors", "5")
        data = anndata.read_h5ad(self.path("results.h5ad"))
        self.assertIn("X_two", data.uns["evaluate"])
        self.assertIn("X_two_recall", data.obs)
        self.assertIsNone(data.X)
        self.assertNotIn("X_pca", data.obsm)

    def test_small_data_lower_the_defaults_and_refuse_given_values(self):
        x, two, _, _ = clusters(12)
        path = self.write({"X_pca": x, "X_two": two})
        scores = self.evaluate(path)
        self.assertEqual(scores["params"]["neighbors"], [5, 10])
        self.assertEqual(scores["params"]["rank_neighbors"], [5])
        self.assertNeighborhoods(scores["X_two"], x, two, [5])
        self.assertNeighborhoods(self.evaluate(self.write({"X_pca": x[:3], "X_two": two[:3]}, name="three.h5ad"), "--neighbors", "1",
                                               "--rank-neighbors", "1")["X_two"], x[:3], two[:3], [1])
        for words, message in ((["--rank-neighbors", "6"], "fewer than half of the 12 cells"),
                               (["--neighbors", "12"], "there are 11 other cells"),
                               (["--basis", "two"], "did you mean 'X_two'?"),
                               (["--reference", "X_pac"], "did you mean 'X_pca'?")):
            done = replearn("evaluate", path, *words, ranks=2)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertIn(message, done.messages[0])
        done = replearn("evaluate", self.write({"X_pca": x[:2], "X_two": two[:2]}))
        self.assertEqual(done.code, 2)
        self.assertIn("at least 3", done.messages[0])

    def test_values_that_are_not_finite_give_one_error(self):
        x, two, _, _ = clusters(50)
        two[7, 1] = numpy.nan
        done = replearn("evaluate", self.write({"X_pca": x, "X_two": two}), ranks=2)
        self.assertEqual(done.code, 2)
        self.assertEqual(len(done.messages), 1, done.stderr)
        self.assertIn("X_two", done.messages[0])

    def test_a_file_without_maps_is_an_error(self):
        done = replearn("evaluate", self.write({"X_pca": clusters(50)[0]}))
        self.assertEqual(done.code, 2)
        self.assertIn("no map to evaluate", done.messages[0])

    def test_is_scikit_learn(self):
        python = os.environ.get("REPLEARN_PYTHON_TODAY")
        if not python or not os.path.exists(python):
            self.skipTest("needs scikit-learn")
        x, _, bent, _ = clusters(5000, d=50)
        path = self.write({"X_pca": x, "X_bent": bent})
        numpy.savez(self.path("points.npz"), x=x.astype(float), y=bent.astype(float))
        code = ("import json, sys, numpy; from sklearn.manifold import trustworthiness as t; "
                "p = numpy.load(sys.argv[1]); x, y = p['x'], p['y']; "
                "print(json.dumps([t(x, y, n_neighbors=15), t(y, x, n_neighbors=15)]))")
        theirs = json.loads(subprocess.run([python, "-c", code, self.path("points.npz")], check=True,
                                           capture_output=True, text=True).stdout)
        scores = self.evaluate(path, "--neighbors", "15", "--rank-neighbors", "15", ranks=2)["X_bent"]
        self.assertAlmostEqual(scores["trustworthiness"][0], theirs[0], delta=1e-12)
        self.assertAlmostEqual(scores["continuity"][0], theirs[1], delta=1e-12)


if __name__ == "__main__":
    main()
