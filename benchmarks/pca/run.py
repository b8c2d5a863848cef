#!/usr/bin/env python3
"""From raw counts to components and neighbors, beside Scanpy: the same file, options and cores, step by step.

    benchmarks/pca/run.py --replearn build/dev/src/cli/replearn --cells counts.h5ad     # counts in X
    benchmarks/pca/run.py --replearn ... --cells counts.h5ad --genes 0                  # components of all genes
    benchmarks/pca/run.py --replearn ... --check                                        # no Scanpy: against a full SVD

normalize_total, log1p, the variable genes by Seurat's rule (--genes; 0: all are kept), 50 components of centered sparse
data, 15 neighbors and UMAP's weights. Seconds of each step, reading and writing apart; medians over the repeats, in
turn. Variances of the components are compared: theirs are ARPACK's.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import anndata
import numpy
import scipy.sparse

STEPS = ["preprocess", "pca", "neighbors"]


def ours(options, folder):
    out, timings = os.path.join(folder, "out.h5ad"), os.path.join(folder, "timings.json")
    genes = (["--preprocess.highly-variable", "seurat", "--preprocess.top-genes", options.genes] if options.genes else
             ["--preprocess.highly-variable", "none"])
    words = ["mpirun", "-n", options.cores, options.replearn, "run", "--input", options.cells, "--output", out, *genes,
             "--preprocess.counts-layer", "", "--pca.components", 50, "--neighbors.neighbors", 15, "--timings", timings,
             "--quiet"]
    begin = time.monotonic()
    run = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    whole = time.monotonic() - begin
    if run.returncode != 0:
        sys.exit(run.stderr)
    with open(timings) as file:
        phases = {phase["name"]: phase["seconds_slowest"] for phase in json.load(file)["phases"]}
    return {**{step: phases[step] for step in STEPS}, "whole": whole}, anndata.read_h5ad(out)


def theirs(options):
    import scanpy

    begin = time.monotonic()
    data = anndata.read_h5ad(options.cells)
    seconds = {}

    def step(name, *calls):
        start = time.monotonic()
        for call in calls:
            call()
        seconds[name] = time.monotonic() - start

    step("preprocess", lambda: scanpy.pp.normalize_total(data), lambda: scanpy.pp.log1p(data),
         *([lambda: scanpy.pp.highly_variable_genes(data, n_top_genes=options.genes)] if options.genes else []))
    step("pca", lambda: scanpy.pp.pca(data, n_comps=50))
    step("neighbors", lambda: scanpy.pp.neighbors(data, n_neighbors=15))
    with tempfile.TemporaryDirectory() as folder:
        data.write_h5ad(os.path.join(folder, "out.h5ad"))
    return {**seconds, "whole": time.monotonic() - begin}, data


def check(options):
    """Components of a small matrix by our program against numpy's full SVD."""
    random = numpy.random.default_rng(1)
    x = random.poisson(random.gamma(0.5, 1, (300, 1)) * random.gamma(0.5, 2, 120)).astype(numpy.float32)
    with tempfile.TemporaryDirectory() as folder:
        options.cells, options.genes = os.path.join(folder, "in.h5ad"), 0
        data = anndata.AnnData(scipy.sparse.csr_matrix(x[x.sum(axis=1) > 0]))
        data.obs_names = [f"cell{i}" for i in range(data.n_obs)]
        data.var_names = [f"gene{j}" for j in range(data.n_vars)]
        data.write_h5ad(options.cells)
        _, made = ours(options, folder)
    x = numpy.asarray(data.X.todense(), dtype=float)
    x = numpy.log1p(x / x.sum(axis=1, keepdims=True) * numpy.median(x.sum(axis=1)))
    values = numpy.linalg.svd(x - x.mean(axis=0), compute_uv=False)[:50] ** 2 / (len(x) - 1)
    difference = numpy.abs(made.uns["pca"]["variance"] / values - 1).max()
    print(f"variances of 50 components differ from a full SVD's by {difference:.1e} of themselves")
    sys.exit(1 if difference > 1e-4 else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replearn", required=True)
    parser.add_argument("--cells", default="", help="an .h5ad with counts in X")
    parser.add_argument("--genes", type=int, default=2000)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        check(options)
    times = {"replearn": [], "Scanpy": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.repeats):
            seconds, made = ours(options, folder)
            times["replearn"].append(seconds)
            seconds, peer = theirs(options)
            times["Scanpy"].append(seconds)
    print(f"{made.shape[0]} x {made.shape[1]}, {options.genes or 'all'} genes for components, {options.cores} cores")
    for step in [*STEPS, "whole"]:
        a, b = (statistics.median(run[step] for run in times[name]) for name in times)
        print(f"{step:12} replearn {a:8.2f} s   Scanpy {b:8.2f} s   {b / a:6.1f} times")
    ratio = made.uns["pca"]["variance"] / peer.uns["pca"]["variance"]
    print(f"variances of the components: ours over theirs {ratio.min():.6f} to {ratio.max():.6f}")
    if options.genes:
        same = (made.var["highly_variable"].to_numpy() == peer.var["highly_variable"].to_numpy()).mean()
        print(f"variable genes: the same mark on {same:.2%}")


if __name__ == "__main__":
    main()
