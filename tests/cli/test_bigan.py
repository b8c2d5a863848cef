"""ALI / BiGAN as a user meets it: a grid of Gaussians, new rows, checkpoints, pictures, bad input."""

import os
import unittest

import anndata
import numpy
import scipy.sparse

from command import PBMC, InFolder, replearn

SMALL = ["--hidden", "24,16", "--discriminator-hidden", "24", "--latent", "3", "--batch", "48"]


def grid(side, count, seed=1):
    """Gaussians of deviation 0.05 on a grid 2 apart, and which one each row is of."""
    random = numpy.random.default_rng(seed)
    mode = random.integers(side * side, size=count)
    means = 2.0 * numpy.stack(numpy.divmod(mode, side), 1) - (side - 1)
    return (means + 0.05 * random.normal(size=(count, 2))).astype(numpy.float32), mode


class Files(InFolder):
    def write(self, name, x, genes=None, obs=None):
        data = anndata.AnnData(x, dtype=numpy.float32)
        data.obs_names = [f"cell{i}" for i in range(x.shape[0])]
        data.var_names = genes if genes is not None else [f"gene{j}" for j in range(x.shape[1])]
        for key, values in (obs or {}).items():
            data.obs[key] = values
        data.write_h5ad(self.path(name))
        return self.path(name)

    def run_on(self, path, *words, ranks=2, out="out.h5ad"):
        self.told = self.succeed("bigan", "--input", path, "--output", self.path(out), *words, ranks=ranks, timeout=120)
        return anndata.read_h5ad(self.path(out))

    def refused(self, told, *words, ranks=2):
        done = replearn("bigan", "--output", self.path("bad.h5ad"), *words, ranks=ranks)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        self.assertIn(told, done.messages[0])
        self.assertFalse(os.path.exists(self.path("bad.h5ad")))


