"""Everyday mistakes: words of other programs, stray words, sections of other verbs; and what the program does by itself
so that it starts as it should."""

import os
import pty
import re
import subprocess
import unittest

import h5py

from command import PBMC, SOURCE, InFolder, main, replearn

PROGRAM = os.environ["REPLEARN"]


class WordsOfOtherPrograms(InFolder):
    def refused(self, words, *parts, ranks=1):
        done = replearn(*words, ranks=ranks)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.messages[0])

    def test_options(self):
        for words, hint in [(["pca", PBMC, "o.h5ad", "--n-comps", "20"], "--components"),
                            (["pca", PBMC, "o.h5ad", "--n_comps", "20"], "--components"),
                            (["pca", PBMC, "-o", "o.h5ad"], "--output"),
                            (["tsne", PBMC, "o.h5ad", "--n-iter", "20"], "--iterations"),
                            (["tsne", PBMC, "o.h5ad", "--learning_rate", "20"], "--learning-rate"),
                            (["tsne", PBMC, "o.h5ad", "--n_jobs=4"], "mpirun -n"),
                            (["neighbors", PBMC, "o.h5ad", "--n-neighbors", "20"], "--neighbors"),
                            (["neighbors", PBMC, "o.h5ad", "--random_state", "2"], "--seed"),
                            (["preprocess", PBMC, "o.h5ad", "--n_top_genes", "20"], "--top-genes"),
                            (["vae", PBMC, "o.h5ad", "--n_latent", "10"], "--latent"),
                            (["vae", PBMC, "o.h5ad", "--max_epochs", "10"], "--epochs"),
                            (["word2vec", PBMC, "o.h5", "--vector-size", "10"], "--dimensions"),
                            (["run", PBMC, "o.h5ad", "--tsne.n_iter", "10"], "--tsne.iterations")]:
            self.refused(words, "no such option", hint)

    def test_basis(self):
        self.succeed("pca", PBMC, self.path("p.h5ad"), "--quiet")
        self.refused(["plot", self.path("p.h5ad"), "--basis", "pca"], "did you mean 'X_pca'?")

    def test_verbs(self):
        for verb, hint in [("umap", "replearn tsne"), ("leiden", "sc.tl.leiden"), ("louvain", "replearn neighbors"),
                           ("normalize_total", "replearn preprocess"), ("knn", "replearn neighbors")]:
            self.refused([verb, PBMC], "no such verb", hint)

    def test_stray_words(self):
        self.refused(["pca", PBMC, "o.h5ad", "extra"], "unexpected argument 'extra'", ranks=3)
        self.refused(["inspect", PBMC, "extra"], "unexpected argument 'extra'")

    def test_help_of_a_verb(self):
        self.assertEqual(self.succeed("help", "tsne").stdout, self.succeed("tsne", "--help").stdout)
        self.refused(["help", "tsen"], "no such verb", "tsne")

    def test_sections_that_run_does_not_know(self):
        for section in ("vae", "ppca", "word2vec"):
            with open(self.path("my.cfg"), "w") as file:
                file.write(f"[pca]\n[{section}]\n")
            self.refused(["run", PBMC, self.path("o.h5ad"), "--config", self.path("my.cfg")], f"[{section}]",
                         "run has no such step")
            self.assertFalse(os.path.exists(self.path("o.h5ad")))

    def test_files_of_other_verbs_in_a_config(self):
        with open(self.path("my.cfg"), "w") as file:
            file.write("[files]\noutput = nowhere.h5ad\nbalance = even\n[plot]\nfolder = " + self.folder + "\n")
        self.succeed("plot", PBMC, "--config", self.path("my.cfg"), "--quiet")
        with open(self.path("my.cfg"), "w") as file:
            file.write("[files]\noutptu = nowhere.h5ad\n")
        self.refused(["plot", PBMC, "--config", self.path("my.cfg")], "line 2", "outptu")


