#!/usr/bin/env python3
"""Factorized embeddings beside PyTorch: held-out R2 of the same model after the same number of steps, over seeds.

    benchmarks/factorize/quality.py --program .../factorize_benchmark --data cells.f32 --columns 2000

Data: float32, row-major. PyTorch starts as we do: its own first weights, standard normal embeddings, the output at the
mean of the data; blocks of samples x genes, each entry once an epoch; Adam. A tenth of the entries is held out, others
for each seed.
"""
import argparse
import re
import statistics
import subprocess
import sys

import numpy
import torch

from run import Model


def peer(x, hidden, sample_dims, gene_dims, samples, genes, steps, rate, seed):
    torch.manual_seed(seed)
    random = numpy.random.default_rng(seed)
    train = torch.from_numpy(random.uniform(size=x.shape) >= 0.1)
    model = Model(*x.shape, hidden, sample_dims, gene_dims, True)
    with torch.no_grad():
        model.rest[-1].bias.fill_(x[train].mean())
    rule = torch.optim.Adam(model.parameters(), lr=rate)
    done = 0
    while done < steps:
        rows = numpy.array_split(random.permutation(x.shape[0]), -(-x.shape[0] // samples))
        columns = numpy.array_split(random.permutation(x.shape[1]), -(-x.shape[1] // genes))
        for pair in random.permutation(len(rows) * len(columns))[: steps - done]:
            a, b = torch.from_numpy(rows[pair // len(columns)]), torch.from_numpy(columns[pair % len(columns)])
            mask = train[a][:, b]
            loss = ((model(a, b) - x[a][:, b])[mask] ** 2).mean()
            rule.zero_grad()
            loss.backward()
            rule.step()
            done += 1
    with torch.no_grad():
        every = torch.arange(x.shape[1])
        y = torch.cat([model(part, every) for part in torch.arange(x.shape[0]).split(128)])
        held = x[~train]
        return float(1 - ((y[~train] - held) ** 2).sum() / ((held - held.mean()) ** 2).sum())


def ours(program, cores, data, columns, hidden, sample_dims, gene_dims, samples, genes, steps, rate, seed):
    run = subprocess.run(["mpirun", "-n", str(cores), program, data, str(columns), ",".join(map(str, hidden)),
                          str(sample_dims), str(gene_dims), str(samples), str(genes), str(steps), "0.1", str(rate),
                          str(seed)], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    found = re.search(r" r2 ([\d.-]+) .*gene_mean_r2 ([\d.-]+)", run.stdout)
    return float(found.group(1)), float(found.group(2))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--columns", type=int, required=True)
    parser.add_argument("--hidden", default="250,75,50,25,10")
    parser.add_argument("--sample-dims", type=int, default=2)
    parser.add_argument("--gene-dims", type=int, default=50)
    parser.add_argument("--batch", default="100x100")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--cores", type=int, default=2)
    o = parser.parse_args()
    torch.set_num_threads(o.cores)
    x = torch.from_numpy(numpy.fromfile(o.data, numpy.float32).reshape(-1, o.columns))
    samples, genes = map(int, o.batch.split("x"))
    hidden = [int(width) for width in o.hidden.split(",")]
    mine, theirs = [], []
    for seed in o.seeds:
        r2, gene_mean = ours(o.program, o.cores, o.data, o.columns, hidden, o.sample_dims, o.gene_dims, samples, genes,
                             o.steps, o.learning_rate, seed)
        mine.append(r2)
        theirs.append(peer(x, hidden, o.sample_dims, o.gene_dims, samples, genes, o.steps, o.learning_rate, seed))
        print(f"seed {seed}: replearn {mine[-1]:.4f}  PyTorch {theirs[-1]:.4f}  gene means {gene_mean:.4f}", flush=True)
    for name, values in [("replearn", mine), ("PyTorch", theirs)]:
        print(f"{name:10} mean {statistics.mean(values):.4f}, {min(values):.4f} to {max(values):.4f}")


if __name__ == "__main__":
    main()
