"""Installs replearn into a folder of its own, builds the programs of examples/ against what is there, and runs them.
From CTest: REPLEARN_SOURCE and REPLEARN_BUILD (folders), CMAKE, CXX, MPIEXEC."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import h5py


def headers_below(folder):
    return {os.path.relpath(os.path.join(here, name), folder)
            for here, _, names in os.walk(folder) for name in names if name.endswith(".hpp")}


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="replearn-example-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.prefix = cls.folder + "/prefix"
        cls.run_well(os.environ["CMAKE"], "--install", os.environ["REPLEARN_BUILD"], "--prefix", cls.prefix)

    @classmethod
    def run_well(cls, *command):
        # From another folder than the project's: nothing may be found by accident.
        done = subprocess.run(command, capture_output=True, text=True, cwd=cls.folder)
        if done.returncode != 0:
            raise AssertionError(" ".join(command) + "\n" + done.stdout + done.stderr)
        return done.stdout

    def run_example(self, name, ranks, *arguments):
        cmake, build = os.environ["CMAKE"], f"{self.folder}/{name}"
        self.run_well(cmake, "-S", f"{os.environ['REPLEARN_SOURCE']}/examples/{name}", "-B", build,
                      "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_PREFIX_PATH=" + self.prefix,
                      "-DCMAKE_CXX_COMPILER=" + os.environ["CXX"])
        self.run_well(cmake, "--build", build)
        return self.run_well(os.environ["MPIEXEC"], "--timeout", "60", "-n", str(ranks), f"{build}/{name}", *arguments)

    def test_all_headers_are_installed(self):
        ours = {header for header in headers_below(os.environ["REPLEARN_SOURCE"] + "/src")
                if not header.startswith("cli/")}
        self.assertEqual(headers_below(self.prefix + "/include/replearn"), ours)

    def test_the_installed_program_runs_from_where_it_is(self):
        self.assertRegex(self.run_well(self.prefix + "/bin/replearn", "--version"), r"^replearn \d+\.\d+\.\d+\n")

    def test_what_is_installed_beside_the_program(self):
        share = self.prefix + "/share"
        for path in ["replearn/config/tsne.cfg", "replearn/jobs/tsne.sbatch", "replearn/fonts/DejaVuSans.ttf",
                     "doc/replearn/LICENSE", "zsh/site-functions/_replearn"]:
            self.assertTrue(os.path.exists(f"{share}/{path}"), path)
        with open(f"{share}/man/man1/replearn-tsne.1") as page:
            self.assertIn("\\-\\-perplexity", page.read())
        # Words as bash completes them.
        completed = self.run_well("bash", "-c", f"""
            source {share}/bash-completion/completions/replearn
            complete_words() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _replearn; echo "${{COMPREPLY[@]}}"; }}
            complete_words {self.prefix}/bin/replearn ts
            complete_words {self.prefix}/bin/replearn tsne --perp""")
        self.assertEqual(completed.split("\n")[:2], ["tsne", "--perplexity"])

    def test_the_installed_tree_may_be_moved(self):
        moved = self.folder + "/moved"
        shutil.copytree(self.prefix + "/bin", moved + "/bin")
        shutil.copytree(self.prefix + "/share/replearn/fonts", moved + "/share/replearn/fonts")
        svg = self.run_well("bash", "-c", f"""
            HOME={self.folder} FONTCONFIG_FILE={moved}/share/replearn/fonts/fonts.conf {moved}/bin/replearn plot \
            {os.environ['REPLEARN_SOURCE']}/tests/data/pbmc68k_reduced/pbmc68k_reduced.h5ad --basis X_umap --folder . \
            --format svg 2>&1 && cat *.svg""")
        self.assertNotIn("no fonts", svg)
        self.assertIn(">UMAP</text>", svg)

    def test_pca_from_cpp_finds_the_variances_of_the_cosines(self):
        stdout = self.run_example("pca_from_cpp", 2)
        lines = re.findall(r"component (\d): variance ([\d.]+), ([\d.]+) % of all", stdout)
        self.assertEqual([number for number, _, _ in lines], ["1", "2", "3"], stdout)
        n, m = 1000, 8
        whole = sum((m - j) ** 2 for j in range(m))
        for j, (_, variance, percent) in enumerate(lines):
            expected = (m - j) ** 2 * n / (n - 1)
            self.assertLess(abs(float(variance) - expected), 1e-5 * expected)
            self.assertAlmostEqual(float(percent), 100 * (m - j) ** 2 / whole, delta=0.006)
        with open(f"{self.folder}/pca_from_cpp/CMakeCache.txt") as cache:
            self.assertNotIn("PANGOCAIRO", cache.read())  # asks for nothing that PCA does not need

    def test_tsne_of_half_separates_the_groups(self):
        lines = re.findall(r"half (\d), (\d) ranks: 400 points, ([\d.]+) % next to their own group",
                           self.run_example("tsne_of_half", 3))
        self.assertEqual(sorted(lines)[0][:2], ("0", "2"))
        self.assertEqual(sorted(lines)[1][:2], ("1", "1"))
        for _, _, percent in lines:  # with 8 standard deviations between them, groups do not mix
            self.assertGreater(float(percent), 99)

    def test_train_save_embed_tells_the_kinds_apart(self):
        stdout = self.run_example("train_save_embed", 2, self.folder + "/model.h5ad")
        self.assertIn("40 genes, 2 latent dimensions", stdout)
        percent = float(re.search(r"100 new cells: ([\d.]+) % nearer to their own kind", stdout)[1])
        self.assertGreater(percent, 98)
        with h5py.File(self.folder + "/model.h5ad") as file:
            self.assertEqual(file["obsm/X_vae"].shape, (600, 2))
            self.assertIn("model", file["uns/vae"])


if __name__ == "__main__":
    unittest.main()
