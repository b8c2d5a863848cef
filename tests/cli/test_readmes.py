"""Every command that a README or a page of the guide shows is run as it stands there, but for those named here with a reason. (Those of
jobs/README.md that need SLURM run in tests/cluster.)"""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import anndata
import h5py
import numpy
import scipy.sparse

from command import PBMC, SOURCE
from readmes import commands, readmes

# Files (or folders) whose commands are not for this test, and why.
ELSEWHERE = {
    "benchmarks/README.md": "measurements, with programs and data that are not part of the project",
    "CONTRIBUTING.md": "build and test the project",
    "packaging/": "make and install wheel and sdist",
    "tests/": "build and test the project, or tell how data were made",
    "src/methods/word2vec/README.md": "a measurement on 5 million words",
}
# Commands, by their start, that are not run, and why.
NOT_RUN = {
    "bash jobs/quickstart.sh": "installs and builds; a test of its own is CI's fresh machine",
    "bash tests/run.sh": "runs the tests",
    "bash docs/build.sh": "tests/docs",
    "/usr/bin/python3 -B docs/draw.py": "changes the project; tests/docs runs the pages",
    "bash jobs/install_packages.sh": "installs",
    "cmake ": "builds",
    "pip install ": "installs",
    "python -m build ": "makes the sdist",
    "python python/generate.py": "changes the project; ctest -R python_options",
    "python -m pytest python/tests": "ctest -R python",
    "sbatch ": "needs SLURM: tests/cluster/test_slurm.py",
    "bash jobs/submit-pipeline.sh": "needs SLURM: tests/cluster/test_slurm.py",
}
# Options added so that a command takes seconds in place of minutes.
SHORTER = {
    "replearn bigan --config config/bigan-grid.cfg": "--steps 20 --sample 50",
    "mpirun -n 8 replearn bigan --input cells.h5ad --output cells.bigan.h5ad --preset cells": "--steps 20",
    "mpirun -n 8 replearn vae --input cells.h5ad --matrix layers/counts --output cells.vae.h5ad": "--epochs 2",
    "mpirun -n 8 replearn factorize --input cells.h5ad --output cells.factorize.h5ad": "--epochs 1",
    "replearn factorize new.h5ad new.factorize.h5ad --reference cells.factorize.h5ad": "--fit-steps 10",
}


