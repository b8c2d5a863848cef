"""The user's files: what is read is never written, by whatever option or name; what cannot be written, or should not, is
told before any work; links and devices stay what they are; what killed runs left goes."""

import json
import os
import random
import shutil
import socket
import stat
import subprocess
import time
import unittest

import h5py

from command import PBMC, SOURCE, InFolder, main, replearn


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


class Files(InFolder):
    def refuse(self, words, *parts, ranks=1):
        """Exit code 2 and one message, before anything is read; and every file as it was."""
        before = self.state()
        done = replearn(*words, ranks=ranks)
        what = f"{words}: exit {done.code}\n{done.stderr}"
        self.assertEqual(done.code, 2, what)
        self.assertEqual(len(done.messages), 1, what)
        for part in parts:
            self.assertIn(part, done.messages[0])
        self.assertEqual(self.state(), before, what)
        self.assertNotIn("vocabulary:", done.stderr)

    def state(self):
        found = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                found[path] = (os.lstat(path).st_ino, os.lstat(path).st_mode,
                               bytes_of(path) if os.path.isfile(path) else None)
        return found

    def file(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def text(self, name="text.txt"):
        words = random.Random(3)
        return self.file(name, "".join(" ".join(f"w{words.randrange(20)}" for _ in range(9)) + "\n" for _ in range(60)))

    def vectors(self, name="v.txt"):
        return self.file(name, "3 2\nking 1 0\nqueen 0 1\nman 1 1\n")

    def cells(self, name="cells.h5ad"):
        return shutil.copy(PBMC, self.path(name))


class InputsAreNeverWritten(Files):
    TOLD = ("is read by", "inputs are never overwritten")

    def test_input_and_output(self):
        table = self.file("t.csv", "name,a,b\nx,1,2\ny,3,4\n")
        cells, vectors, text = self.cells(), self.vectors(), self.text()
        for words in (["pca", cells, cells], ["pca", "--input", cells, "--output", cells], ["run", cells, cells],
                      ["vectors", "--input", vectors, "--output", vectors], ["phrases", text, text],
                      ["vectors", vectors, f"{self.path('w.bin')},{vectors}"],
                      ["word2vec", "--input", text, "--output", text], ["docs", text, cells, "--vectors", cells]):
            self.refuse(words, *self.TOLD)
        os.rename(table, self.path("t.h5ad"))  # whatever is in it
        self.refuse(["convert", self.path("t.h5ad"), self.path("t.h5ad")], *self.TOLD, ranks=3)

    def test_by_another_name(self):
        cells = self.cells()
        os.symlink(cells, self.path("link.h5ad"))
        os.link(cells, self.path("hard.h5ad"))
        os.mkdir(self.path("sub"))
        for name in ("link.h5ad", "hard.h5ad", "sub/../cells.h5ad", "./cells.h5ad"):
            self.refuse(["pca", cells, os.path.join(self.folder, name)], *self.TOLD)
            self.refuse(["pca", os.path.join(self.folder, name), cells], *self.TOLD)

    def test_every_option_that_reads(self):
        cells, vectors, text = self.cells(), self.vectors(), self.text()
        other = shutil.copy(cells, self.path("other.h5ad"))
        words = self.file("words.txt", "king queen\n")
        config = self.file("job.cfg", "[files]\n")
        vocabulary = self.file("vocabulary.txt", "</s> 0\nw1 9\n")
        for verb in ("pca", "tsne", "sammon", "factorize", "vae", "bigan"):
            self.refuse([verb, cells, other, "--reference", other], "--reference", *self.TOLD)
        for command, option in [
                (["run", cells, other, "--plot.pairs", other], "--plot.pairs"),
                (["convert", cells, other, "--obs", other], "--obs"),
                (["vectors", cells, words, "--list", words], "--list"),
                (["word2vec", text, vectors, "--start", vectors], "--start"),
                (["word2vec", text, vocabulary, "--read-vocab", vocabulary], "--read-vocab"),
                (["word2vec", text, self.path("v.h5"), "--save-vocab", text], "--input"),
                (["docs", text, other, "--vectors", other], "--vectors"),
                (["pca", cells, other, "--config", config, "--timings", config], "--config"),
                (["pca", cells, other, "--timings", cells], "--input"),
                (["vae", cells, other, "--sample", 3, "--sample-output", cells], "--input"),
                (["evaluate", "--input", vectors, "--analogies", words, "--timings", words], "--analogies"),
                (["evaluate", "--input", vectors, "--similarity", words, "--timings", words], "--similarity")]:
            self.refuse(command, option, *self.TOLD)

    def test_a_file_of_a_folder_or_pattern(self):
        os.mkdir(self.path("news"))
        self.text("news/a.txt")
        second = self.text("news/b.txt")
        for given in (self.path("news"), self.path("news/*.txt"), f"{self.path('news/a.txt')},{second}"):
            self.refuse(["word2vec", "--input", given, "--output", second], *self.TOLD)
        self.refuse(["word2vec", "--input", self.path("news"), "--output", self.path("v.h5"), "--checkpoint",
                     self.path("news/kept")], "--checkpoint", "read as text")
        folder = shutil.copytree(os.path.join(SOURCE, "tests/data/formats/tenx_v3"), self.path("tenx"))
        for part in os.listdir(folder):
            os.rename(os.path.join(folder, part), os.path.join(folder, "GSM1_" + part))
        parts = sorted(os.path.join(folder, part) for part in os.listdir(folder))
        matrix = next(part for part in parts if "matrix" in part)
        for given in (folder, matrix):
            for part in parts:
                plain = part.removesuffix(".gz")  # .gz is no ending of a table of times
                os.rename(part, plain) if part != plain else None
            parts = [part.removesuffix(".gz") for part in parts]
            given = given.removesuffix(".gz")
            for part in parts:
                self.refuse(["convert", given, self.path("out.h5ad"), "--timings", part], "--timings", *self.TOLD)


class OutputsThatWillNotDo(Files):
    def test_two_that_are_one(self):
        cells, text = self.cells(), self.text()
        out = self.path("out.h5ad")
        for words in (["pca", cells, out, "--timings", out],
                      ["vae", cells, out, "--sample", 3, "--sample-output", self.path("./out.h5ad")],
                      ["word2vec", text, f"{self.path('v.txt')},{self.path('v.txt')}"],
                      ["word2vec", text, self.path("v.txt"), "--save-vocab", self.path("v.txt")],
                      ["sweep", cells, self.path("c.h5"), "--sweep.folder", self.path("c.png")]):
            self.refuse(words, "as well" if words[2] == out or words[0] != "word2vec" or "--save-vocab" in words else "twice")
        self.refuse(["tsne", cells, out, "--checkpoint", out], "--checkpoint")
        self.refuse(["bigan", self.cells("a.h5ad"), self.path("b.h5ad"), "--checkpoint", cells], "--checkpoint", "is a file")

    def test_endings(self):
        cells, text, vectors = self.cells(), self.text(), self.vectors()
        for words in (["pca", cells, self.path("out.csv")], ["pca", "--input", cells, "--output", self.path("out.h5")],
                      ["convert", cells, self.path("out")], ["run", cells, self.path("out.png")],
                      ["docs", text, self.path("d.csv"), "--vectors", vectors],
                      ["word2vec", text, self.path("v.csv")], ["vectors", vectors, self.path("v.npy")],
                      ["phrases", text, self.path("joined.txt.gz")], ["sweep", cells, self.path("c.h5ad")],
                      ["sweep", cells, self.path("c.h5"), "--sweep.figure", self.path("figure")],
                      ["word2vec", text, self.path("v.h5"), "--save-vocab", self.path("v.h5ad")],
                      ["vae", cells, self.path("o.h5ad"), "--sample", 3, "--sample-output", self.path("s.csv")]):
            self.refuse(words, "use the extension")
        self.refuse(["pca", cells, self.path("out.csv")], "out.csv", "--output", ".h5ad", ranks=3)

    def test_places(self):
        cells = self.cells()
        os.mkdir(self.path("folder.h5ad"))
        missing = self.path("none/out.h5ad")
        for words, part in [(["pca", cells, missing], "does not exist"),
                            (["pca", cells, self.path("folder.h5ad")], "is a folder"),
                            (["pca", cells, self.path("o.h5ad"), "--timings", self.path("none/t.json")], "--timings"),
                            (["sweep", cells, self.path("c.h5"), "--sweep.figure", self.path("none/c.png")], "--sweep.figure"),
                            (["word2vec", self.text(), self.path("v.h5"), "--save-vocab", self.path("none/v.txt")],
                             "--save-vocab"),
                            (["run", cells, self.path("o.h5ad"), "--plot.folder", cells], "--plot.folder"),
                            (["sammon", cells, self.path("o.h5ad"), "--figures", cells + "/x"], "--figures")]:
            self.refuse(words, part)

    def test_where_nothing_may_be_written(self):
        place = self.mounted("size=1m,ro")
        cells = self.cells()
        for words in (["pca", cells, place + "/out.h5ad"], ["pca", cells, self.path("o.h5ad"), "--timings", place + "/t.json"],
                      ["phrases", self.text(), place + "/p.txt"], ["tsne", cells, self.path("o.h5ad"), "--checkpoint", place],
                      ["run", cells, self.path("o.h5ad"), "--plot.folder", place + "/pictures"]):
            done = replearn(*words)
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn("is not writable", done.messages[0])

    def test_what_will_be_drawn(self):
        cells, out = self.cells(), self.path("out.h5ad")
        self.refuse(["run", cells, out, "--plot.basis", "X_tsn", "--tsne.iterations", 10**9], "X_tsn", "X_tsne")
        self.refuse(["run", cells, out, "--plot.basis", "X_tsne", "--tsne.dimensions", 1, "--tsne.iterations", 10**9],
                    "X_tsne", "two")


class LinksAndDevices(Files):
    def test_a_link_is_followed(self):
        os.mkdir(self.path("elsewhere"))
        cells = self.cells()
        for name, there in (("there.h5ad", True), ("not_yet.h5ad", False)):
            target = os.path.join("elsewhere", name)
            if there:
                self.file(target, "an earlier result")
            os.symlink(target, self.path("link.h5ad"))
            self.succeed("pca", cells, self.path("link.h5ad"), "--components", 3, "--timings", self.path("t.json"), ranks=2)
            self.assertEqual(os.readlink(self.path("link.h5ad")), target)
            with h5py.File(self.path(target)) as file:
                self.assertEqual(file["obsm/X_pca"].shape[1], 3)
            os.remove(self.path("link.h5ad"))
        text = self.text()
        self.file("joined.txt", "earlier")
        os.symlink("joined.txt", self.path("latest.txt"))
        os.symlink("circle.txt", self.path("circle.txt"))
        self.succeed("phrases", text, self.path("latest.txt"))
        self.assertTrue(os.path.islink(self.path("latest.txt")))
        self.assertNotEqual(bytes_of(self.path("joined.txt")), b"earlier")
        self.refuse(["phrases", text, self.path("circle.txt")], "leads back to itself")

    def test_devices_and_pipes_stay(self):
        cells = self.cells()
        os.mkfifo(self.path("pipe.h5ad"))
        for path in ("/dev/null", self.path("pipe.h5ad")):
            for words in (["pca", cells, path], ["pca", cells, self.path("o.h5ad"), "--timings", path],
                          ["phrases", self.text(), path], ["word2vec", self.text(), self.path("v.h5"), "--save-vocab", path]):
                done = replearn(*words)
                self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
                self.assertIn("device or a pipe", done.messages[0])
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path("pipe.h5ad")).st_mode))


