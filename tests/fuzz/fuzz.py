#!/usr/bin/env python3
"""Damages small valid files of every format and has the program read them: see README.md in this folder.

    python3 tests/fuzz/fuzz.py --mutants 10000 --seed 1 --jobs 2
    python3 tests/fuzz/fuzz.py --seed 1 --only 4711          # one of them again, its files kept
"""

import argparse
import collections
import contextlib
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import h5py  # noqa: E402

import content  # noqa: E402
import seeds  # noqa: E402
import structure  # noqa: E402
import verbs  # noqa: E402
from judge import Run, contents, judge, judge_output  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(HERE))
TEXT = {"matrix", "table", "labels", "analogies", "pairs", "list", "vocabulary", "text"}


def is_text(seed):
    return seed.kind in TEXT or seed.kind.startswith("config") or (seed.kind == "vectors" and ".txt" in seed.suffix)


def damage(path, seed, chance):
    """Damages the copy of a seed; of a folder, one file in it. Returns what was done."""
    if os.path.isdir(path):
        path = os.path.join(path, chance.choice(sorted(os.listdir(path))))
    if h5py.is_hdf5(path) and chance.random() < 0.65:
        return structure.damage(path, chance)
    return content.damage(path, chance, is_text(seed))


class Fuzzer:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.seeds_folder = os.path.join(folder, "seeds")
        os.makedirs(self.seeds_folder, exist_ok=True)
        self.failures = os.path.join(folder, "failures")
        self.verbs = verbs.READER if arguments.reader else verbs.VERBS
        make = None if arguments.reader else lambda *words: self.run(words, 1, self.seeds_folder).code
        self.seeds = [seed for seed in seeds.make(self.seeds_folder, make) if seed.kind in self.verbs]
        if arguments.kind:
            self.seeds = [seed for seed in self.seeds if seed.kind.startswith(arguments.kind)]
        self.finished_job = None if arguments.reader else self.answer(os.path.join(self.seeds_folder, "kept.h5ad"))

    def run(self, words, ranks, folder):
        place = os.path.join(self.folder, f"mpi{os.getpid()}")
        os.makedirs(place, exist_ok=True)
        return Run(self.arguments.replearn, self.arguments.mpiexec, words, ranks, folder, self.arguments.seconds, place)

    @staticmethod
    def answer(path):
        with h5py.File(path) as file:
            return file["obsm/X_tsne"][()].tobytes()

    def try_one(self, number):
        """Makes a mutant and has it read. Returns (what is wrong or None, exit code, ranks, verb, message)."""
        chance = random.Random(f"{self.arguments.seed} {number}")
        seed = chance.choice(self.seeds)
        words = chance.choice(self.verbs[seed.kind])
        ranks = 3 if chance.random() < self.arguments.share else 1
        folder = os.path.join(self.folder, f"mutant{number}")
        os.makedirs(folder)
        try:
            damaged = os.path.join(folder, "in" + seed.suffix)
            seeds.copy_of(seed, damaged)
            done = damage(damaged, seed, chance)
            earlier = chance.random() < 0.5
            wrong, run = self.judged(folder, damaged, seed, words, ranks, earlier)
            if ranks > 1 and not wrong and run.code != 0:
                shutil.rmtree(os.path.join(folder, "out"), ignore_errors=True)
                alone = self.judged(folder, damaged, seed, words, 1, earlier)[1]
                if alone.code != run.code:
                    wrong = f"exit code {run.code} on 3 ranks, {alone.code} on one"
            if wrong or self.arguments.only is not None:
                self.keep(number, folder, run, f"seed {seed.name}: {done}\n{wrong or 'nothing wrong'}\n")
            return wrong, run.code, ranks, words[0], (run.messages or [""])[0]
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def judged(self, folder, damaged, seed, words, ranks, earlier):
        out = os.path.join(folder, "out")
        os.makedirs(out, exist_ok=True)
        filled = verbs.fill([*words, *(() if self.arguments.reader else seed.options)], damaged, os.path.join(out, "result"), self.seeds_folder)
        written = next((word for word in filled if word.startswith(os.path.join(out, "result."))), None)
        is_file = written and not written.endswith(".pictures")
        if is_file and earlier:
            with open(written, "w") as file:
                file.write("an earlier result")
        name = os.path.relpath(written, folder) if is_file else None
        may_change = [os.path.basename(damaged) + "/"] if seed.kind == "checkpoint" else []
        before = contents(folder)
        run = self.run(filled, ranks, folder)
        wrong = judge(run, before, contents(folder), name, may_change)
        if not wrong and run.code == 0 and is_file:
            wrong = judge_output(written)
            if not wrong and seed.kind == "checkpoint" and self.answer(written) != self.finished_job:
                wrong = "taken up to another answer"
        return wrong, run

    def keep(self, number, folder, run, told):
        place = os.path.join(self.failures, str(number))
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        for name in os.listdir(folder):
            if name.startswith("in"):
                source, target = os.path.join(folder, name), os.path.join(place, name)
                (shutil.copytree if os.path.isdir(source) else shutil.copyfile)(source, target)
        command = " ".join(f"'{word}'" for word in run.command).replace(folder, place)
        with open(os.path.join(place, "command.sh"), "w") as file:
            file.write("export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1"
                       f" OMPI_MCA_ess_singleton_isolated=1 HDF5_USE_FILE_LOCKING=FALSE\nmkdir -p {place}/out\n{command}\n")
        with open(os.path.join(place, "told.txt"), "w") as file:
            file.write(f"{told}exit code {run.code}\n--- stdout\n{run.stdout}\n--- stderr\n{run.stderr}")

    def work(self, numbers, results, until):
        """One of the processes: its share of the mutants."""
        for number in numbers:
            if time.monotonic() > until:
                break
            try:
                results.put((number, self.try_one(number)))
            except Exception as error:  # the fuzzer's own mistake: told, not fatal
                results.put((number, (f"the fuzzer itself failed: {error!r}", None, 0, "", "")))
        shutil.rmtree(os.path.join(self.folder, f"mpi{os.getpid()}"), ignore_errors=True)
        results.put(None)


