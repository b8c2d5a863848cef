"""SNE's cost, gradient and minimum by NumPy and SciPy, straight from the definitions of Hinton and Roweis 2002, which
tests/methods/tsne/sne_test.cpp compares ours with.

Made with NumPy 2.4, SciPy 1.17 (BSD-3-Clause):
    python3 make_sne_reference.py
Data: ../neighbors/digits.f32 (300 x 64), digits_start.f32 and digits_map.f32 (300 x 2) here, see make_reference.py.

sne_gradient.f64: dC/dy at 0.1 times digits_map, perplexity 30, all pairs, by complex steps through C
Prints C there, and C where SciPy's L-BFGS-B ends from 10,000 times digits_start (three starts of that size).
"""
import numpy as np
import scipy.optimize

PERPLEXITY = 30


def squared_distances(y):
    return ((y[:, None, :] - y[None, :, :]) ** 2).sum(axis=2)


def row_of_p(squares):
    """p_{j|i} of one row: the precision at which the entropy is log(perplexity), by Brent's root finder."""
    def p_at(log_beta):
        p = np.exp(-np.exp(log_beta) * (squares - squares.min()))
        return p / p.sum()

    def above(log_beta):
        p = p_at(log_beta)
        return -(p[p > 0] * np.log(p[p > 0])).sum() - np.log(PERPLEXITY)

    return p_at(scipy.optimize.brentq(above, -30, 10, xtol=1e-14))


def conditional(x):
    squares = squared_distances(x)
    p = np.zeros_like(squares)
    for i in range(len(x)):
        others = np.arange(len(x)) != i
        p[i, others] = row_of_p(squares[i, others])
    return p


def cost(y, p):
    """sum_i KL(P_i || Q_i); y may be complex."""
    off = ~np.eye(len(y), dtype=bool)
    log_q = -squared_distances(y)
    log_q = log_q - np.log((np.exp(log_q) * off).sum(axis=1))[:, None]
    some = p > 0
    return (p[some] * (np.log(p[some]) - log_q[some])).sum()


def gradient(y, p):
    """By the paper's formula; checked against complex steps below."""
    q = np.exp(-squared_distances(y))
    np.fill_diagonal(q, 0)
    q /= q.sum(axis=1)[:, None]
    w = p - q + p.T - q.T
    return 2 * (w.sum(axis=1)[:, None] * y - w @ y)


x = np.fromfile("../neighbors/digits.f32", "<f4").reshape(-1, 64).astype(float)
p = conditional(x)
y = 0.1 * np.fromfile("digits_map.f32", "<f4").reshape(-1, 2).astype(float)
slopes = np.zeros_like(y)
for at in np.ndindex(*y.shape):
    moved = y.astype(complex)
    moved[at] += 1e-30j
    slopes[at] = cost(moved, p).imag / 1e-30
print("formula against complex steps:", np.abs(gradient(y, p) - slopes).max() / np.abs(slopes).max())
slopes.astype("<f8").tofile("sne_gradient.f64")
print("C there:", cost(y, p))

start = 1e4 * np.fromfile("digits_start.f32", "<f4").reshape(-1, 2).astype(float)
for seed in range(3):
    first = start * (1 + 0.05 * np.random.default_rng(seed).normal(size=start.shape))
    end = scipy.optimize.minimize(
        lambda z: (cost(z.reshape(-1, 2), p), gradient(z.reshape(-1, 2), p).ravel()), first.ravel(), jac=True,
        method="L-BFGS-B", options={"maxiter": 5000, "maxfun": 10000})
    print("minimum:", end.fun, "after", end.nit, "iterations")
