"""Files that lie, each a small sound .h5ad (or 10x or vectors file) with one thing wrong, as io_hostile_hdf5 and
cli/test_hostile_hdf5.py read them.

    python3 make_hostile.py FOLDER
"""

import os
import shutil
import sys

import h5py
import numpy

CELLS, GENES = 12, 5
TEXT = h5py.string_dtype()


def names(stem, count):
    return numpy.array([f"{stem}{i}" for i in range(count)], dtype=object)


def value(i, j):
    return (i + 2 * j) % 3


def dense():
    return numpy.array([[value(i, j) for j in range(GENES)] for i in range(CELLS)], dtype=numpy.float32)


def sparse(file, path, matrix, by_rows=True):
    """CSR or CSC as anndata writes it."""
    group = file.create_group(path)
    group.attrs["encoding-type"] = "csr_matrix" if by_rows else "csc_matrix"
    group.attrs["encoding-version"] = "0.1.0"
    group.attrs["shape"] = matrix.shape
    lines = matrix if by_rows else matrix.T
    group["indptr"] = numpy.cumsum([0] + [numpy.count_nonzero(line) for line in lines]).astype(numpy.int32)
    group["indices"] = numpy.concatenate([numpy.nonzero(line)[0] for line in lines]).astype(numpy.int32)
    group["data"] = numpy.concatenate([line[line != 0] for line in lines])


def table(file, path, stem, count):
    group = file.create_group(path)
    group.attrs["encoding-type"] = "dataframe"
    group.attrs["encoding-version"] = "0.2.0"
    group.attrs["_index"] = "_index"
    group.create_dataset("_index", data=names(stem, count), dtype=TEXT)
    kind = group.create_group("kind")
    kind.attrs["encoding-type"] = "categorical"
    kind.attrs["encoding-version"] = "0.2.0"
    kind.attrs["ordered"] = False
    kind["codes"] = (numpy.arange(count) % 2).astype(numpy.int8)
    kind.create_dataset("categories", data=names("kind", 2), dtype=TEXT)
    group["score"] = numpy.arange(count, dtype=numpy.float32)
    group["flag"] = numpy.arange(count) % 2 == 0
    group.create_dataset("note", data=names("note", count), dtype=TEXT)
    nullable = group.create_group("nullable")
    nullable.attrs["encoding-type"] = "nullable-integer"
    nullable.attrs["encoding-version"] = "0.1.0"
    nullable["values"] = numpy.arange(count)
    nullable["mask"] = numpy.arange(count) % 3 == 0
    group.attrs.create("column-order", ["kind", "score", "flag", "note", "nullable"], dtype=TEXT)


def sound(path):
    with h5py.File(path, "w") as file:
        file.attrs["encoding-type"] = "anndata"
        file.attrs["encoding-version"] = "0.1.0"
        sparse(file, "X", dense())
        table(file, "obs", "cell", CELLS)
        table(file, "var", "gene", GENES)
        for name in ("obsm", "varm", "obsp", "varp", "layers", "uns", "raw"):
            file.create_group(name)
        file["obsm/X_pca"] = numpy.arange(2 * CELLS, dtype=numpy.float32).reshape(CELLS, 2)
        file["varm/PCs"] = numpy.ones((GENES, 2), dtype=numpy.float32)
        sparse(file, "layers/counts", dense(), by_rows=False)
        graph = numpy.zeros((CELLS, CELLS), dtype=numpy.float32)
        for i in range(CELLS):
            graph[i, (i + 1) % CELLS] = 1
        sparse(file, "obsp/distances", graph)
        sparse(file, "raw/X", dense())
        table(file, "raw/var", "gene", GENES)


def tenx(path):
    with h5py.File(path, "w") as file:
        sparse(file, "matrix", dense())
        group = file["matrix"]
        group["shape"] = numpy.array([GENES, CELLS])
        group.create_dataset("barcodes", data=names("cell", CELLS).astype("S"))
        group.create_dataset("features/id", data=names("id", GENES).astype("S"))
        group.create_dataset("features/name", data=names("gene", GENES).astype("S"))


