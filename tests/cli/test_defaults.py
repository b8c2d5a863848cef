"""Defaults are not demands: what the data cannot meet is lowered with a line in the log, what the user gave is refused
with the largest that works; and defaults learn."""

import os

import anndata
import h5py
import numpy

from command import InFolder, main, replearn


class Cells(InFolder):
    def write(self, cells, genes=30, name=None):
        path = self.path(name or f"{cells}x{genes}.h5ad")
        random = numpy.random.default_rng(cells * 1000 + genes)
        data = anndata.AnnData(random.normal(size=(cells, genes)).astype(numpy.float32))
        data.obs_names = [f"cell{i}" for i in range(cells)]
        data.var_names = [f"gene{i}" for i in range(genes)]
        data.write_h5ad(path)
        return path

    def counts(self, cells, genes, name="counts.h5ad"):
        random = numpy.random.default_rng(7)
        kind = numpy.arange(cells) % 2
        rates = random.gamma(1.0, 2.0, size=(2, genes))
        data = anndata.AnnData(random.poisson(rates[kind] + 0.2).astype(numpy.float32))
        data.obs_names = [f"cell{i}" for i in range(cells)]
        data.var_names = [f"gene{i}" for i in range(genes)]
        data.write_h5ad(self.path(name))
        return self.path(name)

    def refused(self, words, *parts, ranks=(1, 3)):
        for n in ranks:
            done = replearn(*words, "--output", self.path(f"no{n}.h5ad"), ranks=n)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            for part in parts:
                self.assertIn(part, done.messages[0])
            self.assertFalse(os.path.exists(self.path(f"no{n}.h5ad")))

    def same_on_ranks(self, words, key, ranks=(1, 3)):
        """obsm/KEY, the same to the bit on each number of ranks, more than there are rows among them."""
        found = []
        for n in ranks:
            done = self.succeed(*words, "--output", self.path(f"out{n}.h5ad"), ranks=n)
            with h5py.File(self.path(f"out{n}.h5ad")) as file:
                found.append(file[key][()])
        for other in found[1:]:
            numpy.testing.assert_array_equal(other, found[0])
        return done, found[0]


