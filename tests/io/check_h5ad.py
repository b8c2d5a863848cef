"""Reads with anndata, warnings being errors, what io_h5ad_writer left in FOLDER, and compares it with what it was made
from; a cut file with what anndata cuts itself.

    python3 check_h5ad.py FOLDER [--nullable-strings]      the latter: this anndata reads them
"""

import sys
import warnings
from pathlib import Path

warnings.simplefilter("error")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of other packages while they are imported
    import anndata
    import numpy as np
    import pandas as pd
    import scipy.sparse

ADDED = {"obsm/X_map", "obsm/X_pca", "varm/loadings", "obsp/near", "layers/more", "obs/cluster", "obs/whole", "obs/good",
         "var/score", "uns/map", "uns/replearn"}


def same(before, after, where, added):
    if isinstance(before, pd.DataFrame):
        kept = [name for name in before.columns if f"{where}/{name}" not in added]
        assert {f"{where}/{name}" for name in after.columns} - {f"{where}/{name}" for name in kept} <= added, where
        pd.testing.assert_frame_equal(before[kept], after[kept])
    elif hasattr(before, "keys"):
        keys = {key for key in {*before.keys(), *after.keys()} if f"{where}/{key}" not in added}
        for key in keys:
            same(before[key], after[key], f"{where}/{key}", added)
    elif scipy.sparse.issparse(before):
        assert before.format == after.format and before.dtype == after.dtype and before.shape == after.shape, where
        assert (before != after).nnz == 0, where
    else:
        before, after = np.asarray(before), np.asarray(after)
        assert before.dtype == after.dtype, (where, before.dtype, after.dtype)
        np.testing.assert_array_equal(before, after, where)


def same_files(before, after, added):
    for part in ("obs", "var", "obsm", "varm", "obsp", "varp", "layers", "uns"):
        same(getattr(before, part), getattr(after, part), part, added)
    same(before.X, after.X, "X", added)
    assert (before.raw is None) == (after.raw is None)
    if before.raw is not None:
        same(before.raw.X, after.raw.X, "raw/X", added)
        same(before.raw.var, after.raw.var, "raw/var", added)


def read_old(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is old
        return anndata.read_h5ad(path)


folder, nullable_strings = Path(sys.argv[1]), "--nullable-strings" in sys.argv
checked = 0
for path in sorted(folder.glob("written_*.h5ad")):
    base = path.name.removeprefix("written_").split("_on_")[0]
    if base.startswith("strings") and not nullable_strings:
        continue
    after = anndata.read_h5ad(path)
    if base == "new":
        assert after.obs["many"].cat.codes.iloc[59] == 294 and after.obs["text"].iloc[3] == "é3" and after.X.shape == (60, 20)
        assert after.obs["good"].dtype == bool and after.obsp["near"][59, 0] == 0.5
        assert after.uns["map"]["params"]["who"] == "us" and after.uns["map"]["ok"] and after.uns["map"]["loss"] == 1.5
        assert list(after.uns["map"]["names"]) == ["x", "y"] and after.uns["replearn"]["map"] == "said"
    else:
        before = read_old(folder / f"{base.removesuffix('_cut')}.h5ad")
        if base.endswith("_cut"):
            for layer in before.layers.values():
                if scipy.sparse.issparse(layer):  # older scipy does not slice with unsigned indices
                    layer.indices, layer.indptr = layer.indices.astype("i8"), layer.indptr.astype("i8")
            rows, columns = np.arange(60) % 7 != 1, np.arange(20) % 5 != 2
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                before = before[rows, columns].copy()
        else:
            assert after.varm["loadings"].shape == (20, 4) and after.uns["map"]["params"]["steps"] == 12
        same_files(before, after, set() if base.endswith("_cut") else ADDED)
    checked += 1
assert checked >= 4, f"{checked} files only"
print(f"{checked} files are as they should be, says anndata")
