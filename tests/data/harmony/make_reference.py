"""Reference values of Harmony by its Python version 0.0.10 (PyPI's harmonypy), in float64:

    python make_reference.py            # needs harmonypy==0.0.10; writes points.f32, levels.i32, centers.f32, corrected.f32,
                                        # corrected_two.f32 and objective.txt

900 points in 8 dimensions, four groups in three batches with shifts and unequal shares, and two protocols. The cells of a round
are assigned in the parts that replearn draws (Philox4x32-10 of seed 0, purpose 77, round and row) instead of numpy's, and
clusters start from centers.f32, so that both compute the same thing.
"""

import harmonypy
import numpy as np
import pandas as pd

ROWS, COLUMNS, CLUSTERS, PARTS, PURPOSE = 900, 8, 12, 20, 77


def philox(counter):
    """The first number of Philox4x32-10 with key 0 for counters (4 x n)."""
    c = [np.asarray(word, np.uint64) for word in counter]
    low = np.uint64(0xFFFFFFFF)
    key = [np.uint64(0), np.uint64(0)]
    for round in range(10):
        if round > 0:
            key = [(key[0] + np.uint64(0x9E3779B9)) & low, (key[1] + np.uint64(0xBB67AE85)) & low]
        a, b = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(b >> np.uint64(32)) ^ c[1] ^ key[0], b & low, (a >> np.uint64(32)) ^ c[3] ^ key[1], a & low]
    return c[0]


class Parts:
    """In place of numpy's shuffled split: the parts of round 0, 1, 2 ..."""

    def __init__(self):
        self.round = 0

    def __call__(self, order, count):
        assert count == PARTS
        index = (self.round << 40) + np.arange(len(order), dtype=np.uint64)
        drawn = philox([index & np.uint64(0xFFFFFFFF), index >> np.uint64(32), np.full(len(order), PURPOSE), np.zeros(len(order))])
        part = (drawn * np.uint64(PARTS)) >> np.uint64(32)
        self.round += 1
        return [np.flatnonzero(part == p) for p in range(PARTS)]


def run(points, columns, centers, theta):
    meta = pd.DataFrame({str(i): pd.Categorical(column.astype(str)) for i, column in enumerate(columns)})
    module = harmonypy.harmony.np
    saved = module.array_split
    module.array_split = Parts()
    try:
        phi = pd.get_dummies(meta).to_numpy().T.astype(float)
        levels = meta.describe().loc["unique"].to_numpy().astype(int)
        n = len(points)
        share = phi.sum(axis=1) / n
        design = np.vstack((np.ones((1, n)), phi))
        ridge = np.diag(np.insert(np.ones(phi.shape[0]), 0, 0))
        done = harmonypy.harmony.Harmony(points.T.astype(np.float64), phi, design, share, np.repeat(0.1, CLUSTERS),
                                         np.repeat(theta, levels).astype(float), 10, 20, 1e-5, 1e-4, CLUSTERS, 0.05, ridge, False,
                                         cluster_fn=lambda data, k: centers.astype(np.float64))
    finally:
        module.array_split = saved
    return done.Z_corr.T, done.objective_harmony


def main():
    random = np.random.default_rng(5)
    batch = random.choice(3, ROWS, p=[0.5, 0.3, 0.2])
    protocol = random.integers(0, 2, ROWS)
    share = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]])
    group = np.array([random.choice(4, p=share[b]) for b in batch])
    means = random.normal(size=(4, COLUMNS)) * 5
    points = means[group] + random.normal(size=(3, COLUMNS))[batch] * 1.5 + random.normal(size=(2, COLUMNS))[protocol]
    points = (points + random.normal(size=(ROWS, COLUMNS))).astype(np.float32)
    centers = points[random.choice(ROWS, CLUSTERS, replace=False)]
    centers /= np.linalg.norm(centers, axis=1, keepdims=True)
    points.tofile("points.f32")
    centers.tofile("centers.f32")
    np.vstack([batch, protocol]).astype(np.int32).tofile("levels.i32")
    corrected, objective = run(points, [batch], centers, [2.0])
    corrected.astype(np.float32).tofile("corrected.f32")
    np.savetxt("objective.txt", objective, fmt="%.12g")
    corrected, objective = run(points, [batch, protocol], centers, [2.0, 1.0])
    corrected.astype(np.float32).tofile("corrected_two.f32")
    print(objective, len(objective))


if __name__ == "__main__":
    main()
