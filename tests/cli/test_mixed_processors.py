"""Ranks on processors of different kinds: OpenBLAS takes other kernels on each, so that what should be equal on all ranks
may differ in its last bits. A decision made of such numbers must be made by one rank for all, or ranks part ways and
wait for each other for ever. Here OpenBLAS is told which processor to take itself for."""

import os
import subprocess
import unittest

import h5py
import numpy

from command import PBMC, SOURCE, InFolder, main, replearn

# Kernels of one generation on the first rank, of another on the second.
FLAGS = set()
if os.path.exists("/proc/cpuinfo"):
    with open("/proc/cpuinfo") as cpuinfo:
        FLAGS = set(next((line for line in cpuinfo if line.startswith("flags")), "").split())
KINDS = ("Haswell", "SkylakeX") if {"avx2", "avx512f", "avx512bw"} <= FLAGS else ("Sandybridge", "Haswell") if "avx2" in FLAGS else None


def mixed(*words, timeout=60):
    """Its exit code and messages; 110 if it hung."""
    command = [os.environ["MPIEXEC"], "--timeout", str(timeout)]
    for i, kind in enumerate(KINDS):
        command += [":"] * (i > 0) + ["-n", "1", "env", "OPENBLAS_CORETYPE=" + kind, os.environ["REPLEARN"], *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=SOURCE)
    return done.returncode, done.stderr


@unittest.skipIf(KINDS is None, "no processor whose kernels could be mixed")
class MixedProcessors(InFolder):
    def both(self, *words):
        """The outputs of a run on mixed processors and of one on two alike."""
        code, told = mixed(*words, "--output", self.path("mixed.h5ad"))
        self.assertEqual(code, 0, told)
        done = replearn(*words, "--output", self.path("alike.h5ad"), ranks=2)
        self.assertEqual(done.code, 0, done.stderr)
        return h5py.File(self.path("mixed.h5ad")), h5py.File(self.path("alike.h5ad"))

    def close(self, files, element, tolerance):
        """Alike but for `tolerance` times the largest value."""
        found, expected = (file[element][()] for file in files)
        self.assertTrue(numpy.isfinite(found).all())
        self.assertLess(abs(found - expected).max(), tolerance * abs(expected).max(), element)

    def test_pca(self):
        for method in ("exact", "randomized"):
            files = self.both("pca", "--input", PBMC, "--components", 10, "--method", method)
            self.close(files, "obsm/X_pca", 1e-3)

    def test_tsne(self):
        # Differences of the last bit grow with the iterations, as they do from any other start.
        files = self.both("tsne", "--input", PBMC, "--iterations", 30, "--early-exaggeration-iterations", 20)
        self.close(files, "obsm/X_tsne", 0.02)

    def test_tsne_from_a_spectral_start(self):
        files = self.both("tsne", "--input", PBMC, "--start", "spectral", "--iterations", 5, "--early-exaggeration-iterations", 5)
        self.close(files, "obsm/X_tsne", 0.02)

    def test_sammon(self):
        for optimizer in ("auto", "stochastic"):
            files = self.both("sammon", "--input", PBMC, "--optimizer", optimizer, "--iterations", 20, "--rounds", 20)
            self.close(files, "obsm/X_sammon", 0.02)

    def test_ppca(self):
        for noise, element in (("isotropic", "obsm/X_ppca"), ("per-gene", "obsm/X_factor_analysis")):
            files = self.both("ppca", "--input", PBMC, "--components", 5, "--noise", noise, "--iterations", 100)
            self.close(files, element, 1e-2)

    def test_factorize(self):
        # With patience: when to stop is a decision.
        files = self.both("factorize", "--input", PBMC, "--epochs", 4, "--hidden", "32,16", "--patience", 1)
        self.close(files, "obsm/X_factorize", 0.02)

    def test_vae(self):
        files = self.both("vae", "--input", PBMC, "--likelihood", "gaussian", "--epochs", 4, "--encoder", 24, "--decoder", 24,
                          "--kl-warmup", 1, "--patience", 1)
        self.close(files, "obsm/X_vae", 0.02)

    def test_bigan(self):
        files = self.both("bigan", "--input", PBMC, "--steps", 50, "--hidden", "24,16", "--discriminator-hidden", 24)
        self.close(files, "obsm/X_bigan", 0.05)

    def test_approximate_neighbors(self):
        files = self.both("neighbors", "--input", PBMC, "--method", "approximate", "--neighbors", 10)
        found, expected = (
            {(i, j) for i in range(700) for j in file["obsp/distances/indices"][slice(*file["obsp/distances/indptr"][i:i + 2])]}
            for file in files)
        self.assertGreater(len(found & expected), 0.99 * len(expected))

    def test_run(self):
        code, told = mixed("run", "--input", PBMC, "--output", self.path("out.h5ad"), "--sammon.iterations", 20,
                           "--tsne.iterations", 20, "--tsne.early-exaggeration-iterations", 20)
        self.assertEqual(code, 0, told)


if __name__ == "__main__":
    main()
