"""Makes the .h5ad files that io_h5ad reads: matrices in every storage and type, and annotations as anndata 0.7 and
today's write them (read off their files; written here with h5py, so that no particular anndata is needed).

    python3 make_h5ad.py FOLDER

60 cells x 20 genes; the entry of row i and column j is value(i, j).
"""

import sys
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse

ROWS, COLUMNS = 60, 20
TEXT = h5py.string_dtype()


def value(i, j):
    return (i + j) % 50 + 1 if (7 * i + 3 * j) % 5 == 0 else 0


X = np.array([[value(i, j) for j in range(COLUMNS)] for i in range(ROWS)])


def mark(element, kind, version="0.2.0"):
    element.attrs["encoding-type"] = kind
    element.attrs["encoding-version"] = version


def array(group, name, values, encoded=True, **options):
    values = np.asarray(values)
    text = values.dtype.kind in "UO"
    dataset = group.create_dataset(name, data=values.astype(object) if text else values, dtype=TEXT if text else None, **options)
    if encoded:
        scalar = values.ndim == 0
        mark(dataset, ("string" if scalar else "string-array") if text else ("numeric-scalar" if scalar else "array"))
    return dataset


def dictionary(group, name, encoded=True):
    group = group.create_group(name)
    if encoded:
        mark(group, "dict", "0.1.0")
    return group


def sparse(group, name, matrix, index="i4", **options):
    part = group.create_group(name)
    mark(part, f"{matrix.format}_matrix", "0.1.0")
    part.attrs["shape"] = np.array(matrix.shape)
    for key, values in (("data", matrix.data), ("indices", matrix.indices), ("indptr", matrix.indptr)):
        part.create_dataset(key, data=values.astype(index) if key != "data" else values, **options)
    return part


def frame(group, name, index, columns, version="0.2.0"):
    part = group.create_group(name)
    mark(part, "dataframe", version)
    part.attrs["_index"] = index
    part.attrs["column-order"] = np.array(columns, dtype=object) if columns else np.zeros(0)
    return part


def root(path, encoded=True):
    file = h5py.File(path, "w")
    if encoded:
        mark(file, "anndata", "0.1.0")
    return file


CELLS = [f"cell{i}" for i in range(ROWS)]
GENES = [f"gène{j}" for j in range(COLUMNS)]
KINDS = ["B cell", "NK", "T cell"]
CODES = np.array([i % 4 - 1 for i in range(ROWS)])  # -1, 0, 1, 2: every fourth is missing


def matrices(path):
    """Layers named storage_type_compression, or storage_index for the types of indices."""
    with root(path) as file:
        array(frame(file, "obs", "_index", []), "_index", CELLS)
        array(frame(file, "var", "_index", []), "_index", GENES)
        for name in ("obsm", "varm", "obsp", "varp", "uns"):
            dictionary(file, name)
        layers = dictionary(file, "layers")
        array(file, "X", X.astype("f4"))
        for kind in ("f2", "f4", ">f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"):
            array(layers, f"dense_{kind}", X.astype(kind))
            if kind == "f2":
                continue  # scipy has no sparse half floats
            sparse(layers, f"csr_{kind}", scipy.sparse.csr_matrix(X.astype(kind.strip(">"))))
            sparse(layers, f"csc_{kind}", scipy.sparse.csc_matrix(X.astype(kind.strip(">"))))
        for compression in ("gzip", "lzf"):
            for options in (dict(), dict(shuffle=True), dict(fletcher32=True)):
                name = "_".join([compression, *options])
                array(layers, f"dense_{name}", X.astype("f4"), compression=compression, chunks=(7, 6), **options)
                sparse(layers, f"csr_{name}", scipy.sparse.csr_matrix(X.astype("f4")), compression=compression, **options)
                sparse(layers, f"csc_{name}", scipy.sparse.csc_matrix(X.astype("f4")), compression=compression, **options)
        # Random numbers do not compress: LZF then stores a chunk as it is.
        array(layers, "noise_lzf", np.random.default_rng(1).standard_normal((ROWS, COLUMNS)).astype("f4"), compression="lzf")
        array(layers, "noise", layers["noise_lzf"][()])
        for index in ("i8", "u4", "u8"):
            sparse(layers, f"csr_{index}_indices", scipy.sparse.csr_matrix(X.astype("f4")), index)
        unsorted = scipy.sparse.csr_matrix(X.astype("f4"))
        for i in range(ROWS):
            row = slice(unsorted.indptr[i], unsorted.indptr[i + 1])
            unsorted.indices[row], unsorted.data[row] = unsorted.indices[row][::-1].copy(), unsorted.data[row][::-1].copy()
        sparse(layers, "csr_unsorted", unsorted)
        array(layers, "bool_dense", X > 0)
        sparse(layers, "bool_csr", scipy.sparse.csr_matrix(X > 0))
        sparse(layers, "bool_csc", scipy.sparse.csc_matrix(X > 0))