def loom(path):
    with h5py.File(path, "w") as file:
        file["matrix"] = dense().T
        for group, name, stem, count in (("row_attrs", "Gene", "gene", GENES), ("col_attrs", "CellID", "cell", CELLS)):
            file.create_group(group).create_dataset(name, data=names(stem, count), dtype=TEXT)


def vectors(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("words", data=names("word", CELLS), dtype=TEXT)
        file["vectors"] = numpy.arange(2 * CELLS, dtype=numpy.float32).reshape(CELLS, 2)
        file["counts"] = numpy.arange(CELLS)


def replace(file, path, *args, **how):
    """Another dataset in place of one, its attributes kept."""
    attributes = dict(file[path].attrs) if path in file else {}
    if path in file:
        del file[path]
    made = file.create_dataset(path, *args, **how)
    for name, each in attributes.items():
        made.attrs[name] = each
    return made


def put(path, at, number):
    def change(file):
        file[path][at] = number
    return change


def instead(path, *args, **how):
    return lambda file: replace(file, path, *args, **how)


def attribute(path, name, number):
    def change(file):
        file[path].attrs[name] = number
    return change


def link(path, where):
    def change(file):
        del file[path]
        file[path] = where
    return change


def references(count):
    def change(file):
        file["obs/score"].attrs.create("categories", [file["obs/note"].ref] * count if count > 1 else file["obs/note"].ref,
                                       dtype=h5py.ref_dtype)
    return change


def dangling_reference(file):
    file["gone"] = [1.0]
    file["obs/score"].attrs.create("categories", file["gone"].ref, dtype=h5py.ref_dtype)
    del file["gone"]


def virtual(file):
    layout = h5py.VirtualLayout((CELLS,), numpy.float32)
    layout[:] = h5py.VirtualSource("elsewhere.h5", "values", (CELLS,))
    del file["obs/score"]
    file.create_virtual_dataset("obs/score", layout)


def external_storage(file):
    replace(file, "obs/score", (CELLS,), numpy.float32, external=[("/etc/passwd", 0, 4 * CELLS)])


def missing_filter(path):
    """Written with zstd, says the file, whose plugin is not there (or, where it is, the bytes are none of its)."""
    def change(file):
        count = file[path].shape[0]
        del file[path]
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk((count,))
        creation.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, ())
        made = h5py.h5d.create(file.id, path.encode(), h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((count,)), creation)
        made.write_direct_chunk((0,), b"\x28\xb5\x2f\xfd and more")
    return change


def damaged_chunk(path):
    def change(file):
        count = file[path].shape[0]
        made = replace(file, path, (count,), numpy.float32, chunks=(count,), compression="gzip")
        made.id.write_direct_chunk((0,), b"this was never deflated")
    return change


def cycle(file):
    file["uns/deep/again"] = [1.0]
    file["uns/deep/loop"] = file["uns"]  # a hard link upwards
    file["uns/soft"] = h5py.SoftLink("/uns")


def soft_links(file):
    """All of them within the file: everything reads as before."""
    for path in ("obs/score", "X/data", "var", "obsm/X_pca"):
        file.move(path, "kept/" + path.replace("/", "_"))
        file[path] = h5py.SoftLink("/kept/" + path.replace("/", "_"))


def order(*columns):
    def change(file):
        del file["obs"].attrs["column-order"]
        file["obs"].attrs.create("column-order", columns, dtype=TEXT)
    return change


WIDE = numpy.array([["x" * 40] * 50] * CELLS, dtype="S40")
TALL = numpy.array([["x" * 40] * 50] * GENES, dtype="S40")

