"""Writes reference_*.txt beside itself: Scanpy's highly variable genes of two sets of counts, by flavor and batch, and
its Pearson residuals; and curves of skmisc.loess.

Run with scanpy 1.11.5, scikit-misc 0.5.3, anndata 0.12.19, numpy 2.4.6, pandas 2.3.3, statsmodels 0.15.0; needs no
network.

pbmc68k: ../pbmc68k/counts.txt. simulated: see simulated(); tests/methods/preprocess/simulated_batches.cpp draws the same
numbers.

Scanpy ranks genes by numpy.argsort, whose order of equal values depends on the processor. Here it is stable: genes with
equal scores are ranked in the order of the columns. For each case the script prints how many genes are selected
otherwise without this, and with counts in float32 instead of float64.
"""
import pathlib
import sys
import warnings

import anndata
import numpy as np
import scanpy as sc
from scipy import sparse
from skmisc.loess import loess

here = pathlib.Path(__file__).parent
argsort = np.argsort


def stable_argsort(values, axis=-1, kind=None, **rest):
    return argsort(values, axis=axis, kind="stable", **rest)


def pbmc68k():
    with open(here / "../pbmc68k/counts.txt") as file:
        genes = file.readline().split()[1:]
        lines = [line.split()[1:] for line in file]
    x = np.zeros((len(lines), len(genes)))
    for i, line in enumerate(lines):
        for pair in line:
            j, count = pair.split(":")
            x[i, int(j)] = int(count)
    cells = anndata.AnnData(x)
    cells.var_names = genes
    cells.obs["batch"] = ["beta" if i % 7 < 4 else "alpha" if i % 7 < 6 else "gamma" for i in range(len(lines))]
    return cells


