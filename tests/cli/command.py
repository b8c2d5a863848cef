"""Runs the program as a user does. The tests of this folder get from CTest:
REPLEARN (the program), MPIEXEC (mpirun) and REPLEARN_SOURCE (the project's folder)."""

import os
import shutil
import subprocess
import tempfile
import time
import unittest

SOURCE = os.environ["REPLEARN_SOURCE"]
PBMC = os.path.join(SOURCE, "tests/data/pbmc68k_reduced/pbmc68k_reduced.h5ad")


class Finished:
    def __init__(self, code, stdout, stderr, seconds):
        self.code, self.stdout, self.stderr, self.seconds = code, stdout, stderr, seconds

    @property
    def messages(self):
        """What replearn itself said of an error; mpirun adds lines of its own about the exit code."""
        return [line for line in self.stderr.splitlines() if line.startswith("replearn:")]


def replearn(*words, ranks=1, timeout=60):
    """mpirun -n RANKS replearn WORDS. A run that hangs is ended by mpirun, which then exits with 110."""
    command = [os.environ["MPIEXEC"], "--timeout", str(timeout), "-n", str(ranks), os.environ["REPLEARN"]]
    begin = time.monotonic()
    done = subprocess.run(command + [str(word) for word in words], capture_output=True, text=True, cwd=SOURCE)
    return Finished(done.returncode, done.stdout, done.stderr, time.monotonic() - begin)


class InFolder(unittest.TestCase):
    """Each test has a folder of its own, gone afterwards."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="replearn-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def succeed(self, *words, **options):
        done = replearn(*words, **options)
        self.assertEqual(done.code, 0, done.stderr)
        return done

    def mounted(self, options):
        """A file system of the test's own; skips where mounting is not allowed."""
        place = self.path("mounted")
        os.mkdir(place)
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place]).returncode != 0:
            self.skipTest("cannot mount a file system here")
        self.addCleanup(subprocess.run, ["umount", "-l", place])
        return place