H5AD = {
    "sound": lambda file: None,
    # strings of two axes
    "obs_names_2d": instead("obs/_index", data=WIDE),
    "obs_names_2d_variable": instead("obs/_index", data=WIDE.astype(object), dtype=TEXT),
    "var_names_2d": instead("var/_index", data=TALL),
    "raw_names_2d": instead("raw/var/_index", data=TALL),
    "column_2d": instead("obs/note", data=WIDE),
    "categories_2d": instead("obs/kind/categories", data=WIDE.astype(object), dtype=TEXT),
    "names_scalar": instead("obs/_index", data="a name"),
    "names_numbers": instead("obs/_index", data=numpy.arange(CELLS)),
    "names_empty": instead("obs/_index", data=h5py.Empty("S1")),
    "names_elsewhere": attribute("obs", "_index", "nowhere"),
    "names_of_numbers": attribute("obs", "_index", "score"),
    "names_of_group": attribute("obs", "_index", "kind"),
    # attributes
    "references": references(1000),
    "reference_dangling": dangling_reference,
    "reference_to_2d": lambda file: (replace(file, "obs/score", data=numpy.zeros(CELLS, dtype=numpy.int8)),
                                     replace(file, "obs/note", data=WIDE), references(1)(file)),
    "ordered_long": attribute("obs/kind", "ordered", numpy.ones(7000, dtype=bool)),
    "ordered_text": attribute("obs/kind", "ordered", "yes, very much so, and for a long while to come"),
    "shape_long": attribute("X", "shape", numpy.arange(5000)),
    "shape_one": attribute("X", "shape", 12),
    "shape_text": attribute("X", "shape", "12 x 5"),
    "shape_negative": attribute("X", "shape", [-CELLS, GENES]),
    "shape_huge": attribute("X", "shape", [CELLS, 2**62]),
    "order_missing": order("kind", "absent"),
    "order_twice": order("kind", "score", "score", "_index"),
    # columns
    "codes_beyond": put("obs/kind/codes", 3, 99),
    "codes_below": put("obs/kind/codes", 3, -2),
    "codes_short": instead("obs/kind/codes", data=numpy.zeros(CELLS - 1, dtype=numpy.int8)),
    "codes_endless": instead("obs/kind/codes", shape=(10**15,), dtype="i1", chunks=(1000,)),
    "codes_endless_in_uns": lambda file: (file.copy("obs/kind", "uns/kind"),
                                          replace(file, "uns/kind/codes", shape=(10**15,), dtype="i1", chunks=(1000,))),
    "codes_real": instead("obs/kind/codes", data=numpy.zeros(CELLS)),
    "codes_2d": instead("obs/kind/codes", data=numpy.zeros((CELLS, 1000), dtype=numpy.int8)),
    "column_long": instead("obs/score", data=numpy.zeros(CELLS + 1)),
    "column_numbers_2d": instead("obs/score", data=numpy.zeros((CELLS, 1000))),
    "column_scalar": instead("obs/score", data=1.0),
    "mask_short": instead("obs/nullable/mask", data=numpy.ones(2, dtype=bool)),
    "mask_2d": instead("obs/nullable/mask", data=numpy.ones((CELLS, 9), dtype=bool)),
    "nullable_2d": instead("obs/nullable/values", data=numpy.ones((CELLS, 9), dtype=int)),
    "flags_short": instead("var/flag", data=numpy.ones(2, dtype=bool)),
    "column_group": lambda file: (file.__delitem__("obs/score"), file.create_group("obs/score")),
    # sparse matrices, wherever they stand: PLACE_WHAT
    **{
        f"{name}_{what}": change
        for name, path in (("x", "X"), ("raw", "raw/X"), ("layer", "layers/counts"), ("graph", "obsp/distances"))
        for what, change in {
            "indptr_far": put(path + "/indptr", 2, 2**30),
            "indptr_negative": put(path + "/indptr", 2, -5),
            "indptr_falls": put(path + "/indptr", 3, 0),
            "indptr_begins": put(path + "/indptr", 0, 1),
            "indptr_ends_early": lambda file, path=path: put(path + "/indptr", -1, file[path + "/indptr"][-1] - 1)(file),
            "indptr_long": instead(path + "/indptr", data=numpy.zeros(99, dtype=numpy.int32)),
            "indptr_2d": instead(path + "/indptr", data=numpy.zeros((CELLS + 1, 9), dtype=numpy.int32)),
            "indptr_text": instead(path + "/indptr", data=names("a", 13), dtype=TEXT),
            "index_beyond": put(path + "/indices", 1, 2**20),
            "index_negative": put(path + "/indices", 1, -1),
            "indices_short": lambda file, path=path: replace(file, path + "/indices", data=file[path + "/indices"][:-1]),
            "indices_real": lambda file, path=path: replace(file, path + "/indices", data=file[path + "/indices"][:] + 0.5),
            "data_missing": lambda file, path=path: file.__delitem__(path + "/data"),
            "data_text": lambda file, path=path: replace(file, path + "/data", data=names("a", len(file[path + "/data"])),
                                                         dtype=TEXT),
            "shape_small": attribute(path, "shape", [3, GENES]),
            "shape_high": attribute(path, "shape", [2**40, GENES]),
            "shape_wide": attribute(path, "shape", [CELLS, 2**40]),
            "encoding": attribute(path, "encoding-type", "coo_matrix"),
        }.items()
    },
    "raw_twice": lambda file: file["raw/X/indices"].__setitem__(slice(0, 3), [0, 0, 0]),
    "indices_of_reals": lambda file: [replace(file, "X/" + part, data=file["X/" + part][:].astype(float))
                                      for part in ("indices", "indptr")],
    # arrays
    "obsm_short": instead("obsm/X_pca", data=numpy.zeros((3, 2), dtype=numpy.float32)),
    "obsm_1d": instead("obsm/X_pca", data=numpy.zeros(CELLS, dtype=numpy.float32)),
    "obsm_3d": instead("obsm/X_pca", data=numpy.zeros((CELLS, 2, 9), dtype=numpy.float32)),
    "obsm_text": instead("obsm/X_pca", data=WIDE),
    "varm_short": instead("varm/PCs", data=numpy.zeros((3, 2), dtype=numpy.float32)),
    "varm_text": instead("varm/PCs", data=TALL),
    # sizes that nothing stands behind
    "huge_columns": instead("X", shape=(CELLS, 2**35), dtype=numpy.float32),
    "huge_columns_named": lambda file: (replace(file, "X", shape=(CELLS, 2**35), dtype=numpy.float32),
                                        replace(file, "var/_index", shape=(2**35,), dtype="S10", chunks=(64,))),
    "huge_obsm": instead("obsm/X_pca", shape=(CELLS, 2**36), dtype=numpy.float32, chunks=(CELLS, 64)),
    "huge_obsm_gzip": instead("obsm/X_pca", shape=(CELLS, 2**36), dtype=numpy.float32, chunks=(CELLS, 64),
                              compression="gzip"),
    "overflow_obsm": instead("obsm/X_pca", shape=(CELLS, 2**60), dtype=numpy.float32, chunks=(CELLS, 64)),
    "overflow_stored": lambda file: [replace(file, "X/" + part, shape=(2**62,), dtype=numpy.int32, chunks=(64,))
                                     for part in ("data", "indices")],
    "huge_names": instead("obs/_index", shape=(2**40,), dtype=TEXT, chunks=(64,)),
    "huge_varm": instead("varm/PCs", shape=(GENES, 2**40), dtype=numpy.float32, chunks=(GENES, 64)),
    # values that lie in other files
    "link_column": link("obs/score", h5py.ExternalLink("elsewhere.h5", "/values")),
    "link_names": link("obs/_index", h5py.ExternalLink("elsewhere.h5", "/values")),
    "link_table": link("obs", h5py.ExternalLink("sound.h5ad", "/obs")),
    "link_x": link("X", h5py.ExternalLink("sound.h5ad", "/X")),
    "link_indices": link("X/indices", h5py.ExternalLink("sound.h5ad", "/X/indices")),
    "link_behind_soft": lambda file: (file.__setitem__("away", h5py.ExternalLink("sound.h5ad", "/obs")),
                                      link("obs", h5py.SoftLink("/away"))(file)),
    "link_raw": link("raw", h5py.ExternalLink("sound.h5ad", "/raw")),
    "link_obsm": link("obsm/X_pca", h5py.ExternalLink("sound.h5ad", "/obsm/X_pca")),
    "soft_nowhere": link("obs/score", h5py.SoftLink("/nowhere")),
    "soft_circle": link("obs/score", h5py.SoftLink("/obs/score")),
    "virtual": virtual,
    "external_storage": external_storage,
    # filters
    "filter_missing": missing_filter("X/data"),
    "chunk_damaged": damaged_chunk("X/data"),
    # sound, if unusual
    "cycle": cycle,
    "soft_links": soft_links,
}

