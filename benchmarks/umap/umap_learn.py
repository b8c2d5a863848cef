"""replearn umap beside umap-learn, on the same graph: seconds and their ratio, and the neighbor recall of both maps.

    python benchmarks/umap/umap_learn.py REPLEARN [cells]

Simulated: 30 clusters of unlike width in 50 dimensions. umap-learn runs its layout alone, from random positions, once
compiled: with one thread, which is reproducible, and with two, which is not. Needs umap-learn, anndata, scikit-learn."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import anndata
import numba
import numpy as np
from sklearn.neighbors import NearestNeighbors
from umap.umap_ import simplicial_set_embedding

EPOCHS, A, B = 200, 0.583, 1.334
program, n = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 70000
random = np.random.default_rng(0)
centers = 3 * random.normal(size=(30, 50))
x = centers[random.integers(0, 30, n)] + random.normal(size=(n, 50)) * random.uniform(0.3, 1.5, size=(n, 1))
x = x.astype(np.float32)
judged = random.choice(n, min(n, 2000), replace=False)


def nearest(points):
    return NearestNeighbors(n_neighbors=16).fit(points).kneighbors(points[judged], return_distance=False)[:, 1:]


in_data = nearest(x)


def recall(points):
    return np.mean([len(set(a) & set(b)) / 15 for a, b in zip(in_data, nearest(points))])


def umap_learn(graph, parallel, epochs):
    begin = time.monotonic()
    points, _ = simplicial_set_embedding(
        x, graph.copy(), 2, 1.0, A, B, 1.0, 5, epochs, "random", np.random.RandomState(0), "euclidean", {}, False, {},
        False, parallel=parallel)  # fmt: skip
    return time.monotonic() - begin, points


def run(*words, ranks):
    begin = time.monotonic()
    subprocess.run(["mpirun", "-n", str(ranks), program, *words, "--quiet"], check=True)
    return time.monotonic() - begin


with tempfile.TemporaryDirectory() as folder:
    cells, graph_file, map_file = (str(Path(folder) / name) for name in ("cells.h5ad", "graph.h5ad", "map.h5ad"))
    anndata.AnnData(np.zeros((n, 1), np.float32), obsm={"X_pca": x}).write_h5ad(cells)
    run("neighbors", cells, graph_file, ranks=2)
    graph = anndata.read_h5ad(graph_file).obsp["connectivities"].tocsr()
    numba.set_num_threads(2)
    for parallel, ranks in ((False, 1), (True, 2)):
        umap_learn(graph, parallel, 2)  # compiles
        theirs, points = umap_learn(graph, parallel, EPOCHS)
        ours = run("umap", graph_file, map_file, "--start", "random", "--epochs", str(EPOCHS), "--a", str(A), "--b",
                   str(B), ranks=ranks)
        print(f"{n} cells, {ranks} core{'s' if ranks > 1 else ''}: umap-learn {theirs:.1f} s, replearn with reading and "
              f"writing {ours:.1f} s, ratio {theirs / ours:.2f}; recall of 15 neighbors {recall(points):.4f}, "
              f"{recall(anndata.read_h5ad(map_file).obsm['X_umap']):.4f}", flush=True)
