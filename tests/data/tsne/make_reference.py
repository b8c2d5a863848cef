"""Exact t-SNE maps by scikit-learn, whose KL divergence tests/methods/tsne compares ours with.

Made with scikit-learn 1.9.1 and scanpy 1.11.5 (both BSD-3-Clause; pbmc68k_reduced is a file of the scanpy package,
cells of Zheng et al. 2017; digits is of scikit-learn's, UCI):
    python3 make_reference.py
Raw little-endian float32, row-major. NAME_start.f32: the first two principal components scaled to deviation 1e-4,
which both programs start from; NAME_map.f32: where scikit-learn ends. Data: pbmc68k_pca.f32 (700 x 50) here,
digits.f32 (300 x 64) in ../neighbors. Prints the KL divergences that the test quotes.
"""
import numpy as np
import scanpy
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

scores = scanpy.datasets.pbmc68k_reduced().obsm["X_pca"].astype("<f4")
scores.tofile("pbmc68k_pca.f32")
digits = load_digits().data[:300].astype("<f4")

for name, x, components in (
    ("pbmc68k", scores, scores[:, :2]),
    ("digits", digits, PCA(2, svd_solver="full").fit_transform(digits)),
):
    start = (components / components[:, 0].std() * 1e-4).astype("<f4")
    tsne = TSNE(method="exact", perplexity=30, init=start, max_iter=1000)
    points = tsne.fit_transform(x.astype("f8")).astype("<f4")
    start.tofile(f"{name}_start.f32")
    points.tofile(f"{name}_map.f32")
    print(name, "KL divergence", tsne.kl_divergence_, "iterations", tsne.n_iter_)
