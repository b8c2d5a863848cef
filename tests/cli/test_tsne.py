"""t-SNE's options from outside: affinities, starts, presets, frames, and what is refused."""

import unittest

import anndata
import numpy
import scipy.sparse

from command import PBMC, InFolder, replearn

SHORT = ["--early-exaggeration-iterations", 20, "--iterations", 10]


class Tsne(InFolder):
    def run_tsne(self, *words, source=PBMC, ranks=2):
        output = self.path("out.h5ad")
        self.succeed("tsne", source, output, *words, ranks=ranks)
        return anndata.read_h5ad(output)

    def refused(self, *words, source=PBMC, ranks=2):
        done = replearn("tsne", source, self.path("out.h5ad"), *words, ranks=ranks)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        return done.messages[0]

    def with_affinities(self, matrix):
        data = anndata.read_h5ad(PBMC)
        data.obsp["mine"] = scipy.sparse.csr_matrix(matrix)
        data.write_h5ad(self.path("in.h5ad"))
        return self.path("in.h5ad")

    def test_frames_are_an_array_that_anndata_reads(self):
        data = self.run_tsne(*SHORT, "--frames-every", 15, ranks=3)
        self.assertEqual(data.uns["tsne"]["frames"].shape, (3, 700, 2))
        self.assertEqual(data.uns["tsne"]["frames"].dtype, numpy.float32)
        self.assertEqual(data.uns["tsne"]["frame_iterations"].tolist(), [0, 15, 30])
        numpy.testing.assert_array_equal(data.uns["tsne"]["frames"][2], data.obsm["X_tsne"])
        self.assertEqual(data.uns["tsne"]["iterations"], 30)

    def test_connectivities_serve_as_affinities(self):
        data = self.run_tsne("--affinities-key", "connectivities", "--start", "spectral", "--iterations", 100)
        again = self.run_tsne("--affinities-key", "obsp/connectivities", "--start", "spectral", "--iterations", 100,
                              ranks=1)
        numpy.testing.assert_array_equal(data.obsm["X_tsne"], again.obsm["X_tsne"])
        # Neighbors in the graph are neighbors in the map.
        graph, points = data.obsp["connectivities"].tocoo(), data.obsm["X_tsne"].astype(float)
        near = numpy.linalg.norm(points[graph.row] - points[graph.col], axis=1)
        every = numpy.linalg.norm(points[:, None] - points[None], axis=2)
        self.assertLess(numpy.median(near), 0.15 * numpy.median(every))

    def test_another_map_is_a_start(self):
        umap = anndata.read_h5ad(PBMC).obsm["X_umap"]
        kept = self.run_tsne("--start-key", "X_umap", "--start-scale", "keep", "--early-exaggeration-iterations", 0,
                             "--iterations", 0).obsm["X_tsne"]
        numpy.testing.assert_allclose(kept, umap - umap.mean(axis=0), atol=1e-4)
        small = self.run_tsne("--start-key", "X_umap", "--early-exaggeration-iterations", 0, "--iterations", 0)
        self.assertAlmostEqual(small.obsm["X_tsne"][:, 0].std() / 1e-4, 1, places=3)

    def test_affinities_are_the_same_on_any_number_of_ranks(self):
        for words in (["--perplexity", "5,40"], ["--affinities", "uniform", "--affinity-neighbors", 15],
                      ["--affinities", "gaussian", "--sigma", 4, "--dof", 0.7]):
            maps = [self.run_tsne(*words, *SHORT, ranks=ranks).obsm["X_tsne"] for ranks in (1, 3)]
            numpy.testing.assert_array_equal(*maps)

    def test_presets_give_way_to_options(self):
        def told(*words):
            lines = self.succeed("tsne", *words, "--dump-config").stdout.splitlines()
            return dict(line.split(" = ") for line in lines if " = " in line and not line.startswith("#"))

        before = told("--momentum", 0.7, "--preset", "bhtsne")
        self.assertEqual((before["momentum"], before["learning-rate"], before["start"]), ("0.7", "200", "random"))
        with open(self.path("my.cfg"), "w") as file:
            file.write("[tsne]\nmomentum = 0.6\npreset = scikit-learn\nperplexity = 40\n")
        config = told("--config", self.path("my.cfg"))
        self.assertEqual((config["momentum"], config["iterations"], config["perplexity"]), ("0.6", "750", "40"))
        over = told("--config", self.path("my.cfg"), "--preset", "fitsne")
        self.assertEqual((over["momentum"], over["iterations"], over["perplexity"]), ("0.8", "500", "40"))

    def test_what_is_no_affinity_is_refused(self):
        ring = scipy.sparse.lil_matrix((700, 700))
        for i in range(700):
            ring[i, (i + 1) % 700] = ring[(i + 1) % 700, i] = 1
        lopsided, negative = ring.copy(), ring.copy()
        lopsided[600, 3] = 2
        negative[3, 600] = negative[600, 3] = -1
        self.assertIn("obsp/mine, row 3: is not symmetric",
                      self.refused("--affinities-key", "mine", source=self.with_affinities(lopsided)))
        self.assertIn("obsp/mine, row 3: holds -1 in column 600",
                      self.refused("--affinities-key", "mine", source=self.with_affinities(negative)))
        self.assertIn("obsp/nothing", self.refused("--affinities-key", "nothing"))

    def test_options_that_cannot_be_met_are_refused(self):
        self.assertIn("--perplexity: is 300", self.refused("--perplexity", "30,300"))
        self.assertIn("--sigma", self.refused("--affinities", "gaussian"))
        self.assertIn("obsm/X_none", self.refused("--start-key", "X_none"))
        self.assertIn("--dimensions: is 3", self.refused("--start-key", "X_umap", "--dimensions", 3))


if __name__ == "__main__":
    unittest.main()