def other_parts(file, encoded):
    """What is the same in old and new files but for the marks."""
    obsm, varm, obsp, uns = (dictionary(file, name, encoded) for name in ("obsm", "varm", "obsp", "uns"))
    array(obsm, "X_pca", np.arange(ROWS * 3, dtype="f4").reshape(ROWS, 3), encoded)
    array(obsm, "counts", np.arange(ROWS * 2, dtype="i8").reshape(ROWS, 2), encoded, compression="gzip")
    array(varm, "PCs", np.arange(COLUMNS * 3, dtype="f8").reshape(COLUMNS, 3), encoded)
    ring = scipy.sparse.csr_matrix(
        (np.tile([2.0, 1.0], ROWS), (np.repeat(np.arange(ROWS), 2), (np.repeat(np.arange(ROWS), 2) + np.tile([3, 5], ROWS)) % ROWS)),
        (ROWS, ROWS))
    sparse(obsp, "distances", ring)
    dictionary(file, "varp", encoded)
    sparse(dictionary(file, "layers", encoded), "counts", scipy.sparse.csr_matrix(X.astype("i4")), compression="gzip")
    array(uns, "title", np.asarray("a réal one"), encoded)
    array(uns, "number", np.asarray(7), encoded)
    array(uns, "colors", ["#ff0000", "#00ff00"], encoded)
    array(dictionary(dictionary(uns, "deep", encoded), "deeper", encoded), "values", np.arange(5.0), encoded)
    groups = np.zeros(3, dtype=[("a", "f8"), ("b", "i4")])
    if encoded:
        mark(uns.create_dataset("ranks", data=groups), "rec-array")
    else:
        uns.create_dataset("ranks", data=groups)


def columns_of_any_version(obs, encoded):
    array(obs, "cell", CELLS, encoded)
    array(obs, "batch", [f"b{i % 3}" for i in range(ROWS)], encoded)
    array(obs, "flag", np.arange(ROWS) % 2 == 0, encoded)
    array(obs, "whole", np.arange(ROWS, dtype="i4") - 5, encoded)
    array(obs, "byte", np.arange(ROWS, dtype="u1"), encoded)
    array(obs, "single", np.arange(ROWS, dtype="f4") / 2, encoded)
    doubles = np.arange(ROWS, dtype="f8") / 3
    doubles[1] = np.nan
    array(obs, "double", doubles, encoded)


PLAIN = ["batch", "flag", "whole", "byte", "single", "double"]


def genes(file, name, encoded, version):
    var = frame(file, name, "gene", ["highly_variable"], version)
    array(var, "gene", GENES, encoded)
    array(var, "highly_variable", np.arange(COLUMNS) % 3 == 0, encoded)


