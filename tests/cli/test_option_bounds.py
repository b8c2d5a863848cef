"""Every numeric option of every verb has a range, and what lies outside of it, or is no value at all, is refused in one
message before the data are touched: exit code 2, no crash, no hang. Values inside the range end with 0 or 2. So do
texts, choices and switches, whatever they are set to, and options given twice.

    python3 test_option_bounds.py --all     every option with every extreme (an hour); else a sample of them
"""

import concurrent.futures
import os
import random
import re
import subprocess
import sys
import time
import unittest

import h5py
import numpy

from command import InFolder, replearn

EXTREMES = ["0", "-1", "nan", "inf", "1e308", "9223372036854775807", "", "garbage"]
# Of texts and names of files; bytes that are no UTF-8 among them. "a-folder" is one, "../" leads to nothing that is there.
TEXTS = ["", "x" * 100_000, "a\nb", "../../nosuch/x", "caf\u00e9 \u4e2d\U0001f600", "\udcff\udcfe", "%s%n", "a,,b", ",", "*",
         "[", "a-folder", "cells.h5ad", "-", "--help", " ", "nosuch"]
SWITCHES = ["", "maybe", "yes", "no", "YES", "2", "x" * 100_000]
TWICE = "given twice"
PROGRAM = os.environ["REPLEARN"]
# Words that make a verb do little on small data.
VERBS = {
    "convert": ["--input", "cells.h5ad", "--output", "out.h5ad"],
    "preprocess": ["--input", "cells.h5ad", "--output", "out.h5ad"],
    "pca": ["--input", "cells.h5ad", "--output", "out.h5ad", "--components", "3"],
    "ppca": ["--input", "cells.h5ad", "--output", "out.h5ad", "--components", "2", "--iterations", "3"],
    "pdist": ["--input", "cells.h5ad", "--output", "out.h5ad"],
    "neighbors": ["--input", "cells.h5ad", "--output", "out.h5ad", "--neighbors", "5"],
    "sammon": ["--input", "cells.h5ad", "--output", "out.h5ad", "--iterations", "5", "--relaxations", "0"],
    "tsne": ["--input", "cells.h5ad", "--output", "out.h5ad", "--perplexity", "5", "--iterations", "5",
             "--early-exaggeration-iterations", "5"],
    "factorize": ["--input", "cells.h5ad", "--output", "out.h5ad", "--steps", "2", "--hidden", "8"],
    "vae": ["--input", "cells.h5ad", "--output", "out.h5ad", "--epochs", "1"],
    "bigan": ["--input", "cells.h5ad", "--output", "out.h5ad", "--steps", "2"],
    "sweep": ["--input", "cells.h5ad", "--output", "out.h5", "--sweep.vary", "dropout: 0 0.1",
              "--factorize.steps", "2"],
    "phrases": ["--input", "text.txt", "--output", "out.txt"],
    "word2vec": ["--input", "text.txt", "--output", "out.h5", "--min-count", "1", "--dimensions", "4", "--epochs",
                 "1"],
    "vectors": ["--input", "vectors.txt", "--output", "out.txt"],
    "nearest": ["one", "--input", "vectors.txt"],
    "analogy": ["one", "two", "three", "--input", "vectors.txt"],
    "evaluate": ["--input", "vectors.txt", "--analogies", "questions.txt"],
    "docs": ["--input", "text.txt", "--output", "out.h5ad", "--vectors", "vectors.txt"],
    "plot": ["--input", "cells.h5ad"],
    "run": ["--input", "cells.h5ad", "--output", "out.h5ad", "--pca.components", "3", "--tsne.perplexity", "5",
            "--tsne.iterations", "5", "--tsne.early-exaggeration-iterations", "5", "--sammon.iterations", "5"],
}
# What crashed, hung or aborted before there were ranges.
KNOWN = [
    ("vae", "latent", "9223372036854775807"), ("vae", "encoder", "9223372036854775807"),
    ("bigan", "discriminator-hidden", "9223372036854775807"), ("bigan", "latent", "9223372036854775807"),
    ("factorize", "hidden", "65536,65536,65536,65536"), ("vae", "encoder", "65536,65536,65536,65536"),
    ("vae", "sample", "1000000000"), ("plot", "dpi", "0"), ("plot", "dpi", "nan"), ("plot", "width", "100000"),
    ("plot", "width", "nan"), ("word2vec", "dimensions", "9223372036854775807"), ("neighbors", "p", "nan"),
    ("sammon", "dimensions", "9223372036854775807"), ("tsne", "dimensions", "9223372036854775807"),
    ("pca", "oversamples", "9223372036854775807"), ("vae", "batch", "9223372036854775807")]


def environment():
    # Singletons as root, without mpirun.
    return dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def numeric_options(verb):
    """(name on the command line, whether help shows a range) of each option that takes numbers."""
    told = subprocess.run([PROGRAM, verb, "--help-all"], capture_output=True, text=True, env=environment(), timeout=60)
    pattern = r"^  --(\S+) ((?:[a-z]+\|)*(?:NUMBER\S*|DURATION))  \((.*)\)$"
    return [(m[1], bool(re.search(r"; \S+ to \S+$", m[3]))) for m in re.finditer(pattern, told.stdout, re.MULTILINE)]


