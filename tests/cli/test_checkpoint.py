"""Long jobs: stopped, killed, refused; and gone on with, to the same bits, on any number of ranks."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
import unittest

import h5py

from command import PBMC, SOURCE, InFolder, replearn

# Some seconds of small iterations, a frame now and then.
JOB = ["tsne", "--input", PBMC, "--early-exaggeration-iterations", 100, "--iterations", 30000, "--frames-every", 10000,
       "--quiet"]
ENDLESS = ["tsne", "--input", PBMC, "--iterations", 10**9, "--quiet"]
# How often the job is killed: enough here to meet each way to die; more with REPLEARN_KILLS=50. Of every verb:
# tests/kills.
KILLS = int(os.environ.get("REPLEARN_KILLS", 8))


def results(path):
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and name.startswith(("obsm/X_tsne", "uns/tsne", "obsm/X_sammon")):
            found[name] = item[()].tobytes() if hasattr(item[()], "tobytes") else item[()]

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


class Started:
    """A run under mpirun, to which things can be done while it is under way."""

    def __init__(self, words, ranks):
        command = [os.environ["MPIEXEC"], "--timeout", "100", "-n", str(ranks), os.environ["REPLEARN"]]
        self.process = subprocess.Popen(command + [str(word) for word in words], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, cwd=SOURCE)
        self.ranks = ranks

    def rank_processes(self):
        return children_of(self.process.pid)

    def signal_ranks(self, number):
        for pid in self.rank_processes():
            os.kill(pid, number)

    def finish(self):
        out, self.stderr = self.process.communicate(timeout=100)
        return self.process.returncode


class LongJob(InFolder):
    def setUp(self):
        super().setUp()
        self.folder_of_job = self.path("kept")
        self.output = self.path("out.h5ad")

    def words(self, *more, job=JOB):
        return [*job, "--output", self.output, "--checkpoint", self.folder_of_job, *more]

    def kept(self):
        return sorted(os.listdir(self.folder_of_job)) if os.path.isdir(self.folder_of_job) else []

    def wait_for(self, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "what was waited for did not come")
            time.sleep(0.02)

    def started(self, *more, ranks=2, job=JOB):
        """A run that has a checkpoint already."""
        before = self.kept()
        run = Started(self.words("--checkpoint-every", "0.1s", *more, job=job), ranks)
        self.wait_for(lambda: any(name.endswith(".h5") and name not in before for name in self.kept()) or
                      run.process.poll() is not None)
        return run

    alone = None  # results of the job left alone, computed once

    def undisturbed(self):
        if LongJob.alone is None:
            self.succeed(*JOB, "--output", self.path("alone.h5ad"), timeout=250)
            LongJob.alone = results(self.path("alone.h5ad"))
        return LongJob.alone


class StoppedOnRequest(LongJob):
    def test_by_each_way_to_ask(self):
        expected = self.undisturbed()

        def stop_file(run):
            with open(os.path.join(self.folder_of_job, "replearn.stop"), "w"):
                pass

        ways = [("by a signal", lambda run: run.signal_ranks(signal.SIGTERM)),
                ("by a signal", lambda run: os.kill(run.rank_processes()[-1], signal.SIGUSR1)),  # one rank knows
                ("by a signal", lambda run: run.process.send_signal(signal.SIGUSR1)),  # mpirun hands it on
                ("by replearn.stop", stop_file)]
        for ranks, (how, ask) in zip((3, 2, 4, 1), ways):
            run = self.started(ranks=ranks)
            ask(run)
            self.assertEqual(run.finish(), 75, run.stderr)
            told = [line for line in run.stderr.splitlines() if line.startswith("replearn:")]
            self.assertEqual(len(told), 1, run.stderr)
            self.assertIn(how, told[0])
            self.assertIn("run the same command again", told[0])
            self.assertFalse(os.path.exists(self.output))
        self.succeed(*self.words(), ranks=2)  # a stop file left over stops nothing
        self.assertEqual(results(self.output), expected)
        self.assertFalse(os.path.exists(self.folder_of_job), "the job is done")

    def test_at_the_time_limit(self):
        done = replearn(*self.words("--max-hours", 0.0003), ranks=2)
        self.assertEqual(done.code, 75, done.stderr)
        self.assertIn("--max-hours", done.messages[0])
        self.assertEqual(self.kept(), ["incarnation.1", "tsne.1.1.h5"])

    def test_a_second_signal_ends_it_at_once(self):
        # One iteration takes long here, and the first signal would be heard at its end only.
        job = ["run", "--input", PBMC, "--tsne.perplexity", 5, "--quiet"]
        run = Started([*job, "--output", self.output, "--checkpoint", self.folder_of_job, "--tsne.iterations", 10**9], 1)
        self.wait_for(lambda: "incarnation.1" in self.kept())
        rank = run.rank_processes()[0]
        os.kill(rank, signal.SIGSTOP)  # whatever it is at, it is there still when both have come
        os.kill(rank, signal.SIGTERM)
        os.kill(rank, signal.SIGCONT)
        time.sleep(0.01)
        os.kill(rank, signal.SIGTERM)  # an echo: within a second
        code = run.finish()
        self.assertEqual(code, 75, run.stderr)

    def test_a_second_signal_that_is_no_echo(self):
        """A rank that cannot come to the end of its step (another one holds it up) goes at the second request."""
        run = self.started(job=ENDLESS)
        held_up, holding = run.rank_processes()
        os.kill(holding, signal.SIGSTOP)
        kept = self.kept()
        os.kill(held_up, signal.SIGTERM)
        time.sleep(1.2)  # beyond what counts as an echo
        self.assertTrue(self.runs(held_up), "one request does not end it")
        os.kill(held_up, signal.SIGTERM)
        self.wait_for(lambda: not self.runs(held_up), seconds=2)
        self.assertEqual(run.finish(), 128 + signal.SIGTERM, run.stderr)
        self.assertEqual(self.kept(), kept)
        self.assertFalse(os.path.exists(self.output))

    @staticmethod
    def runs(pid):
        try:
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except FileNotFoundError:
            return False

    def test_the_time_limit_counts_from_the_start_of_the_process(self):
        words = [str(word) for word in self.words("--max-hours", 0.0005, job=ENDLESS)]
        done = subprocess.run(["sh", "-c", 'sleep 2; exec "$@"', "sh", os.environ["REPLEARN"], *words],
                              capture_output=True, text=True, cwd=SOURCE)
        self.assertEqual(done.returncode, 75, done.stderr)
        # Stopped at its first look, before any iteration; there are hundreds in a second.
        self.assertEqual(self.kept(), ["incarnation.1", "neighbors-of-tsne.1.1.h5"])

    def test_without_a_folder_a_signal_ends_it_as_ever(self):
        run = Started([*JOB, "--output", self.output], 2)
        self.wait_for(lambda: len(run.rank_processes()) == 2)
        time.sleep(0.5)
        run.signal_ranks(signal.SIGUSR1)
        self.assertEqual(run.finish(), 128 + signal.SIGUSR1)


class Killed(LongJob):
    def test_at_random_moments(self):
        """Again and again, each way to die; what is left of the job ends with the same bits."""
        expected = self.undisturbed()
        chance = random.Random(20)
        times, ended, seen = 0, 0, set()
        while times < KILLS:
            run = Started(self.words("--checkpoint-every", "0.05s"), chance.choice([1, 2, 3]))
            time.sleep(chance.uniform(0.3, 1.1))
            how = chance.choice(["TERM", "USR1", "kill a rank", "kill mpirun"])
            ranks = run.rank_processes() if run.process.poll() is None else []
            try:
                if how == "kill a rank" and ranks:
                    os.kill(chance.choice(ranks), signal.SIGKILL)
                elif how == "kill mpirun":
                    run.process.kill()
                elif how == "TERM":
                    run.process.terminate()
                else:
                    run.process.send_signal(signal.SIGUSR1)
            except ProcessLookupError:
                pass
            code = run.finish()
            self.wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in ranks))
            times += 1
            seen.add((how, code))
            if code == 0:
                ended += 1
                self.assertEqual(results(self.output), expected, f"after {times} runs")
                os.remove(self.output)
        self.succeed(*self.words())
        self.assertEqual(results(self.output), expected)
        self.assertGreater(times - ended, KILLS // 3, seen)  # else hardly any was hit


class ComputedOnce(LongJob):
    """What stands before the iterations is computed by one run of the job, and taken over by the next."""
    JOB = ["run", "--input", PBMC, "--pca.components", 20, "--neighbors.neighbors", 12, "--tsne.perplexity", 10,
           "--tsne.early-exaggeration-iterations", 10]
    SHORT = [*JOB, "--tsne.start", "spectral", "--tsne.iterations", 10]

    def everything(self, path):
        found = {}

        def visit(name, item):
            if isinstance(item, h5py.Dataset) and not name.startswith("uns/replearn"):
                value = item[()]  # texts are objects, which have no bytes of their own
                found[name] = value if not hasattr(value, "dtype") else value.tolist() if value.dtype.hasobject else value.tobytes()

        with h5py.File(path) as file:
            file.visititems(visit)
        return found

    def test_kept_stopped_after_and_not_computed_again(self):
        self.succeed(*self.SHORT, "--output", self.path("alone.h5ad"))
        kept = []
        for ranks, stage in ((2, "pca"), (3, "neighbors"), (1, "spectral start")):
            done = replearn(*self.words("--max-hours", 1e-9, job=self.SHORT), ranks=ranks)
            self.assertEqual((done.code, len(done.messages)), (75, 1), done.stderr)
            self.assertIn(f"{stage}: stopped at the limit of --max-hours; the result is saved in", done.messages[0])
            kept.append(f"{stage.replace(' ', '-')}.{len(kept) + 1}.1.h5")
            self.assertEqual(self.kept(), sorted([*kept, f"incarnation.{len(kept)}"]))
        done = self.succeed(*self.words("--timings", self.path("timings.json"), job=self.SHORT), ranks=3)
        self.assertEqual(done.stderr.count("finished by an earlier run"), 3, done.stderr)
        with open(self.path("timings.json")) as file:
            phases = [phase["name"] for phase in json.load(file)["phases"]]
        for phase in ("pca", "neighbors", "spectral start"):
            self.assertNotIn(phase, phases)
        expected = self.everything(self.path("alone.h5ad"))
        self.assertEqual([name for name, value in self.everything(self.output).items() if value != expected[name]], [])
        self.assertFalse(os.path.exists(self.folder_of_job))

    def test_only_what_takes_longer_than_keeping_it(self):
        endless = ["tsne", *ENDLESS[1:], "--no-stored-graph"]
        for every, kept in (("0.001s", True), ("0", False)):
            done = replearn(*self.words("--checkpoint-every", every, "--max-hours", 0.0006, job=endless), ranks=2)
            self.assertEqual(done.code, 75, done.stderr)
            kept_now = self.kept()
            self.assertTrue(any(name.startswith("tsne.1.") for name in kept_now), kept_now)  # the last two of many
            self.assertEqual("neighbors-of-tsne.1.1.h5" in kept_now, kept, every)
            shutil.rmtree(self.folder_of_job)


class Leftovers(LongJob):
    def test_of_killed_writers_are_removed(self):
        def leave(name, age=0):
            path = self.path(f".out.h5ad.{name}.part")
            with open(path, "w"):
                pass
            os.utime(path, (time.time() - age, time.time() - age))
            return path

        child = subprocess.Popen(["true"])
        child.wait()
        gone = leave(f"{socket.gethostname()}.{child.pid}.1a2b")
        alive = leave(f"{socket.gethostname()}.{os.getpid()}.1a2b", 10**5)
        old, fresh = leave("node.elsewhere.77.1a2b", 10**4), leave("node.elsewhere.78.1a2b")
        self.succeed("tsne", PBMC, self.output, "--iterations", 10, ranks=2)
        self.assertEqual([os.path.exists(path) for path in (gone, old, alive, fresh)], [False, False, True, True])


class Refused(LongJob):
    def test_other_options_other_data(self):
        run = self.started(job=ENDLESS)
        for words, place in [(["--perplexity", 20], "tsne.perplexity is 20 and was 30"),
                             (["--join", "outer"], "files.join is outer and was inner")]:
            done = replearn(*self.words(*words, job=ENDLESS), ranks=2)
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn(place, done.messages[0])
        other = self.path("other.h5ad")
        self.succeed("pca", PBMC, other, "--components", 5)
        job = ["tsne", "--input", other, *ENDLESS[3:]]
        done = replearn(*self.words(job=job), ranks=1)
        self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
        self.assertIn(f"content of files.input ({other})", done.messages[0])
        # The one under way has not noticed.
        run.process.send_signal(signal.SIGUSR1)
        self.assertEqual(run.finish(), 75, run.stderr)

    def test_what_failed_at_once_does_not_keep_the_folder(self):
        done = replearn(*self.words("--affinities-key", "nosuch", job=ENDLESS), ranks=2)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(self.kept(), [])
        self.succeed(*self.words("--learning-rate", 100, job=[*ENDLESS[:-2], 10, "--quiet"]), ranks=2)

    def test_what_makes_no_sense(self):
        for words, place in [(["--max-hours", 1], "--max-hours"), (["--checkpoint-every", "soon"], "--checkpoint-every"),
                             (["--checkpoint", "/dev/null/x"], "--checkpoint")]:
            done = replearn(*JOB, "--output", self.output, *words)
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn(place, done.messages[0])


class Damaged(LongJob):
    """One flipped bit anywhere in a checkpoint is found; the one before is used, and it is said."""

    def flip(self, name, share):
        path = os.path.join(self.folder_of_job, name)
        with open(path, "r+b") as file:
            file.seek(int(share * (os.path.getsize(path) - 1)))
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 16]))

    def test_the_last_one_and_all(self):
        expected = self.undisturbed()
        for share in (0.02, 0.5, 1.0):
            run = self.started(ranks=2)
            self.wait_for(lambda: len([name for name in self.kept() if name.startswith("tsne.")]) > 1)
            run.signal_ranks(signal.SIGTERM)
            self.assertEqual(run.finish(), 75, run.stderr)
            last = max((name for name in self.kept() if name.endswith(".h5") and name.startswith("tsne.")),
                       key=lambda name: [int(part) for part in name.split(".")[1:3]])
            self.flip(last, share)
        done = replearn(*self.words(), ranks=3, timeout=250)  # of the last two, the last one is damaged
        self.assertEqual(done.code, 0, done.stderr)
        self.assertIn(f"warning: {os.path.join(self.folder_of_job, last)}: the checkpoint is damaged", done.stderr)
        self.assertNotIn("starts from the beginning", done.stderr)
        self.assertEqual(results(self.output), expected)
        self.assertFalse(os.path.exists(self.folder_of_job))

    def test_where_none_is_left_it_begins_anew_and_says_so(self):
        def kept():
            return [name for name in self.kept() if name.startswith("tsne.")]

        run = self.started(ranks=2)
        self.wait_for(kept)
        run.signal_ranks(signal.SIGTERM)
        self.assertEqual(run.finish(), 75, run.stderr)
        damaged = kept()
        for name in damaged:
            self.flip(name, 0.3)
        done = replearn(*self.words("--max-hours", 0.0006), ranks=1)
        self.assertEqual(done.code, 75, done.stderr)
        self.assertEqual(done.stderr.count("the checkpoint is damaged"), len(damaged), done.stderr)
        self.assertIn("no valid checkpoint of tsne remains", done.stderr)
        self.assertEqual([name for name in kept() if name.endswith(".damaged")], [f"{name}.damaged" for name in damaged])


class ChangedInputs(LongJob):
    """Content counts, of every file that any option reads; not its name, its inode or its time."""

    def setUp(self):
        super().setUp()
        self.output = self.path("v.h5")
        words = random.Random(1)
        os.mkdir(self.path("text"))
        for name in "abc":
            with open(self.path(f"text/{name}.txt"), "w") as file:
                for _ in range(300):
                    file.write(" ".join(f"w{words.randrange(30)}" for _ in range(9)) + "\n")
        with open(self.path("vocabulary"), "w") as file:
            file.write("</s> 900\n" + "".join(f"w{i} {400 - i}\n" for i in range(30)))
        with open(self.path("start.txt"), "w") as file:
            file.write("2 4\nw1 1 0 0 0\nw2 0 1 0 0\n")
        self.job = ["word2vec", "--input", self.path("text"), "--read-vocab", self.path("vocabulary"), "--start",
                    self.path("start.txt"), "--dimensions", 4, "--sample", 0, "--epochs", 200, "--deterministic", "--quiet"]

    def run_for_a_moment(self, ranks=1):
        return replearn(*self.words("--max-hours", 1e-9, job=self.job), ranks=ranks)

    def test_every_file_is_looked_at(self):
        self.assertEqual(self.run_for_a_moment().code, 75)
        for path, place, old, new in [("text/b.txt", "content of text.input, file 2", b"w1 ", b"w2 "),
                                      ("vocabulary", "content of vocabulary.read-vocab", b"w5 395", b"w5 394"),
                                      ("start.txt", "content of word2vec.start", b"w1 1", b"w1 2")]:
            path = self.path(path)
            with open(path, "rb") as file:
                before = file.read()
            times = os.stat(path)
            with open(path, "r+b") as file:
                file.write(before.replace(old, new, 1))
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            done = self.run_for_a_moment(ranks=2)
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn(place, done.messages[0])
            self.assertIn(path, done.messages[0])
            os.rename(path, path + ".old")  # the same again, in a new file, at a new time
            with open(path, "wb") as file:
                file.write(before)
            os.remove(path + ".old")
        shutil.copy(self.path("text/a.txt"), self.path("text/d.txt"))
        done = self.run_for_a_moment()
        self.assertEqual(done.code, 2, done.stderr)
        self.assertIn("number of files of text.input is 4 and was 3", done.messages[0])
        os.remove(self.path("text/d.txt"))
        os.rename(self.path("start.txt"), self.path("moved.txt"))
        self.job[self.job.index(self.path("start.txt"))] = self.path("moved.txt")
        self.output = self.path("another.h5")
        self.assertEqual(self.run_for_a_moment(ranks=3).code, 75)

    def test_a_reference(self):
        reference = self.path("reference.h5ad")
        self.succeed("vae", "--input", PBMC, "--output", reference, "--likelihood", "gaussian", "--epochs", 1)
        os.makedirs(self.folder_of_job)  # a run that is under way elsewhere
        words = ["vae", PBMC, self.path("o.h5ad"), "--reference", reference, "--checkpoint", self.folder_of_job]
        run = Started([*words, "--importance-samples", 10**6], 1)
        self.wait_for(lambda: "incarnation.1" in self.kept())
        with h5py.File(reference, "r+") as file:
            file["uns/vae/model"].attrs["changed"] = 1
        done = replearn(*words, "--importance-samples", 10**6)
        run.process.kill()
        run.finish()
        self.assertEqual(done.code, 2, done.stderr)
        self.assertIn(f"content of vae.reference ({reference})", done.messages[0])


class OthersFiles(LongJob):
    def test_in_the_folder_of_a_job(self):
        """A folder that was there, with a download and another job's output under way in it: all of it stays."""
        os.mkdir(self.folder_of_job)
        for name in ("download.part", ".other.h5ad.node.12.1a2b.part", "mine.txt"):
            with open(os.path.join(self.folder_of_job, name), "w") as file:
                file.write("mine")
        before = self.kept()
        for ranks in (1, 2):
            done = replearn(*self.words("--max-hours", 0.0003), ranks=ranks)
            self.assertEqual(done.code, 75, done.stderr)
        self.succeed(*self.words(job=JOB), ranks=2, timeout=250)
        self.assertEqual(self.kept(), before)
        for name in before:
            os.remove(os.path.join(self.folder_of_job, name))
        self.succeed(*self.words(job=[*ENDLESS[:-2], 10, "--quiet"]))
        self.assertEqual(self.kept(), [])
        self.assertTrue(os.path.isdir(self.folder_of_job), "it is not ours")

    def test_a_stop_file_that_comes_too_late(self):
        job = [*ENDLESS[:-2], 3000, "--quiet"]  # over before anyone looks for the file, which is a second after the start
        run = self.started(ranks=1, job=job)
        if run.process.poll() is None:
            with open(os.path.join(self.folder_of_job, "replearn.stop"), "w"):
                pass
        if run.finish() == 75:  # on a slow machine
            self.succeed(*self.words(job=job))
        self.assertFalse(os.path.exists(self.folder_of_job))


