#!/usr/bin/env python3
"""Approximate neighbors beside hnswlib and faiss IVF at equal recall: same data, same cores, in turn.

    benchmarks/neighbors/approximate.py --program build/dev/benchmarks/neighbors/neighbors_benchmark --data sheet

Each peer is run with more and more effort (ef, probes) until its recall reaches the target; the run that does is
told. Times: index and search, of the clock and of the processors. See run.py for what peers are needed.
"""
import argparse
import os
import re
import subprocess
import tempfile
import time

import numpy as np

from run import gaussian, mixture, processor_seconds, recall, without_self


def sheet(rows, columns, seed=1, dimensions=8):
    """Points of a curved sheet of few dimensions, unevenly dense, with a little noise: as cells along programs of
    genes."""
    random = np.random.default_rng(seed)
    centers = random.standard_normal((12, dimensions))
    latent = centers[random.integers(0, 12, rows)] + 0.6 * random.standard_normal((rows, dimensions))
    features = np.tanh(latent @ random.standard_normal((dimensions, 60)) + random.standard_normal(60))
    x = features @ random.standard_normal((60, columns)) / np.sqrt(60)
    return (x + 0.05 * random.standard_normal((rows, columns))).astype(np.float32)


def hnswlib_runs(x, k, threads):
    import hnswlib
    index = hnswlib.Index(space="l2", dim=x.shape[1])
    index.init_index(max_elements=len(x), ef_construction=200, M=16, random_seed=1)
    index.set_num_threads(threads)
    index.add_items(x)
    for ef in (50, 100, 200, 400):
        if ef > k:
            index.set_ef(ef)
            yield f"hnswlib M 16, ef 200/{ef}", lambda: without_self(index.knn_query(x, k + 1)[0].astype(np.int64), k)


def faiss_runs(x, k, threads):
    import faiss
    faiss.omp_set_num_threads(threads)
    lists = int(4 * np.sqrt(len(x)))
    quantizer = faiss.IndexFlatL2(x.shape[1])
    index = faiss.IndexIVFFlat(quantizer, x.shape[1], lists)
    index.train(x[np.random.default_rng(1).choice(len(x), min(len(x), 40 * lists), replace=False)])
    index.add(x)
    for probes in (8, 16, 32, 64, 128, 256):
        index.nprobe = probes
        yield f"faiss IVF{lists}, {probes} probes", lambda: without_self(index.search(x, k + 1)[1], k)


def ours(program, ranks, folder, x, k, method):
    data, out = os.path.join(folder, "x.f32"), os.path.join(folder, "found.i32")
    x.tofile(data)
    start = processor_seconds()
    command = ["mpirun", "-n", str(ranks), program, data, str(x.shape[1]), str(k), "euclidean", out, method]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = float(re.search(r"seconds ([\d.]+)", run.stdout).group(1))
    return seconds, processor_seconds() - start, np.fromfile(out, np.int32).reshape(len(x), k)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="neighbors_benchmark, built with REPLEARN_BENCHMARKS")
    parser.add_argument("--data", default="sheet", help="sheet, mixture, gaussian or a file of float32 rows")
    parser.add_argument("--rows", type=int, default=200000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--neighbors", type=int, default=15)
    parser.add_argument("--recall", type=float, default=0.98)
    parser.add_argument("--cores", type=int, default=2, help="ranks of ours, threads of the others")
    parser.add_argument("--without", nargs="*", default=[], help="peers to leave out: faiss hnswlib")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    k, made = options.neighbors, {"sheet": sheet, "mixture": mixture, "gaussian": gaussian}
    if options.data in made:
        x = made[options.data](options.rows, options.columns)
    else:
        x = np.fromfile(options.data, np.float32).reshape(-1, options.columns)

    def tell(name, clock, processors, found):
        print(f"{name:28}{clock:9.2f}{processors:14.2f}{recall(x, found, k):10.4f}", flush=True)

    print(f"{os.path.basename(options.data)}, {len(x)} x {options.columns}, k = {k}, {options.cores} cores")
    print(f"{'':28}{'clock s':>9}{'processors s':>14}{'recall':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for method in ("approximate", "exact"):
            tell(f"replearn {method}", *ours(options.program, options.cores, folder, x, k, method))
    for peer, runs in (("faiss", faiss_runs), ("hnswlib", hnswlib_runs)):
        if peer in options.without:
            continue
        start, start_processors, searches = time.perf_counter(), processor_seconds(), 0
        searches_processors = 0
        for name, search in runs(x, k, options.cores):
            # Earlier runs of less effort are not counted, only the index.
            begin, begin_processors = time.perf_counter(), processor_seconds()
            found = search()
            clock, processors = time.perf_counter() - begin, processor_seconds() - begin_processors
            index = begin - start - searches
            index_processors = begin_processors - start_processors - searches_processors
            enough = recall(x, found, k) >= options.recall
            searches = time.perf_counter() - start - index
            searches_processors = processor_seconds() - start_processors - index_processors
            if enough:
                break
        tell(name, index + clock, index_processors + processors, found)


if __name__ == "__main__":
    main()
