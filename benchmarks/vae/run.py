#!/usr/bin/env python3
"""The variational autoencoder beside PyTorch: cells a second of training, same model, batch and rule.

    benchmarks/vae/run.py --program build/dev/benchmarks/vae/vae_benchmark --cores 2

Ours on CORES ranks (and on one) against PyTorch on as many threads, from a sparse matrix of simulated counts and from a
dense one, whichever is faster. Times in turn, medians over the repeats. With --processor the seconds are the
processor's, of one core each, which other work on the machine disturbs less. Needs numpy, scipy, torch.
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

import numpy
import scipy.sparse


def simulate(cells, genes, depth=450.0):
    """Negative binomial counts of 20 groups with ten continuous factors, about 6 % of them not zero."""
    random = numpy.random.default_rng(7)
    base = random.gamma(0.35, 1.0, genes)
    changes = numpy.where(random.random((20, genes)) < 0.1, random.normal(0, 1.2, (20, genes)), 0)
    profiles, group = base * numpy.exp(changes), random.integers(0, 20, cells)
    factors, sums = random.normal(0, 0.125, (10, genes)), numpy.exp(random.normal(numpy.log(depth), 0.35, cells))
    blocks = []
    for begin in range(0, cells, 1000):
        some = slice(begin, min(begin + 1000, cells))
        mean = profiles[group[some]] * numpy.exp(random.normal(size=(some.stop - begin, 10)) @ factors)
        mean *= (sums[some] / mean.sum(axis=1))[:, None]
        blocks.append(scipy.sparse.csr_matrix(random.poisson(random.gamma(2.0, mean / 2.0)).astype(numpy.float32)))
    counts = scipy.sparse.vstack(blocks).tocsr()
    counts.sort_indices()
    return counts[numpy.asarray(counts.sum(axis=1)).ravel() > 0]


def ours_by_processor(program, prefix, genes, likelihood, batch, steps):
    """Cells a second of the processor, what it takes to start apart: the difference of two runs."""
    def seconds(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, prefix, str(genes), likelihood, str(batch), str(count)], capture_output=True,
                       check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return steps * batch / (seconds(steps + 20) - seconds(20))


def ours(program, cores, prefix, genes, likelihood, batch, steps):
    run = subprocess.run(["mpirun", "-n", str(cores), program, prefix, str(genes), likelihood, str(batch), str(steps)],
                         capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return float(re.search(r"cells/s (\d+)", run.stdout).group(1))


def theirs(counts, likelihood, batch, seconds, clock=time.perf_counter):
    """Cells a second of PyTorch, training for so many seconds after three steps."""
    steps, begin = 0, None

    def on_step():
        nonlocal steps, begin
        steps += 1
        if steps == 3:
            begin = clock()
        return begin is not None and clock() - begin > seconds

    import peer

    rows = numpy.arange(counts.shape[0] // batch * batch)  # whole batches
    for _ in peer.train(counts, rows, 10 ** 6, batch, 20, zero_inflated=likelihood == "zinb", on_step=on_step):
        pass
    return (steps - 3) * batch / (clock() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="vae_benchmark, built with REPLEARN_BENCHMARKS")
    parser.add_argument("--cells", type=int, default=20000)
    parser.add_argument("--genes", type=int, default=5000)
    parser.add_argument("--likelihoods", default="nb,zinb")
    parser.add_argument("--batches", default="128,512")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="a few steps of ours and no peer, to see that it runs")
    parser.add_argument("--processor", action="store_true", help="by processor seconds, one core each")
    options = parser.parse_args()
    if options.processor:
        options.cores = 1
    counts = simulate(options.cells, options.genes)
    print(f"{counts.shape[0]} x {counts.shape[1]}, {counts.nnz / numpy.prod(counts.shape):.1%} not zero, "
          f"{options.cores} cores; cells/s", flush=True)
    print(f"{'':6}{'batch':>6}{'1 rank':>9}{options.cores:>4} ranks{'scaling':>9}{'torch sparse':>14}{'dense':>9}"
          f"{'ratio':>7}")
    with tempfile.TemporaryDirectory() as folder:
        prefix = os.path.join(folder, "counts")
        counts.indptr.astype(numpy.int64).tofile(prefix + ".indptr")
        counts.indices.astype(numpy.int32).tofile(prefix + ".indices")
        counts.data.astype(numpy.float32).tofile(prefix + ".values")
        if options.alone:
            for cores in {1, options.cores}:
                print(cores, ours(options.program, cores, prefix, options.genes, "nb", 32, 40))
            return
        import torch

        torch.set_num_threads(options.cores)
        print(f"torch {torch.__version__}", flush=True)
        dense = torch.from_numpy(counts.toarray())
        for likelihood in options.likelihoods.split(","):
            for batch in map(int, options.batches.split(",")):
                ways = {"one": lambda n: ours(options.program, 1, prefix, options.genes, likelihood, batch, n),
                        "all": lambda n: ours(options.program, options.cores, prefix, options.genes, likelihood, batch,
                                              n),
                        "sparse": lambda _: theirs(counts, likelihood, batch, options.seconds),
                        "dense": lambda _: theirs(dense, likelihood, batch, options.seconds)}
                if options.processor:
                    by = time.process_time
                    ways["one"] = ways["all"] = lambda n: ours_by_processor(options.program, prefix, options.genes,
                                                                            likelihood, batch, n)
                    ways["sparse"] = lambda _: theirs(counts, likelihood, batch, options.seconds, by)
                    ways["dense"] = lambda _: theirs(dense, likelihood, batch, options.seconds, by)
                rates, guess = {way: [] for way in ways}, 8000
                for _ in range(options.repeats):
                    steps = max(20, int(options.seconds * guess / batch))
                    for way, measure in ways.items():
                        rates[way].append(measure(steps))
                    guess = rates["one"][-1]
                middle = {way: statistics.median(values) for way, values in rates.items()}
                print(f"{likelihood:6}{batch:6}{middle['one']:9.0f}{middle['all']:10.0f}"
                      f"{middle['all'] / middle['one']:9.2f}{middle['sparse']:14.0f}{middle['dense']:9.0f}"
                      f"{middle['all'] / max(middle['sparse'], middle['dense']):7.1f}", flush=True)


if __name__ == "__main__":
    main()
