#!/usr/bin/env python3
"""Kills jobs under way, again and again, and goes on with them: nothing may be lost, and the answer must be that of the
job left alone.

    python3 tests/kills/kills.py --kills 200 --seed 1        # until so many have hit a running job
    python3 tests/kills/kills.py --job word2vec --kills 20

When: in the first half second, at any time, while a checkpoint is being written, while the output is. How: SIGKILL to one
rank, to all of them and mpirun at once, or to mpirun alone; SIGTERM, which asks the job to stop. After each kill: an output of the name is the earlier one,
whole, or the whole new one. At the end of each job: the same bits (of networks, on the same number of ranks), no
half-written file, no checkpoint folder.
"""

import argparse
import collections
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("REPLEARN_SOURCE", os.path.dirname(os.path.dirname(HERE)))
PBMC = os.path.join(SOURCE, "tests/data/pbmc68k_reduced/pbmc68k_reduced.h5ad")
EARLIER = b"an earlier result"
SETTINGS = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
            "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_mpi_yield_when_idle": "1",
            "HDF5_USE_FILE_LOCKING": "FALSE", "OMPI_MCA_odls_base_sigkill_timeout": "0"}

# A second or two each. Networks' gradients are summed in an order set by the ranks: those jobs stay on two.
NETWORKS = (2,)
ANY = (1, 2, 3)
JOBS = {
    "tsne": (["tsne", "--input", PBMC, "--early-exaggeration-iterations", "100", "--iterations", "6000", "--frames-every",
              "2000"], ANY),
    "sammon": (["sammon", "--input", PBMC, "--optimizer", "stochastic", "--rounds", "4000"], ANY),
    "word2vec": (["word2vec", "--input", "TEXT", "--dimensions", "20", "--epochs", "5", "--deterministic"], ANY),
    "factorize": (["factorize", "--input", PBMC, "--steps", "1200", "--hidden", "32,16"], NETWORKS),
    "vae": (["vae", "--input", PBMC, "--likelihood", "gaussian", "--epochs", "100", "--encoder", "24", "--decoder", "24"],
            NETWORKS),
    "bigan": (["bigan", "--input", PBMC, "--steps", "1000", "--hidden", "24,16", "--discriminator-hidden", "24", "--sample",
               "50"], NETWORKS),
    "run": (["run", "--input", PBMC, "--pca.components", "10", "--neighbors.neighbors", "12", "--sammon.iterations", "60",
             "--tsne.perplexity", "10", "--tsne.start", "spectral", "--tsne.iterations", "1500"], ANY),
}
# Not compared: how long things took, and what the options were.
LEFT_OUT = ("uns/replearn", "options/")