class Lowered(Cells):
    def test_pca(self):
        done, scores = self.same_on_ranks(["pca", self.write(10)], "obsm/X_pca")
        self.assertEqual(scores.shape, (10, 9))
        self.assertIn("pca: 9 components instead of the default of 50", done.stderr)
        done, scores = self.same_on_ranks(["pca", self.write(2)], "obsm/X_pca", ranks=(1, 4))
        self.assertEqual(scores.shape, (2, 1))
        done, scores = self.same_on_ranks(["pca", self.write(12, 1)], "obsm/X_pca", ranks=(2,))
        self.assertEqual(scores.shape, (12, 1))
        self.refused(["pca", self.write(10), "--components", "50"], "--components", "at most 9")
        self.refused(["pca", self.write(1)], "too few rows", ranks=(1, 4))

    def test_neighbors(self):
        done, _ = self.same_on_ranks(["neighbors", self.write(10)], "obsp/distances/data")
        self.assertIn("--neighbors 9 instead of the default of 15: 10 cells", done.stderr)
        with h5py.File(self.path("out3.h5ad")) as file:
            self.assertEqual(file["uns/neighbors/params/n_neighbors"][()], 10)
        self.same_on_ranks(["neighbors", self.write(2)], "obsp/distances/data", ranks=(1, 4))
        self.same_on_ranks(["neighbors", self.write(9), "--method", "approximate"], "obsp/distances/data")
        self.refused(["neighbors", self.write(10), "--neighbors", "15"], "--neighbors", "at most 9")
        self.refused(["neighbors", self.write(1)], "fewer than 2 rows", ranks=(1, 4))

    def test_tsne(self):
        done, places = self.same_on_ranks(["tsne", self.write(10), "--iterations", "20"], "obsm/X_tsne")
        self.assertEqual(places.shape, (10, 2))
        self.assertIn("--perplexity 3 instead of the default of 30: 10 cells", done.stderr)
        self.same_on_ranks(["tsne", self.write(4), "--iterations", "5"], "obsm/X_tsne", ranks=(1, 4))
        self.refused(["tsne", self.write(10), "--perplexity", "30"], "--perplexity", "at most 3")
        self.refused(["tsne", self.write(3)], "too few for t-SNE", "at least 4", ranks=(1, 4))

    def test_new_cells_among_few(self):
        self.succeed("tsne", self.write(12), self.path("map.h5ad"), "--iterations", "20", "--use-rep", "X")
        told = self.succeed("tsne", self.write(5), self.path("new.h5ad"), "--reference", self.path("map.h5ad"),
                            "--use-rep", "X", ranks=2).stderr
        self.assertIn("--place-perplexity 4 instead of the default of 5: 12 cells in the reference", told)

    def test_ppca(self):
        done, scores = self.same_on_ranks(["ppca", self.write(8, 6), "--iterations", "5"], "obsm/X_ppca", ranks=(3,))
        self.assertEqual(scores.shape, (8, 5))
        self.assertIn("--components 5 instead of the default of 10", done.stderr)
        self.refused(["ppca", self.write(8, 6), "--components", "10"], "--components", "at most 5")
        self.refused(["ppca", self.write(1, 6)], "at least 2 of each", ranks=(1, 3))

    def test_run(self):
        for cells, ranks in ((35, 2), (5, 3)):
            path = self.path(f"run{cells}.h5ad")
            self.succeed("run", self.write(cells, 60), path, "--pca.method", "exact", "--neighbors.method", "exact",
                         "--sammon.iterations", "20", "--tsne.iterations", "20", ranks=ranks)
            with h5py.File(path) as file:
                for key in ("obsm/X_pca", "obsp/distances", "obsm/X_sammon", "obsm/X_tsne"):
                    self.assertIn(key, file)
        for cells in (1, 2, 3):
            for ranks in (1, 4):
                done = replearn("run", self.write(cells), self.path("none.h5ad"), ranks=ranks)
                self.assertEqual(done.code, 2, done.stderr)
                self.assertEqual(len(done.messages), 1, done.stderr)

    def test_preprocess(self):
        for cells in (1, 2):
            path = self.counts(cells, 40, f"counts{cells}.h5ad")
            self.same_on_ranks(["preprocess", path], "obs/total_counts", ranks=(1, 3))

    def test_a_dumped_config_demands_nothing(self):
        with open(self.path("dumped.cfg"), "w") as file:
            file.write(self.succeed("neighbors", "--dump-config").stdout)
        self.succeed("neighbors", self.write(10), self.path("out.h5ad"), "--config", self.path("dumped.cfg"))
        with open(self.path("mine.cfg"), "w") as file:
            file.write("[neighbors]\nneighbors = 15\n")
        self.refused(["neighbors", self.write(10), "--config", self.path("mine.cfg")], "--neighbors", "at most 9")


