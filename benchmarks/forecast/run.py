"""Forecasts of memory and time beside what the jobs took.

    /usr/bin/python3 -B benchmarks/forecast/run.py --program build/dev/src/cli/replearn [--rows 100000] [--ranks 1,2]
        [--verbs neighbors,tsne,...] [--folder FOLDER]

Simulated data: points in 50 dimensions from 20 clusters for the verbs on components, counts of 20,000 genes, about 2,000
of them in a cell, for those on X. Needs python3-anndata. The folder keeps the data for the next call.
"""

import argparse
import json
import os
import subprocess
import tempfile

import anndata
import h5py
import numpy as np
import scipy.sparse

GENES, PER_CELL = 20000, 2000
ON_POINTS = {"neighbors": [], "tsne": [], "umap": [], "sammon": ["--optimizer", "stochastic"]}
ON_COUNTS = {"preprocess": ["--min-genes", "100", "--min-cells", "3"], "pca": [], "vae": ["--epochs", "1"],
             "factorize": ["--steps", "1000", "--holdout", "0.001"], "bigan": ["--steps", "500"]}


def make_points(path, n):
    random = np.random.default_rng(1)
    spread = np.linspace(8, 1, 50)
    centers, cluster = random.normal(size=(20, 50)) * spread, random.integers(0, 20, n)
    points = (centers[cluster] + random.normal(size=(n, 50)) * spread / 3).astype(np.float32)
    anndata.AnnData(scipy.sparse.csr_matrix((n, 1), dtype=np.float32), obsm={"X_pca": points}).write_h5ad(path)


def make_counts(path, n):
    """Poisson counts of 20 types of cells, written a block at a time."""
    random = np.random.default_rng(1)
    types = np.exp(random.normal(size=GENES) * 1.5) * np.exp(random.normal(size=(20, GENES)) * 0.6)
    types *= 2.2 * PER_CELL / types.sum(axis=1, keepdims=True)
    skeleton = anndata.AnnData(scipy.sparse.csr_matrix((n, GENES), dtype=np.float32))
    skeleton.write_h5ad(path)
    with h5py.File(path, "a") as file:
        del file["X/data"], file["X/indices"]
        data = file.create_dataset("X/data", (0,), "f4", maxshape=(None,), chunks=(1 << 18,))
        indices = file.create_dataset("X/indices", (0,), "i4", maxshape=(None,), chunks=(1 << 18,))
        ends = [0]
        for begin in range(0, n, 2000):
            rows = min(2000, n - begin)
            depth = random.lognormal(0, 0.3, (rows, 1))
            block = scipy.sparse.csr_matrix(random.poisson(types[random.integers(0, 20, rows)] * depth).astype(np.float32))
            for dataset, values in ((data, block.data), (indices, block.indices)):
                dataset.resize(ends[-1] + block.nnz, axis=0)
                dataset[ends[-1]:] = values
            ends.extend((ends[-1] + block.indptr[1:].astype(np.int64)).tolist())
        del file["X/indptr"]
        file["X/indptr"] = np.array(ends, np.int64)


def measure(program, ranks, verb, data, options, folder):
    output, timings = os.path.join(folder, "output.h5ad"), os.path.join(folder, "timings.json")
    subprocess.run(["mpirun", "-n", str(ranks), program, verb, data, output, "--timings", timings, "--quiet", *options],
                   check=True)
    os.remove(output)
    with open(timings) as file:
        done = json.load(file)
    memory = done["peak_memory_bytes"]["mean"] * ranks / 1e6
    seconds = sum(phase["seconds_slowest"] for phase in done["phases"])
    return memory, done["figures"]["forecast of peak memory per node, MB"], seconds, done["figures"]["forecast of seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--ranks", default="1,2")
    parser.add_argument("--verbs", default=",".join([*ON_POINTS, *ON_COUNTS]))
    parser.add_argument("--folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or temporary
        points, counts = (os.path.join(folder, f"{kind}{options.rows}.h5ad") for kind in ("points", "counts"))
        for verb in options.verbs.split(","):
            data, make, more = (points, make_points, ON_POINTS) if verb in ON_POINTS else (counts, make_counts, ON_COUNTS)
            if not os.path.exists(data):
                make(data, options.rows)
            for ranks in map(int, options.ranks.split(",")):
                memory, memory_forecast, seconds, seconds_forecast = measure(options.program, ranks, verb, data,
                                                                             more[verb], folder)
                print(f"| {verb} | {ranks} | {memory:.0f} | {memory_forecast:.0f} ({memory_forecast / memory - 1:+.0%}) | "
                      f"{seconds:.1f} | {seconds_forecast:.1f} ({seconds_forecast / seconds - 1:+.0%}) |", flush=True)


if __name__ == "__main__":
    main()
