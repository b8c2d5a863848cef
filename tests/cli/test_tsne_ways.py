"""Other ways to a map: new cells in an old map, a sample first, labels pulled together, SNE."""

import unittest

import h5py
import numpy

from command import PBMC, InFolder, replearn

SHORT = ["--early-exaggeration-iterations", "100", "--iterations", "100"]


def read(path, key):
    with h5py.File(path) as file:
        return file[key][()]


def labels(path):
    codes = read(path, "obs/bulk_labels/codes")
    return numpy.array([name.decode() for name in read(path, "obs/bulk_labels/categories")])[codes]


def nearest(points, references):
    return ((points[:, None] - references[None]) ** 2).sum(axis=2).argmin(axis=1)


class Ways(InFolder):
    def same_on_any_ranks(self, *words, ranks=(1, 2, 3, 4, 7)):
        """Runs t-SNE on so many ranks; returns the path of one output."""
        found = []
        for n in ranks:
            path = self.path(f"ranks{n}.h5ad")
            self.succeed("tsne", *words, "--output", path, ranks=n, timeout=200)
            found.append((read(path, "obsm/X_tsne").tobytes(), float(read(path, "uns/tsne/kl_divergence"))))
        self.assertEqual(len(set(found)), 1)
        return path

    def split(self):
        """The first 500 cells, and the last 200 without their map."""
        import anndata

        data = anndata.read_h5ad(PBMC)
        data.raw = None
        del data.uns, data.obsp
        data.obsm = {"X_pca": data.obsm["X_pca"]}
        data[:500].copy().write_h5ad(self.path("old.h5ad"))
        data[500:].copy().write_h5ad(self.path("new.h5ad"))
        self.succeed("tsne", "--input", self.path("old.h5ad"), "--output", self.path("map.h5ad"), *SHORT, ranks=2)
        return self.path("map.h5ad"), self.path("new.h5ad")

    def test_new_cells_in_an_old_map(self):
        old, new = self.split()
        placed = self.same_on_any_ranks("--reference", old, "--input", new)
        points, map_ = read(placed, "obsm/X_tsne"), read(old, "obsm/X_tsne")
        self.assertEqual(points.shape, (200, 2))
        self.assertEqual(read(placed, "uns/tsne/reference").decode(), old)
        self.assertEqual(int(read(placed, "uns/tsne/reference_cells")), 500)
        # A new cell lies beside cells of its kind: as often as its nearest old cell in X_pca is of its kind.
        kinds = labels(new)
        in_map = (labels(old)[nearest(points, map_)] == kinds).mean()
        in_data = (labels(old)[nearest(read(new, "obsm/X_pca"), read(old, "obsm/X_pca"))] == kinds).mean()
        self.assertGreater(in_map, in_data - 0.05)

    def test_cells_of_the_map_come_back_to_their_places(self):
        old, _ = self.split()
        self.succeed("tsne", "--reference", old, "--input", self.path("old.h5ad"), "--output", self.path("again.h5ad"))
        before, after = read(old, "obsm/X_tsne"), read(self.path("again.h5ad"), "obsm/X_tsne")
        apart = numpy.linalg.norm(before - after, axis=1)
        self.assertLess(numpy.median(apart), 0.05 * numpy.ptp(before, axis=0).max())

    def test_one_new_cell(self):
        import anndata

        old, new = self.split()
        anndata.read_h5ad(new)[17:18].copy().write_h5ad(self.path("one.h5ad"))
        words = ["tsne", "--reference", old, "--place-iterations", "20"]
        self.succeed(*words, "--input", self.path("one.h5ad"), "--output", self.path("one_placed.h5ad"))
        self.succeed(*words, "--input", new, "--output", self.path("all_placed.h5ad"))
        numpy.testing.assert_allclose(read(self.path("one_placed.h5ad"), "obsm/X_tsne")[0],
                                      read(self.path("all_placed.h5ad"), "obsm/X_tsne")[17], atol=0.02)

    def test_a_sample_first(self):
        path = self.same_on_any_ranks("--input", PBMC, "--sample", "300", *SHORT)
        self.assertEqual(int(read(path, "uns/tsne/sample")), 300)
        self.succeed("tsne", "--input", PBMC, "--output", self.path("plain.h5ad"), *SHORT)
        plain = float(read(self.path("plain.h5ad"), "uns/tsne/kl_divergence"))
        self.assertLess(float(read(path, "uns/tsne/kl_divergence")), 1.1 * plain)

    def test_pulled_labels_come_together(self):
        words = ["--input", PBMC, *SHORT, "--pull", "bulk_labels=Dendritic:0.02,phase=S:0.001"]
        pulled = self.same_on_any_ranks(*words, ranks=(1, 4))
        self.succeed("tsne", "--input", PBMC, "--output", self.path("free.h5ad"), *SHORT)

        def spread(path):
            points = read(path, "obsm/X_tsne")[labels(PBMC) == "Dendritic"].astype(float)
            squares = ((points[:, None] - points[None]) ** 2).sum(axis=2)
            return squares.sum() / (len(points) * (len(points) - 1))

        self.assertLess(spread(pulled), 0.5 * spread(self.path("free.h5ad")))
        told = read(pulled, "uns/tsne/pulled_mean_squared_distances")
        self.assertEqual(len(told), 2)
        self.assertAlmostEqual(told[0], spread(pulled), delta=1e-4 * told[0])

    def test_sne(self):
        path = self.same_on_any_ranks("--input", PBMC, "--kernel", "gaussian", "--iterations", "60", "--pull",
                                      "bulk_labels=Dendritic:5")
        self.assertEqual(read(path, "uns/tsne/kernel").decode(), "gaussian")
        self.assertLess(float(read(path, "uns/tsne/kl_divergence")), 700 * numpy.log(699 / 30))  # that of one place

    def test_tells_where_the_neighbors_came_from(self):
        graph, path = self.path("graph.h5ad"), self.path("map.h5ad")
        self.succeed("neighbors", "--input", PBMC, "--output", graph, "--neighbors", 90, "--metric", "cosine")
        short = ["tsne", "--input", graph, "--output", path, "--iterations", 5, "--early-exaggeration-iterations", 5]
        told = self.succeed(*short)
        self.assertIn("found with cosine", told.stdout + told.stderr)
        self.assertEqual(read(path, "uns/tsne/params/neighbors").decode(), "obsp/distances")
        self.assertEqual(read(path, "uns/tsne/params/metric").decode(), "cosine")
        for words in (["--no-stored-graph"], ["--kernel", "gaussian"]):  # SNE wants more than are stored
            self.succeed(*short, *words)
            self.assertEqual(read(path, "uns/tsne/params/metric").decode(), "euclidean")
            with h5py.File(path) as file:
                self.assertNotIn("neighbors", file["uns/tsne/params"])


if __name__ == "__main__":
    unittest.main()