class WhatKilledRunsLeft(Files):
    def left(self, name, maker):
        return self.file(f".{name}.{maker}.part", "half")

    def test_goes_with_the_next_run_of_the_same_output(self):
        child = subprocess.Popen(["true"])
        child.wait()
        zombie = subprocess.Popen(["true"])  # not waited for
        while open(f"/proc/{zombie.pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z":
            time.sleep(0.01)
        space = os.readlink("/proc/self/ns/pid")[5:-1]
        start = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19])
        host, mine = socket.gethostname(), os.getpid()
        gone = [f"{host}.{child.pid}.1a2b", f"{host}.{zombie.pid}.1a2b", f"{host}.{mine}.{start + 1:x}t5n{space}"]
        alive = [f"{host}.{mine}.1a2b", f"{host}.{mine}.{start:x}t5n{space}", f"{host}.{child.pid}.5t5n77",
                 f"elsewhere.{child.pid}.1a2b"]
        outputs = {name: [self.left(name, maker) for maker in gone] for name in ("o.h5ad", "t.json", "v.txt", "v.bin")}
        kept = [self.left("o.h5ad", maker) for maker in alive] + [self.file(".o.h5ad.part", "x"), self.file("o.h5ad.part", "x"),
                                                                  self.left("other.h5ad", gone[0])]
        self.succeed("pca", self.cells(), self.path("o.h5ad"), "--components", 3, "--timings", self.path("t.json"))
        self.succeed("word2vec", self.text(), self.path("v.bin"), "--save-vocab", self.path("v.txt"), "--dimensions", 4,
                     "--min-count", 1, "--sample", 0)
        self.assertEqual([path for paths in outputs.values() for path in paths if os.path.exists(path)], [])
        self.assertEqual([path for path in kept if not os.path.exists(path)], [])
        with open(self.path("t.json")) as file:
            self.assertIn("phases", json.load(file))
        zombie.wait()


if __name__ == "__main__":
    main(at_once=2)
