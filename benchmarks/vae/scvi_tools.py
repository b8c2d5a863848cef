#!/usr/bin/env python3
"""`replearn vae --preset scvi` beside scvi-tools' SCVI: the same cells, held-out cells, epochs and cores.

    benchmarks/vae/scvi_tools.py --replearn build/dev/src/cli/replearn --cells counts.h5ad --matrix layers/counts

Both train the default SCVI model (128 hidden units, 10 latents, zero-inflated negative binomial, dropout, batch norm,
batches of 128) on nine cells of ten, in turn; the tenth is the one that replearn keeps, and tells the ELBO after the
last epoch, nats a cell. Seconds are of training: of replearn the phase in its timing table, evaluation of every epoch
included; of scvi-tools `train()`, with no evaluation on the way. Needs scvi-tools (made with 1.4.2).
"""
import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import anndata
import numpy


def ours(options, seed, folder):
    out, timings = os.path.join(folder, "out.h5ad"), os.path.join(folder, "timings.json")
    run = subprocess.run(["mpirun", "-n", str(options.cores), options.replearn, "vae", "--input", options.cells, "--output",
                          out, "--matrix", options.matrix, "--preset", "scvi", "--epochs", str(options.epochs), "--holdout",
                          "0.1", "--seed", str(seed), "--timings", timings, "--quiet"], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    made = anndata.read_h5ad(out)
    with open(timings) as file:
        seconds = next(phase for phase in json.load(file)["phases"] if phase["name"] == "vae")["seconds_slowest"]
    return seconds, float(made.uns["vae"]["held_out"]["elbo"]), made.obs["vae_held_out"].to_numpy(dtype=bool)


def theirs(options, seed, held_out):
    import scvi
    import torch

    scvi.settings.seed = seed
    torch.set_num_threads(options.cores)
    data = anndata.read_h5ad(options.cells)
    layer = options.matrix.removeprefix("layers/") if options.matrix.startswith("layers/") else None
    scvi.model.SCVI.setup_anndata(data, layer=layer)
    model = scvi.model.SCVI(data)
    train, held = numpy.flatnonzero(~held_out), numpy.flatnonzero(held_out)
    begin = time.monotonic()
    model.train(max_epochs=options.epochs, accelerator="cpu", batch_size=128, enable_progress_bar=False,
                datasplitter_kwargs={"external_indexing": [train, held, numpy.array([], dtype=int)]})
    seconds = time.monotonic() - begin
    elbo = float(model.get_elbo(indices=held, return_mean=True))
    return seconds, -abs(elbo)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replearn", required=True)
    parser.add_argument("--cells", required=True, help="an .h5ad with counts")
    parser.add_argument("--matrix", default="X", help="where they are: X or layers/NAME")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    cells = anndata.read_h5ad(options.cells, backed="r").shape
    print(f"{cells[0]} x {cells[1]}, {options.epochs} epochs, {options.cores} cores: seconds, held-out ELBO")
    times, elbos = {"replearn": [], "scvi-tools": []}, {"replearn": [], "scvi-tools": []}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seeds):
            seconds, elbo, held_out = ours(options, seed, folder)
            found = {"replearn": (seconds, elbo), "scvi-tools": theirs(options, seed, held_out)}
            for name, (seconds, elbo) in found.items():
                times[name].append(seconds)
                elbos[name].append(elbo)
                print(f"seed {seed} {name:12}{seconds:8.2f} s {elbo:12.3f}", flush=True)
    ratio = statistics.median(b / a for a, b in zip(times["replearn"], times["scvi-tools"]))
    difference = [a - b for a, b in zip(elbos["replearn"], elbos["scvi-tools"])]
    print(f"scvi-tools takes {ratio:.1f} times as long; replearn's ELBO is higher by {statistics.mean(difference):.2f} "
          f"({min(difference):.2f} to {max(difference):.2f})")


if __name__ == "__main__":
    main()
