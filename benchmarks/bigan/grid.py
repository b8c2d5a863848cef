#!/usr/bin/env python3
"""ALI's toy, 25 Gaussians on a grid: are all modes found, do samples lie on them, do codes come from the prior?

    benchmarks/bigan/grid.py --replearn build/dev/src/cli/replearn --seeds 5
    benchmarks/bigan/grid.py --data grid.h5ad                # no run: the rows alone, for config/bigan-grid.cfg

Means on -4, -2 ... 4 both ways, variance 0.05^2, 20,000 rows. Of each seed: modes (of 25) that have at least a fifth of
their share of 10,000 samples; share of the samples within 4 standard deviations (0.2) of a mean; the squared MMD of
drawn codes of 2,000 rows nobody trained on from the prior (Gaussian kernels of bandwidths 0.71, 1.41, 2.83, unbiased;
two draws of the prior differ by 0.0005 or so). Exits with 1 if a seed fails --share, --modes or --mmd.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import anndata
import numpy
import pandas


def rows(count, seed):
    """count x 2, and the mode of each, 0 to 24."""
    random = numpy.random.default_rng(seed)
    mode = random.integers(25, size=count)
    means = 2.0 * numpy.stack(numpy.divmod(mode, 5), 1) - 4
    return (means + 0.05 * random.normal(size=(count, 2))).astype(numpy.float32), mode


def write(path, x, mode):
    data = anndata.AnnData(x, obs=pandas.DataFrame({"mode": pandas.Categorical([f"{k:02}" for k in mode])},
                                                   index=[f"row{i}" for i in range(len(x))]))
    data.var_names = ["x", "y"]
    data.write_h5ad(path)


def kernel(a, b):
    distance = ((a[:, None] - b[None]) ** 2).sum(2)
    return sum(numpy.exp(-distance / (2 * s * s)) for s in (2 ** -0.5, 2 ** 0.5, 2 * 2 ** 0.5)) / 3


def mmd(x, y):
    n, inner = len(x), lambda k: (k.sum() - numpy.trace(k)) / (len(k) * (len(k) - 1))
    return inner(kernel(x, x)) + inner(kernel(y, y)) - 2 * kernel(x, y).mean()


def judge_samples(x):
    nearest = numpy.clip(numpy.round(x / 2), -2, 2)
    on = numpy.linalg.norm(x - 2 * nearest, axis=1) < 0.2
    mode = ((nearest[:, 0] + 2) * 5 + nearest[:, 1] + 2).astype(int)
    counts = numpy.bincount(mode[on], minlength=25)
    return (counts >= len(x) / 25 / 5).sum(), on.mean()


def drawn_codes(network, x, seed):
    """Codes of rows, the stochastic encoder run by hand from what the file holds: (leaky) ReLU, batch norm or none."""
    if network["unit"] not in ("relu", "leaky_relu") or network["encoder"] != "stochastic":
        sys.exit("codes are drawn by hand of ReLU units and a stochastic encoder only")
    weights, statistics = numpy.asarray(network["weights"]), numpy.asarray(network["statistics"])
    at = place = 0

    def take(*shape):
        nonlocal at
        at += int(numpy.prod(shape))
        return weights[at - int(numpy.prod(shape)):at].reshape(shape)

    h = x * numpy.asarray(network["factor"]) - numpy.asarray(network["shift"])
    widths = [x.shape[1], *(int(width) for width in network["hidden"]), 2 * int(network["latent"])]
    slope = float(network["slope"]) if network["unit"] == "leaky_relu" else 0.0
    for k, (a, b) in enumerate(zip(widths, widths[1:])):
        weight = take(a, b) if k == 0 else take(b, a).T
        h = h @ weight + take(b)
        if k + 2 == len(widths):
            break
        if network["batch_norm"]:
            gamma, beta = take(b), take(b)
            mean, variance = statistics[place:place + b], statistics[place + b:place + 2 * b]
            place += 2 * b
            h = gamma * (h - mean) / numpy.sqrt(variance + 1e-5) + beta
        h = numpy.where(h > 0, h, slope * h)
    q = int(network["latent"])
    return h[:, :q] + numpy.exp(h[:, q:] / 2) * numpy.random.default_rng(seed).normal(size=(len(x), q))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replearn", default="replearn")
    parser.add_argument("--data", default="", help="write the rows of the first seed here, and do no more")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--modes", type=int, default=25)
    parser.add_argument("--share", type=float, default=0.95)
    parser.add_argument("--mmd", type=float, default=0.005)
    parser.add_argument("--pictures", default="", help="a folder: pictures of the first seed go there")
    parser.add_argument("words", nargs="*", help="options of replearn bigan, after --")
    options = parser.parse_args()
    if options.data:
        write(options.data, *rows(20000, 100 + options.first_seed))
        return 0
    words = options.words or ["--preset", "steady"]
    failed = 0
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            path = lambda name: os.path.join(folder, name)
            write(path("grid.h5ad"), *rows(20000, 100 + seed))
            drawing = ["--draw-samples", "--draw-curves", "--folder", options.pictures] if options.pictures else []
            run = subprocess.run([options.replearn, "bigan", "--input", path("grid.h5ad"), "--output", path("out.h5ad"),
                                  "--sample", "10000", "--seed", str(seed), *words, *drawing],
                                 capture_output=True, text=True)
            if run.returncode != 0:
                sys.exit(run.stderr)
            options.pictures = ""
            modes, share = judge_samples(numpy.asarray(anndata.read_h5ad(path("out.samples.h5ad")).X))
            network = anndata.read_h5ad(path("out.h5ad")).uns["bigan"]["model"]
        fresh, _ = rows(2000, 1000 + seed)
        distance = mmd(drawn_codes(network, fresh, seed), numpy.random.default_rng(seed + 7).normal(size=(2000, 2)))
        good = modes >= options.modes and share >= options.share and distance <= options.mmd
        failed += not good
        print(f"seed {seed}: modes {modes} of 25, within 4 sigma {share:.3f}, MMD2 of codes {distance:.5f}"
              f"{'' if good else '   FAILED'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
