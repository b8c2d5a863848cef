"""Exact t-SNE maps by scikit-learn and openTSNE, which tests/methods/tsne compares ours with.

Made with scikit-learn 1.9.1, openTSNE 1.0.4 and scanpy 1.11.5 (all BSD-3-Clause):
    python3 make_reference.py
Data: pbmc68k_pca.f32 (700 x 50) here, from a file of the scanpy package, cells of Zheng et al. 2017; digits.f32
(300 x 64) in ../neighbors, from scikit-learn (UCI). Raw little-endian float32, row-major.

NAME_start.f32: the first two principal components, scaled to deviation 1e-4
NAME_map.f32: where scikit-learn ends from there
pbmc68k_opentsne_map.f32: where openTSNE is from 10,000 times that start, after 30 iterations of early exaggeration
    and 20 without

Prints the KL divergences that the test quotes.
"""
import numpy as np
import openTSNE
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

# theta 0: every pair for itself, so exact. A wide start, since openTSNE's tree takes points nearer than 1e-6 for one.
# Early steps, before rounding has grown into another map.
affinities = openTSNE.affinity.PerplexityBasedNN(scores.astype("f8"), perplexity=30, method="exact")
start = np.fromfile("pbmc68k_start.f32", "<f4").reshape(-1, 2).astype("f8") * 1e4
embedding = openTSNE.TSNEEmbedding(start, affinities, negative_gradient_method="bh", theta=0)
for iterations, exaggeration in ((30, 12), (20, 1)):
    embedding = embedding.optimize(iterations, exaggeration=exaggeration, momentum=0.8, learning_rate="auto")
np.asarray(embedding).astype("<f4").tofile("pbmc68k_opentsne_map.f32")
print("openTSNE's KL divergence", embedding.kl_divergence)
