"""The Python code of README.md runs as it stands there, on carried data; lines that need SLURM run in tests/cluster."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import anndata
import matplotlib
import pytest
import scanpy as sc

import replearn as rl
from conftest import SOURCE


def blocks() -> list[str]:
    text = (SOURCE / "python/README.md").read_text()
    return re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)


def test_the_code_of_the_readme(
    cells: anndata.AnnData, counts: anndata.AnnData, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news").mkdir()
    (tmp_path / "news/text.txt.gz").write_text("paris is the capital of france " * 300)
    monkeypatch.setattr(sc, "read_10x_h5", lambda _: counts)
    monkeypatch.setattr(rl.Job, "cancel", lambda job: None)  # the README lists it behind wait()
    names: dict[str, Any] = {"X": cells.obsm["X_pca"]}
    for block in blocks():
        assert "rl." in block or "job." in block
        for launched in ("srun", "sbatch"):
            block = re.sub(rf"^.*launcher=\"{launched}\".*$", "", block, flags=re.M)
        if "attach" in block:
            names["folder"] = rl.tl.tsne(names["adata"], wait=False, iterations=10).folder
            time.sleep(0.1)
        try:
            exec(
                compile(block.replace("min_genes=200", "min_genes=100"), "README.md", "exec"),
                {**names, **globals()},
                names,
            )
        finally:
            rl.settings.ranks = 1
    assert {"X_pca", "X_tsne"} <= set(names["adata"].obsm)
    assert "paris" in names["vectors"]
