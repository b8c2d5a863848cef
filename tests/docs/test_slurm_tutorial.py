"""The tutorial about SLURM runs as it stands there, on a SLURM cluster of this machine."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cluster"))
from slurm import Slurm, why_not  # noqa: E402
from tutorial import Tutorial  # noqa: E402


class OnSlurm(unittest.TestCase):
    def test_slurm(self):
        folder = tempfile.mkdtemp(prefix="replearn-slurm-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        slurm = Slurm(folder)
        self.addCleanup(slurm.stop)
        slurm.start()
        ran = Tutorial("tutorials/slurm.md", **{name: value for name, value in slurm.environment.items()
                                               if name.startswith(("SLURM", "OMPI_MCA"))})
        self.addCleanup(ran.remove)
        ran.environment["PATH"] += ":/usr/sbin:/sbin"
        printed = ran.run()
        self.assertIn("t-SNE", printed)  # shown by watch
        self.assertIn("X_tsne: dense, 700 x 2", printed)


if __name__ == "__main__":
    python, reason = os.environ["REPLEARN_PYTHON_TODAY"], why_not()
    if not python or subprocess.run([python, "-c", "import scanpy"], capture_output=True).returncode:
        reason = "the packages that tests/run.sh installs from PyPI are missing"
    if reason:
        print(f"SKIPPED: the tutorial about SLURM: {reason}")
        sys.exit(77)
    unittest.main()