def version_07(path):
    """As anndata 0.7: no marks on arrays and dictionaries, categories apart with a reference to them."""
    with root(path, encoded=False) as file:
        obs = frame(file, "obs", "cell", ["kind", "stage", *PLAIN], "0.1.0")
        columns_of_any_version(obs, encoded=False)
        for name, categories, ordered in (("kind", KINDS, False), ("stage", [1, 5, 10], True)):
            codes = obs.create_dataset(name, data=CODES.astype("i1"))
            where = obs.require_group("__categories").create_dataset(name, data=categories, dtype=TEXT if name == "kind" else "i8")
            where.attrs["ordered"] = ordered
            codes.attrs["categories"] = where.ref
        genes(file, "var", False, "0.1.0")
        sparse(file, "X", scipy.sparse.csr_matrix(X.astype("f4")))
        raw = file.create_group("raw")
        mark(raw, "raw", "0.1.0")
        sparse(raw, "X", scipy.sparse.csc_matrix(10 * X.astype("f4")))
        genes(raw, "var", False, "0.1.0")
        dictionary(raw, "varm", False)
        other_parts(file, encoded=False)


def today(path, strings=False):
    """As anndata 0.8 and later. strings: with nullable strings, which 0.12 brought and older ones cannot read."""
    with root(path) as file:
        nullable = ["maybe_whole", "maybe_flag", *(["maybe_text"] if strings else [])]
        obs = frame(file, "obs", "cell", ["kind", "stage", *PLAIN, *nullable])
        columns_of_any_version(obs, encoded=True)
        for name, categories, ordered in (("kind", KINDS, False), ("stage", [1, 5, 10], True)):
            part = obs.create_group(name)
            mark(part, "categorical")
            part.attrs["ordered"] = ordered
            array(part, "codes", CODES.astype("i1"))
            array(part, "categories", categories)
        values = {"maybe_whole": np.arange(ROWS), "maybe_flag": np.arange(ROWS) % 3 == 0, "maybe_text": [f"t{i % 5}" for i in range(ROWS)]}
        kinds = {"maybe_whole": "nullable-integer", "maybe_flag": "nullable-boolean", "maybe_text": "nullable-string-array"}
        for name in nullable:
            part = obs.create_group(name)
            mark(part, kinds[name], "0.1.0")
            array(part, "values", values[name])
            array(part, "mask", CODES == -1)
            if strings:
                part.attrs["na-value"] = "NA"
        genes(file, "var", True, "0.2.0")
        sparse(file, "X", scipy.sparse.csr_matrix(X.astype("f4")))
        raw = file.create_group("raw")
        mark(raw, "raw", "0.1.0")
        sparse(raw, "X", scipy.sparse.csc_matrix(10 * X.astype("f4")))
        genes(raw, "var", True, "0.2.0")
        dictionary(raw, "varm")
        other_parts(file, encoded=True)
        table = frame(file["obsm"], "table", "cell", ["a"])
        array(table, "cell", CELLS)
        array(table, "a", np.arange(ROWS))
        if strings:
            nothing = file["uns"].create_dataset("nothing", data=h5py.Empty("f4"))
            mark(nothing, "null", "0.1.0")


def nullable_names(path):
    """Names themselves as nullable strings, as anndata writes them under pandas 3."""
    with root(path) as file:
        for table, names in (("obs", CELLS), ("var", GENES)):
            part = frame(file, table, "_index", []).create_group("_index")
            mark(part, "nullable-string-array", "0.1.0")
            array(part, "values", names)
            array(part, "mask", np.zeros(len(names), bool))
        for name in ("layers", "obsm", "varm", "obsp", "varp", "uns"):
            dictionary(file, name)
        array(file, "X", X.astype("f4"))


def version_06(path):
    """Tables as compound datasets."""
    with root(path, encoded=False) as file:
        for table, names in (("obs", CELLS), ("var", CELLS[:COLUMNS])):
            file.create_dataset(table, data=np.array([(name.encode(), 1) for name in names], dtype=[("index", "S9"), ("n", "i4")]))
        file.create_dataset("X", data=X.astype("f4"))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    matrices(folder / "matrices.h5ad")
    version_07(folder / "version_07.h5ad")
    today(folder / "today.h5ad")
    today(folder / "strings.h5ad", strings=True)
    nullable_names(folder / "nullable_names.h5ad")
    version_06(folder / "version_06.h5ad")
