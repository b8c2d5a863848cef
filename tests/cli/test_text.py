"""Text is cut by the text alone, on any number of ranks; and nothing learned is said."""

import bz2
import gzip
import lzma
import os
import random
import subprocess

import anndata
import h5py
import numpy

from command import InFolder, main, replearn


def packed(program, data):
    return subprocess.run([program, "-c"], input=data, capture_output=True, check=True).stdout


class Texts(InFolder):
    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def refused(self, words, *parts, ranks=(1, 3)):
        for n in ranks:
            done = replearn(*words, ranks=n)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            for part in parts:
                self.assertIn(part, done.messages[0])
        return done

    def vocabulary(self, *words, ranks=1):
        self.succeed("word2vec", *words, "--output", self.path("v.h5"), "--save-vocab", self.path("vocab.txt"),
                     "--min-count", 1, "--dimensions", 2, "--epochs", 1, "--sample", 0, ranks=ranks)
        with open(self.path("vocab.txt"), encoding="utf-8") as file:
            return dict(line.rsplit(" ", 1) for line in file.read().splitlines())


class Cutting(Texts):
    def test_running_text_is_cut_alike_on_any_ranks(self):
        draw = random.Random(4)
        words = [f"w{draw.randrange(300)}" for _ in range(60_000)]
        for at in range(500, len(words) - 1, 97):
            words[at:at + 2] = ["new", "york"]
        running = self.write("running.txt", " ".join(words))
        mixed = self.write("mixed/a.txt", " ".join(words[:30_500]) + "\nnew york\n\n" + " ".join(words[30_500:]))
        self.write("mixed/b.txt", "city hall")
        for path in (running, os.path.dirname(mixed)):
            told = []
            for ranks in (1, 2, 3, 4):
                out = self.path(f"out{ranks}.txt")
                self.succeed("phrases", "--input", path, "--output", out, "--threshold", "10", ranks=ranks)
                with open(out) as file:
                    told.append(file.read())
            for other in told[1:]:
                self.assertEqual(other, told[0])
            lines = told[0].splitlines()
            if path == running:
                self.assertEqual(len(lines), 60)
                spelt = [line.replace("new_york", "new york").split() for line in lines]
                self.assertEqual({len(line) for line in spelt}, {1000})
                self.assertEqual(sum(spelt, []), words)
                self.assertIn("new_york", told[0])
            else:
                self.assertIn("\n\n", told[0])
                self.assertEqual(lines[-1].replace("_", " "), "city hall")

    def test_the_end_of_a_file_ends_a_line_and_a_document(self):
        self.write("f/1.txt", "new york")
        self.write("f/2.txt", "city hall")
        self.write("f/3.txt", "x y\n")
        self.write("v.txt", "6 2\n" + "".join(f"{word} {i} 1\n" for i, word in enumerate(
            ["new", "york", "city", "hall", "x", "y"])))
        for ranks in (1, 2, 3, 4):
            self.succeed("phrases", "--input", self.path("f"), "--output", self.path("p.txt"), ranks=ranks)
            with open(self.path("p.txt")) as file:
                self.assertEqual(file.read(), "new york\ncity hall\nx y\n")
            self.succeed("docs", "--input", self.path("f"), "--vectors", self.path("v.txt"), "--output",
                         self.path("d.h5ad"), ranks=ranks)
            with h5py.File(self.path("d.h5ad")) as file:
                numpy.testing.assert_allclose(file["X"][()], [[0.5, 1], [2.5, 1], [4.5, 1]])

    def test_line_ends_marks_and_spaces(self):
        for name, text in [("cr.txt", "\ufeffthe cat sat\rthe dog ran"), ("crlf.txt", "\ufeffthe cat sat\r\nthe dog ran\r\n"),
                           ("spaces.txt", "the\u00a0cat\u2009sat\nthe\u3000dog\u2028ran\n")]:
            for ranks in (1, 2):
                found = self.vocabulary("--input", self.write(name, text), ranks=ranks)
                self.assertEqual(found, {"</s>": "2", "the": "2", "cat": "1", "sat": "1", "dog": "1", "ran": "1"})

    def test_a_packed_text_has_the_lines_of_the_plain_one(self):
        words = " ".join(f"w{i % 50}" for i in range(90_000))  # more than is looked at to find the encoding out
        for text in (f"one\rtwo {words}\r\nthree four\r\nfive\r\n", f"{words} x\ry\rz", "a\r\n\r\nb\r\n"):
            plain, packed_ = self.write("t.txt", text), self.write("t.gz", gzip.compress(text.encode()))
            told = []
            for path, ranks in ((plain, 2), (packed_, 2), (packed_, 1)):
                self.succeed("phrases", "--input", path, "--output", self.path("p.txt"), ranks=ranks)
                with open(self.path("p.txt")) as file:
                    told.append(file.read())
            self.assertEqual(told[1:], told[:1] * 2, text[:20])

    def test_utf_16_and_utf_32(self):
        text = "".join(f"the caf\u00e9 sat on \u043c\u0430\u0442 \U0001f600 {i % 7}\r\n" for i in range(3000))
        plain = self.vocabulary("--input", self.write("plain.txt", text))
        self.assertEqual(plain["caf\u00e9"], "3000")
        for encoding in ("utf-16", "utf-16-be", "utf-32", "utf-32-be"):
            data = text.encode(encoding) if not encoding.endswith("be") else ("\ufeff" + text).encode(encoding)
            for name, written, ranks in [("a.txt", data, 1), ("a.txt", data, 3), ("a.xz", lzma.compress(data), 2)]:
                path = self.write(f"{encoding}.{name}", written)
                self.assertEqual(self.vocabulary("--input", path, ranks=ranks), plain, f"{encoding} {name} {ranks}")
        done = self.succeed("phrases", "--input", self.path("utf-16.a.txt"), "--output", self.path("p.txt"), ranks=2)
        self.assertIn("utf-16.a.txt: read as UTF-16", done.stderr)
        cut = self.write("cut.txt", text.encode("utf-16") + b"\x00\xdc\x00\x00")
        self.refused(["word2vec", "--input", cut, "--output", self.path("v.h5")], "cut.txt", "contains invalid UTF-16")

    def test_latin_1(self):
        path = self.write("old.txt", "caf\u00e9 \u2019til caf\u00e9\n".encode("cp1252"))
        self.refused(["word2vec", "--input", path, "--output", self.path("v.h5")], "byte 3", "--on-bad-utf8 latin-1")
        for ranks in (1, 2):
            found = self.vocabulary("--input", path, "--on-bad-utf8", "latin-1", ranks=ranks)
            self.assertEqual(found, {"</s>": "1", "caf\u00e9": "2", "\u2019til": "1"})

    def test_compressed_text(self):
        text = "".join(f"the cat sat on mat {i % 7}\n" for i in range(2000)).encode()
        plain = self.vocabulary("--input", self.write("plain.txt", text))
        for name, data in [("a.gz", gzip.compress(text[:9000]) + gzip.compress(text[9000:])),
                           ("a.bz2", bz2.compress(text[:9000]) + bz2.compress(text[9000:])), ("a.xz", lzma.compress(text))]:
            self.assertEqual(self.vocabulary("--input", self.write(name, data), ranks=2), plain, name)
        for program in ("zstd", "lz4"):  # Python has modules for neither
            data = packed(program, text[:9000]) + packed(program, text[9000:])
            self.assertEqual(self.vocabulary("--input", self.write("a." + program, data), ranks=2), plain, program)
            self.refused(["word2vec", "--input", self.write("short." + program, packed(program, text)[:-9]), "--output",
                          self.path("v.h5")], "short." + program, program, "truncated")
        self.refused(["word2vec", "--input", self.write("short.bz2", bz2.compress(text)[:-30]), "--output",
                      self.path("v.h5")], "short.bz2", "bzip2", "truncated")
        self.refused(["word2vec", "--input", self.write("a.zip", b"PK\3\4" + b"x" * 99), "--output", self.path("v.h5")],
                     "zip archive", "unzip")

    def test_compressed_tables_and_folders(self):
        table = "cell,g1,g2\n" + "".join(f"c{i},{i},{i % 3}\n" for i in range(300))
        entries = "".join(f"{1 + i % 2} {1 + i // 2} {1 + i % 5}\n" for i in range(600))
        folder = {"matrix.mtx": "%%MatrixMarket matrix coordinate integer general\n2 300 600\n" + entries,
                  "barcodes.tsv": "".join(f"c{i}\n" for i in range(300)), "features.tsv": "i1\tg1\tx\ni2\tg2\tx\n"}
        expected = numpy.array([[i, i % 3] for i in range(300)]), numpy.array([1 + i % 5 for i in range(600)]).reshape(300, 2)
        for program, ending in [("zstd", ".zst"), ("lz4", ".lz4")]:
            path = self.write("t.csv" + ending, packed(program, table.encode()))
            for name, text in folder.items():
                self.write(f"{program}/{name}{ending}", packed(program, text.encode()))
            for ranks in (1, 3):
                for given, values in [(path, expected[0]), (self.path(program), expected[1])]:
                    self.succeed("convert", given, self.path("o.h5ad"), ranks=ranks)
                    x = anndata.read_h5ad(self.path("o.h5ad")).X
                    numpy.testing.assert_array_equal(x.toarray() if hasattr(x, "toarray") else x, values)

    def test_several_files_behind_input(self):
        first, second = self.write("a.txt", "one two\n"), self.write("b.txt", "two three\n")
        expected = {"</s>": "2", "two": "2", "one": "1", "three": "1"}
        self.assertEqual(self.vocabulary("--input", first, second), expected)
        self.assertEqual(self.vocabulary(first, second), expected)