TENX = {
    "tenx_sound": lambda file: None,
    "tenx_link": link("matrix/indices", h5py.ExternalLink("nowhere.h5", "/")),
    "tenx_indptr_ends_early": put("matrix/indptr", -1, 3),
    "tenx_index_beyond": put("matrix/indices", 1, 99),
    "tenx_barcodes_2d": instead("matrix/barcodes", data=WIDE),
    "tenx_shape_2d": instead("matrix/shape", data=numpy.ones((2, 9), dtype=int)),
    "tenx_shape_huge": instead("matrix/shape", data=numpy.array([GENES, 2**63 - 1])),
}

LOOM = {
    "sound": lambda file: None,
    "huge": instead("matrix", shape=(2**40, 2**20), dtype=numpy.int8, chunks=(64, 64)),
    "long": instead("matrix", shape=(2**40, 1), dtype=numpy.int8, chunks=(64, 1)),
    "names_2d": instead("col_attrs/CellID", data=WIDE),
    "link": link("matrix", h5py.ExternalLink("sound.loom", "/matrix")),
    "link_names": link("row_attrs/Gene", h5py.ExternalLink("sound.loom", "/row_attrs/Gene")),
}

VECTORS = {
    "words_sound": lambda file: None,
    "words_2d": instead("words", data=WIDE),
    "words_2d_variable": instead("words", data=WIDE.astype(object), dtype=TEXT),
    "words_numbers": instead("words", data=numpy.arange(CELLS)),
    "words_counts_2d": instead("counts", data=numpy.ones((CELLS, 9), dtype=int)),
    "words_huge": instead("vectors", shape=(CELLS, 2**36), dtype=numpy.float32, chunks=(CELLS, 64)),
    "words_link": link("words", h5py.ExternalLink("words_sound.h5", "/words")),
}


def make(folder):
    os.makedirs(folder, exist_ok=True)
    for kind, ending, base in ((H5AD, ".h5ad", sound), (TENX, ".h5", tenx), (LOOM, ".loom", loom), (VECTORS, ".h5", vectors)):
        source = os.path.join(folder, "base" + ending)
        base(source)
        for name, change in kind.items():
            path = os.path.join(folder, name + ending)
            shutil.copyfile(source, path)
            with h5py.File(path, "r+") as file:
                change(file)
        os.remove(source)
    with open(os.path.join(folder, "sound.h5ad"), "rb") as file:
        whole = file.read()
    with open(os.path.join(folder, "cut.h5ad"), "wb") as file:
        file.write(whole[: len(whole) // 2])
    with open(os.path.join(folder, "later_format.h5ad"), "wb") as file:
        file.write(whole[:8] + b"\x63" + whole[9:])


if __name__ == "__main__":
    make(sys.argv[1])
