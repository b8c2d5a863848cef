"""How good a map is, the same measure for every program.

    kl      KL divergence of the map, exact (P over all pairs) up to 10,000 points; beyond, P is over the exact nearest
            3 * perplexity neighbors, and Z is summed over all points for 5,000 of them; not told above 100,000
    recall  the share of a point's 10 nearest neighbors that are among its 10 nearest in the map, over 2,000 points
"""

import numpy as np

EXACT_UP_TO = 10000
DIVERGENCE_UP_TO = 100000


def calibrated(squares, perplexity):
    """Rows of squared distances -> rows of p_{j|i} whose entropy is log(perplexity), by bisection."""
    squares = squares - squares.min(axis=1, keepdims=True)
    low, high = np.zeros(len(squares)), np.full(len(squares), np.inf)
    beta = 1 / np.maximum(squares.mean(axis=1), 1e-300)
    for _ in range(100):
        weights = np.exp(-squares * beta[:, None])
        total = weights.sum(axis=1)
        entropy = np.log(total) + beta * (squares * weights).sum(axis=1) / total
        if np.abs(entropy - np.log(perplexity)).max() < 1e-6:
            break
        above = entropy > np.log(perplexity)
        low, high = np.where(above, beta, low), np.where(above, high, beta)
        beta = np.where(np.isinf(high), 2 * beta, (low + high) / 2)
    return weights / total[:, None]


def squared_distances(a, b):
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T, 0)


def neighbors(x, k, rows=None):
    """Indices and squared distances of the k nearest other rows."""
    rows = np.arange(len(x)) if rows is None else rows
    indices, squares = np.empty((len(rows), k), np.int64), np.empty((len(rows), k))
    x = np.asarray(x, np.float64)
    for begin in range(0, len(rows), 500):
        mine = rows[begin:begin + 500]
        d = squared_distances(x[mine], x)
        d[np.arange(len(mine)), mine] = np.inf
        nearest = np.argpartition(d, k, axis=1)[:, :k]
        values = np.take_along_axis(d, nearest, 1)
        order = np.argsort(values, axis=1, kind="stable")
        indices[begin:begin + 500] = np.take_along_axis(nearest, order, 1)
        squares[begin:begin + 500] = np.take_along_axis(values, order, 1)
    return indices, squares


def normalizer(y):
    """Z = sum over i != j of 1 / (1 + |y_i - y_j|^2)."""
    n = len(y)
    rows = np.arange(n) if n <= EXACT_UP_TO else np.random.default_rng(0).choice(n, 5000, replace=False)
    total = 0.0
    for begin in range(0, len(rows), 500):
        total += (1 / (1 + squared_distances(y[rows[begin:begin + 500]], y))).sum() - len(rows[begin:begin + 500])
    return total * n / len(rows)


class Judge:
    """Of maps of one data set."""

    def __init__(self, x, perplexity):
        self.x, self.perplexity, self.n = x, perplexity, len(x)
        rng = np.random.default_rng(1)
        self.sample = rng.choice(self.n, min(self.n, 2000), replace=False)
        self.nearest = neighbors(x, 10, self.sample)[0]
        if self.n <= EXACT_UP_TO:
            p = np.zeros((self.n, self.n), np.float32)
            x64 = np.asarray(x, np.float64)
            for begin in range(0, self.n, 500):
                end = min(self.n, begin + 500)
                mask = np.ones((end - begin, self.n), bool)
                mask[np.arange(end - begin), np.arange(begin, end)] = False
                d = squared_distances(x64[begin:end], x64)[mask].reshape(end - begin, self.n - 1)
                p[begin:end][mask] = calibrated(d, perplexity).ravel()
            self.rows, self.columns, values = None, None, (p + p.T) / (2 * self.n)
        elif self.n <= DIVERGENCE_UP_TO:
            k = int(3 * perplexity)
            indices, squares = neighbors(x, k)
            values = calibrated(squares, perplexity).ravel() / self.n  # of p_ij + p_ji both halves give the same cost
            self.rows, self.columns = np.repeat(np.arange(self.n), k), indices.ravel()
        else:
            values = None
        self.values = values

    def judge(self, y):
        y = np.asarray(y, np.float64)
        y = y - y.mean(0)
        near = neighbors(y, 10, self.sample)[0]
        kept = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(self.nearest, near)])
        return {"kl": float("nan") if self.values is None else float(self.divergence(y)), "recall": float(kept)}

    def divergence(self, y):
        if self.rows is None:
            cost = 0.0
            for begin in range(0, self.n, 500):
                p = np.asarray(self.values[begin:begin + 500], np.float64)
                d = squared_distances(y[begin:begin + 500], y)
                cost += (p[p > 0] * np.log(p[p > 0])).sum() + (p * np.log1p(d)).sum()
            return cost + np.log(normalizer(y))
        d = ((y[self.rows] - y[self.columns]) ** 2).sum(1)
        return self.entropy() + (self.values * np.log1p(d)).sum() + np.log(normalizer(y))

    def entropy(self):
        """Sum of p log p of the symmetric P = (P + P^T) / 2."""
        if not hasattr(self, "entropy_"):
            import scipy.sparse

            p = scipy.sparse.csr_matrix((self.values, (self.rows, self.columns)), shape=(self.n, self.n))
            p = ((p + p.T) / 2).data
            self.entropy_ = (p[p > 0] * np.log(p[p > 0])).sum()
        return self.entropy_