class NothingLearned(Texts):
    def word2vec(self, text, *words, **options):
        return ["word2vec", "--input", self.write("text.txt", text), "--output", self.path("v.h5"), *words]

    def test_subsampling(self):
        letters = random.Random(2)
        dna = "".join(" ".join(letters.choices("ACGT", k=50)) + "\n" for _ in range(200))
        told = self.succeed(*self.word2vec(dna)).stderr
        self.assertIn("--sample 0 instead of the default", told)
        self.assertIn("keeps 100 % of the words", told)
        told = self.succeed(*self.word2vec(dna, "--sample", "1e-4", "--epochs", "2")).stderr
        self.assertRegex(told, r"keeps [0-9.]+ % of the words")
        self.assertIn("warning: --sample 0.0001 discards most", told)
        self.refused(self.word2vec("hello world\n" * 3, "--sample", "1e-9", "--min-count", "1", "--epochs", "1"),
                     "--sample", "nothing was learned")

    def test_tiny_texts(self):
        self.refused(self.word2vec("hello\n" * 8), "fewer than two words")
        self.refused(self.word2vec(" \n\t\n"), "no words")
        self.refused(self.word2vec("hello\nworld\n" * 8), "no line has two words")
        told = self.succeed(*self.word2vec("a b c d e f g\n")).stderr
        self.assertIn("--min-count 1 instead of the default of 5", told)
        self.refused(self.word2vec("a b c d e f g\n", "--min-count", "5"), "--min-count", "leaves none")

    def test_short_text_is_learned(self):
        draw = random.Random(1)
        topics = [["apple", "pear", "plum", "cherry"], ["red", "green", "blue", "gray"], ["cat", "dog", "cow", "hen"]]
        text = "".join(" ".join(draw.choices(topics[i % 3], k=8)) + "\n" for i in range(200))
        told = self.succeed(*self.word2vec(text, "--dimensions", "20"), ranks=2).stderr
        self.assertIn("epochs instead of the default of 5", told)
        for topic in topics:
            near = self.succeed("nearest", topic[0], "--input", self.path("v.h5"), "--count", "3").stdout.split()[1::2]
            self.assertEqual(set(near), set(topic[1:]), near)

    def test_going_on_with_other_text(self):
        self.succeed(*self.word2vec("one two three four five six\n" * 20, "--dimensions", 4))
        os.rename(self.path("v.h5"), self.path("old.h5"))
        told = self.succeed(*self.word2vec("one two seven\n" * 20, "--dimensions", 4, "--start", self.path("old.h5"))).stderr
        self.assertIn("4 of the 6 words", told)


