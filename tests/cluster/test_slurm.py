"""The scripts of jobs/ under real SLURM daemons, as a user submits them: what comes out is what a plain run gives."""

import glob
import itertools
import os
import re
import subprocess
import shutil
import sys
import tempfile
import unittest

import h5py

from slurm import Slurm, why_not

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
from command import main  # noqa: E402
from readmes import commands  # noqa: E402

SOURCE = os.environ["REPLEARN_SOURCE"]
PBMC = os.path.join(SOURCE, "tests/data/pbmc68k_reduced/pbmc68k_reduced.h5ad")
SHORT = ["--early-exaggeration-iterations", "50", "--iterations", "100"]
LONG = ["--early-exaggeration-iterations", "50", "--iterations", "15000", "--frames-every", "10000",
        "--checkpoint-every", "0.1s"]
ENDLESS = ["--iterations", "1000000000", "--checkpoint-every", "0.2s"]


def results(path):
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and name.startswith(("obsm/", "uns/tsne", "uns/sammon")):
            found[name] = item[()].tobytes() if hasattr(item[()], "tobytes") else item[()]

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


class Cluster(unittest.TestCase):
    """One cluster for all tests, which run side by side: most of their time is SLURM's, which acts every few seconds; the
    one in which a node dies comes last."""

    numbers = itertools.count()

    @classmethod
    def start(cls):
        cls.folder = tempfile.mkdtemp(prefix="replearn-slurm-")
        cls.slurm = Slurm(cls.folder)
        cls.slurm.environment["REPLEARN"] = os.environ["REPLEARN"]
        cls.slurm.start()
        os.makedirs(cls.slurm.path("jobs"))
        # Under way while the other tests run: SLURM counts its minutes.
        cls.limited = cls.submit("tsne.sbatch", PBMC, cls.path("limit.h5ad"), *ENDLESS,
                                 size=("-N1", "-n2", "--time=1", "--signal=B:USR1@40"))

    @classmethod
    def stop(cls):
        cls.slurm.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def path(cls, name):
        return cls.slurm.path("jobs/" + name)

    @classmethod
    def submit(cls, script, *words, size=("-N1", "-n2"), **environment):
        log = cls.path("%A_%a.out" if "--array" in str(size) else "%j.out")
        return cls.slurm.submit(
            *size, "--ntasks-per-node=2", f"--output={log}",
            *(["--export=ALL," + ",".join(f"{name}={value}" for name, value in environment.items())] if environment
              else []), os.path.join(SOURCE, "jobs", script), *words)

    def said(self, number):
        try:
            with open(self.path(f"{number}.out")) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def complete(self, number, seconds=150):
        job = self.slurm.wait_for_state(number, "COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", seconds=seconds)
        self.assertEqual(job["JobState"], "COMPLETED", self.said(number))
        return job

    def plain(self, *words, verb="tsne"):
        output = self.path(f"plain.{next(self.numbers)}.h5ad")
        subprocess.run([os.environ["REPLEARN"], verb, "--input", PBMC, "--output", output, "--quiet", *words], check=True)
        return results(output)

    def kept(self, output):
        folder = self.path(output + ".kept")
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def wait_for_checkpoint(self, output):
        self.slurm.wait(f"a checkpoint of {output}", lambda: any(name.endswith(".h5") for name in self.kept(output)), 60)

    # --- the tests

    def test_by_srun_and_by_mpirun_over_two_nodes(self):
        expected = self.plain(*SHORT)
        numbers = {how: self.submit("tsne.sbatch", PBMC, self.path(how + ".h5ad"), *SHORT, size=("-N2", "-n4"),
                                    REPLEARN_LAUNCHER=how) for how in ("srun", "mpirun")}
        numbers["either"] = self.submit("tsne.sbatch", PBMC, self.path("either.h5ad"), *SHORT)
        for how, number in numbers.items():
            self.complete(number)
            self.assertEqual(results(self.path(how + ".h5ad")), expected, how)
        self.assertIn("srun --mpi=pmix", self.said(numbers["either"]))

    def test_stopped_requeued_and_done(self):
        """The notice before the end, as SLURM gives it to the script alone, whichever way ranks are started."""
        expected = self.plain(*LONG)
        outputs = {how: f"requeued_{how}.h5ad" for how in ("srun", "mpirun")}
        numbers = {how: self.submit("tsne.sbatch", PBMC, self.path(outputs[how]), *LONG, REPLEARN_LAUNCHER=how)
                   for how in outputs}
        for how, number in numbers.items():
            self.wait_for_checkpoint(outputs[how])
            self.slurm.run("scancel", "--batch", "--signal=USR1", number)
        for how, number in numbers.items():
            job = self.complete(number)
            self.assertEqual(job["Restarts"], "1", self.said(number))
            self.assertIn("requeued, to resume", self.said(number))
            self.assertIn("resuming from iteration", self.said(number))
            self.assertEqual(results(self.path(outputs[how])), expected, how)
            self.assertFalse(os.path.exists(self.path(outputs[how] + ".requeued")))

    def test_time_limit(self):
        """SLURM itself tells of the end; the job requeues itself and goes on."""
        number = self.limited
        self.slurm.wait("the second start", lambda: "resuming from iteration" in self.said(number), 120)
        self.assertIn("stopped by a signal", self.said(number))
        self.assertGreaterEqual(int(self.slurm.job(number)["Restarts"]), 1)
        self.slurm.run("scancel", number)

    def test_canceled(self):
        """TERM to all there is; mpirun then has a code of its own. What was come to is kept, and the script says so."""
        outputs = {how: f"canceled_{how}.h5ad" for how in ("srun", "mpirun")}
        numbers = {how: self.submit("tsne.sbatch", PBMC, self.path(outputs[how]), *ENDLESS[:2], REPLEARN_LAUNCHER=how)
                   for how in outputs}
        for how, number in numbers.items():
            self.slurm.wait("its start", lambda: "incarnation.1" in self.kept(outputs[how]), 60)
            self.slurm.wait("iterations", lambda: "KL" in self.said(number), 60)
            self.slurm.run("scancel", number)
        for how, number in numbers.items():
            self.assertEqual(self.slurm.wait_for_state(number, "CANCELLED")["Restarts"], "0")
            self.slurm.wait("the checkpoint", lambda: any(name.startswith("tsne.1.") for name in self.kept(outputs[how])))
            self.slurm.wait("the script's word", lambda: "stopped; run the same command again to resume" in self.said(number))

    def test_stop_file(self):
        number = self.submit("tsne.sbatch", PBMC, self.path("file.h5ad"), *ENDLESS)
        self.wait_for_checkpoint("file.h5ad")
        with open(self.path("file.h5ad.kept/replearn.stop"), "w"):
            pass
        job = self.slurm.wait_for_state(number, "FAILED", "COMPLETED")
        self.assertEqual((job["ExitCode"], job["Restarts"]), ("75:0", "0"), self.said(number))
        self.assertIn("submit the same command again to resume", self.said(number))

    def test_gives_up_when_it_gets_nowhere(self):
        program = self.path("always75")
        with open(program, "w") as file:
            file.write("#!/bin/sh\nexit 75\n")
        os.chmod(program, 0o755)
        number = self.submit("tsne.sbatch", PBMC, self.path("nowhere.h5ad"), REPLEARN=program, REPLEARN_FRUITLESS=1)
        self.slurm.wait("giving up", lambda: "giving up" in self.said(number), 90)
        job = self.slurm.wait_for_state(number, "FAILED")
        self.assertEqual((job["ExitCode"], job["Restarts"]), ("75:0", "1"), self.said(number))

    def test_what_fails_is_not_requeued(self):
        number = self.submit("tsne.sbatch", "/nowhere.h5ad", self.path("fails.h5ad"))
        job = self.slurm.wait_for_state(number, "FAILED")
        self.assertEqual((job["ExitCode"], job["Restarts"]), ("2:0", "0"), self.said(number))

    def test_sweep(self):
        with open(self.path("options"), "w") as file:
            file.write(f"--perplexity 10 {' '.join(SHORT)}\n\n--perplexity 20 {' '.join(SHORT)}\n")
        number = self.submit("sweep.sbatch", "tsne", PBMC, self.path("sweep"), self.path("options"),
                             size=("-N1", "-n2", "--array=1-2"))
        self.slurm.wait("the tasks", lambda: not self.slurm.run("squeue", "-h", "-j", number).stdout.strip(), 120)
        for task, perplexity in ((1, "10"), (2, "20")):
            self.assertEqual(results(self.path(f"sweep.{task}.h5ad")), self.plain("--perplexity", perplexity, *SHORT))

    def test_chain(self):
        with open(self.path("chain.cfg"), "w") as file:
            file.write("[pca]\ncomponents = 10\n[neighbors]\nneighbors = 30\n[sammon]\niterations = 20\n"
                       "[tsne]\nperplexity = 8\nearly-exaggeration-iterations = 50\niterations = 100\n"
                       "[plot]\ncolor = bulk_labels\n")
        done = self.slurm.run("bash", os.path.join(SOURCE, "jobs/submit-pipeline.sh"), PBMC, self.path("chain"),
                              self.path("chain.cfg"), "-N1", "-n2", "--ntasks-per-node=2")
        self.assertEqual(done.returncode, 0, done.stderr)
        steps = dict(re.findall(r"(\w+): job (\d+)", done.stdout))
        self.assertEqual(list(steps), ["pca", "neighbors", "sammon", "tsne", "plot"])
        for step, number in steps.items():
            job = self.slurm.wait_for_state(number, "COMPLETED", "FAILED", "CANCELLED", seconds=120)
            self.assertEqual(job["JobState"], "COMPLETED", f"{step}: {os.listdir(self.path('chain'))}")
        expected = self.path("chain_plain.h5ad")
        subprocess.run([os.environ["REPLEARN"], "run", "--config", self.path("chain.cfg"), "--input", PBMC, "--output", expected,
                        "--plot.folder", self.folder, "--quiet"], check=True)
        self.assertEqual(results(self.path("chain/tsne.h5ad")), results(expected))
        self.assertTrue(any(name.endswith(".png") for name in os.listdir(self.path("chain"))))

    def test_commands_of_the_readme(self):
        """Each as it stands in jobs/README.md, but for scaling, in a folder with cells.h5ad, jobs and config."""
        folder = self.path("readme")
        os.mkdir(folder)
        for name in ("jobs", "config"):
            os.symlink(os.path.join(SOURCE, name), os.path.join(folder, name))
        shutil.copy(PBMC, os.path.join(folder, "cells.h5ad"))
        submitted = []
        for number, command in commands(os.path.join(SOURCE, "jobs/README.md")):
            if not re.match("sbatch|printf|bash jobs/submit-pipeline", command):
                continue
            done = self.slurm.run("bash", "-c", f"cd {folder} && {command}")
            self.assertEqual(done.returncode, 0, f"{number}: {command}: {done.stderr}")
            submitted += re.findall(r"job (\d+)", done.stdout)
        self.assertGreaterEqual(len(submitted), 7)
        self.slurm.wait("the jobs", lambda: not self.slurm.run("squeue", "-h", "-j", ",".join(submitted)).stdout.strip(), 300)
        made = set(os.listdir(folder)) | {"maps/" + name for name in os.listdir(os.path.join(folder, "maps"))}
        self.assertLessEqual({"cells.tsne.h5ad", "out.h5ad", "maps/tsne.1.h5ad", "maps/tsne.2.h5ad"}, made)
        self.assertTrue([name for name in os.listdir(os.path.join(folder, "results")) if "bulk_labels" in name])

    def test_words_that_are_missing_are_told(self):
        for script, words in (("tsne.sbatch", [PBMC]), ("sweep.sbatch", ["tsne", PBMC]), ("pca.sbatch", [])):
            number = self.submit(script, *words)
            job = self.slurm.wait_for_state(number, "FAILED", "COMPLETED")
            self.assertEqual(job["ExitCode"], "2:0", self.said(number))
            self.assertIn("sbatch jobs/" + script if script != "sweep.sbatch" else "jobs/sweep.sbatch", self.said(number))
            self.assertNotIn("unbound", self.said(number))

    def test_scripts_start_on_small_nodes(self):
        for path in glob.glob(os.path.join(SOURCE, "jobs/*.sbatch")):
            with open(path) as file:
                head = " ".join(line for line in file if line.startswith("#SBATCH"))
            self.assertNotIn("ntasks-per-node", head, path)
            self.assertLessEqual(int(re.search(r"--ntasks=(\d+)", head).group(1)), 4, path)

    def test_node_that_dies(self):
        """SLURM notices, requeues the job, and it goes on from its checkpoint on a node that is left."""
        number = self.submit("tsne.sbatch", PBMC, self.path("lost.h5ad"), *ENDLESS)
        self.wait_for_checkpoint("lost.h5ad")
        node = self.slurm.job(number)["NodeList"]
        self.slurm.crash(node)
        self.slurm.wait("the second start", lambda: "resuming from iteration" in self.said(number), 240)
        self.assertNotEqual(self.slurm.job(number)["NodeList"], node)
        self.slurm.run("scancel", number)
        self.slurm.start_node(node)
        self.slurm.wait("the node", lambda: len(self.slurm.nodes_in("idle,mix,alloc")) == self.slurm.nodes, 60)

    # What the verbs of scripts that no other test submits are asked to do.
    WORDS = {"preprocess": ["--highly-variable", "none"], "pipeline": ["--pca.components", "10"],
             "factorize": ["--steps", "3"], "bigan": ["--steps", "3"], "vae": ["--likelihood", "gaussian", "--epochs", "1"],
             "word2vec": ["--min-count", "1", "--dimensions", "5"]}

    def test_every_other_script(self):
        """Whatever lies in jobs/ runs, and writes what it was asked for."""
        elsewhere = {"tsne", "sweep", "sweep-factorize", "scaling", "plot"}
        scripts = {os.path.basename(path)[:-7] for path in glob.glob(os.path.join(SOURCE, "jobs/*.sbatch"))} - elsewhere
        self.assertGreater(len(scripts), 8)
        text = self.path("text.txt")
        with open(text, "w") as file:
            file.write("the cat sat on the mat and the dog sat on the log\n" * 50)
        outputs = {script: self.path(f"script_{script}{'.h5' if script == 'word2vec' else '.h5ad'}") for script in scripts}
        counts = self.path("counts.csv")
        with open(counts, "w") as file:
            file.write("name," + ",".join(f"g{j}" for j in range(9)) + "\n")
            for i in range(40):
                file.write(f"c{i}," + ",".join(str(i * j * j % 7) for j in range(1, 10)) + "\n")
        inputs = {"word2vec": text, "preprocess": counts}
        numbers = {script: self.submit(f"{script}.sbatch", inputs.get(script, PBMC), outputs[script],
                                       *self.WORDS.get(script, [])) for script in sorted(scripts)}
        for script, number in numbers.items():
            self.complete(number)
            self.assertTrue(os.path.exists(outputs[script]), script)
            self.assertFalse(os.path.exists(outputs[script] + ".kept"), script)
        expected = self.plain(verb="pca")
        self.assertEqual(results(outputs["pca"]), expected)

    def test_sweep_of_factorize(self):
        """Three trainings, three tasks; whichever is last draws. Submitted again, nothing is trained anew."""
        with open(self.path("sweep.cfg"), "w") as file:
            file.write("[sweep]\nvary = dropout: 0 0.5, learning-rate: 1e-3\n[factorize]\nsteps = 4\nhidden = 8\n")
        curves = self.path("curves.h5")
        for again in (False, True):
            number = self.submit("sweep-factorize.sbatch", self.path("sweep.cfg"), PBMC, curves,
                                 size=("-N1", "-n2", "--array=0-2"))
            self.slurm.wait("the tasks", lambda: not self.slurm.run("squeue", "-h", "-j", number).stdout.strip(), 150)
            said = [self.said(f"{number}_{task}") for task in range(3)]
            self.assertTrue(os.path.exists(curves), said)
            self.assertTrue(os.path.exists(self.path("curves.png")), said)
            kept = sorted((name, os.stat(self.path("curves.h5.runs/" + name)).st_mtime_ns)
                          for name in os.listdir(self.path("curves.h5.runs")))
            self.assertEqual(len(kept), 3, said)
            if again:
                self.assertEqual(kept, before)
            before = kept

    def test_scaling(self):
        number = self.submit("scaling.sbatch", "--ranks", "1,2,4", "--methods", "pca", "--repeats", "1", "--scale", "0.02",
                             "--folder", self.path("scaling"), size=("-N2", "-n4", "--oversubscribe"))
        self.complete(number)
        self.assertIn("pca, weak scaling", self.said(number))
        self.assertIn("| 4096 |", self.said(number))


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"SKIPPED: no SLURM on this machine: {reason}")
        sys.exit(77)
    Cluster.start()
    try:
        main(at_once=6, alone=("test_node_that_dies",))
    finally:
        Cluster.stop()
