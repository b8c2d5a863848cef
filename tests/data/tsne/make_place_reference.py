"""Where openTSNE's transform() puts new points in a map, which tests/methods/tsne/place_test.cpp compares ours with.

Made with openTSNE 1.0.4 (BSD-3-Clause):
    python3 make_place_reference.py
Data: pbmc68k_pca.f32 (700 x 50) and pbmc68k_map.f32 (700 x 2) here, see make_reference.py. The first 500 rows are the
reference, the last 200 are new.

opentsne_placed.f32 (200 x 2): after all of transform(); opentsne_placed_20.f32: after 20 of its iterations. Both with
exact neighbours and exact forces (theta 0), in the coordinates of pbmc68k_map.
"""
import numpy as np
import openTSNE

x = np.fromfile("pbmc68k_pca.f32", "<f4").reshape(-1, 50).astype(float)
points = np.fromfile("pbmc68k_map.f32", "<f4").reshape(-1, 2).astype(float)[:500]
affinities = openTSNE.affinity.PerplexityBasedNN(x[:500], perplexity=30, method="exact")
for iterations, name in ((250, "opentsne_placed.f32"), (20, "opentsne_placed_20.f32")):
    embedding = openTSNE.TSNEEmbedding(points.copy(), affinities, negative_gradient_method="bh", theta=0)
    placed = embedding.transform(x[500:], n_iter=iterations)
    shift = points[0] - np.asarray(embedding)[0]  # transform() moves the reference to the middle
    (np.asarray(placed) + shift).astype("<f4").tofile(name)
    print(name, "moved by", np.median(np.linalg.norm(np.asarray(placed) - embedding.prepare_partial(x[500:], perplexity=5), axis=1)))
