#!/usr/bin/env python3
"""Exact neighbors beside faiss, hnswlib and scikit-learn: same data, same cores, in turn.

    benchmarks/neighbors/run.py --program build/dev/benchmarks/neighbors/neighbors_benchmark --rows 50000

Times are of the search alone (for hnswlib: index and search), in seconds of the clock and, for a machine that others
use too, of the processors. Medians over the repeats. Recall: against a sample of rows searched in float64. Peers that
cannot be imported are left out; Debian has python3-faiss, python3-hnswlib, python3-sklearn.
"""
import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np


def mixture(rows, columns, seed=20240601, clusters=20):
    """Points of clusters whose centers and shapes spread as principal components do: less in each next direction."""
    random = np.random.default_rng(seed)
    decay = np.arange(1, columns + 1, dtype=float)
    centers = random.standard_normal((clusters, columns)) * 6 * decay**-0.5
    labels = random.choice(clusters, size=rows, p=random.dirichlet(np.full(clusters, 3.0)))
    x = np.empty((rows, columns), np.float32)
    for cluster in range(clusters):
        axes, _ = np.linalg.qr(random.standard_normal((columns, columns)))
        spread = np.sqrt((3 * decay**-0.8 + 0.15) * np.exp(random.normal(0, 0.3)))
        mine = np.flatnonzero(labels == cluster)
        x[mine] = centers[cluster] + random.standard_normal((len(mine), columns)) * spread @ axes.T
    return x


def gaussian(rows, columns, seed=20240601):
    """One cluster, the same in all directions: nothing can be passed over."""
    return np.random.default_rng(seed).standard_normal((rows, columns), dtype=np.float32)


def processor_seconds():
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def without_self(indices, k):
    """A peer's search finds the row itself too, mostly first."""
    own = np.arange(len(indices))[:, None]
    others = indices != own
    others[others.all(axis=1), -1] = False
    return indices[others].reshape(len(indices), k)


class Ours:
    name = "replearn"

    def __init__(self, program, ranks, folder, x):
        self.command = ["mpirun", "-n", str(ranks), program]
        self.data, self.out = os.path.join(folder, "x.f32"), os.path.join(folder, "found.i32")
        x.tofile(self.data)

    def search(self, x, k):
        command = self.command + [self.data, str(x.shape[1]), str(k), "euclidean", self.out]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(run.stderr)
        self.seconds = float(re.search(r"seconds ([\d.]+)", run.stdout).group(1))
        return np.fromfile(self.out, np.int32).reshape(len(x), k)


class Faiss:
    name = "faiss IndexFlatL2"

    def __init__(self, threads):
        import faiss
        self.faiss = faiss
        faiss.omp_set_num_threads(threads)

    def search(self, x, k):
        index = self.faiss.IndexFlatL2(x.shape[1])
        index.add(x)
        return without_self(index.search(x, k + 1)[1], k)


class Hnswlib:
    name = "hnswlib M 16, ef 200/50"

    def __init__(self, threads):
        import hnswlib
        self.hnswlib, self.threads = hnswlib, threads

    def search(self, x, k):
        index = self.hnswlib.Index(space="l2", dim=x.shape[1])
        index.init_index(max_elements=len(x), ef_construction=200, M=16, random_seed=1)
        index.set_num_threads(self.threads)
        index.add_items(x)
        index.set_ef(max(50, k + 1))
        return without_self(index.knn_query(x, k + 1)[0].astype(np.int64), k)


class ScikitLearn:
    name = "scikit-learn brute"

    def __init__(self, threads):
        import sklearn.neighbors
        self.neighbors, self.threads = sklearn.neighbors, threads

    def search(self, x, k):
        search = self.neighbors.NearestNeighbors(n_neighbors=k, algorithm="brute", n_jobs=self.threads).fit(x)
        return search.kneighbors(return_distance=False)


def recall(x, found, k, sample=500):
    """Share of the k found that are no farther than the true k-th."""
    rows = np.random.default_rng(1).choice(len(x), min(sample, len(x)), replace=False)
    hits = 0
    for row in rows:
        squares = ((x.astype(np.float64) - x[row].astype(np.float64)) ** 2).sum(axis=1)
        squares[row] = np.inf
        hits += np.count_nonzero(squares[found[row]] <= np.partition(squares, k - 1)[k - 1] * (1 + 1e-6))
    return hits / (len(rows) * k)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="neighbors_benchmark, built with REPLEARN_BENCHMARKS")
    parser.add_argument("--rows", type=int, default=50000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--neighbors", type=int, default=15)
    parser.add_argument("--data", choices=["mixture", "gaussian"], default="mixture")
    parser.add_argument("--cores", type=int, default=2, help="ranks of ours, threads of the others")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], help="peers to leave out: faiss hnswlib scikit-learn")
    parser.add_argument("--check", action="store_true", help="fail unless our recall is 1")
    options = parser.parse_args()
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(options.cores)
    k = options.neighbors
    x = {"mixture": mixture, "gaussian": gaussian}[options.data](options.rows, options.columns)

    with tempfile.TemporaryDirectory() as folder:
        programs = [Ours(options.program, options.cores, folder, x)]
        for peer, name in ((Faiss, "faiss"), (Hnswlib, "hnswlib"), (ScikitLearn, "scikit-learn")):
            if name in options.without:
                continue
            try:
                programs.append(peer(options.cores))
            except ImportError:
                print(f"{name} is not there", file=sys.stderr)
        clock = {program.name: [] for program in programs}
        processors = {program.name: [] for program in programs}
        found = {}
        for _ in range(options.repeats):
            for program in programs:
                start, start_processors = time.perf_counter(), processor_seconds()
                found[program.name] = program.search(x, k)
                seconds = time.perf_counter() - start
                processors[program.name].append(processor_seconds() - start_processors)
                clock[program.name].append(getattr(program, "seconds", seconds))

    print(f"{options.data}, {options.rows} x {options.columns}, k = {k}, {options.cores} cores")
    print(f"{'':26}{'clock s':>9}{'ratio':>8}{'processors s':>14}{'ratio':>8}{'recall':>10}")
    ours = programs[0].name
    for name in clock:
        pairs = [(theirs / mine) for theirs, mine in zip(clock[name], clock[ours])]
        loads = [(theirs / mine) for theirs, mine in zip(processors[name], processors[ours])]
        print(f"{name:26}{statistics.median(clock[name]):9.2f}{statistics.median(pairs):8.1f}"
              f"{statistics.median(processors[name]):14.2f}{statistics.median(loads):8.1f}"
              f"{recall(x, found[name], k):10.4f}")
    if options.check and recall(x, found[ours], k) != 1:
        sys.exit("our neighbors are not the nearest")


if __name__ == "__main__":
    main()
