"""replearn leiden beside leidenalg and igraph on the same graphs: modularity, agreement, seconds.

    python benchmarks/leiden/leidenalg_igraph.py REPLEARN GRAPH.h5ad...

Each graph is obsp/connectivities of an .h5ad; seeds 0 to 4, resolution 1. Prints for each graph the modularities, the
adjusted Rand indices between seeds of leidenalg and between replearn and leidenalg, and whether all communities are
connected. Needs leidenalg, igraph, anndata, scikit-learn."""

import random
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path

import anndata
import igraph
import leidenalg
import numpy as np
from scipy.sparse.csgraph import connected_components
from sklearn.metrics import adjusted_rand_score

program, paths = sys.argv[1], sys.argv[2:]
SEEDS = range(5)


def timed(function):
    begin = time.monotonic()
    found = [np.asarray(function(seed)) for seed in SEEDS]
    return found, (time.monotonic() - begin) / len(SEEDS)


def span(values):
    return f"{min(values):.5f} to {max(values):.5f}"


for path in paths:
    matrix = anndata.read_h5ad(path).obsp["connectivities"].tocsr()
    edges = matrix.tocoo()
    once = edges.row < edges.col
    graph = igraph.Graph(n=matrix.shape[0], edges=np.c_[edges.row[once], edges.col[once]])
    weights = edges.data[once].astype(float)

    def by_leidenalg(seed, graph=graph, weights=weights):
        return leidenalg.find_partition(graph, leidenalg.RBConfigurationVertexPartition, weights=weights,
                                        n_iterations=-1, seed=seed).membership  # fmt: skip

    def by_igraph(seed, graph=graph, weights=weights):
        random.seed(seed)
        return graph.community_leiden("modularity", weights=weights, n_iterations=-1).membership

    def by_replearn(seed, path=path):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.h5ad"
            subprocess.run([program, "leiden", path, out, "--seed", str(seed), "--quiet"], check=True)
            return anndata.read_h5ad(out).obs["leiden"].cat.codes.to_numpy().astype(int)

    theirs, their_seconds = timed(by_leidenalg)
    igraphs, igraph_seconds = timed(by_igraph)
    ours, our_seconds = timed(by_replearn)
    for name, found, seconds in (
        ("leidenalg", theirs, their_seconds),
        ("igraph", igraphs, igraph_seconds),
        ("replearn", ours, our_seconds),
    ):
        quality = [graph.modularity(labels, weights=weights) for labels in found]
        print(f"{path}, {matrix.shape[0]} cells: {name} modularity {span(quality)}, {seconds:.1f} s per seed")
    print(f"  ARI: leidenalg {span([adjusted_rand_score(a, b) for a, b in combinations(theirs, 2)])}, "
          f"replearn to leidenalg {span([adjusted_rand_score(a, b) for a in ours for b in theirs])}")
    connected = all(
        connected_components(matrix[labels == c][:, labels == c])[0] == 1
        for labels in ours
        for c in range(labels.max() + 1)
    )
    print(f"  all communities of replearn are connected: {'yes' if connected else 'no'}", flush=True)
