"""Fuzzy weights by Scanpy, which tests/methods/neighbors/connectivities_test.cpp compares ours with.

Made with Scanpy 1.11.5 (BSD-3-Clause) and umap-learn 0.5.12 (BSD-3-Clause) of the neighbours that make_reference.py
found:
    python3 make_connectivities.py
Raw little-endian arrays: X_connectivities.f32, triplets (row, column, weight) by row, within a row by column.
"""
import numpy as np
from scanpy.neighbors._connectivity import umap

for name in ("iris", "digits"):
    indices = np.fromfile(f"{name}_euclidean_indices.i32", "<i4").reshape(-1, 15)
    distances = np.fromfile(f"{name}_euclidean_distances.f32", "<f4").reshape(-1, 15)
    n = len(indices)
    # Scanpy's convention: a row is its own first neighbour.
    indices = np.hstack([np.arange(n, dtype="i4")[:, None], indices])
    distances = np.hstack([np.zeros((n, 1), "f4"), distances])
    weights = umap(indices, distances, n_obs=n, n_neighbors=16).tocsr()
    weights.sort_indices()
    rows = np.repeat(np.arange(n), np.diff(weights.indptr))
    np.stack([rows, weights.indices, weights.data], 1).astype("<f4").tofile(f"{name}_connectivities.f32")
