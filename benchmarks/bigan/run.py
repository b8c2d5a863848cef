#!/usr/bin/env python3
"""ALI beside PyTorch: rows (cells) a second of training, same networks, batch, losses and rule.

    benchmarks/bigan/run.py --program build/dev/benchmarks/bigan/bigan_benchmark --cores 1

Ours on CORES ranks against PyTorch on as many threads, in turn, medians over the repeats. 5,000 columns: 8 % of the
entries above 0, a sparse matrix for us, a dense one for PyTorch (whose layers take no sparse batch); [400,400]: two
columns. A step is an update of the discriminator and one of encoder and generator; pairs are made once a step by both.
"""
import argparse
import re
import statistics
import subprocess
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn.functional import softplus


class Maxout(nn.Module):
    def __init__(self, pieces):
        super().__init__()
        self.pieces = pieces

    def forward(self, x):
        return x.view(len(x), -1, self.pieces).max(2).values


def mlp(inputs, hidden, outputs, unit, pieces=1, batch_norm=False):
    layers, sizes = [], [inputs, *hidden]
    for a, b in zip(sizes, hidden):
        layers.append(nn.Linear(a, b * pieces))
        if batch_norm:
            layers.append(nn.BatchNorm1d(b * pieces))
        layers.append(unit())
    return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))


class Ali:
    def __init__(self, columns, hidden, judge, latent, toy):
        unit = nn.ReLU if toy else (lambda: nn.LeakyReLU(0.2))
        self.latent = latent
        self.encoder = mlp(columns, hidden, 2 * latent, unit, 1, True)
        self.generator = mlp(latent, hidden[::-1], columns, unit, 1, True)
        self.judge = mlp(columns + latent, judge, 1, (lambda: Maxout(5)) if toy else unit, 5 if toy else 1)
        makers = [*self.encoder.parameters(), *self.generator.parameters()]
        self.average = [parameter.detach().clone() for parameter in makers]
        self.makers = makers
        self.generator_optimizer = torch.optim.Adam(makers, 2e-4, (0.5, 0.999))
        self.discriminator_optimizer = torch.optim.Adam(self.judge.parameters(), 2e-4, (0.5, 0.999))

    def step(self, x, penalize):
        n = len(x)
        z, code = torch.randn(n, self.latent), self.encoder(x)
        encoded = code[:, :self.latent] + torch.exp(code[:, self.latent:] / 2) * torch.randn(n, self.latent)
        pairs = torch.cat([torch.cat([x, encoded], 1), torch.cat([self.generator(z), z], 1)])
        seen = pairs.detach()
        if penalize:
            seen.requires_grad_()
        f = self.judge(seen)
        loss = (softplus(-f[:n]) + softplus(f[n:])).mean()
        if penalize:
            slope, = torch.autograd.grad(f.sum(), seen, create_graph=True)
            loss = loss + slope.square().sum() / (2 * n)
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.discriminator_optimizer.step()
        self.judge.requires_grad_(False)
        f = self.judge(pairs)
        self.generator_optimizer.zero_grad(set_to_none=True)
        (softplus(f[:n]) + softplus(-f[n:])).mean().backward()
        self.generator_optimizer.step()
        self.judge.requires_grad_(True)
        with torch.no_grad():
            torch._foreach_mul_(self.average, 0.999)
            torch._foreach_add_(self.average, [parameter.detach() for parameter in self.makers], alpha=0.001)


def peer(x, model, batch, seconds, penalize):
    random = numpy.random.default_rng(1)

    def step():
        model.step(x[torch.from_numpy(random.choice(len(x), batch, replace=False))], penalize)

    for _ in range(3):
        step()
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        step()
        steps += 1
    return steps * batch / (time.perf_counter() - begin)


def ours(program, cores, case, batch, steps, penalty):
    columns, density, hidden, judge, latent, toy = case
    widths = lambda layers: ",".join(map(str, layers))
    run = subprocess.run(["mpirun", "-n", str(cores), program, "4000", str(columns), str(density), widths(hidden),
                          widths(judge), str(latent), str(batch), str(steps), penalty,
                          *(["toy", "5"] if toy else [])], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return float(re.search(r"cells/s (\d+)", run.stdout).group(1))


CASES = {
    "5000-128-10": (5000, 0.08, [128], [128], 10, False),
    "400,400": (2, 1, [400, 400], [200, 200], 2, True),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="bigan_benchmark, built with REPLEARN_BENCHMARKS")
    parser.add_argument("--work", default="5000-128-10:128,5000-128-10:512,400,400:100", help="case:batch,...")
    parser.add_argument("--penalty", default="none", choices=["none", "both"])
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scaling", action="store_true", help="2 ranks against 1 at batch 1,024 instead")
    options = parser.parse_args()
    if options.scaling:
        pairs = [[ours(options.program, ranks, CASES["5000-128-10"], 1024, 60, options.penalty) for ranks in (1, 2)]
                 for _ in range(options.repeats)]
        print("batch 1024: cells/s of 1 rank", *(f"{one:.0f}" for one, _ in pairs), "of 2",
              *(f"{two:.0f}" for _, two in pairs), "ratio",
              f"{statistics.median(two / one for one, two in pairs):.2f}")
        return
    torch.set_num_threads(options.cores)
    print(f"{options.cores} cores, torch {torch.__version__}, penalty {options.penalty}; cells/s, medians")
    for name, batch in re.findall(r"(\d[\d,-]*?):(\d+)(?:,|$)", options.work):
        columns, density, hidden, judge, latent, toy = case = CASES[name]
        random = numpy.random.default_rng(1)
        x = numpy.abs(random.normal(size=(4000, columns))) * (random.uniform(size=(4000, columns)) < density)
        x = torch.from_numpy(x.astype(numpy.float32))
        rates, guess = [], 5000
        for _ in range(options.repeats):
            guess = ours(options.program, options.cores, case, batch,
                         max(20, int(options.seconds * guess / int(batch))), options.penalty)
            theirs = peer(x, Ali(columns, hidden, judge, latent, toy), int(batch), options.seconds,
                          options.penalty == "both")
            rates.append((guess, theirs))
        print(f"{name:14} batch {batch:5} replearn {statistics.median(r[0] for r in rates):8.0f}"
              f"  PyTorch {statistics.median(r[1] for r in rates):8.0f}"
              f"  ratio {statistics.median(a / b for a, b in rates):5.2f}", flush=True)


if __name__ == "__main__":
    main()
