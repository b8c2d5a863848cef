"""What word vectors are asked: nearest, analogy, evaluate, vectors, docs; and phrases, which come before."""

import os
import random
import unittest

import anndata
import h5py
import numpy

from command import InFolder, replearn


class Queries(InFolder):
    WORDS = ["man", "king", "woman", "queen", "Apfel", "Birne"]
    VECTORS = [[1, 0, 0, 1], [1, 3, 0, 1], [-1, 0, 0, 1], [-1, 3, 0, 1], [0, 0, 5, 0], [0, 0.5, 5, 0]]

    def setUp(self):
        super().setUp()
        self.vectors = self.write("v.txt", f"{len(self.WORDS)} 4\n" + "".join(
            f"{word} {' '.join(map(str, row))}\n" for word, row in zip(self.WORDS, self.VECTORS)))

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def refuse(self, words, *parts):
        for ranks in (1, 3):
            done = replearn(*words, ranks=ranks)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            for part in parts:
                self.assertIn(part, done.messages[0])

    def test_nearest(self):
        for ranks in (1, 2):
            told = self.succeed("nearest", "king", "Apfel", "--input", self.vectors, "--count", 2, ranks=ranks).stdout
            lines = [line.split() for line in told.splitlines()]
            self.assertEqual([line[0] for line in lines], ["king", "queen", "man", "Apfel", "Birne", "man"])
            self.assertAlmostEqual(float(lines[1][1]), 9 / 11, places=5)
        self.refuse(["nearest", "kign", "--input", self.vectors], "v.txt", "'kign'", "'king'")
        self.refuse(["nearest", "--input", self.vectors], "--words")
        self.refuse(["nearest", "king"], "--input")

    def test_analogy(self):
        told = self.succeed("analogy", "man", "king", "woman", "--input", self.vectors, ranks=2).stdout
        self.assertEqual(told.split("\n")[1].split()[0], "queen")
        self.refuse(["analogy", "man", "king", "--input", self.vectors], "2 words given, but three")
        self.refuse(["analogy", "man", "king", "womam", "--input", self.vectors], "'woman'")

    def test_evaluate(self):
        questions = self.write("questions.txt", ": royal\nMan king woman QUEEN\nman woman king queen\n: fruit\na b c d\n")
        pairs = self.write("pairs.tsv", "Word 1\tWord 2\tHuman (mean)\nman\twoman\t1\nking\tqueen\t8\nman\tx\t3\n"
                                        "apfel\tbirne\t9.5\n")
        for ranks in (1, 3):
            told = self.succeed("evaluate", "--input", self.vectors, "--analogies", questions, "--similarity", pairs,
                                ranks=ranks).stdout
            self.assertRegex(told, r"royal +100.00 % +2 correct of +2 asked, 2 in total")
            self.assertRegex(told, r"fruit +0.00 % +0 correct of +0 asked, 1 in total")
            self.assertRegex(told, r"\nall +100.00 % +2 correct of +2 asked, 3 in total")
            self.assertRegex(told, r"pairs.tsv +rank correlation 1.0000  3 of 4 pairs")
        self.refuse(["evaluate", "--input", self.vectors, "--analogies", self.path("none.txt")], "none.txt")
        self.refuse(["evaluate", "--input", self.vectors], "--analogies")
        wrong = self.write("wrong.txt", ": x\na b c\n")
        self.refuse(["evaluate", "--input", self.vectors, "--analogies", wrong], "wrong.txt", "line 2", "3 words")
        wrong = self.write("wrong.tsv", "a\tb\t1\nc\td\n")
        self.refuse(["evaluate", "--input", self.vectors, "--similarity", wrong], "wrong.tsv", "line 2")

    def test_vectors(self):
        out = [self.path("some.h5ad"), self.path("some.txt")]
        listed = self.write("list.txt", "queen nowhere\nman queen\n")
        done = self.succeed("vectors", "--input", self.vectors, "--output", ",".join(out), "--list", listed, "--words",
                            "Apfel", "--normalize", ranks=2)
        self.assertIn("1 of the words have no vector, the first is 'nowhere'", done.stderr)
        data = anndata.read_h5ad(out[0])
        self.assertEqual(data.obs_names.tolist(), ["Apfel", "queen", "man"])
        expected = numpy.array([self.VECTORS[4], self.VECTORS[3], self.VECTORS[0]], dtype=float)
        expected /= numpy.linalg.norm(expected, axis=1, keepdims=True)
        numpy.testing.assert_allclose(data.X, expected, atol=1e-6)
        with open(out[1]) as file:
            self.assertEqual(file.readline(), "3 4\n")
        self.refuse(["vectors", "--input", self.vectors, "--output", out[0], "--words", "quen"], "'quen'", "'queen'")
        # Words are rows like any others from here on.
        self.succeed("run", "--input", out[0], "--output", self.path("map.h5ad"), "--pca.components", 2, ranks=2)
        self.assertEqual(anndata.read_h5ad(self.path("map.h5ad")).obsm["X_pca"].shape, (3, 2))

    def test_names_and_pairs_on_a_picture(self):
        words, pairs = self.path("words.h5ad"), self.write("pairs.txt", ": male female\nman woman\nking queen\nno one\n")
        # A list of pairs is a list of words as well: its heading is no word.
        done = self.succeed("vectors", "--input", self.vectors, "--output", words, "--list", pairs)
        self.assertIn("2 of the words have no vector, the first is 'no'", done.stderr)
        self.assertEqual(anndata.read_h5ad(words).obs_names.tolist(), ["man", "woman", "king", "queen"])
        pca = self.path("pca.h5ad")
        self.succeed("pca", "--input", words, "--output", pca, "--components", 2)
        done = self.succeed("plot", "--input", pca, "--names", "--pairs", pairs, "--format", "svg", ranks=2)
        self.assertIn("1 of the pairs are missing from the data; the first missing name is 'no'", done.stderr)
        with open(self.path("pca.svg")) as file:
            picture = file.read()
        self.succeed("plot", "--input", pca, "--format", "svg", "--folder", self.path("plain"))
        with open(self.path("plain/pca.svg")) as file:
            self.assertGreater(len(picture), len(file.read()) + 1000)
        self.refuse(["plot", "--input", pca, "--pairs", self.path("none.txt")], "none.txt", "no such file")
        three = self.write("three.txt", "man woman\nking queen prince\n")
        self.refuse(["plot", "--input", pca, "--pairs", three], "three.txt", "line 2", "not two words")
        other = self.write("other.txt", "quen kin\n")
        self.refuse(["plot", "--input", pca, "--pairs", other], "other.txt", "'quen'", "none of the pairs", "queen")

    def test_docs(self):
        text = self.write("docs.txt", "man king\n\nwoman  unknown woman\n" + "Apfel Birne man\n" * 40)
        for ranks in (1, 3):
            self.succeed("docs", "--input", text, "--vectors", self.vectors, "--output", self.path("d.h5ad"), ranks=ranks)
            data = anndata.read_h5ad(self.path("d.h5ad"))
            self.assertEqual(data.shape, (43, 4))
            numpy.testing.assert_allclose(data.X[0], [1, 1.5, 0, 1])
            self.assertEqual(data.obs["words"].tolist()[:4], [2, 0, 2, 3])
            numpy.testing.assert_allclose(data.X[1:3], [[0, 0, 0, 0], [-1, 0, 0, 1]])
        self.refuse(["docs", "--input", text, "--vectors", self.vectors, "--output", self.path("d.h5ad"), "--weighting",
                     "sif"], "v.txt", "counts")

    def test_docs_by_file(self):
        # One of them is cut in many shards, so that ranks begin in its middle.
        texts = {"a.txt": "man king\n\nman\n", "b/c.txt": "Apfel nowhere\n" * 40000, "b/d.txt": "nowhere\n",
                 "z.txt": "woman"}
        os.mkdir(self.path("texts"))
        os.mkdir(self.path("texts/b"))
        for name, text in texts.items():
            self.write("texts/" + name, text)
        for ranks in (1, 2, 4):
            self.succeed("docs", "--input", self.path("texts"), "--vectors", self.vectors, "--output", self.path("d.h5ad"),
                         "--document", "file", ranks=ranks)
            data = anndata.read_h5ad(self.path("d.h5ad"))
            self.assertEqual(data.obs_names.tolist(), [self.path("texts/" + name) for name in sorted(texts)])
            self.assertEqual(data.obs["words"].tolist(), [3, 40000, 0, 1])
            numpy.testing.assert_allclose(data.X, [[1, 1, 0, 1], [0, 0, 5, 0], [0, 0, 0, 0], [-1, 0, 0, 1]])

    def test_sif_is_what_numpy_makes(self):
        counts = [500, 40, 300, 20, 9, 3]
        with h5py.File(self.path("v.h5"), "w") as file:
            file["words"] = self.WORDS
            file["vectors"] = numpy.array(self.VECTORS, dtype="float32")
            file["counts"] = numpy.array(counts, dtype="int64")
        draw = random.Random(4)
        lines = [draw.choices(self.WORDS + ["nowhere"], k=draw.randrange(1, 12)) for _ in range(200)]
        text = self.write("docs.txt", "".join(" ".join(line) + "\n" for line in lines))
        a = 2e-2
        weight = a / (a + numpy.array(counts) / sum(counts))
        expected = numpy.zeros((len(lines), 4))
        for row, line in zip(expected, lines):
            known = [self.WORDS.index(word) for word in line if word in self.WORDS]
            if known:
                row[:] = (weight[known, None] * numpy.array(self.VECTORS)[known]).mean(axis=0)
        first = numpy.linalg.svd(expected)[2][0]
        expected -= numpy.outer(expected @ first, first)
        self.assertGreater(abs(first[1]), 0.1)
        for ranks in (1, 3):
            self.succeed("docs", "--input", text, "--vectors", self.path("v.h5"), "--output", self.path("d.h5ad"),
                         "--weighting", "sif", "--sif-a", a, ranks=ranks)
            numpy.testing.assert_allclose(anndata.read_h5ad(self.path("d.h5ad")).X, expected, atol=1e-6)

    def test_phrases(self):
        text = self.write("text.txt", "i love new york times\nnew york is new\n\n" * 50 + "a b c d e f g h i j k l m n\n" * 50)
        whole = None
        for ranks in (1, 3):
            done = self.succeed("phrases", "--input", text, "--output", self.path("joined.txt"), "--threshold",
                                "7,5", "--discount", 1, ranks=ranks)
            self.assertIn("pass 2 joins", done.stderr)
            with open(self.path("joined.txt")) as file:
                lines = file.read().split("\n")
            whole = whole or lines
            self.assertEqual(lines, whole)
            self.assertEqual(len(lines), 201)
            self.assertIn("new_york", lines[1])
            self.assertEqual(lines[2], "")
        self.refuse(["phrases", "--input", text, "--output", self.path("x.txt"), "--score", "npmi"], "--threshold")


if __name__ == "__main__":
    unittest.main()
