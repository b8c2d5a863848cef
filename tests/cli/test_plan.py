"""plan, and the forecast that every job logs before it reads its data."""

import json
import os
import re
import unittest

import anndata
import numpy as np
import scipy.sparse

from command import PBMC, InFolder, main, replearn


def table_of(stdout):
    """Rows of the table: nodes, ranks, memory in bytes, the rest as text."""
    units = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
    found = re.findall(r"^ +(\d+) +(\d+) +([\d.]+) (B|kB|MB|GB|TB) +(.*)$", stdout, re.MULTILINE)
    return [(int(nodes), int(ranks), float(size) * units[unit], rest) for nodes, ranks, size, unit, rest in found]


class Plan(InFolder):
    def test_memory_falls_and_nothing_is_written(self):
        before = os.listdir(self.folder)
        for verb in ("preprocess", "pca", "ppca", "factorize", "vae", "bigan", "pdist", "neighbors", "sammon", "tsne",
                     "umap", "leiden", "run", "convert"):
            with self.subTest(verb=verb):
                rows = table_of(self.succeed("plan", verb, PBMC, "--nodes", "8,1,2", "--ranks-per-node", 4).stdout)
                self.assertEqual([row[:2] for row in rows], [(1, 4), (2, 8), (8, 32)])
                memory = [row[2] for row in rows]
                self.assertEqual(memory, sorted(memory, reverse=True))
                self.assertGreater(memory[-1], 4 * 30e6)  # four processes
        self.assertEqual(os.listdir(self.folder), before)

    def test_several_ranks_print_one_table(self):
        done = self.succeed("plan", "tsne", PBMC, "--nodes", 1, ranks=3)
        self.assertEqual(len(table_of(done.stdout)), 1)

    def test_what_does_not_fit(self):
        sammon = ["plan", "sammon", PBMC, "--ranks-per-node", 1, "--distance-memory", 1e12]
        done = self.succeed(*sammon, "--nodes", "1,2", "--node-memory", 0.01)
        self.assertEqual(done.stdout.count("more memory than the node has"), 2)
        self.assertIn("none of these fits into 10", done.stdout)
        x = np.zeros((20000, 4), np.float32)
        x[:, 0] = np.arange(20000)
        np.save(self.path("many.npy"), x)
        # 2 n^2 = 800 MB of distances: all of them on one node, a fourth of them on each of four.
        sammon[2] = self.path("many.npy")
        done = self.succeed(*sammon, "--nodes", "1,2,4", "--node-memory", 0.4)
        self.assertIn("fits from 4 nodes on", done.stdout)
        one, two, four = (row[2] for row in table_of(done.stdout))
        self.assertAlmostEqual((one - two) / 400e6, 1, delta=0.1)
        self.assertAlmostEqual((two - four) / 200e6, 1, delta=0.1)

    def test_errors_are_those_of_the_verb(self):
        for words in (["tsne", PBMC, "--perplexity", 1000], ["tsne", self.path("nowhere.h5ad")],
                      ["neighbors", PBMC, "--use-rep", "X_pcaa"], ["run", PBMC, "--tsne.perplexty", 3]):
            with self.subTest(words=words):
                planned = replearn("plan", *words)
                run = replearn(*words, "--output", self.path("out.h5ad"))
                if words[0] == "neighbors":  # found when the step begins
                    continue
                self.assertEqual((planned.code, planned.messages), (2, run.messages))

    def test_wrong_verbs(self):
        self.assertIn("did you mean 'tsne'", replearn("plan", "tsen", PBMC).messages[0])
        self.assertIn("is a verb without forecast", replearn("plan", "word2vec", PBMC).messages[0])
        self.assertIn("no verb named", replearn("plan").messages[0])
        for words in (["tsen", PBMC], ["word2vec", PBMC], [], ["tsne", PBMC, "--nodes", 0]):
            self.assertEqual(replearn("plan", *words).code, 2)

    def test_latency_and_bandwidth_count_between_nodes_only(self):
        def times(*options):
            done = self.succeed("plan", "tsne", PBMC, "--nodes", "1,8", "--ranks-per-node", 1, *options)
            return [row[3].split("  ")[-1].strip() for row in table_of(done.stdout)]

        self.assertEqual(times("--latency", 0, "--bandwidth", 1e5), ["0 %", "0 %"])
        slow = times("--latency", 1e5)
        self.assertEqual(slow[0], "0 %")
        self.assertGreater(int(slow[1].split()[0]), 90)


class Forecast(InFolder):
    """The memory that a job forecasts beside what it used."""

    def forecast_and_peak(self, *words, ranks):
        timings = self.path("timings.json")
        self.succeed(*words, "--output", self.path("out.h5ad"), "--timings", timings, ranks=ranks)
        with open(timings) as file:
            done = json.load(file)
        forecast = done["figures"]["forecast of peak memory per node, MB"] * 1e6
        return forecast, done["peak_memory_bytes"]["mean"] * ranks

    def check(self, *words):
        for ranks in (1, 2):
            with self.subTest(words=words, ranks=ranks):
                forecast, peak = self.forecast_and_peak(*words, ranks=ranks)
                self.assertLess(forecast / peak, 1.35)
                self.assertGreater(forecast / peak, 0.7)

    def test_counts(self):
        n, m = 20000, 1000
        rng = np.random.default_rng(1)
        counts = scipy.sparse.random(n, m, 0.3, "csr", np.float32, random_state=rng)
        counts.data = np.ceil(20 * counts.data)
        cells = self.path("counts.h5ad")
        anndata.AnnData(counts).write_h5ad(cells)
        self.check("preprocess", cells, "--min-cells", 1)
        self.check("pca", cells, "--components", 10)
        self.check("vae", cells, "--epochs", 1, "--encoder", 8, "--decoder", 8)
        self.check("factorize", cells, "--steps", 2, "--holdout", 0.001)

    def test_points(self):
        n = 30000
        points = np.random.default_rng(2).normal(size=(n, 40)).astype(np.float32)
        cells = self.path("points.h5ad")
        anndata.AnnData(np.zeros((n, 1), np.float32), obsm={"X_pca": points}, dtype=np.float32).write_h5ad(cells)
        self.check("neighbors", cells)
        self.check("tsne", cells, "--early-exaggeration-iterations", 2, "--iterations", 2)
        self.check("umap", cells, "--epochs", 2, "--start", "random")
        self.check("leiden", cells, "--n-iterations", 1)

    def test_log_and_warning(self):
        done = self.succeed("neighbors", PBMC, self.path("out.h5ad"))
        self.assertRegex(done.stderr, r"forecast: about [\d.]+ [MG]B per node, of [\d.]+ [MG]B available, and ")
        self.assertNotIn("may not have enough memory", done.stderr)
        done = self.succeed("neighbors", PBMC, self.path("out.h5ad"), "--memory-limit", "30M")
        self.assertIn("warning: the nodes may not have enough memory", done.stderr)


if __name__ == "__main__":
    main()
