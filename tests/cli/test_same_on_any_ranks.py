"""The whole job on 1, 2, 3, 4 and 7 ranks: every number of every result is the same to the bit."""

import unittest

import h5py
import numpy

from command import PBMC, InFolder

# Fewer iterations than by default: what is compared does not get truer by being longer, and chaos shows within them.
SHORT = ["--sammon.iterations", "30", "--tsne.early-exaggeration-iterations", "60", "--tsne.iterations", "60"]


def numbers(path):
    """Every dataset of the file but the record of how it was made, which tells ranks and times."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("uns/replearn"):
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


class SameOnAnyRanks(InFolder):
    def compare(self, expected, *words):
        alone = None
        for ranks in [1, 2, 3, 4, 7]:
            path = self.path(f"ranks{ranks}.h5ad")
            self.succeed(*words, "--output", path, ranks=ranks, timeout=300)
            found = numbers(path)
            if alone is None:
                alone = found
                for name in expected:
                    self.assertIn(name, found)
                continue
            self.assertEqual(sorted(found), sorted(alone))
            for name, values in found.items():
                numpy.testing.assert_array_equal(values, alone[name], f"{name} on {ranks} ranks")
                if isinstance(values, numpy.ndarray) and values.dtype.kind == "f":
                    self.assertEqual(values.tobytes(), alone[name].tobytes(), f"{name} on {ranks} ranks")

    def test_main_job(self):
        self.compare(
            ["obsm/X_pca", "obsm/X_sammon", "obsm/X_tsne", "obsp/distances/data", "varm/PCs", "uns/tsne/kl_divergence"],
            "run", "--input", PBMC, "--pca.components", "30", "--neighbors.neighbors", "15", *SHORT)

    def test_from_counts(self):
        """Preprocessing drops cells and genes, so rows move between ranks; PCA by the randomized method."""
        counts = self.path("counts.h5ad")
        make_counts(counts)
        self.compare(
            ["layers/counts/data", "var/highly_variable", "obs/total_counts", "obsm/X_pca", "obsm/X_tsne"],
            "run", "--input", counts, "--preprocess.min-genes", "40", "--preprocess.min-cells", "30",
            "--preprocess.top-genes", "150", "--pca.components", "10", "--pca.method", "randomized", *SHORT)


def make_counts(path, cells=500, genes=400):
    import anndata
    import scipy.sparse

    random = numpy.random.default_rng(5)
    rates = random.gamma(0.4, 1.0, (4, genes))[random.integers(0, 4, cells)] * random.lognormal(-0.8, 0.6, (cells, 1))
    x = scipy.sparse.csr_matrix(random.poisson(rates).astype(numpy.float32))
    data = anndata.AnnData(x)
    data.obs_names = [f"cell{i}" for i in range(cells)]
    data.var_names = [f"gene{i}" for i in range(genes)]
    data.write_h5ad(path)


if __name__ == "__main__":
    unittest.main()