class Evaluating(Texts):
    def setUp(self):
        super().setUp()
        self.words = ["москва", "россия", "берлин", "германия", "ärger", "öl"]
        place = numpy.array([[3, 0, 1, 0], [0, 3, 1, 0], [3, 0, 0, 1], [0, 3, 0, 1], [1, 1, 5, 1], [5, 1, 1, 1]], float)
        self.vectors = self.write("v.txt", "6 4\n" + "".join(
            word + " " + " ".join(str(x) for x in row) + "\n" for word, row in zip(self.words, place)))

    def evaluate(self, *words):
        return self.succeed("evaluate", "--input", self.vectors, *words, ranks=2).stdout

    def test_questions_of_any_script_and_form(self):
        question = "Москва РОССИЯ Берлин Германия"
        for name, text in [("plain.q", ": capitals\n" + question + "\n"), ("bom.q", "\ufeff: capitals\n" + question),
                           ("crlf.q", ":capitals\r\n" + question + "\r\n"), ("nohead.q", question + "\n"),
                           ("tabs.q", ": capitals\n" + question.replace(" ", "\t") + "\n"),
                           ("nbsp.q", ": capitals\n" + question.replace(" ", "\u00a0") + "\n"),
                           ("german.q", ": x\nÄRGER ÖL A\u0308rger Öl\n" + question)]:
            told = self.evaluate("--analogies", self.write(name, text))
            asked = 2 if name == "german.q" else 1
            self.assertIn(f"of {asked:6d} asked, {asked} in total", told.splitlines()[-1])

    def test_similarities_of_any_form(self):
        for name, text in [("a.csv", "Word 1,Word 2,Human (mean)\nмосква,берлин,7.5\nроссия,германия,8\nöl,ärger,3\n"),
                           ("a.tsv", "# comment\nWord 1\tWord 2\tmean\nмосква\tберлин\t7.5\nроссия\tгермания\t8\nöl\tärger\t3\n"),
                           ("comma.txt", "\ufeffмосква берлин 7,5\nроссия германия 8,0\nÖl Ärger 3\n"),
                           ("head.txt", "word1 word2 score\r\nмосква берлин 7.5\r\nроссия германия 8.0\r\nöl ärger 3\r\n"),
                           ("class.txt", "word1\tword2\tPOS\tSimLex999\nмосква\tберлин\tN\t7.5\nроссия\tгермания\tN\t8\nöl\tärger\tA\t3\n")]:
            self.assertIn("3 of 3 pairs", self.evaluate("--similarity", self.write(name, text)), name)

    def test_nothing_asked_is_an_error(self):
        self.refused(["evaluate", "--input", self.vectors, "--analogies", self.write("none.q", ": x\na b c d\n")],
                     "none.q", "none of its 1 questions", "'a'")
        self.refused(["evaluate", "--input", self.vectors, "--similarity", self.write("none.tsv", "a\tb\t3\nc\td\t4\n")],
                     "none.tsv", "none of its 2 pairs")
        self.refused(["docs", "--input", self.write("t.txt", "a b\n"), "--vectors", self.vectors, "--output",
                      self.path("d.h5ad")], "v.txt", "none of them is in the text")

    def test_names_that_are_not_utf_8(self):
        path = self.write("latin.txt", b"2 2\ncaf\xe9 1 2\nb 3 4\n")
        told = self.succeed("vectors", "--input", path, "--output", self.path("out.h5ad"), ranks=2).stderr
        self.assertIn("not UTF-8", told)
        self.assertEqual(anndata.read_h5ad(self.path("out.h5ad")).obs_names.tolist(), ["caf\ufffd", "b"])

    def test_as_gensim_reads_them(self):
        from gensim.models import KeyedVectors

        path = self.write("few.txt", "3 2\na 1 2\na 3 4\nb 5 6\nc 7 8\n")
        theirs = KeyedVectors.load_word2vec_format(path)
        done = self.succeed("vectors", "--input", path, "--output", self.path("out.h5"), ranks=2)
        with h5py.File(self.path("out.h5")) as file:
            # gensim 4.2 keeps an empty place for what it left out, at the end.
            self.assertEqual(file["words"].asstr()[()].tolist(), [word for word in theirs.index_to_key if word])
            numpy.testing.assert_array_equal(file["vectors"][()], [theirs[word] for word in "ab"])
        self.assertIn("skipped 1 duplicate words (the first of them 'a')", done.stderr)
        self.assertIn("continues after the 3 words", done.stderr)


if __name__ == "__main__":
    main()
