"""Makes the files of this folder: the same 50 cells x 30 genes in every format, and what independent programs read.

Written with scipy.io.mmwrite, pandas and h5py; read back with scanpy (read_10x_mtx, read_10x_h5) and pandas, whose
numbers are in expected_*.txt: a line "rows columns stored sum", the names of rows, the names of columns, and one line
"row column value" (from 0) per nonzero. Run: python3 make.py   (scanpy 1.9 or later, in this folder)
"""
import gzip, os, shutil
import h5py, numpy as np, pandas as pd, scanpy as sc, scipy.io, scipy.sparse as sp

rng = np.random.default_rng(20240501)
n, m = 50, 30
counts = sp.csr_matrix(rng.poisson(rng.gamma(0.3, 2.0, size=(1, m)), size=(n, m)).astype(np.int32))
barcodes = ["".join(rng.choice(list("ACGT"), 12)) + "-1" for _ in range(n)]
ids = [f"ENSG{i:011d}" for i in range(m)]
symbols = [f"Gene{i}" for i in range(m)]
symbols[7] = symbols[3]            # scanpy: Gene3-1
symbols[20] = symbols[3]           # Gene3-2
types = ["Gene Expression"] * 27 + ["Antibody Capture"] * 3
genomes = ["GRCh38"] * 20 + ["mm10"] * 7 + [""] * 3


def put(path, text):
    opener = gzip.GzipFile(path, "wb", mtime=0) if path.endswith(".gz") else open(path, "wb")
    with opener as f:
        f.write(text.encode())


def folder(path, gz, features, names):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    scipy.io.mmwrite(f"{path}/m.mtx", counts.T.tocoo(), field="integer")
    suffix = ".gz" if gz else ""
    put(f"{path}/matrix.mtx{suffix}", open(f"{path}/m.mtx").read())
    os.remove(f"{path}/m.mtx")
    put(f"{path}/{names}{suffix}", features)
    put(f"{path}/barcodes.tsv{suffix}", "\n".join(barcodes) + "\n")


folder("tenx_v3", True, "".join("\t".join(f) + "\n" for f in zip(ids, symbols, types)), "features.tsv")
folder("tenx_v2/hg19", False, "".join("\t".join(f) + "\n" for f in zip(ids, symbols)), "genes.tsv")


def sparse(group, indices, indptr):
    group["data"] = counts.data.astype(np.int32)
    group["indices"] = counts.indices.astype(indices)
    group["indptr"] = counts.indptr.astype(indptr)
    group["shape"] = np.array([m, n], np.int32)
    group["barcodes"] = np.array(barcodes, "S")


with h5py.File("tenx_v3.h5", "w") as f:
    g = f.create_group("matrix")
    sparse(g, np.int64, np.int64)
    g = g.create_group("features")
    for key, values in (("id", ids), ("name", symbols), ("feature_type", types), ("genome", genomes)):
        g.create_dataset(key, data=np.array(values, "S"), compression="gzip")
    g["_all_tag_keys"] = np.array(["genome"], "S")
with h5py.File("tenx_v2.h5", "w") as f:
    for genome in ("hg19", "mm10"):
        g = f.create_group(genome)
        sparse(g, np.uint32, np.uint64)
        g["genes"] = np.array(ids, dtype=h5py.string_dtype())   # variable length, fixed elsewhere
        g["gene_names"] = np.array(symbols, dtype=h5py.string_dtype())
        if genome == "mm10":
            g["data"][...] = counts.data * 2

# Tables: cells x genes by pandas with an index; genes x cells as R writes (short header, quotes).
real = np.round(rng.lognormal(0, 3, size=(n, m)), 6)
table = pd.DataFrame(real, index=barcodes, columns=[f"Gene{i}" for i in range(m)])
table.to_csv("cells.csv")
lines = ["\t".join(f'"{b}"' for b in barcodes)]
lines += ["\t".join([f'"{g}"'] + [repr(float(v)) for v in row]) for g, row in zip(table.columns, real.T)]
put("genes.tsv.gz", "\n".join(lines) + "\n")
put("plain.txt", "# numbers alone\n" + "".join(" ".join(repr(float(v)) for v in row) + "\n" for row in real))


def expect(name, x, rows, columns):
    x = sp.coo_matrix(x)
    order = np.lexsort((x.col, x.row))
    with open(f"expected_{name}.txt", "w") as f:
        f.write(f"{x.shape[0]} {x.shape[1]} {x.nnz}\n")
        f.write(" ".join(rows) + "\n" + " ".join(columns) + "\n")
        for k in order:
            f.write(f"{x.row[k]} {x.col[k]} {x.data[k]:.9g}\n")


def expect_anndata(name, a):
    a.var_names_make_unique()
    expect(name, a.X.astype(np.float32), a.obs_names, a.var_names)
    return a.X


v3 = expect_anndata("tenx", sc.read_10x_mtx("tenx_v3", gex_only=False))
for same in (sc.read_10x_mtx("tenx_v2/hg19"), sc.read_10x_h5("tenx_v3.h5", gex_only=False),
             sc.read_10x_h5("tenx_v2.h5", genome="hg19")):
    assert (same.X != v3).nnz == 0 and list(same.obs_names) == barcodes
assert (sc.read_10x_h5("tenx_v2.h5", genome="mm10").X != v3 * 2).nnz == 0
csv = pd.read_csv("cells.csv", index_col=0, float_precision="round_trip")
assert np.array_equal(pd.read_csv("genes.tsv.gz", sep="\t", float_precision="round_trip").T.values, csv.values)
assert np.array_equal(pd.read_csv("plain.txt", sep=" ", comment="#", header=None, float_precision="round_trip").values, csv.values)
expect("table", csv.values.astype(np.float32), csv.index, csv.columns)
