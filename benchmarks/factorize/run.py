#!/usr/bin/env python3
"""Factorized embeddings beside PyTorch: entries a second of training, same model, batch and rule.

    benchmarks/factorize/run.py --program build/dev/benchmarks/factorize/factorize_benchmark --cores 2

Ours on CORES ranks against PyTorch on as many threads. PyTorch trains the same network on the same blocks of samples x
genes, `plain` (embeddings concatenated, as published) and `split` (the first layer once a sample and once a gene), each
as it is and through torch.compile; the best of each is what counts. Times in turn, medians over the repeats.
"""
import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import torch

MODELS = {"published": ([250, 75, 50, 25, 10], 2, 50), "fe.jl": ([100, 50, 50], 2, 100)}


class Model(torch.nn.Module):
    def __init__(self, rows, columns, hidden, sample_dims, gene_dims, split):
        super().__init__()
        self.samples = torch.nn.Embedding(rows, sample_dims)
        self.genes = torch.nn.Embedding(columns, gene_dims)
        self.first = torch.nn.Linear(sample_dims + gene_dims, hidden[0])
        layers = []
        for a, b in zip(hidden, hidden[1:] + [1]):
            layers += [torch.nn.ReLU(), torch.nn.Linear(a, b)]
        self.rest = torch.nn.Sequential(*layers)
        self.split = split

    def forward(self, rows, columns):
        z, w = self.samples(rows), self.genes(columns)
        if self.split:
            k = z.shape[1]
            u = torch.nn.functional.linear(z, self.first.weight[:, :k], self.first.bias)
            v = torch.nn.functional.linear(w, self.first.weight[:, k:])
            h = (u[:, None, :] + v[None, :, :]).reshape(len(rows) * len(columns), -1)
        else:
            h = self.first(torch.cat([z[:, None, :].expand(-1, len(columns), -1), w[None].expand(len(rows), -1, -1)],
                                     dim=2).reshape(len(rows) * len(columns), -1))
        return self.rest(h).reshape(len(rows), len(columns))


def peer(x, hidden, sample_dims, gene_dims, samples, genes, seconds, split, compiled):
    """Entries a second of PyTorch, training for so many seconds after a warm-up."""
    torch.manual_seed(1)
    model = Model(*x.shape, hidden, sample_dims, gene_dims, split)
    rule = torch.optim.Adam(model.parameters(), lr=1e-3)
    random = numpy.random.default_rng(1)

    def loss_of(rows, columns, target):
        return torch.nn.functional.mse_loss(model(rows, columns), target)

    if compiled:
        loss_of = torch.compile(loss_of)

    def step():
        rows = torch.from_numpy(random.choice(x.shape[0], samples, replace=False))
        columns = torch.from_numpy(random.choice(x.shape[1], genes, replace=False))
        loss = loss_of(rows, columns, x[rows][:, columns])
        rule.zero_grad()
        loss.backward()
        rule.step()

    for _ in range(5):
        step()
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        step()
        steps += 1
    return steps * samples * genes / (time.perf_counter() - begin)


def ours(program, cores, data, columns, hidden, sample_dims, gene_dims, samples, genes, steps):
    run = subprocess.run(["mpirun", "-n", str(cores), program, data, str(columns), ",".join(map(str, hidden)),
                          str(sample_dims), str(gene_dims), str(samples), str(genes), str(steps)],
                         capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return float(re.search(r"entries/s (\d+)", run.stdout).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="factorize_benchmark, built with REPLEARN_BENCHMARKS")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--columns", type=int, default=5000)
    parser.add_argument("--batches", default="100x100,256x256", help="samples x genes of a step")
    parser.add_argument("--models", default="published,fe.jl")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    options = parser.parse_args()
    torch.set_num_threads(options.cores)
    x = numpy.random.default_rng(1).normal(size=(options.rows, options.columns)).astype(numpy.float32)
    print(f"{options.rows} x {options.columns}, {options.cores} cores, torch {torch.__version__}; entries/s")
    print(f"{'model':12}{'batch':12}{'replearn':>12}{'plain':>12}{'split':>12}{'ratios':>14}")
    with tempfile.NamedTemporaryFile(suffix=".f32") as data:
        x.tofile(data.name)
        tensor = torch.from_numpy(x)
        for name in options.models.split(","):
            hidden, sample_dims, gene_dims = MODELS[name]
            for batch in options.batches.split(","):
                samples, genes = map(int, batch.split("x"))
                rates = {"ours": []}
                ways = [(split, compiled) for split in (False, True)
                        for compiled in ((False,) if options.no_compile else (False, True))]
                guess = 500_000 * options.cores
                for _ in range(options.repeats):
                    steps = max(20, int(options.seconds * guess / (samples * genes)))
                    guess = ours(options.program, options.cores, data.name, options.columns, hidden, sample_dims,
                                 gene_dims, samples, genes, steps)
                    rates["ours"].append(guess)
                    for way in ways:
                        rates.setdefault(way, []).append(
                            peer(tensor, hidden, sample_dims, gene_dims, samples, genes, options.seconds, *way))
                middle = {way: statistics.median(values) for way, values in rates.items()}
                plain = max(middle[way] for way in ways if not way[0])
                split = max(middle[way] for way in ways if way[0])
                print(f"{name:12}{batch:12}{middle['ours']:12.0f}{plain:12.0f}{split:12.0f}"
                      f"{middle['ours'] / plain:7.1f}{middle['ours'] / split:7.1f}", flush=True)
                for way in ways:
                    print(f"    split {way[0]!s:6} compiled {way[1]!s:6}{middle[way]:12.0f}")


if __name__ == "__main__":
    main()