class Bigan(Files):
    def test_finds_four_gaussians(self):
        x, mode = grid(2, 2000)
        path = self.write("in.h5ad", x, obs={"mode": [f"mode{k}" for k in mode]})
        found = self.run_on(path, "--preset", "steady", "--hidden", "64,64,64,64", "--discriminator-hidden",
                            "64,64,64", "--steps", "4000", "--batch", "128", "--labels", "mode", "--sample", "2000",
                            "--draw-samples", "--draw-curves", "--reconstruct", "made")
        samples = anndata.read_h5ad(self.path("out.samples.h5ad"))
        nearest = numpy.where(samples.X > 0, 1, -1)
        distance = numpy.linalg.norm(samples.X - nearest, axis=1)
        self.assertGreater((distance < 0.2).mean(), 0.88)
        counts = numpy.bincount((nearest[:, 0] > 0) * 2 + (nearest[:, 1] > 0), minlength=4)
        self.assertGreater(counts.min(), 350)
        self.assertEqual(found.obsm["X_bigan"].shape, (2000, 2))
        self.assertLess(numpy.abs(found.obsm["X_bigan"].mean(axis=0)).max(), 0.2)
        curves = found.uns["bigan"]["curves"]
        self.assertEqual(len(curves["step"]), 50)
        self.assertLess(abs(curves["mmd"][-1]), 0.02)
        self.assertEqual(curves["labels_reached"][-1], 1)
        self.assertEqual(len(found.uns["bigan"]["findings"]), 0)
        self.assertLess(numpy.median(numpy.linalg.norm(found.layers["made"] - x, axis=1)), 0.2)
        for picture in ["bigan_training.png", "bigan_codes.png", "bigan_samples.png"]:
            self.assertGreater(os.path.getsize(self.path(picture)), 10000)

    def test_says_that_it_does_not_work(self):
        found = self.run_on(PBMC, *SMALL, "--steps", "5", "--labels", "bulk_labels")
        self.assertIn("modes missing", list(found.uns["bigan"]["findings"]))
        self.assertIn("warning: hardly any sample is nearest to rows of", self.told.stderr)

    def test_model_in_the_file_is_the_one_that_encoded(self):
        found = self.run_on(PBMC, *SMALL, "--steps", "30", "--scaling", "standardize", "--reconstruct", "made")
        model = found.uns["bigan"]["model"]
        weights, statistics, at = model["weights"], model["statistics"], 0

        def take(*shape):
            nonlocal at
            size = int(numpy.prod(shape))
            at += size
            return weights[at - size:at].reshape(shape)

        def network(h, widths, place):
            for k, (a, b) in enumerate(zip(widths, widths[1:])):
                weight = take(a, b) if k == 0 else take(b, a).T
                h = h @ weight + take(b)
                if k + 2 == len(widths):
                    return h, place
                gamma, beta = take(b), take(b)
                mean, variance = statistics[place:place + b], statistics[place + b:place + 2 * b]
                place += 2 * b
                h = gamma * (h - mean) / numpy.sqrt(variance + 1e-5) + beta
                h = numpy.where(h > 0, h, 0.2 * h)

        m = found.shape[1]
        code, place = network(found.X * model["factor"] - model["shift"], [m, 24, 16, 6], 0)
        numpy.testing.assert_allclose(code[:, :3], found.obsm["X_bigan"], atol=1e-4)
        made, place = network(code[:, :3], [3, 16, 24, m], place)
        self.assertEqual((at, place), (len(weights), len(statistics)))
        numpy.testing.assert_allclose((made + model["shift"]) / model["factor"], found.layers["made"], atol=1e-3)

    def test_new_rows_by_a_reference(self):
        random = numpy.random.default_rng(1)
        x = numpy.where(random.uniform(size=(150, 20)) < 0.3, random.exponential(size=(150, 20)), 0)
        reference = self.write("reference.h5ad", scipy.sparse.csr_matrix(x))
        first = self.run_on(reference, *SMALL, "--steps", "20", "--scaling", "minmax", out="model.h5ad")
        order = random.permutation(20)  # genes go by name
        new = self.write("new.h5ad", scipy.sparse.csr_matrix(x[:, order]), [f"gene{j}" for j in order])
        words = ["--reference", self.path("model.h5ad"), "--reconstruct", "made"]
        placed = self.run_on(new, *words, "--sample", "7", "--sample-output", self.path("drawn.h5ad"))
        numpy.testing.assert_allclose(placed.obsm["X_bigan"], first.obsm["X_bigan"], atol=1e-5)
        self.assertEqual(list(anndata.read_h5ad(self.path("drawn.h5ad")).var_names), [f"gene{j}" for j in range(20)])
        alone = self.run_on(new, *words, ranks=1, out="alone.h5ad")
        numpy.testing.assert_array_equal(alone.obsm["X_bigan"], placed.obsm["X_bigan"])
        numpy.testing.assert_array_equal(alone.layers["made"], placed.layers["made"])
        dense = self.write("dense.h5ad", x[:, order][:, :12], [f"gene{j}" for j in order[:12]])
        self.run_on(dense, *words)
        self.assertIn("12 of the 20 genes", self.told.stderr)
        model = anndata.read_h5ad(self.path("model.h5ad"))
        model.uns["bigan"]["model"]["hidden"] = numpy.array([2**40])
        model.write_h5ad(self.path("broken.h5ad"))
        self.refused("weights", "--input", new, "--reference", self.path("broken.h5ad"))

    def test_goes_on_from_a_checkpoint_on_other_ranks(self):
        x, _ = grid(2, 300)
        path = self.write("in.h5ad", x)
        words = ["bigan", "--input", path, *SMALL, "--steps", "4000", "--output", self.path("out.h5ad"),
                 "--checkpoint", self.path("kept")]
        done = replearn(*words, "--max-hours", "5e-5", ranks=2)
        self.assertEqual(done.code, 75, done.stderr)
        done = replearn(*words, ranks=3)
        self.assertEqual(done.code, 0, done.stderr)
        self.assertIn("checkpoint", done.stderr)
        self.assertEqual(len(anndata.read_h5ad(self.path("out.h5ad")).uns["bigan"]["curves"]["step"]), 50)

    def test_images_and_an_array_of_obsm(self):
        x = numpy.random.default_rng(1).uniform(size=(60, 12))
        path = self.write("in.h5ad", x)
        self.run_on(path, *SMALL, "--steps", "10", "--scaling", "minmax", "--output-form", "sigmoid", "--draw-samples",
                    "--image-width", "4", "--encoder", "deterministic", "--penalty", "between", "--spectral-norm")
        self.assertGreater(os.path.getsize(self.path("bigan_images.png")), 5000)
        found = self.run_on(PBMC, *SMALL, "--steps", "10", "--use-rep", "X_pca", "--sample", "5")
        samples = anndata.read_h5ad(self.path("out.samples.h5ad"))
        self.assertEqual(samples.shape, (5, found.obsm["X_pca"].shape[1]))

    def test_bad_input(self):
        x = numpy.random.default_rng(1).uniform(size=(60, 12))
        path = self.write("in.h5ad", x, obs={"depth": numpy.arange(60.0)})
        ours = ["--input", path, *SMALL, "--steps", "5"]
        self.refused("no such column", *ours, "--labels", "depht")
        self.refused("is numeric, not categorical", *ours, "--labels", "depth")
        self.refused("is read by --input", *ours, "--sample", "5", "--sample-output", path)
        self.refused("no samples are requested", *ours, "--sample-output", self.path("drawn.h5ad"))
        self.refused("not a multiple of 5 pixels", *ours, "--image-width", "5")
        self.refused("--discriminator-batch-norm", *ours, "--discriminator-batch-norm", "--penalty", "r1")
        self.refused("no such key", *ours, "--use-rep", "X_pac")
        self.refused("the file has no model", *ours, "--reference", path)
        self.refused("no longer finite", "--input", path, *SMALL, "--steps", "200", "--learning-rate", "1e30", ranks=1)
        x[7, 3] = numpy.nan
        self.refused("in.h5ad", "--input", self.write("in.h5ad", x), *SMALL)
        self.refused("fewer than 3 rows", "--input", self.write("in.h5ad", x[:2]), *SMALL)


if __name__ == "__main__":
    unittest.main()
