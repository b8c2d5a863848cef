"""The Python front under real SLURM daemons: sbatch and srun give what a plain run gives, and leave nothing behind."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from slurm import Slurm, why_not

SOURCE = os.environ["REPLEARN_SOURCE"]
PBMC = os.path.join(SOURCE, "tests/data/pbmc68k_reduced/pbmc68k_reduced.h5ad")
SHORT = {"early_exaggeration_iterations": 50, "iterations": 100}


class Front(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="replearn-slurm-")
        cls.slurm = Slurm(cls.folder)
        cls.slurm.start()
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.addClassCleanup(cls.slurm.stop)
        os.environ.update(cls.slurm.environment)
        work = cls.slurm.path("work")
        os.mkdir(work)
        os.chdir(work)
        cls.addClassCleanup(os.chdir, "/")

    def setUp(self):
        self.cells = anndata.read_h5ad(PBMC)

    def tearDown(self):
        self.assertFalse(os.path.exists(".replearn"), "temporary files are left")

    def plain(self):
        cells = anndata.read_h5ad(PBMC)
        rl.tl.tsne(cells, **SHORT)
        return cells.obsm["X_tsne"]

    def test_sbatch_on_two_nodes(self):
        job = rl.tl.tsne(self.cells, ranks=4, launcher="sbatch", launcher_options=["-N2", "--time=5"], wait=False, **SHORT)
        self.assertIn(job.state, ("pending", "running", "ended"))
        self.assertIn(job.folder, rl.jobs())  # which lists those of other tests as well
        self.assertEqual(rl.jobs(".replearn"), [job.folder.relative_to(os.getcwd())])
        # As after a restart of the notebook.
        rl.Job.attach(job.folder, self.cells).wait(120)
        numpy.testing.assert_array_equal(self.cells.obsm["X_tsne"], self.plain())
        self.assertEqual(self.cells.uns["replearn"]["tsne"]["ranks"], 4)

    def test_srun(self):
        rl.tl.tsne(self.cells, ranks=2, launcher="srun", launcher_options=["-N2"], **SHORT)
        numpy.testing.assert_array_equal(self.cells.obsm["X_tsne"], self.plain())

    def test_errors_have_their_hint(self):
        with self.assertRaises(rl.InputError) as raised:
            rl.tl.tsne(self.cells, ranks=2, launcher="sbatch", use_rep="X_pcs")
        self.assertIn("X_pca", raised.exception.hint)
        with self.assertRaisesRegex(rl.ReplearnError, "sbatch: .*artition"):
            rl.tl.tsne(self.cells, launcher="sbatch", launcher_options=["--partition=none"])

    def test_canceled(self):
        for launcher in ("sbatch", "srun"):
            job = rl.tl.tsne(self.cells, ranks=2, launcher=launcher, iterations=10**8, wait=False)
            end = time.monotonic() + 60
            while job.progress is None:
                self.assertLess(time.monotonic(), end, job.log)
                time.sleep(0.1)
            job.cancel()
            with self.assertRaises(rl.Canceled):
                job.wait()
            self.slurm.wait("an empty queue", lambda: not self.slurm.run("squeue", "--noheader").stdout.strip())

    def test_python_is_killed(self):
        """The SLURM job goes on, and another session has its results."""
        code = f"import anndata, replearn as rl; rl.tl.tsne(anndata.read_h5ad({PBMC!r}), launcher='sbatch', ranks=2, **{SHORT})"
        environment = dict(os.environ, PYTHONPATH=os.path.join(SOURCE, "python/src"))
        python = subprocess.Popen([sys.executable, "-c", code], env=environment)
        self.slurm.wait("the job", lambda: rl.jobs(".replearn"))
        python.kill()
        python.wait()
        rl.Job.attach(rl.jobs(".replearn")[0], self.cells).wait(120)
        numpy.testing.assert_array_equal(self.cells.obsm["X_tsne"], self.plain())

    def test_a_job_that_gets_lost(self):
        """A job that SLURM ends without the program having said anything."""
        job = rl.tl.tsne(self.cells, launcher="sbatch", launcher_options=["--hold"], wait=False)
        self.assertEqual(job.state, "pending")
        self.slurm.run("scancel", "--user=root")
        with self.assertRaises(rl.ReplearnError):
            job.wait(60)


if __name__ == "__main__":
    reason = why_not()
    try:
        import anndata
        import anndata.io
        import numpy
        sys.path.insert(0, str(pathlib.Path(SOURCE) / "python/src"))
        import replearn as rl
    except ImportError as missing:
        reason = reason or str(missing)
    if reason:
        print(f"SKIPPED: the Python front under SLURM: {reason}")
        sys.exit(77)
    unittest.main()