def uniform(counter):
    """splitmix64, as a number in [0, 1)."""
    z = (counter + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(float) * 2.0**-53


def simulated(n=420, m=600):
    """Negative binomial counts: sums of 1 to 7 geometric numbers, by multiplications only, whose results are the same
    everywhere. Genes differ in mean and dispersion, batches in mean; some genes are constant in a batch or in all."""
    batch = np.array([0 if i % 20 < 9 else 1 if i % 20 < 14 else 2 if i % 20 < 19 else 3 for i in range(n)])
    base = [0.01]
    for _ in range(m - 1):
        base.append(base[-1] * 1.011)
    base = np.array(base)
    i, j = np.arange(n)[:, None], np.arange(m)[None, :]
    effect = np.array([1.0, 0.5, 2.0, 1.5])[(batch[:, None] + j) % 4]
    size = 0.5 + (i * 7 % 16) / 8
    repeats = 1 + j * 5 % 7
    mean = base[None, :] * effect * size / repeats
    ratio = mean / (1 + mean)
    x = np.zeros((n, m))
    for repeat in range(7):
        draw = uniform((np.uint64(repeat * n * m) + (i * m + j).astype(np.uint64)))
        power, count = ratio.copy(), np.zeros((n, m))
        while (draw < power).any():
            count += draw < power
            power *= ratio
        x += count * (repeat < repeats)
    x[batch == 0, 5] = 0
    x[batch != 2, 6] = 0
    x[batch == 1, 7] = 1
    x[:, 8] = 0
    x[:, 9] = 2
    cells = anndata.AnnData(x)
    cells.var_names = [f"G{j}" for j in range(m)]
    cells.obs["batch"] = np.array(["beta", "alpha", "gamma", "few"])[batch]
    return cells


def highly_variable(cells, flavor, **options):
    cells = cells.copy()
    cells.obs["batch"] = cells.obs["batch"].astype("category")
    if flavor == "pearson_residuals":
        sc.experimental.pp.highly_variable_genes(cells, flavor=flavor, **options)
    else:
        if flavor in ("seurat", "cell_ranger"):
            cells.X = sparse.csr_matrix(cells.X.astype(np.float32))
            sc.pp.normalize_total(cells)
            sc.pp.log1p(cells)
        sc.pp.highly_variable_genes(cells, flavor=flavor, **options)
    return cells.var


def line(out, key, values):
    print(key, *(f"{v:.10g}" for v in np.asarray(values, dtype=float)), file=out)


def write(name, cells, flavor, **options):
    for as_sparse in (False, True):
        if as_sparse:
            cells = cells.copy()
            cells.X = sparse.csr_matrix(cells.X)
        np.argsort = stable_argsort
        var = highly_variable(cells, flavor, **options)
        np.argsort = argsort
        unstable = highly_variable(cells, flavor, **options)
        single = cells.copy()
        single.X = single.X.astype(np.float32)
        np.argsort = stable_argsort
        single = highly_variable(single, flavor, **options)
        np.argsort = argsort
        print(name, "sparse" if as_sparse else "dense", flavor, options, int(var["highly_variable"].sum()), "selected;",
              int((var["highly_variable"] != unstable["highly_variable"]).sum()), "others if argsort is not stable,",
              int((var["highly_variable"] != single["highly_variable"]).sum()), "with float32", flush=True)
    with open(here / f"reference_{name}.txt", "w") as out:
        print("columns", *var.columns, file=out)
        for key in var.columns:
            line(out, key, var[key])


def write_residuals(name, cells, top, theta, clip):
    """The recipe: the most variable genes, their residuals and the variances of their principal components."""
    cells = cells.copy()
    cells.X = sparse.csr_matrix(cells.X)
    np.argsort = stable_argsort
    sc.experimental.pp.highly_variable_genes(cells, flavor="pearson_residuals", n_top_genes=top, theta=theta, clip=clip)
    np.argsort = argsort
    cells = cells[:, cells.var["highly_variable"]].copy()
    sc.experimental.pp.normalize_pearson_residuals(cells, theta=theta, clip=clip)
    x = np.asarray(cells.X)
    sc.pp.pca(cells, n_comps=10, svd_solver="full")
    with open(here / f"reference_{name}.txt", "w") as out:
        print("genes", *cells.var_names, file=out)
        line(out, "sums_of_cells", x.sum(axis=1))
        line(out, "sums_of_squares_of_genes", (x**2).sum(axis=0))
        line(out, "first_cell", x[0])
        line(out, "last_cell", x[-1])
        line(out, "variance_of_components", cells.uns["pca"]["variance"])
    print(name, x.shape, "largest", np.abs(x).max(), flush=True)


def write_loess():
    """Curves by skmisc.loess: few points, many, and many with ties. x and y are kept with the fitted values."""
    with open(here / "reference_loess.txt", "w") as out:
        for name, n, span, decimals in [("few", 20, 0.75, 9), ("some", 200, 0.3, 9), ("ties", 300, 0.3, 1),
                                        ("many_ties", 300, 0.9, 0), ("all", 60, 1, 9)]:
            u, v = uniform(np.arange(n, dtype=np.uint64)), uniform(np.arange(n, 2 * n, dtype=np.uint64))
            x = np.round(-3 + 8 * u**2, decimals)
            y = np.round(np.sin(x) + 0.3 * x + 0.5 * v, 6)
            model = loess(x, y, span=span, degree=2)
            model.fit()
            print("span_" + name, span, file=out)
            line(out, "x_" + name, x)
            line(out, "y_" + name, y)
            line(out, "fitted_" + name, model.outputs.fitted_values)
            print("loess", name, n, span, "distinct x", len(set(x)), flush=True)


warnings.filterwarnings("ignore")
print(sys.version, sc.__version__)
write_loess()
pbmc, simulation = pbmc68k(), simulated()
three = simulation[simulation.obs["batch"] != "few"].copy()
print(simulation.obs["batch"].value_counts(), "mean", simulation.X.mean(), "sum", simulation.X.sum(), simulation.X[7, 300:310])
write("pbmc68k_seurat_v3", pbmc, "seurat_v3", n_top_genes=200)
write("pbmc68k_seurat_v3_span", pbmc, "seurat_v3", n_top_genes=100, span=0.7)
write("pbmc68k_seurat_v3_batches", pbmc, "seurat_v3", n_top_genes=200, batch_key="batch")
write("pbmc68k_seurat_v3_paper_batches", pbmc, "seurat_v3_paper", n_top_genes=200, batch_key="batch")
write("pbmc68k_seurat_batches", pbmc, "seurat", n_top_genes=200, batch_key="batch")
write("pbmc68k_cell_ranger_batches", pbmc, "cell_ranger", n_top_genes=200, batch_key="batch")
write("pbmc68k_cutoffs", pbmc, "seurat", min_mean=0.1, max_mean=2, min_disp=0.3, max_disp=2, n_bins=10)
write("pbmc68k_pearson", pbmc, "pearson_residuals", n_top_genes=200)
write("pbmc68k_pearson_batches", pbmc, "pearson_residuals", n_top_genes=200, batch_key="batch", theta=10)
write("simulated_seurat_v3_batches", three, "seurat_v3", n_top_genes=100, batch_key="batch")
write("simulated_seurat_v3_paper_batches", three, "seurat_v3_paper", n_top_genes=100, batch_key="batch")
write("simulated_seurat_batches", simulation, "seurat", n_top_genes=100, batch_key="batch")
write("simulated_cell_ranger_batches", simulation, "cell_ranger", n_top_genes=100, batch_key="batch")
write("simulated_cutoffs_batches", simulation, "seurat", batch_key="batch")
write("simulated_pearson_batches", simulation, "pearson_residuals", n_top_genes=100, batch_key="batch")
write("simulated_pearson_clip_batches", simulation, "pearson_residuals", n_top_genes=100, batch_key="batch", clip=3)
write_residuals("pbmc68k_residuals", pbmc, 200, 100, None)
write_residuals("pbmc68k_residuals_clip", pbmc, 150, 20, 4)
try:
    highly_variable(simulation, "seurat_v3", n_top_genes=100, batch_key="batch")
    print("seurat_v3 with a batch of", int((simulation.obs["batch"] == "few").sum()), "cells: no error")
except Exception as error:
    print("seurat_v3 with a batch of", int((simulation.obs["batch"] == "few").sum()), "cells:", repr(error))
