#!/usr/bin/env python3
"""All pairs beside SciPy's pdist: same data, one core each, in turn, distances in memory.

    benchmarks/pdist/run.py --program build/dev/benchmarks/pdist/pdist_benchmark --rows 5000

Processor seconds, for a machine that others use too; medians over the repeats. SciPy is given float64, which it would
make of anything else. The last column: the largest relative difference of the distances.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import scipy.spatial.distance

METRICS = [("euclidean", 2), ("sqeuclidean", 2), ("cosine", 2), ("correlation", 2), ("cityblock", 2), ("chebyshev", 2),
           ("hamming", 2), ("minkowski", 0.5), ("minkowski", 1.5), ("minkowski", 3), ("minkowski", 2.7)]


def ours(program, data, columns, metric, p, out):
    run = subprocess.run(["mpirun", "-n", "1", program, data, str(columns), metric, str(p), "condensed"] + out,
                         capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return float(re.search(r"seconds ([\d.]+)", run.stdout).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="pdist_benchmark, built with REPLEARN_BENCHMARKS")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--metrics", nargs="*", help="only these")
    options = parser.parse_args()
    x = numpy.random.default_rng(1).normal(size=(options.rows, options.columns)).astype(numpy.float32)
    x[:, : options.columns // 2] = numpy.round(x[:, : options.columns // 2])  # for hamming
    wide = x.astype(numpy.float64)
    pairs = options.rows * (options.rows - 1) / 2
    print(f"{options.rows} x {options.columns}, {pairs:.3g} pairs, one core")
    print(f"{'':20}{'replearn s':>12}{'ns a pair':>11}{'SciPy s':>10}{'ratio':>8}{'difference':>13}")
    with tempfile.TemporaryDirectory() as folder:
        data, out = os.path.join(folder, "x.f32"), os.path.join(folder, "d.f32")
        x.tofile(data)
        for metric, p in METRICS:
            if options.metrics and metric not in options.metrics:
                continue
            arguments = {"p": p} if metric == "minkowski" else {}
            times, peer_times = [], []
            ours(options.program, data, options.columns, metric, p, [out])
            for _ in range(options.repeats):
                times.append(ours(options.program, data, options.columns, metric, p, []))
                begin = time.process_time()
                expected = scipy.spatial.distance.pdist(wide, metric, **arguments)
                peer_times.append(time.process_time() - begin)
            found = numpy.fromfile(out, numpy.float32)
            difference = numpy.max(numpy.abs(found - expected) / numpy.maximum(expected, 1e-30))
            mine, peer = statistics.median(times), statistics.median(peer_times)
            name = metric + (f" p = {p}" if arguments else "")
            print(f"{name:20}{mine:12.3f}{1e9 * mine / pairs:11.2f}{peer:10.2f}{peer / mine:8.1f}{difference:13.1e}")
            if not difference < 1e-5:
                sys.exit(f"{name} is not SciPy's")


if __name__ == "__main__":
    main()
