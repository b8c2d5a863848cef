"""Opens an .h5ad with whatever anndata this Python has, warnings being errors, and compares it with the file it was
made from: everything but the keys named must be as it was.

    python check_with_anndata.py BEFORE AFTER key [key ...]        keys such as obsm/X_tsne, uns/tsne
"""

import importlib.metadata
import sys
import warnings

warnings.simplefilter("error")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of other packages while they are imported
    import anndata
    import numpy
    import pandas
    import scipy.sparse


def same(a, b, where):
    if isinstance(a, dict) or hasattr(a, "keys") and not isinstance(a, pandas.DataFrame):
        for key in set(a.keys()) | set(b.keys()):
            if f"{where}/{key}" not in changed:
                assert key in a and key in b, f"{where}/{key} is in one file only"
                same(a[key], b[key], f"{where}/{key}")
    elif isinstance(a, pandas.DataFrame):
        pandas.testing.assert_frame_equal(a, b[a.columns])
        extra = {f"{where}/{column}" for column in b.columns} - {f"{where}/{column}" for column in a.columns}
        assert extra <= changed, extra
    elif scipy.sparse.issparse(a):
        assert type(a) is type(b) and (a != b).nnz == 0, where
    else:
        numpy.testing.assert_array_equal(numpy.asarray(a), numpy.asarray(b), where)


before_path, after_path, *keys = sys.argv[1:]
changed = set(keys)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    before = anndata.read_h5ad(before_path)
after = anndata.read_h5ad(after_path)
for part in ["obs", "var", "obsm", "varm", "obsp", "layers", "uns"]:
    same(getattr(before, part), getattr(after, part), part)
if "X" not in changed:
    same(before.X, after.X, "X")
if before.raw is not None:
    same(before.raw.X, after.raw.X, "raw/X")
    same(before.raw.var, after.raw.var, "raw/var")
for key in changed:
    part, name = key.split("/") if "/" in key else (key, None)
    assert name is None or name in getattr(after, part), f"{key} is missing"
print("anndata", importlib.metadata.version("anndata"), "reads it, and all else is as it was")
