"""Installs replearn into a folder of its own, builds examples/pca_from_cpp against what is there, and runs it.
From CTest: REPLEARN_SOURCE and REPLEARN_BUILD (folders), CMAKE, CXX, MPIEXEC."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

RANKS = 2


def headers_below(folder):
    return {os.path.relpath(os.path.join(here, name), folder)
            for here, _, names in os.walk(folder) for name in names if name.endswith(".hpp")}


class PcaFromCpp(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="replearn-example-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def run_well(self, *command):
        # From another folder than the project's: nothing may be found by accident.
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(done.returncode, 0, " ".join(command) + "\n" + done.stdout + done.stderr)
        return done.stdout

    def test_variances_are_those_of_the_cosines(self):
        cmake, prefix, build = os.environ["CMAKE"], self.folder + "/prefix", self.folder + "/build"
        self.run_well(cmake, "--install", os.environ["REPLEARN_BUILD"], "--prefix", prefix)
        ours = {header for header in headers_below(os.environ["REPLEARN_SOURCE"] + "/src")
                if not header.startswith("cli/")}
        self.assertEqual(headers_below(prefix + "/include/replearn"), ours)
        self.run_well(cmake, "-S", os.environ["REPLEARN_SOURCE"] + "/examples/pca_from_cpp", "-B", build,
                      "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_PREFIX_PATH=" + prefix,
                      "-DCMAKE_CXX_COMPILER=" + os.environ["CXX"])
        self.run_well(cmake, "--build", build)

        stdout = self.run_well(os.environ["MPIEXEC"], "--timeout", "60", "-n", str(RANKS), build + "/pca_from_cpp")
        lines = re.findall(r"component (\d): variance ([\d.]+), ([\d.]+) % of all", stdout)
        self.assertEqual([number for number, _, _ in lines], ["1", "2", "3"], stdout)
        n, m = 1000, 8
        whole = sum((m - j) ** 2 for j in range(m))
        for j, (_, variance, percent) in enumerate(lines):
            expected = (m - j) ** 2 * n / (n - 1)
            self.assertLess(abs(float(variance) - expected), 1e-5 * expected)
            self.assertAlmostEqual(float(percent), 100 * (m - j) ** 2 / whole, delta=0.006)

        # The installed program runs from where it is.
        self.assertRegex(self.run_well(prefix + "/bin/replearn", "--version"), r"^replearn \d+\.\d+\.\d+\n")


if __name__ == "__main__":
    unittest.main()
