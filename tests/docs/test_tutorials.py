"""Every tutorial of the guide, and every page about concepts, runs as it stands there. (SLURM: test_slurm_tutorial.py.)"""

import os
import re
import subprocess
import sys
import unittest

import tutorial
from tutorial import Tutorial

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
from command import main  # noqa: E402

# Of the pages about concepts: trainings and maps of a minute, here of a second.
SHORTER = {
    "start.md": [("5000", "500")],
    "spectrum.md": [("images.data", "images.data[::6]"), ("images.target", "images.target[::6]")],
    "adversarial.md": [("--steps 600", "--steps 20 --eval-every 10")],
    "regularization.md": [("--factorize.steps 600", "--factorize.steps 10")],
    "backpropagation.md": [("--steps 1500", "--steps 20")],
}


class Tutorials(unittest.TestCase):
    def run_page(self, page):
        ran = Tutorial("tutorials/" + page)
        self.addCleanup(ran.remove)
        return ran, ran.run()

    def test_first_map(self):
        ran, printed = self.run_page("first_map.md")
        self.assertIn("bulk_labels: categorical, 10 categories", printed)
        # Same bits from verb to verb on one rank, and in one job on two.
        program = ("import h5py; a, b = (h5py.File(name)['obsm/X_tsne'][()] for name in ('maps.h5ad', 'all.h5ad'));"
                   "assert (a == b).all()")
        subprocess.run(["python", "-c", program], cwd=ran.folder, env=ran.environment, check=True)

    def test_atlas(self):
        _, printed = self.run_page("atlas.md")
        self.assertIn("sample: categorical, 10 categories", printed)

    def test_new_cells(self):
        _, printed = self.run_page("new_cells.md")
        right = dict(re.findall(r"(\w+) (\d+) % of the labels are right", printed))
        self.assertEqual(list(right), ["X_pca", "X_tsne", "X_sammon"])
        self.assertGreater(int(right["X_pca"]), 70)

    def test_words(self):
        _, printed = self.run_page("words.md")
        self.assertIn("inverse functions", printed)

    def test_cpp(self):
        ran = Tutorial("tutorials/cpp.md")
        self.addCleanup(ran.remove)
        os.mkdir(os.path.join(ran.folder, "build"))
        os.symlink(os.environ["REPLEARN_BUILD"], os.path.join(ran.folder, "build/release"))
        self.assertIn("rank 1 has rows", ran.run(seconds=240))

    def run_concepts(self, remainder):
        for page in sorted(os.listdir(tutorial.PAGES + "/concepts"))[remainder::2]:
            with self.subTest(page):
                shorter = SHORTER.get(page, [])
                for said, _ in shorter:
                    self.assertTrue(any(said in code for _, _, code in tutorial.blocks("concepts/" + page)), said)
                ran = Tutorial("concepts/" + page)
                self.addCleanup(ran.remove)
                ran.run(shorter=shorter)

    def test_concepts(self):
        self.run_concepts(0)

    def test_other_concepts(self):
        self.run_concepts(1)

    def test_every_tutorial_has_a_test(self):
        pages = {name for name in os.listdir(tutorial.PAGES + "/tutorials") if name.endswith(".md")} - {"index.md", "slurm.md"}
        self.assertEqual({f"test_{name[:-3]}" for name in pages} - set(dir(self)), set())

    def test_a_block_that_fails_is_found(self):
        ran = Tutorial("tutorials/first_map.md")
        self.addCleanup(ran.remove)
        self.assertEqual(tutorial.named_files("replearn pca a.h5ad b/c.h5ad --x d*.h5ad,e.png 'f.txt'"),
                         ["a.h5ad", "b/c.h5ad", "e.png", "f.txt"])
        for code, message in (("false | true", "exit code 1"), ("echo lost.h5ad", "not written: ['lost.h5ad']")):
            original, tutorial.blocks = tutorial.blocks, lambda page: [("sh", "", code)]
            try:
                with self.assertRaisesRegex(AssertionError, re.escape(message)):
                    ran.run()
            finally:
                tutorial.blocks = original


if __name__ == "__main__":
    python = os.environ["REPLEARN_PYTHON_TODAY"]
    if not python or subprocess.run([python, "-c", "import gensim, scanpy, sklearn"], capture_output=True).returncode:
        print("SKIPPED: the tutorials: the packages that tests/run.sh installs from PyPI are missing")
        sys.exit(77)
    main(at_once=2, alone=("test_a_block_that_fails_is_found",))
