"""What openTSNE makes of a neighbour graph, which tests/methods/tsne compares ours with.

Made with openTSNE 1.0.4 (BSD-3-Clause), numpy and scipy:
    python3 make_affinities.py
Data: pbmc68k_pca.f32 (700 x 50) here. Raw little-endian float32, row-major; of the 700 x 700 matrices P rows 0, 70,
140, ... 630 are kept, times 1e6.

affinities_multiscale.f32: the mean of those of perplexities 5 and 60 over 180 exact neighbours. MultiscaleMixture does
    not give that: it weighs narrow Gaussians more, and searches for the second width where it has found the first
affinities_uniform.f32: Uniform, 15 neighbours
affinities_gaussian.f32: FixedSigmaNN, sigma 3, 30 neighbours
dof_gradient.f32: for dof 0.5, 2 and 10 openTSNE's gradient (exact, theta 0) of the multiscale P at the map that
    pbmc68k_start.f32 times 20,000 is, 3 x 700 x 2, times 1e6

Prints the KL divergences that the test quotes.
"""
import numpy as np
import openTSNE
from openTSNE import affinity
from openTSNE.tsne import kl_divergence_bh

scores = np.fromfile("pbmc68k_pca.f32", "<f4").reshape(700, 50).astype("f8")
kept = np.arange(0, 700, 70)


def keep(name, matrix):
    (1e6 * matrix[kept].toarray()).astype("<f4").tofile(f"affinities_{name}.f32")


index = affinity.get_knn_index(scores, "exact", 180, "euclidean")
neighbors, distances = index.build()
# Squares less the least give the same Gaussians; as they are, some underflow to where openTSNE adds 2e-16.
distances = np.sqrt(distances**2 - distances[:, :1] ** 2)
one, other = (affinity.joint_probabilities_nn(neighbors, distances, [perplexity]) for perplexity in (5, 60))
multiscale = ((one + other) / 2).tocsr()
keep("multiscale", multiscale)
keep("uniform", affinity.Uniform(scores, k_neighbors=15, method="exact").P.tocsr())
keep("gaussian", affinity.FixedSigmaNN(scores, sigma=3, k=30, method="exact").P.tocsr())

points = 20000 * np.fromfile("pbmc68k_start.f32", "<f4").reshape(700, 2).astype("f8")
gradients = []
for dof in (0.5, 2, 10):
    kl, gradient = kl_divergence_bh(points, multiscale, dof=dof, bh_params={"theta": 0}, should_eval_error=True)
    gradients.append(gradient)
    print("dof", dof, "KL divergence", kl)
(1e6 * np.array(gradients)).astype("<f4").tofile("dof_gradient.f32")