class TwoIncarnations(LongJob):
    def test_the_earlier_gives_up(self):
        expected = self.undisturbed()
        first = self.started(ranks=2)
        first.signal_ranks(signal.SIGSTOP)  # as a node that is cut off
        second = Started(self.words(), 2)
        self.wait_for(lambda: "incarnation.2" in self.kept())
        first.signal_ranks(signal.SIGCONT)
        self.assertEqual(first.finish(), 1, first.stderr)
        self.assertIn("taken over by process", first.stderr)
        self.assertEqual(second.finish(), 0, second.stderr)
        self.assertEqual(results(self.output), expected)

    def test_nor_does_it_write_the_output(self):
        first = self.started(ranks=1)
        first.signal_ranks(signal.SIGSTOP)
        self.succeed(*self.words(), ranks=2)
        written = os.stat(self.output).st_ino
        os.makedirs(self.folder_of_job)
        with open(os.path.join(self.folder_of_job, "incarnation.7"), "w") as file:
            file.write("process 1 on elsewhere\n")
        first.signal_ranks(signal.SIGCONT)
        self.assertEqual(first.finish(), 1, first.stderr)
        self.assertEqual(os.stat(self.output).st_ino, written)


class DiskTrouble(LongJob):
    def test_a_full_disk_costs_neither_run_nor_checkpoint(self):
        expected = self.undisturbed()
        place = self.mounted("size=400k")
        self.folder_of_job = os.path.join(place, "kept")
        words = [word for word in self.words("--checkpoint-every", "0.1s") if word != "--quiet"]
        run = Started(words, 2)
        self.wait_for(lambda: any(name.endswith(".h5") for name in self.kept()))
        with open(os.path.join(place, "filler"), "wb", buffering=0) as filler:
            try:
                while filler.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        self.assertEqual(run.finish(), 0, run.stderr)
        self.assertIn("warning: t-SNE: no checkpoint at iteration", run.stderr)
        self.assertIn("The run continues", run.stderr)
        self.assertEqual(results(self.output), expected)


    def test_a_disk_that_vanishes_costs_the_run_nothing(self):
        expected = self.undisturbed()
        place = self.mounted("size=4m")
        self.folder_of_job = os.path.join(place, "kept")
        run = Started([word for word in self.words("--checkpoint-every", "0.1s") if word != "--quiet"], 2)
        self.wait_for(lambda: any(name.endswith(".h5") for name in self.kept()))
        subprocess.run(["umount", "-l", place], check=True)
        self.assertEqual(run.finish(), 0, run.stderr)
        self.assertIn("warning: t-SNE: no checkpoint at iteration", run.stderr)
        self.assertEqual(results(self.output), expected)


class NoLocks(LongJob):
    def test_a_file_system_without_locks(self):
        """As on Lustre or NFS mounted without them: flock fails, HDF5 must not be asked to lock, and it is told once."""
        with open(self.path("flock.c"), "w") as file:
            file.write("#include <errno.h>\nint flock(int f, int o) { errno = ENOLCK; return -1; }\n")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.path("flock.so"), self.path("flock.c")], check=True)
        environment = {name: value for name, value in os.environ.items() if name != "HDF5_USE_FILE_LOCKING"}
        done = subprocess.run([os.environ["MPIEXEC"], "-n", "2", "-x", "LD_PRELOAD=" + self.path("flock.so"),
                               os.environ["REPLEARN"], "tsne", PBMC, self.output, "--iterations", "20", "--checkpoint",
                               self.folder_of_job], capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr.count("does not support file locks"), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
