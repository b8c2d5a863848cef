"""The variational autoencoder as a user meets it: simulated counts of groups and batches, new cells, bad input."""

import os
import unittest

import anndata
import numpy
import scipy.sparse

from command import InFolder, replearn

CELLS, GENES, GROUPS = 300, 120, 3
BRIEF = ["--encoder", "24", "--decoder", "24", "--latent", "4", "--batch", "50", "--learning-rate", "0.005"]
QUICK = BRIEF + ["--epochs", "30", "--kl-warmup", "10"]


def simulate(seed=1, batch_effect=0.0):
    """Poisson counts of three groups of cells in two batches, some of whose genes differ by a factor."""
    random = numpy.random.default_rng(seed)
    group, batch = numpy.arange(CELLS) % GROUPS, random.integers(0, 2, CELLS)
    rates = numpy.exp(numpy.random.default_rng(9).normal(size=(GROUPS, GENES)))[group] * 0.1
    rates *= numpy.where(numpy.arange(GENES) % 2 == 0, numpy.exp(batch_effect * batch)[:, None], 1)
    return random.poisson(rates * random.uniform(0.7, 1.5, (CELLS, 1))).astype(numpy.float32), group, batch


class Files(InFolder):
    def write(self, name, x, batch=None, genes=None):
        data = anndata.AnnData(scipy.sparse.csr_matrix(x), dtype="float32")
        data.obs_names = [f"cell{i}" for i in range(x.shape[0])]
        data.var_names = genes if genes is not None else [f"gene{j}" for j in range(x.shape[1])]
        if batch is not None:
            data.obs["batch"] = [f"b{label}" for label in batch]
            data.obs["batch"] = data.obs["batch"].astype("category")
            data.obs["depth"] = x.sum(axis=1)
        data.write_h5ad(self.path(name))
        return self.path(name)

    def run_on(self, path, *words, ranks=2, out="out.h5ad"):
        self.succeed("vae", "--input", path, "--output", self.path(out), *words, ranks=ranks, timeout=120)
        return anndata.read_h5ad(self.path(out))


def separation(z, labels):
    """Of two labels: distance of their means over the spread around them."""
    means = [z[labels == label].mean(axis=0) for label in (0, 1)]
    spread = numpy.mean([z[labels == label].var(axis=0).sum() for label in (0, 1)])
    return numpy.linalg.norm(means[0] - means[1]) / numpy.sqrt(spread)


