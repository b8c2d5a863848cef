"""replearn leiden: clusters beside those of leidenalg, connected, the same on any number of ranks; what is refused."""

import os

import anndata
import numpy
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from command import PBMC, InFolder, main, replearn

LEIDENALG = ((0.5, 0.88262), (1, 0.81243), (2, 0.70631))  # resolution, modularity


def modularity(graph, labels, resolution=1):
    """Newman 2004, eq. 5, with the resolution of Reichardt and Bornholdt 2006."""
    strengths, total = numpy.asarray(graph.sum(1)).ravel().astype(float), graph.sum(dtype=float)
    edges = graph.tocoo()
    inside = edges.data[labels[edges.row] == labels[edges.col]].sum(dtype=float)
    return inside / total - resolution * (numpy.bincount(labels, strengths) ** 2).sum() / total**2


def planted(cells, groups, seed=0):
    """A graph with 6 edges per cell to its own group, 2 to any cell, and the groups."""
    random = numpy.random.default_rng(seed)
    labels = numpy.sort(random.integers(0, groups, cells))
    begin, end = numpy.searchsorted(labels, [labels, labels + 1])
    start = numpy.repeat(numpy.arange(cells), 8)
    own = begin[:, None] + (random.random((cells, 6)) * (end - begin)[:, None]).astype(int)
    stop = numpy.concatenate([own, random.integers(0, cells, (cells, 2))], axis=1).ravel()
    weights = random.uniform(0.2, 1, len(start)).astype(numpy.float32)
    graph = scipy.sparse.csr_matrix((weights, (start, stop)), (cells, cells))
    graph = graph.maximum(graph.T)
    graph = (graph - scipy.sparse.diags(graph.diagonal())).tocsr()
    graph.eliminate_zeros()
    return graph, labels


class Leiden(InFolder):
    def write(self, graph, name="in.h5ad"):
        cells = anndata.AnnData(numpy.zeros((graph.shape[0], 1), numpy.float32))
        cells.obsp["connectivities"] = graph
        cells.write_h5ad(self.path(name))

    def clusters(self, column="leiden"):
        return anndata.read_h5ad(self.path("out.h5ad")).obs[column]

    def assert_connected(self, graph, labels):
        for cluster in range(labels.max() + 1):
            inside = labels == cluster
            self.assertEqual(connected_components(graph[inside][:, inside])[0], 1)

    def test_modularity_beside_leidenalg(self):
        """The best of seeds 0 to 4 of leidenalg 0.12.0, find_partition(graph, RBConfigurationVertexPartition,
        weights=..., resolution_parameter=r, n_iterations=-1, seed=...), on the graph in the file."""
        graph = anndata.read_h5ad(PBMC).obsp["connectivities"].tocsr()
        for resolution, best in LEIDENALG:
            for seed in ("0", "1"):
                self.succeed("leiden", PBMC, self.path("out.h5ad"), "--resolution", str(resolution), "--seed", seed)
                found = self.clusters()
                labels = found.cat.codes.to_numpy().astype(int)
                self.assertEqual(list(found.cat.categories), [str(c) for c in range(labels.max() + 1)])
                sizes = numpy.bincount(labels)
                self.assertTrue((numpy.diff(sizes) <= 0).all(), sizes)
                quality = modularity(graph, labels, resolution)
                self.assertGreater(quality, best - 0.003 * abs(best))
                uns = anndata.read_h5ad(self.path("out.h5ad")).uns["leiden"]
                self.assertAlmostEqual(uns["modularity"], quality, 6)
                self.assert_connected(graph, labels)
        self.assertEqual(uns["params"]["resolution"], resolution)
        self.assertEqual(uns["params"]["random_state"], 1)

    def test_planted_groups_on_any_number_of_ranks(self):
        """More than 20,000 cells: nodes move in parts. The planted groups are the best partition of such a graph."""
        graph, groups = planted(24000, 40)
        self.write(graph)
        runs = []
        for ranks in (1, 2, 3):
            self.succeed("leiden", self.path("in.h5ad"), self.path("out.h5ad"), "--n-iterations", "2", ranks=ranks)
            runs.append(self.clusters().cat.codes.to_numpy().astype(int))
        self.assertTrue((runs[0] == runs[1]).all() and (runs[0] == runs[2]).all())
        self.assertGreater(modularity(graph, runs[0]), modularity(graph, groups) - 1e-4)
        self.assertEqual(runs[0].max() + 1, 40)
        table = numpy.zeros((40, 40), int)
        numpy.add.at(table, (runs[0], groups), 1)
        self.assertGreater(table.max(1).sum() / 24000, 0.99)
        self.assert_connected(graph, runs[0])

    def test_several_resolutions_and_cpm(self):
        words = ("leiden", PBMC, self.path("out.h5ad"), "--quality", "cpm", "--key-added", "groups")
        self.succeed(*words, "--resolution", "0.002,0.05", ranks=2)
        several = [list(self.clusters(f"groups_{resolution}")) for resolution in ("0.002", "0.05")]
        self.assertLess(len(set(several[0])), len(set(several[1])))
        self.succeed(*words, "--resolution", "0.05")
        self.assertEqual(several[1], list(self.clusters("groups")))
        out = anndata.read_h5ad(self.path("out.h5ad"))
        graph, labels = out.obsp["connectivities"].tocoo(), out.obs["groups"].cat.codes.to_numpy().astype(int)
        inside = graph.data[labels[graph.row] == labels[graph.col]].sum(dtype=float) / 2
        sizes = numpy.bincount(labels)
        self.assertAlmostEqual(out.uns["groups"]["cpm"], inside - 0.05 * (sizes * (sizes - 1) / 2).sum(), 2)

    def test_cliques(self):
        """A ring of cliques with weak links: each clique is a community."""
        graph = scipy.sparse.block_diag([numpy.ones((6, 6)) - numpy.eye(6)] * 8, "lil", numpy.float32)
        for i in range(8):
            graph[6 * i, (6 * i + 9) % 48] = graph[(6 * i + 9) % 48, 6 * i] = 0.1
        self.write(graph.tocsr())
        self.succeed("leiden", self.path("in.h5ad"), self.path("out.h5ad"), "--n-iterations", "2")
        labels = self.clusters().cat.codes.to_numpy()
        self.assertTrue((labels.reshape(8, 6) == labels[::6, None]).all())
        self.assertEqual(labels.max(), 7)

    def test_what_is_refused(self):
        def refused(part, *words, path=PBMC):
            for ranks in (1, 3):
                done = replearn("leiden", path, self.path("no.h5ad"), *words, ranks=ranks)
                self.assertEqual(done.code, 2, done.stderr)
                self.assertEqual(len(done.messages), 1, done.stderr)
                self.assertIn(part, done.messages[0])
                self.assertFalse(os.path.exists(self.path("no.h5ad")))

        refused("twice", "--resolution", "1,1.0")
        refused("--key-added", "--key-added", "a/b")
        refused("obsp/nothing", "--graph-key", "nothing")
        graph = anndata.read_h5ad(PBMC).obsp["connectivities"]
        for part, values in (("no edges", graph * 0), ("negative", -graph), ("symmetric", scipy.sparse.triu(graph))):
            self.write(values.tocsr(), "bad.h5ad")
            refused(part, path=self.path("bad.h5ad"))


if __name__ == "__main__":
    main()