class Readmes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="replearn-readme-")
        for name in ("config", "jobs", "benchmarks", "tests", "src"):
            os.symlink(os.path.join(SOURCE, name), os.path.join(cls.folder, name))
        tools = os.path.join(cls.folder, "bin")
        os.mkdir(tools)
        os.symlink(os.environ["REPLEARN"], os.path.join(tools, "replearn"))
        # The commands ask for as many ranks as a reader's machine may have; here for two.
        with open(os.path.join(tools, "mpirun"), "w") as file:
            file.write(f'#!/bin/bash\n[ "$1" = -n ] && set -- -n 2 "${{@:3}}"\nexec {os.environ["MPIEXEC"]} "$@"\n')
        os.chmod(os.path.join(tools, "mpirun"), 0o755)
        cls.environment = dict(os.environ, PATH=tools + ":" + os.environ["PATH"], OMPI_ALLOW_RUN_AS_ROOT="1",
                               OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1")
        cls.make_inputs()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def make_inputs(cls):
        with h5py.File(PBMC) as file:
            genes = [name.decode() for name in file["var/index" if "var/index" in file else "var/_index"][()]]
        generator = numpy.random.default_rng(1)
        runs = [f"runs/{sample}/outs/filtered_feature_bc_matrix.h5" for sample in ("control", "treated")]
        for path in runs:
            os.makedirs(os.path.join(cls.folder, os.path.dirname(path)))
        with open(os.path.join(cls.folder, "samples.tsv"), "w") as sheet:
            sheet.write("path\tsample\n" + "".join(f"{path}\t{path.split('/')[1]}\n" for path in runs))
        sizes = [("filtered_feature_bc_matrix.h5", 300), ("my.h5", 300), ("new.h5", 60), *((path, 200) for path in runs)]
        for name, cells in sizes:
            kind = numpy.arange(cells) % 3
            rates = 0.3 + 6 * (numpy.arange(len(genes)) % 3 == kind[:, None])
            cls.write_tenx(name, scipy.sparse.csr_matrix(generator.poisson(rates).astype("int32")), genes)
        samples = anndata.AnnData(scipy.sparse.csr_matrix(generator.poisson(rates).astype("float32")))
        samples.var_names = genes
        samples.obs["sample"] = numpy.where(numpy.arange(samples.n_obs) % 2 == 0, "a", "b")
        samples.write_h5ad(os.path.join(cls.folder, "samples.h5ad"))
        cls.write_labeled(generator)
        quickstart = anndata.read_h5ad(PBMC)  # what jobs/quickstart.sh makes of it
        for key in ("X_sammon", "X_tsne"):
            quickstart.obsm[key] = quickstart.obsm["X_umap"]
        os.mkdir(os.path.join(cls.folder, "results"))
        quickstart.write_h5ad(os.path.join(cls.folder, "results/pbmc68k.h5ad"))
        with open(os.path.join(SOURCE, "config/capitals.txt")) as pairs, \
                open(os.path.join(cls.folder, "text.txt"), "w") as text:
            for line in list(pairs)[1:] * 20:
                text.write("the capital of {} is {} and it is large\n".format(*line.split()))

    @classmethod
    def write_labeled(cls, generator):
        """Maps with labels and batches."""
        data = generator.normal(size=(120, 6)).astype("float32")
        obs = {"cell_type": ["T", "B", "NK"] * 40, "sample": ["a", "b"] * 60}
        maps = {key: data[:, :2] + generator.normal(size=(120, 2)).astype("float32")
                for key in ("X_tsne", "X_tsne_other_seed", "X_sammon")}
        labeled = anndata.AnnData(numpy.zeros((120, 1), "float32"), obs=obs, obsm={"X_pca": data, **maps})
        labeled.write_h5ad(os.path.join(cls.folder, "labeled.h5ad"))

    @classmethod
    def write_tenx(cls, name, counts, genes):
        with h5py.File(os.path.join(cls.folder, name), "w") as file:
            matrix = file.create_group("matrix")
            for key in ("data", "indices", "indptr"):
                matrix[key] = getattr(counts, key)
            matrix["shape"] = numpy.array(counts.shape[::-1], "int64")
            matrix["barcodes"] = numpy.array([f"CELL{i}-1".encode() for i in range(counts.shape[0])])
            features = matrix.create_group("features")
            features["id"] = features["name"] = numpy.array([gene.encode() for gene in genes])
            features["feature_type"] = numpy.array([b"Gene Expression"] * len(genes))
            features["genome"] = numpy.array([b"GRCh38"] * len(genes))

    def run_all(self, path):
        ran = 0
        for number, command in commands(os.path.join(SOURCE, path)):
            if any(command.startswith(start) for start in NOT_RUN):
                continue
            bare = re.sub(r"\s+#.*$", "", command)
            done = subprocess.run(["bash", "-c", bare + " " + SHORTER.get(bare, "")], cwd=self.folder,
                                  env=self.environment, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, f"{path}:{number}: {command}\n{done.stderr}")
            ran += 1
        return ran

    def test_every_readme(self):
        ran = {}
        for path in sorted(readmes(SOURCE), key=lambda path: (path != "README.md", path)):
            if not path.startswith(tuple(ELSEWHERE)):
                ran[path] = self.run_all(path)
        self.assertGreaterEqual(ran["README.md"], 5)
        self.assertGreaterEqual(ran["docs/pages/samples.md"], 5)
        self.assertGreaterEqual(ran["config/README.md"], 8)

    def test_reasons_are_of_what_is_there(self):
        every = [command for path in readmes(SOURCE) for _, command in commands(os.path.join(SOURCE, path))]
        for start in list(NOT_RUN) + list(SHORTER):
            self.assertTrue(any(command.startswith(start) for command in every), start)
        for start in ELSEWHERE:
            self.assertTrue(any(path.startswith(start) for path in readmes(SOURCE)), start)


if __name__ == "__main__":
    unittest.main()