class Learn(Cells):
    def test_the_record_holds_the_values_used(self):
        path = self.write(40)

        def options(verb, *words):
            self.succeed(verb, "--input", path, "--output", self.path("out.h5ad"), *words, ranks=2)
            with h5py.File(self.path("out.h5ad")) as out:
                return {name: value[()] for name, value in out[f"uns/replearn/{verb}/options/{verb}"].items()}

        used = options("pca")
        self.assertEqual((used["components"], used["method"], used["genes"]), (30, b"exact", b"all"))
        used = options("tsne", "--iterations", "5", "--use-rep", "X")
        self.assertAlmostEqual(used["perplexity"], 13)
        used = options("neighbors", "--neighbors", "5")
        self.assertEqual((used["neighbors"], used["method"], used["use-rep"]), (5, b"exact", b"X"))
        self.assertEqual(options("ppca", "--iterations", "3")["components"], 10)
        used = options("factorize", "--epochs", "7")
        self.assertEqual(used["epochs"], 7)
        used = options("vae", "--batch", "20", "--likelihood", "gaussian", "--epochs", "0", "--preset", "scvi", "--holdout",
                       "0")
        self.assertEqual(used["epochs"], 400)
        zero, auto = (options("vae", "--batch", "20", "--likelihood", "gaussian", "--epochs", word) for word in ("0", "auto"))
        self.assertEqual((zero["epochs"], zero["patience"]), (auto["epochs"], auto["patience"]))
        self.assertEqual(options("bigan", "--epochs", "4", "--batch", "10")["steps"], 16)

    def test_bigan_that_learned_nothing_is_warned_of_and_two_clusters_are_learned(self):
        random = numpy.random.default_rng(0)
        x = random.normal(size=(120, 10)) + 6 * (numpy.arange(120) % 2)[:, None]
        anndata.AnnData(x.astype(numpy.float32)).write_h5ad(self.path("two.h5ad"))
        words = ["bigan", "--input", self.path("two.h5ad"), "--output", self.path("out.h5ad"), "--latent", "2"]
        self.assertIn("warning", self.succeed(*words, "--steps", "5").stderr)
        log = self.succeed(*words).stderr
        self.assertIn("bigan: 10000 steps, 1 per epoch", log)
        self.assertNotIn("warning", log)

    def test_factorize_learns_a_smooth_function(self):
        """A smooth function of two spaces, 600 x 400: what the method is for."""
        random = numpy.random.default_rng(3)
        samples, genes = random.uniform(-1, 1, (600, 2)), random.uniform(-1, 1, (400, 2))
        x = (numpy.sin(2 * samples[:, :1] + 3 * genes[:, 0]) + numpy.cos(2 * samples[:, 1:] - 2 * genes[:, 1])
             + samples[:, :1] * genes[:, 1])
        data = anndata.AnnData(x.astype(numpy.float32))
        data.write_h5ad(self.path("smooth.h5ad"))
        told = self.succeed("factorize", self.path("smooth.h5ad"), self.path("fe.h5ad"), ranks=2, timeout=240).stderr
        with h5py.File(self.path("fe.h5ad")) as file:
            self.assertGreater(file["uns/factorize/held_out_r2"][()], 0.9, told)

    def test_auto_is_what_the_default_is(self):
        """Asked for by name, or in a config file that an earlier version dumped, which has 0 in its place."""
        cells = self.counts(30, 40)
        told = self.succeed("factorize", "--dump-config").stdout
        self.assertIn("\nsteps = auto\n", told)
        with open(self.path("earlier.cfg"), "w") as file:
            file.write(told.replace("\nsteps = auto\n", "\nsteps = 0\n"))
        rest = ["--hidden", "4", "--max-hours", "1e-9", "--checkpoint"]
        for words in ([], ["--steps", "auto"], ["--config", self.path("earlier.cfg")]):
            log = replearn("factorize", "--input", cells, "--output", self.path("out.h5ad"), *words, *rest,
                           self.path(f"kept{len(words)}{words[:1]}")).stderr
            self.assertIn("is small; using blocks of", log, words)
        log = replearn("factorize", "--input", cells, "--output", self.path("out.h5ad"), "--steps", "5", "--hidden", "4").stderr
        self.assertNotIn("is small", log)

    def test_vae_learns_two_kinds_of_few_cells(self):
        told = self.succeed("vae", self.counts(60, 80), self.path("vae.h5ad"), timeout=240).stderr
        with h5py.File(self.path("vae.h5ad")) as file:
            codes = file["obsm/X_vae"][()].astype(float)
            self.assertGreater(file["uns/vae/active_units"][()], 0, told)
        kind = numpy.arange(60) % 2
        apart = codes[kind == 0].mean(axis=0) - codes[kind == 1].mean(axis=0)
        along = codes @ apart
        right = ((along > (along[kind == 0].mean() + along[kind == 1].mean()) / 2) == (kind == 0)).mean()
        self.assertGreater(right, 0.95, told)

    def test_what_learned_nothing_is_warned_of(self):
        random = numpy.random.default_rng(5)
        noise = anndata.AnnData(random.normal(size=(60, 40)).astype(numpy.float32))
        noise.write_h5ad(self.path("noise.h5ad"))
        told = self.succeed("factorize", self.path("noise.h5ad"), self.path("fe.h5ad"), "--hidden", "16").stderr
        self.assertIn("warning", told)
        told = self.succeed("vae", self.path("noise.h5ad"), self.path("vae.h5ad"), "--likelihood", "gaussian", "--epochs",
                            "3").stderr
        self.assertIn("warning", told)


if __name__ == "__main__":
    main()
