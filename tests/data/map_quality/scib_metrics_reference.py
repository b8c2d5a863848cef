"""Makes points.npz, cells of 5 types in 3 batches and a distorted map of them, and their scores by scib-metrics 0.5.10
(scib_metrics.json).

    pip install scib-metrics==0.5.10
    JAX_ENABLE_X64=1 python scib_metrics_reference.py
"""

import json
import warnings

import numpy
from scib_metrics import (clisi_knn, graph_connectivity, ilisi_knn, kbet, pcr_comparison, silhouette_batch,
                          silhouette_label)
from scib_metrics.nearest_neighbors import NeighborsResults
from scib_metrics.utils import principal_component_regression
from sklearn.neighbors import NearestNeighbors

random = numpy.random.default_rng(5)
labels, batches = random.integers(0, 5, 500), random.integers(0, 3, 500)
batches[labels == 4] = 1  # a type of one batch
x = random.normal(size=(5, 8))[labels] * 1.5 + random.normal(size=(3, 8))[batches] * 0.6 + random.normal(size=(500, 8))
x = x.astype(numpy.float32)
bent = numpy.tanh(x @ random.normal(size=(8, 2)) / 3) * 4 + random.normal(size=(500, 2)) * 0.1
bent = bent.astype(numpy.float32)
numpy.savez_compressed("points.npz", x=x, bent=bent, labels=labels.astype(numpy.int8), batches=batches.astype(numpy.int8))


def neighbors(points, k):
    """With the cell itself as the first."""
    distances, indices = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points).kneighbors(points)
    assert (indices[:, 0] == numpy.arange(len(points))).all()
    return NeighborsResults(indices=indices, distances=distances)


scores = {}
for key, points in (("X_pca", x.astype(float)), ("X_bent", bent.astype(float))):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a comparison below 0
        scores[key] = {
            "silhouette": 2 * float(silhouette_label(points, labels)) - 1,
            "silhouette_batch": float(silhouette_batch(points, labels, batches)),
            "clisi": float(clisi_knn(neighbors(points, 90), labels)),
            "ilisi": float(ilisi_knn(neighbors(points, 90), batches)),
            "graph_connectivity": float(graph_connectivity(neighbors(points, 15), labels)),
            "kbet": float(kbet(neighbors(points, 50), batches)[0]),
            "pcr": float(principal_component_regression(points, batches, categorical=True)),
            "pcr_comparison": float(pcr_comparison(x.astype(float), points, batches, categorical=True)),
        }
with open("scib_metrics.json", "w", encoding="utf-8") as file:
    json.dump(scores, file, indent=1)
    file.write("\n")
