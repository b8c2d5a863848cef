"""Writes counts.txt and reference_*.txt beside itself, from the data set that Scanpy's package brings along.

Run with scanpy 1.11.5, anndata 0.12.19, numpy 2.4.6, pandas 2.3.3, statsmodels 0.15.0; needs no network.

counts.txt: the package keeps ln(1 + 10,000 count / total) of the cells and the totals, so the UMI counts come back as
whole numbers (the largest distance from a whole number is printed).
"""
import pathlib

import anndata
import numpy as np
import scanpy as sc
from scipy import sparse

here = pathlib.Path(__file__).parent


def counts():
    packed = sc.datasets.pbmc68k_reduced()[::2]
    total = packed.obs["n_counts"].to_numpy(dtype=float)[:, None]
    exact = np.expm1(packed.raw.X.toarray().astype(float)) * total / 1e4
    whole = np.rint(exact)
    print("largest relative distance from a whole count:", np.max(np.abs(exact - whole) / np.maximum(whole, 1)))
    cells = anndata.AnnData(sparse.csr_matrix(whole.astype(np.float32)))
    cells.obs_names = packed.obs_names
    cells.var_names = packed.raw.var_names
    return cells


def write_counts(cells):
    with open(here / "counts.txt", "w") as out:
        print("genes", *cells.var_names, file=out)
        for i, name in enumerate(cells.obs_names):
            row = cells.X[i]
            print(name, *(f"{j}:{int(x)}" for j, x in zip(row.indices, row.data)), file=out)


def write_reference(name, cells, dense, min_genes, min_cells, max_fraction, prefix, target_sum, flavor, top_genes,
                    max_value):
    cells = cells.copy()
    if dense:
        cells.X = cells.X.toarray()
    cells.var["mt"] = cells.var_names.str.startswith(prefix)
    sc.pp.calculate_qc_metrics(cells, qc_vars=["mt"], percent_top=None, log1p=False, inplace=True)
    sc.pp.filter_cells(cells, min_genes=min_genes)
    cells = cells[cells.obs["pct_counts_mt"] <= 100 * max_fraction].copy()
    sc.pp.filter_genes(cells, min_cells=min_cells)
    sc.pp.normalize_total(cells, target_sum=target_sum)
    sc.pp.log1p(cells)
    sc.pp.highly_variable_genes(cells, flavor=flavor, n_top_genes=top_genes)
    logarithms = cells.X.toarray() if sparse.issparse(cells.X) else cells.X.copy()
    sc.pp.scale(cells, max_value=max_value)

    with open(here / f"reference_{name}.txt", "w") as out:
        def line(key, values):
            print(key, *(f"{v:.8g}" for v in np.asarray(values, dtype=float)), file=out)

        print("cells", *cells.obs_names, file=out)
        print("genes", *cells.var_names, file=out)
        for key in ["n_genes_by_counts", "total_counts", "total_counts_mt", "pct_counts_mt"]:
            line("obs/" + key, cells.obs[key])
        for key in ["n_cells_by_counts", "total_counts", "highly_variable", "means", "dispersions", "dispersions_norm",
                    "mean", "std"]:
            line("var/" + key, cells.var[key])
        line("totals_of_logarithms", logarithms.sum(axis=1, dtype=float))
        line("cells_compared", range(0, cells.n_obs, 80))
        for i in range(0, cells.n_obs, 80):
            line(f"logarithms/{i}", logarithms[i])
            line(f"scaled/{i}", cells.X[i])
    print(name, cells.shape, int(cells.var["highly_variable"].sum()), "highly variable,",
          int(cells.var["dispersions_norm"].isna().sum()), "without a dispersion")


cells = counts()
write_counts(cells)
write_reference("seurat", cells, dense=False, min_genes=210, min_cells=20, max_fraction=1, prefix="MT-",
                target_sum=None, flavor="seurat", top_genes=200, max_value=10)
write_reference("cell_ranger", cells, dense=True, min_genes=1, min_cells=10, max_fraction=0.0305, prefix="RP",
                target_sum=1e4, flavor="cell_ranger", top_genes=150, max_value=None)
write_reference("cutoffs", cells, dense=True, min_genes=1, min_cells=0, max_fraction=1, prefix="MT-",
                target_sum=None, flavor="seurat", top_genes=None, max_value=2)
