"""replearn word2vec: from text to vectors that other programs read."""

import gzip
import json
import os
import random
import unittest

import anndata
import h5py
import numpy

from command import InFolder, replearn

TOPICS = {"fruit": ["apple", "pear", "plum", "cherry", "quince", "mango"],
          "color": ["red", "green", "blue", "grün", "schwarz", "teal"],
          "beast": ["cat", "dog", "horse", "cow", "goat", "hen"]}


def toy_text(sentences=3000, seed=1):
    """Sentences of words of one topic each."""
    draw = random.Random(seed)
    return "".join(" ".join(draw.choices(TOPICS[draw.choice(list(TOPICS))], k=10)) + "\n" for _ in range(sentences))


def topic_of(word):
    return next(topic for topic, words in TOPICS.items() if word in words)


class Toy(InFolder):
    OPTIONS = ["--dimensions", 10, "--window", 3, "--sample", 0, "--alpha", "0.05", "--epochs", 3, "--min-count", 1]

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with (gzip.open if name.endswith(".gz") else open)(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def setUp(self):
        super().setUp()
        self.write("text/a.txt", toy_text(2000, 1))
        self.write("text/b/c.txt.gz", toy_text(1000, 2))
        self.text = self.path("text")

    def vectors(self, *words, ranks=2, name="v.h5"):
        self.succeed("word2vec", "--input", self.text, "--output", self.path(name), *self.OPTIONS, *words, ranks=ranks)
        return self.path(name)


class Word2vec(Toy):
    def test_gensim_reads_what_we_write(self):
        from gensim.models import KeyedVectors

        names = [self.path(name) for name in ("v.h5", "v.bin", "v.txt", "v.h5ad")]
        self.succeed("word2vec", "--input", self.text, "--output", ",".join(names), *self.OPTIONS, ranks=3)
        binary = KeyedVectors.load_word2vec_format(names[1], binary=True)
        text = KeyedVectors.load_word2vec_format(names[2], binary=False)
        with h5py.File(names[0]) as file:
            words = file["words"].asstr()[()].tolist()
            rows, counts = file["vectors"][()], file["counts"][()]
            self.assertEqual(file["options/word2vec/dimensions"][()], 10)
            self.assertEqual(len(file["options/losses"]), 3)
        self.assertEqual(set(words), {word for topic in TOPICS.values() for word in topic})
        self.assertEqual(counts.sum(), 30000)
        self.assertEqual(counts.tolist(), sorted(counts, reverse=True))
        for read in (binary, text):
            self.assertEqual(read.index_to_key, words)
            numpy.testing.assert_array_equal(read.vectors, rows)
        data = anndata.read_h5ad(names[3])
        self.assertEqual(data.obs_names.tolist(), words)
        numpy.testing.assert_array_equal(data.X, rows)
        self.assertEqual(data.obs["count"].tolist(), counts.tolist())
        for word in words:
            self.assertEqual(topic_of(text.most_similar(word, topn=1)[0][0]), topic_of(word), word)

    def test_same_bits_on_any_ranks(self):
        def read(path):
            with open(path, "rb") as file:
                return file.read()

        for words in (["--deterministic"], ["--deterministic", "--architecture", "cbow", "--hierarchical-softmax"]):
            alone = read(self.vectors(*words, ranks=1, name="v.bin"))
            for ranks in (2, 3, 4):
                self.assertEqual(read(self.vectors(*words, ranks=ranks, name="v.bin")), alone)

    def test_vocabulary_saved_and_read(self):
        vocabulary = self.path("vocabulary.txt")
        for ranks in (1, 4):
            self.succeed("word2vec", "--input", self.text, "--output", self.path("v.h5"), "--epochs", 1, "--dimensions",
                         4, "--save-vocab", vocabulary, ranks=ranks)
            with open(vocabulary) as file:
                lines = file.read().splitlines()
            self.assertEqual(lines[0], "</s> 3000")
            self.assertEqual(sum(int(line.split()[1]) for line in lines[1:]), 30000)
        self.write("vocabulary.txt", "</s> 5\nred 20\ncat 9\nblue 30\nrare 1\n")
        self.succeed("word2vec", "--input", self.text, "--output", self.path("v.h5"), "--epochs", 1, "--dimensions", 4,
                     "--read-vocab", vocabulary, "--min-count", 5, ranks=2)
        with h5py.File(self.path("v.h5")) as file:
            self.assertEqual(file["words"].asstr()[()].tolist(), ["blue", "red", "cat"])

    def test_models_side_by_side_and_going_on(self):
        table = self.path("table.json")
        first = self.vectors("--ranks-per-model", 1, "--sync-words", 500, "--sync-rows", 4, "--timings", table, ranks=3)
        with h5py.File(first) as file:
            self.assertEqual(file["options/models"][()], 3)
            self.assertGreater(file["options/bytes_per_word_between_models"][()], 0)
            loss = file["options/losses"][-1]
            with open(table) as told:
                self.assertAlmostEqual(json.load(told)["figures"]["bytes per word between models"],
                                       file["options/bytes_per_word_between_models"][()], places=5)
        second = self.vectors("--start", first, name="w.h5")
        with h5py.File(second) as file:
            self.assertLess(file["options/losses"][0], 0.69)
            self.assertLess(file["options/losses"][-1], loss + 0.02)
        # At a rate of next to nothing the loss is that of the start: of what was learned, or, vectors alone, of knowing
        # nothing, which is said.
        alone = self.path("alone.bin")
        self.succeed("vectors", "--input", first, "--output", alone)
        still = ["--input", self.text, "--output", self.path("x.h5"), "--dimensions", 10, "--window", 3, "--sample", 0,
                 "--alpha", "1e-9", "--epochs", 1, "--min-count", 1, "--no-output-layer"]
        self.succeed("word2vec", *still, "--start", first, ranks=2)
        with h5py.File(self.path("x.h5")) as file:
            self.assertAlmostEqual(file["options/losses"][0], loss, delta=0.05)
            self.assertNotIn("noise_vectors", file)
        done = self.succeed("word2vec", *still, "--start", alone, ranks=2)
        self.assertIn("alone.bin has no output layer", done.stderr)
        with h5py.File(self.path("x.h5")) as file:
            self.assertAlmostEqual(file["options/losses"][0], numpy.log(2), delta=1e-4)


class LongJob(Toy):
    def test_stopped_and_gone_on_with_on_other_ranks(self):
        words = ["--deterministic", "--checkpoint", self.path("kept")]
        whole = self.vectors("--deterministic", ranks=1, name="whole.bin")
        command = ["word2vec", "--input", self.text, "--output", self.path("v.bin"), *self.OPTIONS, *words]
        self.assertEqual(replearn(*command, "--max-hours", "1e-9", ranks=2).code, 75)
        self.assertFalse(os.path.exists(self.path("v.bin")))
        self.succeed(*command, ranks=3)
        with open(whole, "rb") as one, open(self.path("v.bin"), "rb") as two:
            self.assertEqual(one.read(), two.read())


class BadInput(Toy):
    def check(self, words, *parts, ranks=(1, 4), output=None):
        for n in ranks:
            done = replearn("word2vec", "--output", output or self.path("v.h5"), *words, ranks=n, timeout=40)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            for part in parts:
                self.assertIn(part, done.messages[0])
            self.assertFalse(os.path.exists(self.path("v.h5")))
            self.assertFalse([name for name in os.listdir(self.folder) if name.endswith(".part")])

    def test_text(self):
        self.check(["--input", self.path("none.txt")], "none.txt", "no such file")
        self.check(["--input", self.path("*.none")], "*.none", "no file matches")
        self.check(["--input", self.write("empty.txt", b"")], "empty.txt", "empty")
        self.check(["--input", self.write("blank.txt", b" \n\n ")], "no words")
        self.check(["--input", self.write("zero.txt", b"a b\0c d")], "zero.txt", "byte 3", "not text")
        self.check(["--input", self.write("latin.txt", "schön grün ".encode("latin1"))], "latin.txt", "byte 3", "UTF-8")
        whole = gzip.compress(toy_text(500).encode())
        self.check(["--input", self.write("half.txt", whole[: len(whole) // 2])], "half.txt", "truncated")

    def test_options(self):
        self.check(["--input", self.text, "--min-count", 99999], "--min-count", "leaves none")
        self.check(["--input", self.text, "--negative", 0], "--negative", "hierarchical")
        self.check(["--input", self.text, "--alpha", "1e38", "--min-count", 1], "--alpha")
        self.check(["--input", self.text, "--start", self.write("lying.bin", b"99999999999 300\nred ")], "lying.bin",
                   "declares")
        self.check(["--input", self.text], "v.npy", output=self.path("v.npy"))
        self.check(["--input", self.text], "folder", output=self.path("none/v.h5"))

    def test_a_word_of_a_megabyte_is_cut(self):
        self.write("text/long.txt", "red " + "x" * 1_000_000 + " blue\n")
        done = self.succeed("word2vec", "--input", self.text, "--output", self.path("v.h5"), *self.OPTIONS, ranks=2)
        self.assertIn("1 words were longer than --max-word-length", done.stderr)
        with h5py.File(self.path("v.h5")) as file:
            self.assertIn("x" * 100, file["words"].asstr()[()].tolist())


if __name__ == "__main__":
    unittest.main()
