#!/usr/bin/env python3
"""word2vec beside other programs: same text and options, same cores, in turn; words a second and scores side by side.

    benchmarks/word2vec/run.py --program build/dev/src/cli/replearn --text text8 --questions questions-words.txt \\
        --pairs wordsim353.tsv --google word2vec/word2vec --pword2vec pWord2Vec/pWord2Vec --gensim

Whole runs by the wall clock, reading, counting and writing included; words a second are words of the text times epochs,
divided by that. Medians over the repeats; the programs take turns within a repeat. Scores are of the last repeat, by
`replearn evaluate`, which counts as the C program's compute-accuracy. gensim gets the text in lines of 1,000 words, as
the C program cuts it. Without --text: a text is made, on which scores mean nothing, and --check sees that words of a
topic come together.
"""
import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

GENSIM = """
import sys
from gensim.models import Word2Vec
text, out, sg, epochs, size, window, negative, sample, min_count, cores = sys.argv[1:]
Word2Vec(corpus_file=text, vector_size=int(size), window=int(window), negative=int(negative), sample=float(sample),
         min_count=int(min_count), sg=int(sg), alpha=0.025 if sg == "1" else 0.05, epochs=int(epochs),
         workers=int(cores)).wv.save_word2vec_format(out, binary=True)
"""


def made_text(path, sentences):
    """Sentences of words of one of 20 topics each."""
    draw = random.Random(1)
    with open(path, "w") as file:
        for _ in range(sentences):
            topic = draw.randrange(20)
            file.write(" ".join(f"topic{topic}word{min(draw.randrange(30), draw.randrange(30))}" for _ in range(15)) + "\n")


def lines_of(path, folder):
    """The text in lines of 1,000 words."""
    out = os.path.join(folder, "lines.txt")
    with open(path) as file, open(out, "w") as lines:
        rest = ""
        while piece := file.read(1 << 22):
            words = (rest + piece).split(" ")
            rest = words.pop()
            for at in range(0, len(words), 1000):
                lines.write(" ".join(words[at:at + 1000]).replace("\n", " ") + "\n")
        lines.write(rest + "\n")
    return out


def count_words(path):
    with open(path) as file:
        return sum(len(piece.split()) for piece in iter(lambda: file.read(1 << 24), ""))


def seconds_of(command):
    begin = time.monotonic()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return time.monotonic() - begin


def commands(options, text, lines, folder):
    """Of each system: the command and the file that it writes (.bin)."""
    o, found = options, {}
    cbow = o.architecture == "cbow"
    alpha = 0.05 if cbow else 0.025

    def out(name):
        return os.path.join(folder, re.sub(r"\W+", "_", name) + ".bin")

    def ours(ranks, name, *more):
        found[name] = ["mpirun", "-n", ranks, o.program, "word2vec", "--input", text, "--output", out(name),
                       "--architecture", o.architecture, "--dimensions", o.dimensions, "--window", o.window, "--negative",
                       o.negative, "--sample", o.sample, "--epochs", o.epochs, "--min-count", o.min_count, "--quiet", *more]

    c_words = ["-train", text, "-size", o.dimensions, "-window", o.window, "-negative", o.negative, "-sample", o.sample,
               "-threads", o.cores, "-iter", o.epochs, "-min-count", o.min_count, "-binary", 1, "-alpha", alpha]
    ours(o.cores, "replearn")
    if o.pword2vec and not cbow:
        found["pWord2Vec"] = [o.pword2vec, *c_words, "-output", out("pWord2Vec")]
    if o.gensim:
        found["gensim"] = [sys.executable, "-c", GENSIM, lines, out("gensim"), 0 if cbow else 1, o.epochs, o.dimensions,
                           o.window, o.negative, o.sample, o.min_count, o.cores]
    if o.google:
        found["Google C"] = [o.google, *c_words, "-cbow", int(cbow), "-hs", 0, "-output", out("Google C")]
    if o.ranks:
        ours(1, "replearn, 1 rank")
        ours(o.cores, "replearn, a model a rank", "--ranks-per-model", 1)
        ours(o.cores, "replearn, deterministic", "--deterministic")
    return found, out


def scores_of(options, path):
    words = ["mpirun", "-n", options.cores, options.program, "evaluate", "--input", path, "--quiet"]
    if options.questions:
        words += ["--analogies", options.questions]
    if options.pairs:
        words += ["--similarity", ",".join(options.pairs)]
    if not options.questions and not options.pairs:
        return []
    told = subprocess.run([str(word) for word in words], capture_output=True, text=True).stdout
    all_right = re.findall(r"^all +([\d.]+) %", told, re.MULTILINE)
    return [f"{value} %" for value in all_right] + re.findall(r"rank correlation ([-\d.]+)", told)


def check(options, path):
    """Of the made text: the nearest words of some are of their topic."""
    words = [f"topic{topic}word{i}" for topic in range(20) for i in range(3)]
    told = subprocess.run(["mpirun", "-n", "1", options.program, "nearest", *words, "--input", path, "--count", "1",
                           "--quiet"], capture_output=True, text=True).stdout.split()
    pairs = [(told[at], told[at + 1]) for at in range(0, len(told), 3)]
    right = sum(a.split("word")[0] == b.split("word")[0] for a, b in pairs)
    print(f"{right} of {len(words)} words are nearest to one of their topic")
    if right < 0.9 * len(words):
        sys.exit("the topics were not found")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="replearn")
    parser.add_argument("--text", help="plain text, one line or many")
    parser.add_argument("--questions", help="questions-words.txt")
    parser.add_argument("--pairs", nargs="*", default=[], help="files of two words and a judgment")
    parser.add_argument("--architecture", default="skip-gram", choices=["skip-gram", "cbow"])
    parser.add_argument("--dimensions", type=int, default=100)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--negative", type=int, default=5)
    parser.add_argument("--sample", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sentences", type=int, default=20000, help="of the text that is made without --text")
    parser.add_argument("--google", help="the C program word2vec")
    parser.add_argument("--pword2vec", help="pWord2Vec")
    parser.add_argument("--gensim", action="store_true", help="gensim of this Python")
    parser.add_argument("--ranks", action="store_true", help="also one rank, a model a rank, and deterministic")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = options.text
        if not text:
            text = os.path.join(folder, "text.txt")
            made_text(text, options.sentences)
        words = count_words(text)
        found, out = commands(options, text, lines_of(text, folder) if options.gensim else None, folder)
        times = {name: [] for name in found}
        for _ in range(options.repeats):
            for name, command in found.items():
                times[name].append(seconds_of(command))
        print(f"{words:,} words, {options.epochs} epochs, {options.architecture}, {options.dimensions} dimensions, "
              f"{options.cores} cores")
        ours = statistics.median(times["replearn"])
        for name in found:
            seconds = statistics.median(times[name])
            print(f"{name:28}{seconds:9.2f} s {1e-6 * words * options.epochs / seconds:8.3f} M words/s "
                  f"{seconds / ours:7.2f} of replearn's time   {'  '.join(scores_of(options, out(name)))}", flush=True)
        if options.check:
            check(options, out("replearn"))


if __name__ == "__main__":
    main()