def other_cases(verb):
    """(verb, option, value) of every option that takes no number: texts, choices, switches."""
    told = subprocess.run([PROGRAM, verb, "--help-all"], capture_output=True, text=True, env=environment(), timeout=60)
    cases = []
    for option, is_switch, kind in re.findall(r"^  --([a-z0-9.-]+)(\[=[a-z|]*\])? +([^( ]*)", told.stdout, re.MULTILINE):
        if option in ("help", "help-all", "dump-config") or re.match(r"(?:[a-z]+\|)*(?:NUMBER|DURATION)", kind):
            continue
        is_choice = "|" in kind
        values = SWITCHES if is_switch else ["", "garbage", kind.split("|")[0].upper(), *kind.split("|"), *TEXTS[1:6]] \
            if is_choice else TEXTS
        cases += [(verb, option, value) for value in (*values, TWICE)]
    return cases


class OptionBounds(InFolder):
    def setUp(self):
        super().setUp()
        import anndata

        numbers = numpy.random.default_rng(1)
        cells = anndata.AnnData(numbers.poisson(2.0, (40, 12)).astype(numpy.float32))
        cells.obsm["X_pca"] = numbers.normal(size=(40, 3)).astype(numpy.float32)
        cells.write_h5ad(self.path("cells.h5ad"))
        words = ["one", "two", "three", "four", "five", "six"]
        with open(self.path("text.txt"), "w") as file:
            file.write("\n".join(" ".join(numbers.choice(words, 12)) for _ in range(40)) + "\n")
        with open(self.path("vectors.txt"), "w") as file:
            file.write("6 3\n" + "".join(f"{word} {i} {i * i} 1\n" for i, word in enumerate(words)))
        with open(self.path("questions.txt"), "w") as file:
            file.write(": some\none two three four\n")
        self.files = os.listdir(self.folder)

    def run_one(self, case):
        """What is wrong with how the program takes it; None: nothing."""
        verb, option, value = case
        words = list(VERBS[verb])
        if f"--{option}" in words:
            at = words.index(f"--{option}")
            del words[at : at + 2]
        begin = time.monotonic()
        folder = self.path(f"{threading_number()}/of/it")
        os.makedirs(os.path.join(folder, "a-folder"), exist_ok=True)
        words = [os.path.join(self.folder, word) if word in self.files else word for word in words]
        value = os.path.join(self.folder, value) if value in self.files else value
        try:
            given = [f"--{option}=yes"] * 2 if value is TWICE else [f"--{option}={value}"]
            done = subprocess.run([PROGRAM, verb, *words, *given], capture_output=True, text=True, errors="replace",
                                  cwd=folder, env=environment(), timeout=100)
        except subprocess.TimeoutExpired:
            return f"{case}: hangs"
        messages = [line for line in done.stderr.splitlines() if line.startswith("replearn:")]
        if done.returncode not in (0, 2) or (done.returncode == 2 and len(messages) != 1):
            return f"{case}: exit {done.returncode} after {time.monotonic() - begin:.1f} s\n{done.stderr[-800:]}"
        if done.returncode == 2 and (value in ("nan", "1e308", "9223372036854775807", "garbage") and option.split(".")[-1] not in messages[0]):
            return f"{case}: does not name the option: {messages[0]}"
        return None

    def check(self, cases):
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            wrong = [each for each in pool.map(self.run_one, cases) if each]
        self.assertEqual(wrong, [], "\n".join(wrong))

    def test_every_numeric_option_has_a_range(self):
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for verb, options in zip(VERBS, pool.map(numeric_options, VERBS)):
                self.assertEqual([name for name, ranged in options if not ranged], [], verb)

    def test_what_crashed_once(self):
        self.check(KNOWN)

    def test_extremes(self):
        cases = []
        for verb in VERBS:
            for option, _ in numeric_options(verb):
                if verb == "run" and "." not in option:
                    continue
                cases += [(verb, option, value) for value in EXTREMES]
        if "--all" not in ARGUMENTS:
            cases = random.Random(14).sample(cases, 40)
        self.check(cases)

    def test_texts_choices_and_switches(self):
        cases = [case for verb in VERBS for case in other_cases(verb)
                 if verb != "run" or case[1].startswith(("run.", "plot.", "vae."))]
        if "--all" not in ARGUMENTS:
            cases = random.Random(15).sample(cases, 60)
        self.check(cases)

    def test_all_ranks_say_it_once(self):
        done = replearn("vae", *VERBS["vae"][:1], self.path("cells.h5ad"), "--output", self.path("out.h5ad"), "--latent",
                        "9223372036854775807", ranks=3)
        self.assertEqual(done.code, 2)
        self.assertEqual(done.messages, ["replearn: --latent: '9223372036854775807' is out of range; expected NUMBER "
                                         "from 1 to 65536"])

    def test_config_file_names_the_line(self):
        with open(self.path("bad.cfg"), "w") as file:
            file.write("[vae]\nlatent = nan\n")
        done = replearn("vae", "--input", self.path("cells.h5ad"), "--output", self.path("o.h5ad"), "--config",
                        self.path("bad.cfg"))
        self.assertEqual(done.code, 2)
        self.assertIn("bad.cfg: line 2, 'latent'", done.messages[0])


def threading_number():
    import threading

    return threading.get_ident()


ARGUMENTS = sys.argv[1:]
if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--all"])
