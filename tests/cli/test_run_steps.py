"""`run` with any of its steps: the same as the verbs one after the other, or refused."""

import os
import unittest

import h5py
import numpy

from command import PBMC, InFolder

TRAINING = ["--epochs", "3"]


class RunSteps(InFolder):
    def results(self, name, keys):
        with h5py.File(self.path(name)) as file:
            return {key: file[key][()] for key in keys}

    def same(self, one, other, keys):
        ours, theirs = self.results(one, keys), self.results(other, keys)
        for key in keys:
            numpy.testing.assert_array_equal(ours[key], theirs[key], key)

    def counts(self):
        """200 cells of two kinds with counts of 30 genes."""
        import anndata

        random = numpy.random.default_rng(0)
        kind = numpy.arange(200) % 2
        mean = numpy.where((kind[:, None] == 0) == (numpy.arange(30)[None, :] < 15), 6, 2)
        x = random.poisson(mean).astype("float32")
        data = anndata.AnnData(x)
        data.obs["kind"] = numpy.array(["a", "b"])[kind]
        data.write_h5ad(self.path("counts.h5ad"))
        return self.path("counts.h5ad")

    def test_a_layer_of_the_input_has_the_cells_and_genes_that_are_kept(self):
        import anndata

        data = anndata.read_h5ad(self.counts())
        data.X[:, 5] = 0  # a gene and a cell that are dropped
        data.X[9] = 0
        data.layers["other"] = data.X * numpy.arange(1, 31, dtype="float32")
        data.write_h5ad(self.path("layer.h5ad"))
        filters = ["--min-genes", "1", "--min-cells", "1", "--top-genes", "12"]
        components = ["--matrix", "layers/other", "--components", "4"]
        self.succeed("preprocess", self.path("layer.h5ad"), self.path("pre.h5ad"), *filters)
        self.succeed("pca", self.path("pre.h5ad"), self.path("single.h5ad"), *components)
        steps = [word.replace("--", "--preprocess.") for word in filters] + [
            word.replace("--", "--pca.") for word in components]
        for ranks in (1, 3):
            self.succeed("run", self.path("layer.h5ad"), self.path("run.h5ad"), *steps, ranks=ranks)
            self.same("run.h5ad", "single.h5ad", ["obsm/X_pca", "varm/PCs"])
            self.assertEqual(len(self.results("run.h5ad", ["varm/PCs"])["varm/PCs"]), 29)

    def test_a_latent_space_and_its_map_are_those_of_the_single_verbs(self):
        counts = self.counts()
        with open(self.path("job.cfg"), "w") as file:
            file.write("[preprocess]\ncounts-layer = counts\n[ppca]\ncomponents = 3\n[factorize]\nepochs = 3\n"
                       "[vae]\nmatrix = layers/counts\nepochs = 3\nlatent = 4\n"
                       "[neighbors]\nuse-rep = X_vae\n[tsne]\nuse-rep = X_vae\niterations = 50\n"
                       "[plot]\ncolor = kind\n")
        done = self.succeed("run", "--config", self.path("job.cfg"), counts, self.path("run.h5ad"), ranks=2)
        self.assertIn("neighbors: searching for 90 per cell, as many as a later step needs", done.stderr)
        self.assertNotIn("t-SNE: searching", done.stderr)
        verbs = [["preprocess", "--counts-layer", "counts"], ["ppca", "--components", "3"], ["factorize", *TRAINING],
                 ["vae", "--matrix", "layers/counts", "--latent", "4", *TRAINING], ["neighbors", "--use-rep", "X_vae"],
                 ["tsne", "--use-rep", "X_vae", "--iterations", "50"]]
        before = counts
        for k, words in enumerate(verbs):
            self.succeed(*words, before, self.path(f"{k}.h5ad"), ranks=2)
            before = self.path(f"{k}.h5ad")
        self.same("run.h5ad", os.path.basename(before),
                  ["X", "layers/counts", "obsm/X_ppca", "obsm/X_factorize", "obsm/X_vae", "obsm/X_tsne",
                   "obsp/distances/data", "varm/ppca", "obs/vae_held_out"])
        with h5py.File(self.path("run.h5ad")) as file:
            options = file["uns/replearn/run/options"]
            self.assertEqual(sorted(options), sorted(["files", "preprocess", "ppca", "factorize", "vae", "neighbors",
                                                      "tsne", "plot"]))
            self.assertEqual(options["vae/latent"][()], 4)
        for basis in ("vae", "tsne", "factorize", "ppca"):  # a run draws what it computed
            self.assertTrue(os.path.exists(self.path(f"{basis}_kind.png")), basis)

    def test_a_run_that_only_draws_writes_its_output_too(self):
        self.succeed("run", PBMC, self.path("drawn.h5ad"), "--plot.color", "bulk_labels", "--plot.basis", "X_pca")
        self.same("drawn.h5ad", PBMC, ["X", "obsm/X_pca"])
        self.assertTrue(os.path.exists(self.path("pca_bulk_labels.png")))

    def test_steps_that_cannot_go_together_are_refused(self):
        counts = self.counts()
        done = self.refuse_run(counts, "--ppca.missing", "nan", "--pca.components", "3")
        self.assertIn("--ppca.missing: missing values are not supported by pca", done.stderr)

    def refuse_run(self, *words):
        from command import replearn

        done = replearn("run", words[0], self.path("none.h5ad"), *words[1:], ranks=2)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertFalse(os.path.exists(self.path("none.h5ad")))
        return done

    def test_bad_settings_of_a_late_step_are_found_before_the_first(self):
        counts = self.counts()
        for words, place in [(["--vae.latent", "3", "--vae.denoise", "a/b"], "--denoise"),
                             (["--pca.components", "3", "--plot.color", "kinds"], "'kinds'"),
                             (["--pca.components", "3", "--tsne.pull", "kind=c:1"], "obs/kind")]:
            with self.subTest(words=words):
                done = self.refuse_run(counts, *words)
                self.assertIn(place, done.stderr)
                self.assertNotIn("pca:", done.stderr)

    def test_every_section_of_the_table_is_a_step_or_refused(self):
        counts = self.counts()
        for section in ["pdist", "convert", "sweep", "word2vec", "vectors", "evaluate", "docs", "phrases"]:
            with open(self.path("other.cfg"), "w") as file:
                file.write(f"[pca]\n[{section}]\n")
            done = self.refuse_run(counts, "--config", self.path("other.cfg"))
            self.assertIn(f"[{section}]: run has no such step", done.stderr)


if __name__ == "__main__":
    unittest.main()
