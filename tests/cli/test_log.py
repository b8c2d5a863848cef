"""--log FILE: what a run writes while it works, in JSON and as text; and watch, which follows it."""

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
import time
import unittest

import h5py

from command import PBMC, SOURCE, InFolder, replearn

LONG_JOB = ["tsne", "--input", PBMC, "--early-exaggeration-iterations", 100, "--iterations", 4000]
JOB = [*LONG_JOB[:-1], 400]
ENDLESS = ["tsne", "--input", PBMC, "--iterations", 10**9]


def lines_of(path):
    """The lines of a log, read by Python's json. A line cut short is None."""
    found = []
    with open(path) as file:
        for line in file:
            try:
                found.append(json.loads(line))
            except ValueError:
                found.append(None)
    return found


class Log(InFolder):
    def setUp(self):
        super().setUp()
        self.log, self.output = self.path("job.jsonl"), self.path("out.h5ad")

    def start(self, *words, ranks=1):
        """A job under mpirun that is not waited for; ended with the test if it still runs."""
        process = subprocess.Popen([os.environ["MPIEXEC"], "-n", str(ranks), os.environ["REPLEARN"], *map(str, words)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=SOURCE)

        def end():
            if process.poll() is None:
                process.kill()
            process.wait()

        self.addCleanup(end)
        return process

    def wait_for(self, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "what was waited for did not come")
            time.sleep(0.05)

    def looks(self):
        return sum(bool(line and line["event"] == "progress") for line in lines_of(self.log)) if os.path.exists(self.log) else 0

    def kill_ranks(self, process):
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
            ranks = [int(word) for word in file.read().split()]
        for rank in ranks:
            os.kill(rank, signal.SIGKILL)
        process.wait()

    def test_json_tells_the_whole_job(self):
        for ranks in (1, 2, 3):
            log = self.path(f"on{ranks}.jsonl")
            done = self.succeed(*JOB, "--output", self.output, "--log", log, "--progress-every", 0.01, ranks=ranks)
            first, *middle, last = lines_of(log)
            self.assertEqual((first["event"], first["ranks"], first["directory"]), ("start", ranks, SOURCE))
            self.assertEqual(sum(host["ranks"] for host in first["hosts"]), ranks)
            self.assertEqual(first["command"][:4], ["replearn", "tsne", "--input", PBMC])
            version = self.succeed("--version").stdout
            self.assertIn(f"replearn {first['version']}\ncommit {first['commit']}\nbuild {first['build']}\n", version)
            looks = [line for line in middle if line["event"] == "progress"]
            self.assertGreater(len(looks), 1)
            self.assertEqual((looks[-1]["step"], looks[-1]["steps"], looks[-1]["phase"]), (500, 500, "tsne"))
            self.assertGreater(looks[-1]["memory"], 10e6)
            with h5py.File(self.output) as file:
                self.assertAlmostEqual(looks[-1]["loss"], file["uns/tsne/kl_divergence"][()], places=2)
            self.assertEqual((last["event"], last["outcome"], last["exit_code"], last["ranks"]), ("end", "done", 0, ranks))
            self.assertEqual(last["phases_of"], "all ranks")
            names = [phase["name"] for phase in last["phases"]]
            self.assertLessEqual({"read", "tsne", "write"}, set(names))
            self.assertEqual(names, list(dict.fromkeys(line["phase"] for line in middle if line["event"] == "phase")))
            seconds = [line["seconds"] for line in (first, *middle, last)]
            self.assertEqual(seconds, sorted(seconds))
            for line in middle:
                if line["event"] == "message":
                    self.assertIn(line["text"], done.stderr)

    def test_text_begins_with_the_header_and_ends_with_the_phases(self):
        text = self.path("job.log")
        done = self.succeed(*JOB, "--output", self.output, "--log", text, "--quiet", ranks=2)
        self.assertEqual(done.stderr, "")
        shown = self.succeed(*JOB, "--output", self.output, ranks=2).stderr.splitlines()
        with open(text) as file:
            lines = file.read().splitlines()
        self.assertRegex(lines[0], r"^replearn \d+\.\d+\.\d+ \(commit \S+, build .+\)$")
        self.assertEqual(lines[0], shown[0])
        self.assertRegex(lines[1], r"^2 ranks on 1 host: .+ \(2\)$")
        self.assertTrue(lines[2].startswith("command: replearn tsne --input "), lines[2])
        self.assertEqual(lines[3], f"directory: {SOURCE}")
        self.assertRegex(lines[4], r"^started: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$")
        for lines_of_table in (lines, shown):
            table = [line.split()[0] for line in lines_of_table[-16:] if line]
            self.assertLessEqual({"phase", "tsne", "write", "total"}, set(table))
        self.assertTrue(any("iteration 500/500" in line for line in lines))
        self.assertRegex("\n".join(lines), r"\ndone: .* after ")

    def test_errors_are_the_last_line(self):
        for ranks in (1, 3):
            log = self.path(f"on{ranks}.jsonl")
            done = replearn("tsne", "--input", PBMC, "--output", self.output, "--perplexity", 1000, "--log", log, ranks=ranks)
            last = lines_of(log)[-1]
            self.assertEqual((done.code, last["outcome"], last["exit_code"]), (2, "error", 2))
            self.assertEqual(["replearn: " + last["message"]], done.messages)
            watched = replearn("watch", log)
            self.assertEqual((watched.code, len(watched.messages)), (2, 1))
            self.assertIn(last["message"], watched.stderr)

    def test_a_killed_job_is_told_and_resumed_in_the_same_log(self):
        # Some seconds on any machine: long enough to be killed with a checkpoint.
        words = ["tsne", "--input", PBMC, "--iterations", 60000, "--output", self.output, "--checkpoint", self.path("kept"),
                 "--checkpoint-every", 0.2, "--log", self.log, "--progress-every", 0.1]
        job = self.start(*words, ranks=2)
        self.wait_for(lambda: os.path.isdir(self.path("kept")) and self.looks() > 5
                      and any("tsne" in name for name in os.listdir(self.path("kept"))))
        self.kill_ranks(job)
        with open(self.log, "rb+") as file:  # as if it had been killed within a line
            file.truncate(os.path.getsize(self.log) - 7)
        before = lines_of(self.log)
        watched = replearn("watch", self.log, "--patience", 1.5)
        self.assertEqual((watched.code, len(watched.messages)), (1, 1), watched.stderr)
        self.assertIn("no sign of life", watched.stderr)

        self.succeed(*words, "--quiet", timeout=200)
        after = lines_of(self.log)
        self.assertEqual(after[: len(before)], before)
        self.assertIsNone(before[-1])
        self.assertEqual([line["event"] for line in (after[len(before)], after[-1])], ["start", "end"])
        self.assertTrue(any(line["event"] == "message" and "resuming from iteration" in line["text"]
                            for line in after[len(before) + 1 :]))
        watched = self.succeed("watch", self.log)
        self.assertEqual(watched.stdout.count("command: replearn tsne"), 1, "only the last run")
        self.assertIn("1 rank on 1 host", watched.stdout)

    def test_watch_follows_a_running_job_until_it_is_stopped(self):
        kept = self.path("kept")
        job = self.start(*ENDLESS, "--output", self.output, "--checkpoint", kept, "--log", self.log, "--progress-every", 0.1,
                         ranks=2)
        watched = []
        thread = threading.Thread(target=lambda: watched.append(replearn("watch", self.log)))
        thread.start()  # perhaps before the file exists
        self.wait_for(lambda: self.looks() > 5)
        with open(os.path.join(kept, "replearn.stop"), "w"):
            pass
        thread.join()
        self.assertEqual(job.wait(), 75)
        self.assertEqual(watched[0].code, 75, watched[0].stderr)
        self.assertIn("t-SNE: iteration ", watched[0].stdout)
        self.assertEqual(lines_of(self.log)[-1]["outcome"], "stopped")

    def test_watch_waits_for_the_file_and_for_the_rest_of_a_line(self):
        self.succeed(*JOB, "--output", self.output, "--log", self.log)
        with open(self.log, "rb") as file:
            content = file.read()
        late = self.path("late.jsonl")

        def write():
            time.sleep(1)
            for part in (content[:500], content[500:-20], content[-20:]):
                with open(late, "ab") as file:
                    file.write(part)
                time.sleep(0.8)

        writer = threading.Thread(target=write)
        writer.start()
        done = replearn("watch", late)
        writer.join()
        self.assertEqual(done.code, 0, done.stderr)
        self.assertEqual(done.stdout, self.succeed("watch", self.log).stdout)
        self.assertEqual(done.stderr, f"waiting for {late}\n")

        done = replearn("watch", self.path("never.jsonl"), "--patience", 0.6, ranks=2)
        self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
        self.assertIn("never.jsonl: no such file", done.messages[0])

    def test_watch_redraws_a_terminal(self):
        self.succeed(*LONG_JOB, "--output", self.output, "--log", self.log, "--progress-every", 0.02)
        with open(self.log) as file:
            lines = file.readlines()
        running = self.path("running.jsonl")
        with open(running, "w") as file:
            file.writelines(lines[:-1])
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        process = subprocess.Popen([os.environ["REPLEARN"], "watch", running], stdout=theirs, stderr=subprocess.PIPE)
        os.close(theirs)
        time.sleep(1.5)
        with open(running, "a") as file:
            file.write(lines[-1])
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # the end of a terminal
            pass
        os.close(ours)
        self.assertEqual(process.wait(), 0, process.stderr.read())
        process.stderr.close()
        text = shown.decode()
        self.assertRegex(text, "KL [▁▂▃▄▅▆▇█]{3,} ")
        self.assertIn("\033[J", text)
        self.assertRegex(text.split("\033[J")[-1], r"(?s)total .*peak memory per rank [1-9].*done after ")

    def test_other_files_are_refused_and_left_alone(self):
        for name in ("job.jsonl", "job.log"):
            path = self.path(name)
            with open(path, "w") as file:
                file.write("cells of Monday\n")
            done = replearn(*JOB, "--output", self.output, "--log", path, ranks=2)
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn(f"{path}: --log: exists, and is not a log", done.messages[0])
            with open(path) as file:
                self.assertEqual(file.read(), "cells of Monday\n")
            self.assertFalse(os.path.exists(self.output))
        done = replearn("watch", path)
        self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
        self.assertIn("is not the log of a job in JSON", done.messages[0])
        done = replearn(*JOB, "--output", self.output, "--log", self.output)
        self.assertEqual(done.code, 2, done.stderr)

    def test_a_full_disk_ends_the_log_and_not_the_job(self):
        place = self.mounted("size=4k")
        log = os.path.join(place, "job.jsonl")
        done = self.succeed(*ENDLESS[:3], "--iterations", 5000, "--output", self.output, "--log", log,
                            "--progress-every", 0.01)
        self.assertIn("the log cannot be written any more", done.stderr)
        self.assertTrue(os.path.exists(self.output))


if __name__ == "__main__":
    unittest.main()