class Vae(Files):
    def test_learns_what_there_is(self):
        x, group, batch = simulate()
        path = self.write("in.h5ad", x, batch)
        found = self.run_on(path, *QUICK, "--condition", "batch", "--importance-samples", "30", "--impute", "mean",
                            "--denoise", "clean", "--sample", "400", "--draw-curves")
        z, vae = found.obsm["X_vae"], found.uns["vae"]
        self.assertEqual(z.shape, (CELLS, 4))
        near = ((z[:, None] - z[None]) ** 2).sum(axis=2) + 1e9 * numpy.eye(CELLS)
        self.assertGreater((group[near.argmin(axis=1)] == group).mean(), 0.95)
        curves = vae["curves"]
        for name in ["step", "reconstruction", "divergence", "weight", "held_out_reconstruction"]:
            self.assertEqual(len(curves[name]), 30)
        held_out, bounds = vae["held_out"], vae["held_out"]["importance_bounds"]
        self.assertAlmostEqual(held_out["elbo"], -held_out["reconstruction"] - held_out["divergence"], places=9)
        self.assertAlmostEqual(held_out["reconstruction"], curves["held_out_reconstruction"][-1], places=9)
        self.assertEqual(found.obs["vae_held_out"].sum(), held_out["cells"])
        self.assertEqual(len(bounds), 30)
        self.assertGreater(bounds[-1], bounds[0])
        self.assertGreaterEqual(vae["active_units"], 2)
        # Library sizes: imputed rows have the cell's own sum, denoised ones 10,000.
        numpy.testing.assert_allclose(found.layers["mean"].sum(axis=1), x.sum(axis=1), rtol=1e-4)
        numpy.testing.assert_allclose(found.layers["clean"].sum(axis=1), 1e4, rtol=1e-4)
        of_groups = [[values[group == k].mean(axis=0) for k in range(GROUPS)] for values in (found.layers["mean"], x)]
        self.assertGreater(numpy.corrcoef(numpy.ravel(of_groups[0]), numpy.ravel(of_groups[1]))[0, 1], 0.95)
        drawn = anndata.read_h5ad(self.path("out.samples.h5ad"))
        self.assertEqual(drawn.shape, (400, GENES))
        self.assertEqual(list(drawn.var_names), list(found.var_names))
        self.assertEqual(set(drawn.obs["batch"]), {"b0", "b1"})
        counts = drawn.X.toarray()
        self.assertTrue((counts == counts.round()).all())
        self.assertGreater(numpy.corrcoef(counts.mean(axis=0), x.mean(axis=0))[0, 1], 0.9)
        self.assertAlmostEqual(numpy.log(counts.sum(axis=1)).mean(), numpy.log(x.sum(axis=1)).mean(), delta=0.2)
        self.assertGreater(os.path.getsize(self.path("vae_training.png")), 10000)

    def test_model_in_the_file_is_the_one_that_embedded(self):
        x, _, batch = simulate()
        found = self.run_on(self.write("in.h5ad", x, batch), *BRIEF, "--epochs", "3", "--condition", "batch",
                            "--encode-condition")
        model = found.uns["vae"]["model"]
        self.assertEqual(list(model["condition_labels"]), ["b0", "b1"])
        weights, statistics = model["weights"], model["statistics"]
        inputs, width, latent = GENES + 2, 24, 4
        first, bias, gamma, beta, last, shift = numpy.split(weights[:inputs * width + 3 * width + 2 * latent * (width + 1)],
                                                            numpy.cumsum([inputs * width] + [width] * 3 +
                                                                         [2 * latent * width]))
        seen = numpy.hstack([numpy.log1p(x), batch[:, None] == 0, batch[:, None] == 1])
        h = seen @ first.reshape(inputs, width) + bias
        h = gamma * (h - statistics[:width]) / numpy.sqrt(statistics[width:2 * width] + 1e-3) + beta
        z = numpy.maximum(h, 0) @ last.reshape(2 * latent, width)[:latent].T + shift[:latent]
        numpy.testing.assert_allclose(found.obsm["X_vae"], z, atol=2e-4)

    def test_new_cells_in_a_known_space(self):
        x, _, batch = simulate()
        first = self.run_on(self.write("in.h5ad", x, batch), *QUICK, "--condition", "batch", out="model.h5ad")
        order = numpy.random.default_rng(2).permutation(GENES)  # genes go by name
        new = self.write("new.h5ad", x[40:][:, order], batch[40:], [f"gene{j}" for j in order])
        words = ["--reference", self.path("model.h5ad"), "--impute", "mean", "--sample", "20"]
        placed = self.run_on(new, *words)
        numpy.testing.assert_allclose(placed.obsm["X_vae"], first.obsm["X_vae"][40:], atol=1e-5)
        numpy.testing.assert_allclose(placed.layers["mean"].sum(axis=1), x[40:].sum(axis=1), rtol=1e-4)
        alone = self.run_on(new, *words, ranks=1, out="alone.h5ad")
        numpy.testing.assert_array_equal(alone.obsm["X_vae"], placed.obsm["X_vae"])
        samples = [anndata.read_h5ad(self.path(name)).X.toarray() for name in ["out.samples.h5ad", "alone.samples.h5ad"]]
        numpy.testing.assert_array_equal(*samples)
        self.assertNotIn("model", placed.uns["vae"], "its genes have another order")

    def test_raw_has_genes_of_its_own(self):
        x, _, _ = simulate()
        raw = anndata.AnnData(scipy.sparse.csr_matrix(x), dtype="float32")
        raw.obs_names = [f"cell{i}" for i in range(CELLS)]
        raw.var_names = [f"gene{j}" for j in range(GENES)]

        def write(name, order):
            chosen = raw[:, order[:50]].copy()  # X has 50 of raw's genes
            chosen.raw = raw[:, order].copy()
            chosen.write_h5ad(self.path(name))
            return self.path(name)

        first = self.run_on(write("in.h5ad", numpy.arange(GENES)), *BRIEF, "--epochs", "3", "--matrix", "raw/X",
                            "--sample", "5", out="model.h5ad")
        drawn = anndata.read_h5ad(self.path("model.samples.h5ad"))
        self.assertEqual(list(drawn.var_names), [f"gene{j}" for j in range(GENES)])
        new = write("new.h5ad", numpy.random.default_rng(2).permutation(GENES))
        placed = self.run_on(new, "--reference", self.path("model.h5ad"), "--matrix", "raw/X", "--sample", "5")
        numpy.testing.assert_allclose(placed.obsm["X_vae"], first.obsm["X_vae"], atol=1e-5)
        done = replearn("vae", "--input", new, "--matrix", "raw/X", "--impute", "mean", "--output", self.path("bad.h5ad"))
        self.assertEqual(done.code, 2)
        self.assertIn("has 120 genes, X 50", done.messages[0])

    def test_a_condition_takes_batches_out_of_the_space(self):
        x, _, batch = simulate(batch_effect=1.0)
        path = self.write("in.h5ad", x, batch)
        apart = separation(self.run_on(path, *QUICK).obsm["X_vae"], batch)
        told = separation(self.run_on(path, *QUICK, "--condition", "batch").obsm["X_vae"], batch)
        self.assertGreater(apart, 2 * told)

    def test_other_likelihoods(self):
        x, _, _ = simulate()
        for likelihood, matrix in [("zero-inflated", x), ("poisson", x), ("gaussian", numpy.log1p(x)),
                                   ("bernoulli", (x > 0).astype(numpy.float32))]:
            found = self.run_on(self.write("in.h5ad", matrix), *QUICK, "--likelihood", likelihood)
            curves = found.uns["vae"]["curves"]
            bound = curves["held_out_reconstruction"] + curves["held_out_divergence"]
            self.assertLess(bound[-1], bound[0], likelihood)

    def test_goes_on_from_a_checkpoint_on_other_ranks(self):
        path = self.write("in.h5ad", simulate()[0])
        words = ["vae", "--input", path, *BRIEF, "--epochs", "400", "--output", self.path("out.h5ad"), "--checkpoint",
                 self.path("kept")]
        done = replearn(*words, "--max-hours", "5e-5", ranks=2)
        self.assertEqual(done.code, 75, done.stderr)
        done = replearn(*words, ranks=3)
        self.assertEqual(done.code, 0, done.stderr)
        self.assertIn("checkpoint", done.stderr)
        whole = self.run_on(path, *BRIEF, "--epochs", "400", out="whole.h5ad")
        found = anndata.read_h5ad(self.path("out.h5ad"))
        losses = [data.uns["vae"]["curves"]["reconstruction"] for data in (found, whole)]
        self.assertEqual(len(losses[0]), 400)
        numpy.testing.assert_allclose(losses[0][:10], losses[1][:10], rtol=1e-4)
        numpy.testing.assert_allclose(losses[0], losses[1], rtol=0.03)

    def test_stopped_and_taken_up_on_as_many_ranks_is_the_same_to_the_bit(self):
        path = self.write("in.h5ad", simulate()[0])
        words = ["vae", "--input", path, *BRIEF, "--epochs", "400", "--output", self.path("out.h5ad"), "--checkpoint",
                 self.path("kept")]
        done = replearn(*words, "--max-hours", "2e-5")
        self.assertEqual(done.code, 75, done.stderr)
        self.assertEqual(replearn(*words).code, 0)
        whole = self.run_on(path, *BRIEF, "--epochs", "400", out="whole.h5ad", ranks=1)
        found = anndata.read_h5ad(self.path("out.h5ad"))
        numpy.testing.assert_array_equal(found.obsm["X_vae"], whole.obsm["X_vae"])

    def test_preset(self):
        told = self.succeed("vae", "--preset", "scvi", "--dump-config").stdout
        for line in ["likelihood = zero-inflated", "latent = 10", "encoder = 128", "kl-warmup = 400", "epsilon = 0.01",
                     "weight-decay = 1e-06", "dropout = 0.1", "batch = 128", "holdout = 0.1", "epochs = auto"]:
            self.assertIn(f"\n{line}\n", told)


