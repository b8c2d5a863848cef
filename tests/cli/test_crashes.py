"""Whatever happens to one process, the job ends soon and says why: crashes, corrupted heaps, too little address space,
inputs that are no files, HDF5 files on which the library would crash."""

import os
import resource
import signal
import socket
import subprocess
import time

import h5py
import numpy

from command import PBMC, InFolder, main, replearn

ROOT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
PROGRAM, MPIEXEC = os.environ["REPLEARN"], os.environ["MPIEXEC"]


def children(pid):
    return [int(word) for word in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()]


class Crashes(InFolder):
    def test_a_crashed_rank_ends_the_job(self):
        for number in (signal.SIGSEGV, signal.SIGABRT):
            words = [MPIEXEC, "--timeout", "60", "-n", "3", PROGRAM, "tsne", "--input", PBMC, "--output",
                     self.path("out.h5ad"), "--iterations", "100000000"]
            job = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ROOT)
            try:
                ranks = []
                while len(ranks) < 3:
                    time.sleep(0.2)
                    ranks = children(job.pid)
                    self.assertIsNone(job.poll())
                time.sleep(3)  # past MPI_Init
                os.kill(ranks[1], number)
                begin = time.monotonic()
                _, told = job.communicate(timeout=50)
            finally:
                job.kill()
            self.assertLess(time.monotonic() - begin, 20)
            self.assertIn("crashed (" + number.name, told)
            self.assertNotIn(job.returncode, (0, 110))

    def test_a_corrupted_heap_ends_the_job(self):
        begin = time.monotonic()
        done = subprocess.run([MPIEXEC, "--timeout", "60", "-n", "3", os.environ["CRASH_VICTIM"]], capture_output=True,
                              text=True, env=ROOT)
        self.assertLess(time.monotonic() - begin, 40, "it hung")
        self.assertIn("replearn: rank 2 crashed (", done.stderr)
        self.assertNotIn(done.returncode, (0, 110))


class AddressSpace(InFolder):
    def run_limited(self, megabytes):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

        return subprocess.run([PROGRAM, "pca", "--input", PBMC, "--output", self.path("out.h5ad")], capture_output=True,
                              text=True, env=ROOT, timeout=60, preexec_fn=limit)

    def test_too_little_for_openblas_is_said(self):
        told = 0
        for megabytes in (220, 300, 400):  # MPI may need more on another machine, and the last may do
            done = self.run_limited(megabytes)
            if "OpenBLAS" in done.stderr:
                told += 1
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("ulimit -v", done.stderr)
        self.assertGreater(told, 0)

    def test_enough_is_enough(self):
        self.assertEqual(self.run_limited(2000).returncode, 0)


class NotFiles(InFolder):
    """A pipe that nobody writes to would be waited for, a device never ends."""

    def setUp(self):
        super().setUp()
        os.mkfifo(self.path("fifo"))
        self.socket = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.socket.close)
        self.socket.bind(self.path("socket"))
        with open(self.path("text.txt"), "w") as file:
            file.write("one two three one two three\n" * 20)

    def refuse(self, *words, what, ranks=1):
        done = replearn(*words, ranks=ranks, timeout=40)
        self.assertEqual(done.code, 2, f"{words}: {done.stderr}")
        self.assertEqual(len(done.messages), 1, done.stderr)
        self.assertIn(what, done.messages[0])

    def test_every_option_that_reads_a_file(self):
        out, fifo, text = self.path("out.h5ad"), self.path("fifo"), self.path("text.txt")
        cells = ["--input", PBMC, "--output", out]
        for verb in ("pca", "inspect", "convert"):
            self.refuse(verb, "--input", fifo, *([] if verb == "inspect" else ["--output", out]), what="a pipe")
        self.refuse("pca", *cells, "--config", "/dev/zero", what="a device")
        self.refuse("pca", *cells, "--config", fifo, what="a pipe")
        self.refuse("pca", *cells, "--config", self.folder, what="a folder")
        self.refuse("pca", *cells, "--reference", fifo, what="a pipe", ranks=3)
        self.refuse("tsne", *cells, "--reference", "/dev/zero", what="a device")
        self.refuse("vae", *cells, "--reference", self.path("socket"), what="a socket")
        self.refuse("convert", *cells, "--obs", fifo, what="a pipe", ranks=3)
        self.refuse("plot", "--input", PBMC, "--pairs", fifo, "--folder", self.folder, what="a pipe")
        words = ["word2vec", "--output", self.path("o.h5"), "--min-count", "1"]
        self.refuse(*words, "--input", fifo, what="neither a file nor a folder", ranks=3)
        self.refuse(*words, "--input", text, "--read-vocab", fifo, what="a pipe")
        self.refuse(*words, "--input", text, "--start", fifo, what="a pipe")
        self.refuse("nearest", "one", "--input", fifo, what="a pipe")
        self.refuse("vectors", "--input", fifo, "--output", self.path("v.txt"), what="a pipe")
        self.refuse("docs", "--input", text, "--vectors", fifo, "--output", out, what="a pipe")


class Damaged(InFolder):
    """Files of which HDF5 1.10 copies more bytes than it has made room for."""

    def damaged(self):
        with h5py.File(self.path("cells.h5ad"), "w") as file:
            file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
            file["X"] = numpy.ones((30, 4), dtype=numpy.float32)
            for name, count in (("obs", 30), ("var", 4)):
                group = file.create_group(name)
                group["_index"] = [f"{name}{i}" for i in range(count)]
                group.attrs["_index"] = "_index"
                group.attrs["column-order"] = numpy.zeros(0)
        with open(self.path("cells.h5ad"), "r+b") as file:
            at = file.read().index(b"obs7\0\0\0\0") - 8  # the length that the heap states
            file.seek(at)
            file.write((3000).to_bytes(2, "little"))
        return self.path("cells.h5ad")

    def test_one_message_naming_the_object(self):
        for verb in (["inspect"], ["pca", "--output", self.path("out.h5ad"), "--components", "2"]):
            for ranks in (1, 3):
                done = replearn(*verb, "--input", self.damaged(), ranks=ranks)
                self.assertEqual(done.code, 2, done.stderr)
                self.assertEqual(len(done.messages), 1, done.stderr)
                # The strings of the whole file share one heap: whichever object comes first is named.
                self.assertRegex(done.messages[0], "cells.h5ad: /.*: damaged: .*heap")

    def test_check_input(self):
        done = replearn("inspect", "--input", PBMC, "--check-input", "none")
        self.assertEqual(done.code, 0, done.stderr)
        done = replearn("inspect", "--input", PBMC, "--check-input", "some")
        self.assertEqual(done.code, 2)
        self.assertIn("--check-input", done.messages[0])


if __name__ == "__main__":
    main(at_once=3)