class ValuesUsed(InFolder):
    def test_tsne(self):
        self.succeed("pca", PBMC, self.path("p.h5ad"), "--quiet")
        self.succeed("tsne", self.path("p.h5ad"), self.path("t.h5ad"), "--iterations", "3",
                     "--early-exaggeration-iterations", "2", "--quiet")
        with h5py.File(self.path("t.h5ad")) as file:
            used = {name: item[()] for name, item in file["uns/tsne/params"].items()}
            n = file["obsm/X_tsne"].shape[0]
        self.assertEqual(used["use_rep"], b"X_pca")
        self.assertEqual(used["learning_rate"], n)
        self.assertAlmostEqual(used["early_learning_rate"], n / 12)

    def test_representation(self):
        with open(self.path("x.csv"), "w") as file:
            for i in range(60):
                file.write(f"{i * 7 % 11},{i * 5 % 13},{i % 3}.5\n")
        for verb, words in (("neighbors", ["--neighbors", "5"]), ("pdist", []), ("sammon", ["--iterations", "2",
                                                                                          "--zero-distance", "merge"])):
            self.succeed(verb, self.path("x.csv"), self.path("o.h5ad"), *words, "--quiet")
            with h5py.File(self.path("o.h5ad")) as file:
                self.assertEqual(file[f"uns/{verb}/params/use_rep"][()], b"X", verb)


class Start(InFolder):
    @staticmethod
    def environment(**settings):
        return dict({name: value for name, value in os.environ.items() if not name.startswith("OMPI_MCA_")}, **settings)

    def alone(self, *words, **settings):
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, env=self.environment(**settings))

    def test_one_process_has_no_daemon(self):
        """Open MPI 4 otherwise starts an orted beside a process without mpirun."""
        process = subprocess.Popen([PROGRAM, "tsne", PBMC, self.path("o.h5ad"), "--iterations", "1000000"],
                                   stderr=subprocess.PIPE, text=True, env=self.environment())
        try:
            for line in process.stderr:
                if "tsne" in line or "t-SNE" in line:
                    break
            children = []
            for number in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{number}/stat") as file:
                        name, parent = re.match(r"\d+ \((.*)\) \S (\d+)", file.read()).groups()
                except OSError:
                    continue
                if int(parent) == process.pid:
                    children.append(name)
            self.assertNotIn("orted", children)
        finally:
            process.kill()
            process.communicate()

    def test_one_rank_in_a_larger_allocation(self):
        output = self.path("o.h5ad")
        done = self.alone("pca", PBMC, output, SLURM_NTASKS="8")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("warning: this is one rank in an allocation of 8", done.stderr)
        done = self.alone("pca", PBMC, output, SLURM_NTASKS="4", SLURM_STEP_NUM_TASKS="4")
        self.assertIn("srun started 4 tasks, but each of them is a program of one rank", done.stderr)
        self.assertNotIn("warning", self.alone("pca", PBMC, output, SLURM_NTASKS="1").stderr)
        self.assertNotIn("allocation", replearn("pca", PBMC, output, ranks=2).stderr)


class OnATerminal(InFolder):
    def test_a_log_line_begins_on_a_line_of_its_own(self):
        """What stands on the terminal at the end, its controls carried out."""
        parent, child = pty.openpty()
        process = subprocess.Popen([PROGRAM, "tsne", PBMC, self.path("o.h5ad"), "--iterations", "120",
                                    "--early-exaggeration-iterations", "100"], stdout=child, stderr=child)
        os.close(child)
        said = b""
        while True:
            try:
                more = os.read(parent, 65536)
            except OSError:
                break
            if not more:
                break
            said += more
        self.assertEqual(process.wait(), 0, said)
        shown = [line.rsplit("\r\x1b[K", 1)[-1] for line in said.decode().replace("\r\n", "\n").split("\n")]
        self.assertIn(b"left", said)
        self.assertEqual([line for line in shown if re.search(r"left\S", line)], [])


if __name__ == "__main__":
    main()
