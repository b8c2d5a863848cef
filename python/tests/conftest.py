"""Data and checks that several tests share. The tests run the program named by REPLEARN_PROGRAM or in PATH."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import anndata
import numpy as np
import pytest
from scipy import sparse

import replearn as rl

SOURCE = Path(__file__).parents[2]

# As root, in containers, and with more ranks than cores, as these tests do.
os.environ.update(
    OMPI_ALLOW_RUN_AS_ROOT="1",
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
    OMPI_MCA_rmaps_base_oversubscribe="1",
    OMPI_MCA_hwloc_base_binding_policy="none",
    # For the Python processes that tests start.
    PYTHONPATH=os.pathsep.join([str(SOURCE / "python/src"), os.environ.get("PYTHONPATH", "")]),
)


@pytest.fixture(scope="session")
def _cells() -> anndata.AnnData:
    return anndata.read_h5ad(SOURCE / "tests/data/pbmc68k_reduced/pbmc68k_reduced.h5ad")


@pytest.fixture
def cells(_cells: anndata.AnnData) -> anndata.AnnData:
    """700 blood cells x 765 genes, scaled, with X_pca, labels and a graph."""
    return _cells.copy()


@pytest.fixture(scope="session")
def _counts() -> anndata.AnnData:
    lines = (SOURCE / "tests/data/pbmc68k/counts.txt").read_text().splitlines()
    genes = lines[0].split()[1:]
    rows, columns, values, names = [], [], [], []
    for i, line in enumerate(lines[1:]):
        name, *pairs = line.split()
        names.append(name)
        for pair in pairs:
            column, count = pair.split(":")
            rows.append(i), columns.append(int(column)), values.append(float(count))
    x = sparse.csr_matrix((np.float32(values), (rows, columns)), shape=(len(names), len(genes)))
    adata = anndata.AnnData(x)
    adata.obs_names, adata.var_names = names, genes
    return adata


@pytest.fixture
def counts(_counts: anndata.AnnData) -> anndata.AnnData:
    """Raw counts of 350 blood cells x 765 genes."""
    return _counts.copy()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of temporary files; they must be gone after each test."""
    place = tmp_path / "temporary"
    place.mkdir()
    rl.settings.folder = place
    yield place
    rl.settings.folder = None
    assert list(place.iterdir()) == []


def processes_with(text: str) -> list[str]:
    """Command lines of all processes that contain the text, but not of this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if text in line:
                found.append(line)
    return found