class BadInput(Files):
    def refuse(self, words, *parts, ranks=(3,)):
        for n in ranks:
            done = replearn("vae", *words, "--output", self.path("out.h5ad"), ranks=n)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            for part in parts:
                self.assertIn(part, done.messages[0])
            self.assertFalse(os.path.exists(self.path("out.h5ad")))
            self.assertFalse(os.path.exists(self.path("out.samples.h5ad")))

    def test_data(self):
        x, _, batch = simulate()
        bad = x.copy()
        bad[170, 5] = -2
        self.refuse(["--input", self.write("bad.h5ad", bad)], "bad.h5ad", "row 170, column 5", "-2 is not a count",
                    "--matrix", ranks=(1, 4))
        bad[170, 5] = 0.5
        self.refuse(["--input", self.write("bad.h5ad", bad), "--sample", "5"], "0.5 is not a count")
        bad[170, 5] = numpy.nan
        self.refuse(["--input", self.write("bad.h5ad", bad)], "bad.h5ad")
        bad = x.copy()
        bad[171] = 0
        self.refuse(["--input", self.write("bad.h5ad", bad)], "row 171", "library size is 0", "--min-genes 1",
                    ranks=(1, 3))
        self.refuse(["--input", self.write("x.h5ad", x), "--likelihood", "bernoulli"], "not between 0 and 1")
        self.refuse(["--input", self.write("few.h5ad", x[:3]), "--holdout", "0.9"], "--batch", "training cells")

    def test_conditions(self):
        x, _, batch = simulate()
        path = self.write("x.h5ad", x, batch)
        self.refuse(["--input", path, "--condition", "bach"], "obs/bach", "no such column", "'batch'")
        self.refuse(["--input", path, "--condition", "depth"], "obs/depth", "not categorical")
        data = anndata.read_h5ad(path)
        data.obs.loc["cell7", "batch"] = numpy.nan
        data.write_h5ad(self.path("missing.h5ad"))
        self.refuse(["--input", self.path("missing.h5ad"), "--condition", "batch"], "cell7 has no label",
                    ranks=(1, 3))
        self.run_on(path, *BRIEF, "--epochs", "1", "--condition", "batch", out="model.h5ad")
        new = self.write("new.h5ad", x, batch + 1)
        self.refuse(["--input", new, "--reference", self.path("model.h5ad")], "obs/batch", "'b2'", "unknown to the model")

    def test_model_files(self):
        x, _, _ = simulate()
        path = self.write("x.h5ad", x)
        self.refuse(["--input", path, "--reference", path], "uns/vae/model", "run replearn vae")
        self.run_on(path, *BRIEF, "--epochs", "1", out="model.h5ad")
        words = ["--reference", self.path("model.h5ad")]
        other = self.write("other.h5ad", x, genes=[f"other{j}" for j in range(GENES)])
        self.refuse(["--input", other, *words], "shares no genes")
        self.refuse(["--input", self.write("fewer.h5ad", x[:, :100]), *words], "20 of the model's 120 genes", "gene100")
        more = self.write("more.h5ad", numpy.hstack([x, x[:, :5]]), genes=[f"gene{j}" for j in range(GENES + 5)])
        self.run_on(more, *words, out="more.out.h5ad")
        self.refuse(["--input", more, *words, "--impute", "mean"], "genes unknown to the model")
        twice = self.write("twice.h5ad", x, genes=[f"gene{min(j, GENES - 2)}" for j in range(GENES)])
        self.refuse(["--input", twice, *words], "twice.h5ad", "'gene118' occurs twice")
        model = anndata.read_h5ad(self.path("model.h5ad"))
        model.uns["vae"]["model"]["weights"] = model.uns["vae"]["model"]["weights"][:-5]
        model.write_h5ad(self.path("broken.h5ad"))
        self.refuse(["--input", path, "--reference", self.path("broken.h5ad")], "broken.h5ad", "weights")
        model.uns["vae"]["model"]["decoder"] = numpy.array([2**40])
        model.write_h5ad(self.path("broken.h5ad"))
        self.refuse(["--input", path, "--reference", self.path("broken.h5ad")], "broken.h5ad", "weights")

    def test_options(self):
        path = self.write("x.h5ad", simulate()[0])
        self.refuse(["--input", path, "--encoder", "32,0"], "--encoder")
        self.refuse(["--input", path, "--importance-samples", "3", "--holdout", "0"], "--importance-samples")
        self.refuse(["--input", path, "--patience", "3", "--holdout", "0"], "--patience", "held-out")
        self.refuse(["--input", path, "--patience", "3", "--preset", "scvi"], "--patience", "warm-up takes 400 epochs")
        self.refuse(["--input", path, "--sample", "3", "--sample-output", path], "--sample-output", "is read by --input")
        self.refuse(["--input", path, "--denoise", "clean", "--library", "none"], "--denoise", "--impute")
        self.refuse(["--input", path, "--impute", "a/b"], "--impute")

    def test_loss_that_explodes(self):
        path = self.write("x.h5ad", simulate()[0])
        self.refuse(["--input", path, "--library", "none", "--no-batch-norm", "--optimizer", "sgd", "--learning-rate",
                     "1e5"], "no longer finite", "--clip")


if __name__ == "__main__":
    unittest.main()
