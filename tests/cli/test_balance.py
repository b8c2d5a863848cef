"""--balance measured: ranks that share a core get fewer rows than one that has its own, and every result is the same
to the bit."""

import json
import os
import subprocess
import unittest

import h5py

from command import PBMC, SOURCE, InFolder

# Where the kernel lets us run: the first two cores there.
CORES = sorted(os.sched_getaffinity(0))[:2]


def everything(path):
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("uns/replearn"):
            value = item[()]
            found[name] = value if not hasattr(value, "dtype") else value.tolist() if value.dtype.hasobject else value.tobytes()

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


class Balance(InFolder):
    def squeezed(self, *words):
        """Ranks 0 to 2 on one core, and last in line there; rank 3 on another. The timing table of the run."""
        words = [str(word) for word in words]
        command = [os.environ["MPIEXEC"], "--timeout", "100", "--oversubscribe", "--bind-to", "none"]
        for ranks, core, niceness in ((3, CORES[0], 19), (1, CORES[-1], 0)):
            command += [":"] if ranks == 1 else []
            command += ["-n", str(ranks), "nice", "-n", str(niceness), "taskset", "-c", str(core), os.environ["REPLEARN"], *words, "--timings",
                        self.path("timings.json")]
        done = subprocess.run(command, capture_output=True, text=True, cwd=SOURCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("balance: ", done.stderr)
        with open(self.path("timings.json")) as file:
            return json.load(file), done.stderr

    def test_the_same_bits_by_other_shares(self):
        steps = ["--pca.components", "20", "--neighbors.neighbors", "30",
                 "--sammon.iterations", "15", "--tsne.perplexity", "8", "--tsne.early-exaggeration-iterations", "20",
                 "--tsne.iterations", "20"]
        jobs = [["run", "--input", PBMC, *steps],
                ["tsne", "--input", PBMC, "--repulsion", "fft", "--iterations", "10"],
                ["tsne", "--input", PBMC, "--repulsion", "exact", "--start", "spectral", "--iterations", "5"],
                ["sammon", "--input", PBMC, "--optimizer", "stochastic", "--rounds", "20"],
                ["neighbors", "--input", PBMC, "--method", "approximate"],
                ["ppca", "--input", PBMC, "--components", "5"],
                ["pdist", "--input", PBMC]]
        uneven = 0
        for words in jobs:
            output = ["--output", self.path("alone.h5ad")]
            self.succeed(*words, *output)
            table, said = self.squeezed(*words, "--output", self.path("squeezed.h5ad"), "--balance", "measured")
            expected, found = everything(self.path("alone.h5ad")), everything(self.path("squeezed.h5ad"))
            self.assertEqual(expected.keys(), found.keys())
            self.assertEqual([name for name in expected if expected[name] != found[name]], [], words)
            self.assertIn("balance", [phase["name"] for phase in table["phases"]])
            if "shares" in table:
                uneven += 1
                self.assertEqual(len(table["shares"]), 4)
                self.assertAlmostEqual(sum(table["shares"]), 1, 4)
                self.assertIn("by speed: rank", said)
        if len(CORES) > 1:
            # Other work on the machine may level it now and then.
            self.assertGreater(uneven, len(jobs) // 2)

    def test_a_rank_with_a_core_of_its_own_gets_more(self):
        if len(CORES) < 2:
            self.skipTest("needs two cores")
        shares = []
        for _ in range(3):
            table, _ = self.squeezed("pca", "--input", PBMC, "--output", self.path("out.h5ad"), "--balance", "measured")
            shares.append(table.get("shares", [0.25] * 4))
        self.assertGreater(max(share[3] for share in shares), 1.3 * 0.25, shares)


if __name__ == "__main__":
    unittest.main()
