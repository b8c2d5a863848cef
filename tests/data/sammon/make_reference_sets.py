"""The least stress that SciPy's L-BFGS-B finds from 200 random starts, on the sets of
tests/methods/sammon/artificial_test.cpp. Made with SciPy 1.10.1: python3 make_reference_sets.py"""
import numpy as np
from scipy.optimize import minimize
from scipy.spatial.distance import pdist, squareform


def stress_and_gradient(flat, given, square):
    points = flat.reshape(-1, 2)
    near = squareform(pdist(points))
    np.fill_diagonal(near, 1)
    ratio = (square - near) / (square * near)
    np.fill_diagonal(ratio, 0)
    gradient = -2 / given.sum() * (ratio.sum(1)[:, None] * points - ratio @ points)
    return ((given - pdist(points)) ** 2 / given).sum() / given.sum(), gradient.ravel()


def best(x, seed=1, starts=200):
    given = pdist(x.astype("f4").astype("f8"))
    square = squareform(given)
    np.fill_diagonal(square, 1)
    random = np.random.default_rng(seed)
    ends = [minimize(stress_and_gradient, given.mean() * random.normal(size=2 * len(x)), (given, square), "L-BFGS-B",
                     jac=True, options=dict(maxiter=5000, ftol=1e-14, gtol=1e-10)).fun for _ in range(starts)]
    return min(ends)


z = np.arange(30) / np.sqrt(2)
print("helix", best(np.c_[np.cos(z), np.sin(z), z]))
z = z[:29]
print("curve", best(np.c_[np.cos(z), np.sin(z), 0.5 * np.cos(2 * z), 0.5 * np.sin(2 * z), z]))
i, k = np.arange(75)[:, None], np.arange(5)
print("simplex", best((i // 15 == k) + 0.15 * np.sin(1 + i * (k + 1) * (k + 2))))
