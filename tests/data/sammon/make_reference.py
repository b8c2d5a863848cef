"""Where other programs end on Sammon's stress, from the starts that tests/methods/sammon uses as well.

Made with R 4.2.2's MASS 7.3-58.2, scikit-learn 1.9.1 and scipy (run in this folder; needs Rscript with MASS):
    python3 make_reference.py

iris: ../neighbors/iris.f32 without row 142, which equals row 101 (the stress has no value at distance 0).
pbmc68k: ../tsne/pbmc68k_pca.f32, 50 principal components of 700 blood cells.
digits: ../neighbors/digits.f32, 300 handwritten digits of 64 pixels.
The start is two principal components: iris_start.f32 (149 x 2) and digits_start.f32 (300 x 2) here, the first two
columns of pbmc68k_pca.f32.

Prints the stress E of each end, always by the same formula, and the iterations:
    MASS        R's MASS::sammon, iterations and tolerance unlimited
    SMACOF      scikit-learn's metric MDS, which minimises the raw stress
    L-BFGS      scipy's minimiser on E itself, float64, until its line search finds nothing lower
"""
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.spatial.distance import pdist, squareform
from sklearn.manifold import smacof


def stress(points, given):
    return ((given - pdist(points)) ** 2 / given).sum() / given.sum()


def stress_and_gradient(flat, given):
    points = flat.reshape(-1, 2)
    given_square = squareform(given)
    np.fill_diagonal(given_square, 1)
    near = squareform(pdist(points))
    np.fill_diagonal(near, 1)
    ratio = (given_square - near) / (given_square * near)
    gradient = -2 / given.sum() * (ratio.sum(1)[:, None] * points - ratio @ points)
    return stress(points, given), gradient.ravel()


def reference(name, x, start):
    given = pdist(x.astype("f8"))
    print(name, "start", stress(start.astype("f8"), given))
    with tempfile.TemporaryDirectory() as folder:
        data, first, last = (str(Path(folder) / part) for part in ("data", "start", "map"))
        x.astype("<f4").tofile(data)
        start.astype("<f4").tofile(first)
        subprocess.run(["Rscript", "make_reference.R", data, str(x.shape[1]), first, last], check=True)
        print(name, "MASS", stress(np.fromfile(last, "<f8").reshape(-1, 2), given))
    points, _, iterations = smacof(
        squareform(given), n_init=1, init=start.astype("f8"), max_iter=20000, eps=1e-12, return_n_iter=True,
        normalized_stress=False)
    print(name, "SMACOF", stress(points, given), "iterations", iterations)
    end = minimize(stress_and_gradient, start.astype("f8").ravel(), (given,), "L-BFGS-B", jac=True,
                   options=dict(maxiter=20000, maxfun=40000, ftol=1e-15, gtol=1e-12, maxcor=20))
    print(name, "L-BFGS", end.fun, "iterations", end.nit)


def principal(x, name):
    centred = x - x.mean(0, dtype="f8")
    start = (centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T).astype("<f4")
    start.tofile(name)
    return start


iris = np.delete(np.fromfile("../neighbors/iris.f32", "<f4").reshape(150, 4), 142, axis=0)
reference("iris", iris, principal(iris, "iris_start.f32"))

cells = np.fromfile("../tsne/pbmc68k_pca.f32", "<f4").reshape(700, 50)
reference("pbmc68k", cells, cells[:, :2])

digits = np.fromfile("../neighbors/digits.f32", "<f4").reshape(300, 64)
reference("digits", digits, principal(digits, "digits_start.f32"))
