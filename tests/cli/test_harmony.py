"""harmony: components corrected for batches, through files."""

import os
import unittest

import anndata
import h5py
import numpy as np

from command import PBMC, InFolder, main, replearn


class Harmony(InFolder):
    def setUp(self):
        super().setUp()
        self.cells, self.output = self.path("cells.h5ad"), self.path("out.h5ad")
        cells = anndata.read_h5ad(PBMC)
        random = np.random.default_rng(0)
        batch = random.integers(0, 3, cells.n_obs)
        cells.obs["donor"] = np.array(["a", "b", "c"])[batch]
        cells.obs["chip"] = batch // 2
        components = cells.obsm["X_pca"].astype(np.float32)
        # A shift of each batch, as large as the second component is wide.
        shift = random.normal(size=(3, components.shape[1])) * components.std(axis=0) * 0.8
        cells.obsm["X_pca"] = (components + shift[batch]).astype(np.float32)
        self.batch, self.original = batch, cells.obsm["X_pca"]
        cells.write_h5ad(self.cells)

    def test_mixes_batches_and_keeps_types(self):
        self.succeed("harmony", self.cells, self.output, "--batch-key", "donor", ranks=2)
        done = anndata.read_h5ad(self.output)
        after = done.obsm["X_pca_harmony"]
        np.testing.assert_array_equal(done.obsm["X_pca"], self.original)
        self.assertEqual(after.shape, self.original.shape)

        def of_own_batch_and_type(points):
            """Shares of the 15 nearest cells that are of the cell's batch, and of its type."""
            squares = ((points[:, None] - points[None]) ** 2).sum(axis=2)
            np.fill_diagonal(squares, np.inf)
            near = np.argsort(squares, axis=1)[:, :15]
            types = done.obs["bulk_labels"].to_numpy()
            return ((self.batch[near] == self.batch[:, None]).mean(), (types[near] == types[:, None]).mean())

        before, corrected = of_own_batch_and_type(self.original), of_own_batch_and_type(after)
        self.assertGreater(before[0], 0.6)
        self.assertLess(corrected[0], 0.45)  # a third would be perfect
        self.assertGreater(corrected[1], before[1] - 0.02)
        params = done.uns["harmony"]["params"]
        self.assertEqual(list(params["batch_key"]), ["donor"])
        self.assertEqual(params["clusters"], 23)  # 700 / 30
        self.assertLess(done.uns["harmony"]["objective"][-1], done.uns["harmony"]["objective"][0])

    def test_same_bits_on_any_ranks(self):
        found = []
        for ranks in (1, 2, 3):
            self.succeed("harmony", self.cells, self.output, "--batch-key", "donor,chip", "--theta", "1,2", "--key-added",
                         "obsm/joined", ranks=ranks)
            with h5py.File(self.output) as file:
                found.append(file["obsm/joined"][()])
        np.testing.assert_array_equal(found[0], found[1])
        np.testing.assert_array_equal(found[0], found[2])

    def test_later_steps_of_run_use_the_corrected_components(self):
        pictures = self.path("pictures")
        self.succeed("run", self.cells, self.output, "--harmony.batch-key", "donor", "--neighbors.neighbors", 10,
                     "--plot.basis", "X_pca_harmony", "--plot.color", "donor", "--plot.folder", pictures, ranks=2)
        self.assertEqual(os.listdir(pictures), ["pca_harmony_donor.png"])
        together = anndata.read_h5ad(self.output)
        self.assertEqual(together.uns["neighbors"]["params"]["use_rep"], "X_pca_harmony")
        corrected = self.path("corrected.h5ad")
        self.succeed("harmony", self.cells, corrected, "--batch-key", "donor")
        self.succeed("neighbors", corrected, self.output, "--use-rep", "X_pca_harmony", "--neighbors", 10)
        alone = anndata.read_h5ad(self.output)
        np.testing.assert_array_equal(together.obsp["distances"].toarray(), alone.obsp["distances"].toarray())

    def test_wrong_columns(self):
        for words, told in ((["--batch-key", "donr"], "did you mean 'donor'"), ([], "--batch-key"),
                            (["--batch-key", "percent_mito"], "percent_mito"), (["--batch-key", "donor", "--theta", "1,2"], "--theta"),
                            (["--batch-key", "donor", "--use-rep", "X_pcaa"], "X_pca"),
                            (["--batch-key", "donor", "--key-added", "X_pca"], "--key-added")):
            done = replearn("harmony", self.cells, self.output, *words, ranks=2)
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn(told, done.messages[0])


if __name__ == "__main__":
    main()