def alike(message):
    """Messages of one cause: without paths and numbers."""
    return re.sub(r"/\S+|'[^']*'|[-+.\w]*\d[-+.\w]*", "*", message)[:140]


def fuzz(arguments, folder):
    fuzzer = Fuzzer(arguments, folder)
    numbers = [arguments.only] if arguments.only is not None else list(range(arguments.first, arguments.first + arguments.mutants))
    results, begin = multiprocessing.Queue(), time.monotonic()
    jobs = [multiprocessing.Process(target=fuzzer.work, args=(numbers[i::arguments.jobs], results, begin + arguments.limit))
            for i in range(arguments.jobs)]
    for job in jobs:
        job.start()
    codes, wrongs, examples = collections.Counter(), collections.Counter(), {}
    running, done = len(jobs), 0
    while running:
        found = results.get()
        if found is None:
            running -= 1
            continue
        number, (wrong, code, ranks, verb, message) = found
        done += 1
        codes[code, ranks] += 1
        if wrong:
            signature = f"{verb}: {wrong}: {alike(message)}"
            wrongs[signature] += 1
            examples.setdefault(signature, []).append(number)
            print(f"mutant {number}: {signature}", flush=True)
        if done % 500 == 0:
            print(f"{done} mutants, {sum(wrongs.values())} wrong, {done / (time.monotonic() - begin):.1f} a second", flush=True)
    for job in jobs:
        job.join()
    print(f"{done} mutants in {time.monotonic() - begin:.0f} s: " + ", ".join(
        f"{count} exit {code} on {ranks}" for (code, ranks), count in sorted(codes.items(), key=str)) + f"; {sum(wrongs.values())} wrong")
    for signature, count in wrongs.most_common():
        print(f"{count:6} {signature}\n       mutants {', '.join(map(str, examples[signature][:8]))}")
    if wrongs:
        print(f"inputs and commands: {fuzzer.failures}")
    return wrongs, done


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=100, help="number of damaged files")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other mutants")
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--only", type=int, help="this mutant alone; its files are kept")
    parser.add_argument("--kind", default="", help="seeds whose kind begins so (cells, everything, model, text, ...)")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time")
    parser.add_argument("--share", type=float, default=0.15, help="share of the mutants read by three ranks")
    parser.add_argument("--seconds", type=int, default=60, help="time after which a run hangs")
    parser.add_argument("--limit", type=float, default=1e9, help="seconds after which no new mutant is begun")
    parser.add_argument("--folder", help="where seeds and failures go; default: a temporary one, gone if nothing is wrong")
    parser.add_argument("--replearn", default=os.environ.get("REPLEARN", os.path.join(SOURCE, "build/dev/src/cli/replearn")))
    parser.add_argument("--reader", action="store_true", help="--replearn is fuzz_reader, which has the readers alone")
    parser.add_argument("--mpiexec", default=os.environ.get("MPIEXEC", "mpirun"))
    arguments = parser.parse_args()
    folder = os.path.abspath(arguments.folder or tempfile.mkdtemp(prefix="replearn-fuzz-"))
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(os.path.join(folder, "seeds"))
    wrongs, done = fuzz(arguments, folder)
    if not wrongs and not arguments.folder and arguments.only is None:
        shutil.rmtree(folder)
    if done == 0:
        sys.exit("no mutant was tried")
    sys.exit(1 if wrongs else 0)


if __name__ == "__main__":
    main()
