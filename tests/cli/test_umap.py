"""replearn umap: the map beside that of umap-learn, its graph and start, and what is refused."""

import os

import anndata
import h5py
import numpy
import scipy.sparse

from command import PBMC, InFolder, main, replearn


def neighbor_lists(points, k):
    squares = ((points[:, None, :] - points[None, :, :]) ** 2).sum(2)
    numpy.fill_diagonal(squares, numpy.inf)
    return numpy.argsort(squares, axis=1)[:, :k]


def recall(data, points, k=15):
    wanted, found = neighbor_lists(data, k), neighbor_lists(points, k)
    return numpy.mean([len(set(a) & set(b)) / k for a, b in zip(wanted, found)])


def accuracy(points, labels, k=5):
    """Share of cells whose label is the most frequent one of their neighbors."""
    votes = labels[neighbor_lists(points, k)]
    return numpy.mean([numpy.bincount(v).argmax() == own for v, own in zip(votes, labels)])


class Umap(InFolder):
    def read(self, name="out.h5ad"):
        return anndata.read_h5ad(self.path(name))

    def test_quality_beside_umap_learn(self):
        """The file has the graph and, by sc.tl.umap, the map of umap-learn. With its seeds 0 to 4, sc.tl.umap(cells,
        random_state=seed) of Scanpy 1.11.5 has recall 0.390 to 0.396 and accuracy 0.786
        to 0.804."""
        cells = anndata.read_h5ad(PBMC)
        data, labels = cells.obsm["X_pca"], cells.obs["bulk_labels"].cat.codes.to_numpy()
        for seed in ("0", "1"):
            self.succeed("umap", PBMC, self.path("out.h5ad"), "--seed", seed)
            points = self.read().obsm["X_umap"]
            self.assertEqual(points.shape, (700, 2))
            found = recall(data, points), accuracy(points, labels)
            self.assertGreater(found[0], 0.390 - 0.01, found)
            self.assertGreater(found[1], 0.786 - 0.02, found)
        uns = self.read().uns["umap"]
        self.assertAlmostEqual(uns["params"]["a"], 0.58303, 4)
        self.assertAlmostEqual(uns["params"]["b"], 1.33417, 4)
        self.assertEqual(uns["epochs"], 500)

    def test_same_map_on_any_number_of_ranks(self):
        for words in ((), ("--dimensions", "3", "--start", "pca"), ("--start", "random", "--min-dist", "0.1"),
                      ("--start-key", "X_pca")):
            maps = []
            for ranks in (1, 2, 3):
                self.succeed("umap", PBMC, self.path("out.h5ad"), "--epochs", "20", *words, ranks=ranks)
                with h5py.File(self.path("out.h5ad")) as file:
                    maps.append(file["obsm/X_umap"][:])
            self.assertTrue((maps[0] == maps[1]).all() and (maps[0] == maps[2]).all(), words)

    def test_a_graph_is_computed_if_there_is_none(self):
        cells = anndata.read_h5ad(PBMC)
        del cells.obsp["connectivities"], cells.obsp["distances"], cells.uns["neighbors"]
        cells.write_h5ad(self.path("in.h5ad"))
        done = self.succeed("umap", self.path("in.h5ad"), self.path("a.h5ad"), "--epochs", "10", ranks=2)
        self.assertIn("searching for 15 neighbors per cell first", done.stderr)
        self.succeed("neighbors", self.path("in.h5ad"), self.path("graph.h5ad"))
        self.succeed("umap", self.path("graph.h5ad"), self.path("b.h5ad"), "--epochs", "10")
        self.assertTrue((self.read("a.h5ad").obsm["X_umap"] == self.read("b.h5ad").obsm["X_umap"]).all())
        self.assertIn("connectivities", self.read("a.h5ad").obsp)
        self.succeed("run", self.path("in.h5ad"), self.path("c.h5ad"), "--neighbors.neighbors", "15", "--umap.epochs",
                     "10", ranks=2)
        self.assertTrue((self.read("c.h5ad").obsm["X_umap"] == self.read("b.h5ad").obsm["X_umap"]).all())

    def test_checkpoints(self):
        words = ("umap", PBMC, self.path("out.h5ad"), "--epochs", "6000")
        kept = ("--checkpoint", self.path("kept"), "--checkpoint-every", "0.01")
        done = replearn(*words, *kept, "--max-hours", "0.0003")
        self.assertEqual(done.code, 75, done.stderr)
        self.assertFalse(os.path.exists(self.path("out.h5ad")))
        done = self.succeed(*words, *kept)
        self.assertIn("resuming from iteration", done.stderr)
        resumed = self.read().obsm["X_umap"]
        self.succeed(*words)
        self.assertTrue((resumed == self.read().obsm["X_umap"]).all())

    def test_what_is_refused(self):
        def refused(part, *words, path=PBMC):
            for ranks in (1, 3):
                done = replearn("umap", path, self.path("no.h5ad"), *words, ranks=ranks)
                self.assertEqual(done.code, 2, done.stderr)
                self.assertEqual(len(done.messages), 1, done.stderr)
                self.assertIn(part, done.messages[0])
                self.assertFalse(os.path.exists(self.path("no.h5ad")))

        refused("--min-dist", "--min-dist", "2")
        refused("--b", "--a", "2")
        refused("obsp/nothing", "--graph-key", "nothing")
        refused("obsm/X_nothing", "--start-key", "X_nothing")
        refused("--learning-rate", "--learning-rate", "1e30")
        cells = anndata.read_h5ad(PBMC)
        cells.obsp["connectivities"] = scipy.sparse.csr_matrix((700, 700), dtype=numpy.float32)
        cells.write_h5ad(self.path("empty.h5ad"))
        refused("no edges", path=self.path("empty.h5ad"))
        cells.obsp["connectivities"] = scipy.sparse.csr_matrix(-numpy.eye(700, dtype=numpy.float32))
        cells.write_h5ad(self.path("negative.h5ad"))
        refused("negative", path=self.path("negative.h5ad"))


if __name__ == "__main__":
    main()
