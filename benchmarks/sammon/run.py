#!/usr/bin/env python3
"""Sammon's map beside R's MASS and a loop in PyTorch: same data, same start (two principal components), in turn.

    benchmarks/sammon/run.py --program build/dev/src/cli/replearn --rows 1000 2000 5000

Seconds are those of the method alone, distances included; the median over the repeats (peers: one run). E is the
paper's stress, computed here in float64 for all. The ratio is a peer's seconds over ours on as many cores as it uses:
MASS one, PyTorch all of --cores.

    MASS     R's MASS::sammon with its defaults but the start (needs Rscript and MASS)
    PyTorch  the loop of a lecture: pairwise distances, sum (d* - d)^2 / (d* + 1), autograd, 300 steps of Adam at 0.1
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import anndata
import h5py
import numpy

MASS = """
arguments <- commandArgs(TRUE)
rows <- function(path, columns) {
  matrix(readBin(path, "numeric", file.size(path) / 4, 4, endian = "little"), ncol = columns, byrow = TRUE)
}
x <- rows(arguments[1], as.integer(arguments[2]))
start <- rows(arguments[3], 2)
seconds <- system.time(map <- MASS::sammon(dist(x), y = start, k = 2, trace = FALSE))["elapsed"]
writeBin(as.vector(t(map$points)), arguments[4], 8, "little")
cat(seconds)
"""


def mixture(rows, columns=50, clusters=20):
    """Clusters whose centers spread as principal components do, each stretched and turned in its own way."""
    random = numpy.random.default_rng(20240601)
    centers = random.normal(size=(clusters, columns)) * 6 / numpy.sqrt(numpy.arange(1, columns + 1))
    label = random.integers(0, clusters, rows)
    x = numpy.empty((rows, columns))
    for k in range(clusters):
        turn, _ = numpy.linalg.qr(random.normal(size=(columns, columns)))
        spread = numpy.sqrt((3 * numpy.arange(1, columns + 1) ** -0.8 + 0.15) * numpy.exp(random.normal(0, 0.3)))
        mine = label == k
        x[mine] = centers[k] + (random.normal(size=(mine.sum(), columns)) * spread) @ turn.T
    return x.astype(numpy.float32)


def two_components(x):
    centered = x - x.mean(axis=0, dtype="f8")
    _, axes = numpy.linalg.eigh(centered.T @ centered)
    return (centered @ axes[:, ::-1][:, :2]).astype(numpy.float32)


def stress(x, y, block=500):
    """The paper's E in float64, a block of rows at a time."""
    x, y = x.astype("f8"), y.astype("f8")
    sum_x, sum_y = (x**2).sum(1), (y**2).sum(1)
    error = total = 0.0
    for i in range(0, len(x), block):
        given = numpy.sqrt(numpy.maximum(sum_x[i : i + block, None] + sum_x - 2 * x[i : i + block] @ x.T, 0))
        near = numpy.sqrt(numpy.maximum(sum_y[i : i + block, None] + sum_y - 2 * y[i : i + block] @ y.T, 0))
        later = numpy.arange(len(x)) > numpy.arange(i, min(i + block, len(x)))[:, None]
        given, near = given[later], near[later]
        error += ((given - near) ** 2 / given).sum()
        total += given.sum()
    return error / total


def ours(options, folder, x, start, cores):
    source, out, timings = (os.path.join(folder, name) for name in ["in.h5ad", "out.h5ad", "timings.json"])
    data = anndata.AnnData(numpy.zeros((len(x), 1), numpy.float32))
    data.obsm["data"], data.obsm["start"] = x, start
    data.write_h5ad(source)
    seconds = []
    for _ in range(options.repeats):
        command = [options.mpiexec, "-n", str(cores), options.program, "sammon", "--input", source, "--output", out,
                   "--use-rep", "data", "--start-key", "start", "--timings", timings, *options.words]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        with open(timings) as file:
            phases = {phase["name"]: phase["seconds_slowest"] for phase in json.load(file)["phases"]}
        seconds.append(phases["sammon"])
    with h5py.File(out) as file:
        return statistics.median(seconds), stress(x, file["obsm/X_sammon"][:])


def mass(folder, x, start):
    paths = [os.path.join(folder, name) for name in ["x.f32", "start.f32", "map.f64", "mass.R"]]
    x.tofile(paths[0])
    start.tofile(paths[1])
    with open(paths[3], "w") as file:
        file.write(MASS)
    done = subprocess.run(["Rscript", paths[3], paths[0], str(x.shape[1]), paths[1], paths[2]], capture_output=True,
                          text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return float(done.stdout.split()[-1]), stress(x, numpy.fromfile(paths[2], "<f8").reshape(-1, 2))


def torch_loop(x, start, cores):
    import torch

    torch.set_num_threads(cores)
    begin = time.perf_counter()
    given = torch.pdist(torch.from_numpy(x))
    y = torch.from_numpy(start.copy()).requires_grad_()
    optimizer = torch.optim.Adam([y], lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        loss = ((given - torch.pdist(y)) ** 2 / (given + 1)).sum()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - begin, stress(x, y.detach().numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="replearn")
    parser.add_argument("--mpiexec", default="mpirun")
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 2000, 5000])
    parser.add_argument("--data", help="a .npy to take the first rows of, instead of the mixture")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=["mass", "torch", "none"], default=["mass", "torch"])
    parser.add_argument("--words", nargs=argparse.REMAINDER, default=[], help="further options of replearn sammon")
    parser.add_argument("--check", action="store_true", help="fail if the map is not good")
    options = parser.parse_args()
    print(f"{'rows':>7}  {'':28}{'cores':>6}{'seconds':>10}{'ratio':>8}{'E':>10}")
    for rows in options.rows:
        x = numpy.array(numpy.load(options.data, mmap_mode="r")[:rows], "f4") if options.data else mixture(rows)
        start = two_components(x)
        own = {}
        with tempfile.TemporaryDirectory() as folder:
            for cores in options.cores:
                own[cores], reached = ours(options, folder, x, start, cores)
                ratio = f"{own[options.cores[0]] / own[cores]:8.2f}" if cores != options.cores[0] else f"{'':8}"
                print(f"{rows:7}  {'replearn':28}{cores:6}{own[cores]:10.3f}{ratio}{reached:10.5f}", flush=True)
            if options.check and not reached < 0.5 * stress(x, start):
                sys.exit(f"E is {reached}")
            if "mass" in options.peers:
                seconds, reached = mass(folder, x, start)
                print(f"{rows:7}  {'MASS::sammon':28}{1:6}{seconds:10.3f}{seconds / own[min(own)]:8.1f}{reached:10.5f}",
                      flush=True)
            if "torch" in options.peers:
                seconds, reached = torch_loop(x, start, max(own))
                print(f"{rows:7}  {'PyTorch, 300 steps of Adam':28}{max(own):6}{seconds:10.3f}"
                      f"{seconds / own[max(own)]:8.1f}{reached:10.5f}", flush=True)


if __name__ == "__main__":
    main()
