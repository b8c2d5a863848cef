"""Nearest neighbours by scikit-learn, which tests/methods/neighbors compares ours with.

Made with scikit-learn 1.9.1 (BSD-3-Clause), whose iris and digits sets (UCI) these are:
    python3 make_reference.py
Raw little-endian arrays, row-major: X.f32 (rows x columns), X_METRIC_indices.i32 and X_METRIC_distances.f32 (rows x 15).
"""
import numpy as np
from sklearn.datasets import load_digits, load_iris
from sklearn.neighbors import NearestNeighbors

for name, data in (("iris", load_iris().data), ("digits", load_digits().data[:300])):
    x = data.astype("<f4")
    x.tofile(f"{name}.f32")
    for metric in ("euclidean", "cosine"):
        search = NearestNeighbors(n_neighbors=15, metric=metric, algorithm="brute").fit(x.astype("f8"))
        distances, indices = search.kneighbors()  # without arguments: a row is not its own neighbour
        distances.astype("<f4").tofile(f"{name}_{metric}_distances.f32")
        indices.astype("<i4").tofile(f"{name}_{metric}_indices.i32")
