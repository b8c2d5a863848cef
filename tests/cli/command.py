"""Runs the program as a user does. The tests of this folder get from CTest:
REPLEARN (the program), MPIEXEC (mpirun) and REPLEARN_SOURCE (the project's folder)."""

import concurrent.futures
import faulthandler
import itertools
import os
import shutil
import subprocess
import sys
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
    """mpirun -n RANKS replearn WORDS. A run that hangs is ended by mpirun, which then exits with 110; mpirun itself, if
    it does not end a minute later, by us."""
    command = [os.environ["MPIEXEC"], "--timeout", str(timeout), "-n", str(ranks), os.environ["REPLEARN"]]
    # mpirun otherwise waits two seconds after ranks that leave with a code other than 0.
    settings = dict(os.environ, OMPI_MCA_odls_base_sigkill_timeout="0")
    begin = time.monotonic()
    process = subprocess.Popen(command + [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, errors="replace", cwd=SOURCE, env=settings)
    try:
        stdout, stderr = process.communicate(timeout=timeout + 60)
    except subprocess.TimeoutExpired:
        processes = subprocess.run(["ps", "-eo", "pid,ppid,stat,wchan:24,etimes,args"], capture_output=True, text=True).stdout
        process.kill()
        raise AssertionError(f"mpirun does not end: {process.args}\n{processes}") from None
    return Finished(process.returncode, stdout, stderr, time.monotonic() - begin)


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
        self.addCleanup(subprocess.run, ["umount", "-l", place], stderr=subprocess.DEVNULL)  # it may be gone already
        return place


def main(at_once=3, alone=()):
    """In place of unittest.main() where most of the time goes into waiting for mpirun to come up and go: several tests
    at a time; those named `alone` afterwards, by themselves. Not for classes that set up something in common. Words of the command line: tests or classes, as there."""
    loader, module = unittest.defaultTestLoader, sys.modules["__main__"]
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    found = [loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)]
    tests = []
    while found:
        each = found.pop()
        found.extend(each) if isinstance(each, unittest.TestSuite) else tests.append(each)
    if not tests:
        sys.exit("there are no such tests")
    faulthandler.dump_traceback_later(300, repeat=True)  # a test that hangs shows where

    def run(test):
        result, begin = unittest.TestResult(), time.monotonic()
        test.run(result)
        return test, result, time.monotonic() - begin

    together = [test for test in reversed(tests) if test.id().rsplit(".", 1)[1] not in alone]
    by_themselves = [test for test in tests if test not in together]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for test, result, seconds in itertools.chain(pool.map(run, together), map(run, by_themselves)):
            told = result.errors + result.failures + [(each, "did not fail") for each in result.unexpectedSuccesses]
            failed += bool(told)
            skipped = "".join(f" skipped: {reason}" for _, reason in result.skipped)
            print(f"{test} ... {'FAILED' if told else 'ok'}{skipped} ({seconds:.1f} s)", flush=True)
            for each, text in told:
                print(f"{each}\n{text}", flush=True)
    print(f"{len(tests)} tests, {failed} failed")
    sys.exit(failed > 0)