def answer(path):
    """Every dataset of the file -> its values, to the bit."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith(LEFT_OUT):
            value = item[()]
            found[name] = value.tobytes() if hasattr(value, "tobytes") and not value.dtype.hasobject else repr(value)

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def children_of(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    return []


def lives(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    return False


class Failure(Exception):
    pass


class Job:
    """One verb's job, from its beginning to its end over many kills."""

    def __init__(self, name, arguments, folder):
        self.name, self.arguments = name, arguments
        words, self.ranks = JOBS[name]
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder)
        suffix = ".h5" if name == "word2vec" else ".h5ad"
        self.output, self.kept = (os.path.join(self.folder, part) for part in ("out" + suffix, "kept"))
        self.words = [os.path.join(folder, "text.txt") if word == "TEXT" else word for word in words] + ["--quiet"]
        alone = os.path.join(folder, f"alone-{name}{suffix}")
        begin = time.monotonic()
        process = self.start(self.ranks[0], "--output", alone)
        self.end(process, 0)
        self.seconds = time.monotonic() - begin
        self.expected = {"": answer(alone)}
        if name == "bigan":
            self.expected[".samples"] = answer(alone.replace(suffix, ".samples" + suffix))
        self.earlier = False

    def start(self, ranks, *more):
        command = [self.arguments.mpiexec, "--timeout", "300", "-n", str(ranks), self.arguments.replearn, *self.words, *more]
        return subprocess.Popen(command, cwd=SOURCE, env={**os.environ, **SETTINGS}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def end(self, process, *codes):
        _, told = process.communicate(timeout=320)
        if codes and process.returncode not in codes:
            raise Failure(f"exit code {process.returncode}: {told[-1500:]}")
        return told

    def begin(self, chance):
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        self.earlier = chance.random() < 0.5
        if self.earlier:
            with open(self.output, "wb") as file:
                file.write(EARLIER)

    def resume(self, ranks):
        return self.start(ranks, "--output", self.output, "--checkpoint", self.kept, "--checkpoint-every", "0.05s")

    def being_written(self, what, process, seconds):
        """Waits until a file of a checkpoint, or the output, is being written; False if that did not come."""
        place = self.kept if what == "checkpoint" else self.folder
        known = set(os.listdir(place)) if os.path.isdir(place) else set()
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(FileNotFoundError):
                names = [name for name in os.listdir(place) if name not in known and name != "kept"]
                if any(name.endswith(".part") or what == "checkpoint" and name.endswith(".h5") for name in names):
                    return True
            time.sleep(0.0005)
        return False

    def check_output(self, after):
        """An output there is whole: the earlier one or the job's."""
        if not os.path.exists(self.output):
            if self.earlier:
                raise Failure(f"the earlier output is gone after {after}")
            return
        with open(self.output, "rb") as file:
            if self.earlier and file.read() == EARLIER:
                return
        self.compare(after)

    def compare(self, after):
        for part, expected in self.expected.items():
            path = self.output.replace(".h5ad", part + ".h5ad") if part else self.output
            if not os.path.exists(path):
                raise Failure(f"no output {os.path.basename(path)} after {after}")
            found = answer(path)
            differing = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
            if differing:
                raise Failure(f"another answer after {after}: {', '.join(differing[:6])}")

    def finished(self, after):
        self.compare(after)
        left = [name for name in os.listdir(self.folder) if name.endswith(".part") or name == "kept"]
        if left:
            raise Failure(f"left behind after {after}: {', '.join(left)}")


def strike(process, how, chance):
    """Sends the signal; returns the processes that were meant to go."""
    ranks = children_of(process.pid)
    everyone = [*ranks, process.pid]
    if how == "a request":
        process.send_signal(signal.SIGTERM)
        return everyone
    victims = {"a rank": [chance.choice(ranks)] if ranks else [process.pid], "all": everyone, "mpirun": [process.pid]}[how]
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return everyone


def kill_once(job, chance, counts):
    """One run of the job and one kill. Returns whether it hit, and whether the job is done."""
    when = chance.choice(["the start", "any time", "a checkpoint", "a checkpoint", "the output", "the output"])
    how = chance.choice(["a rank", "all", "mpirun", "a request"])
    process = job.resume(chance.choice(job.ranks))
    if when == "the start":
        time.sleep(chance.uniform(0, 0.5))
    elif when == "any time":
        time.sleep(chance.uniform(0.3, 1) * job.seconds)
    else:
        what = "checkpoint" if when == "a checkpoint" else "output"
        if not job.being_written(what, process, 1.5 * job.seconds + 5):
            when += ", missed"
        time.sleep(chance.choice([0, 0, 0.001, 0.003, 0.01]))
    hit = process.poll() is None
    everyone = strike(process, how, chance) if hit else []
    job.end(process)
    # What was killed is gone with mpirun, or when it notices; an earlier run must not write on beside the next.
    end = time.monotonic() + 30
    while any(lives(pid) for pid in everyone):
        if time.monotonic() > end:
            raise Failure(f"ranks live on 30 s after {how} was killed at {when}")
        time.sleep(0.005)
    done = process.returncode == 0
    hit = hit and not done
    after = f"a kill of {how} at {when}"
    counts[(job.name, when, "hit" if hit else "too late")] += 1
    job.finished(after) if done else job.check_output(after)
    return hit, done


def write_text(path):
    words = random.Random(1)
    with open(path, "w") as file:
        for _ in range(12000):
            file.write(" ".join(f"w{int(words.paretovariate(0.6))}" for _ in range(10)) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="kills that hit a running job")
    parser.add_argument("--per-job", type=int, default=4, help="kills before a job is left to end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--job", choices=sorted(JOBS), action="append", help="these alone")
    parser.add_argument("--folder", help="default: a temporary one, kept if something is wrong")
    parser.add_argument("--replearn", default=os.environ.get("REPLEARN", os.path.join(SOURCE, "build/dev/src/cli/replearn")))
    parser.add_argument("--mpiexec", default=os.environ.get("MPIEXEC", "mpirun"))
    arguments = parser.parse_args()
    folder = os.path.abspath(arguments.folder or tempfile.mkdtemp(prefix="replearn-kills-"))
    os.makedirs(folder, exist_ok=True)
    write_text(os.path.join(folder, "text.txt"))
    jobs, counts, hits, wrong, chance = {}, collections.Counter(), 0, [], random.Random(arguments.seed)
    names = arguments.job or list(JOBS)
    turn = 0
    while hits < arguments.kills and turn < 3 * arguments.kills:
        name = names[turn % len(names)]
        turn += 1
        try:
            job = jobs.get(name) or jobs.setdefault(name, Job(name, arguments, folder))
            job.begin(chance)
            done = False
            for _ in range(arguments.per_job):
                hit, done = kill_once(job, chance, counts)
                hits += hit
                if done or hits >= arguments.kills:
                    break
            if not done:
                process = job.resume(chance.choice(job.ranks))
                job.end(process, 0)
                job.finished("the last run")
        except Failure as failure:
            wrong.append(f"{name}: {failure}")
            print(wrong[-1], flush=True)
            kept = os.path.join(folder, f"wrong-{len(wrong)}")
            shutil.copytree(os.path.join(folder, name), kept)
        print(f"{name}: {hits} kills have hit, {len(wrong)} wrong", flush=True)
    for (name, when, what), count in sorted(counts.items()):
        print(f"{count:5} {name:10} {when}: {what}")
    print(f"{hits} kills hit, {len(wrong)} wrong")
    if not wrong and not arguments.folder:
        shutil.rmtree(folder)
    sys.exit(bool(wrong) or hits == 0)


if __name__ == "__main__":
    main()
