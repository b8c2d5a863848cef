#!/usr/bin/env python3
"""Held-out ELBO on real counts: replearn vae and the same model and training in PyTorch, same held-out cells.

    benchmarks/vae/quality.py --program build/dev/src/cli/replearn --input counts.h5ad --epochs 100

Over seeds; nats a cell, log x! included, one draw of z, running statistics. Needs anndata, torch.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import anndata
import numpy
import scipy.sparse
import torch

import peer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="replearn")
    parser.add_argument("--input", required=True, help=".h5ad of counts")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--preset", default="own", choices=["own", "scvi"])
    options = parser.parse_args()
    torch.set_num_threads(options.cores)
    counts = scipy.sparse.csr_matrix(anndata.read_h5ad(options.input).X).astype(numpy.float32)
    scvi = options.preset == "scvi"
    settings = {"zero_inflated": True, "eps": 0.01, "weight_decay": 1e-6} if scvi else {}
    found = {"replearn": [], "torch": []}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seeds):
            output = os.path.join(folder, "out.h5ad")
            run = subprocess.run(["mpirun", "-n", str(options.cores), options.program, "vae", "--input", options.input,
                                  "--output", output, "--preset", options.preset, "--epochs", str(options.epochs),
                                  "--seed", str(seed)], capture_output=True, text=True)
            if run.returncode != 0:
                sys.exit(run.stderr)
            done = anndata.read_h5ad(output)
            held_out = done.obs["vae_held_out"].to_numpy(dtype=bool)
            *_, model = peer.train(counts, numpy.flatnonzero(~held_out), options.epochs, 128, 400 if scvi else 20, seed,
                                   **settings)
            found["replearn"].append(done.uns["vae"]["held_out"]["elbo"])
            found["torch"].append(peer.elbo(model, counts, numpy.flatnonzero(held_out)))
            print(f"seed {seed}: replearn {found['replearn'][-1]:.2f}, torch {found['torch'][-1]:.2f}", flush=True)
    difference = numpy.subtract(found["replearn"], found["torch"])
    print(f"{options.preset}: replearn {numpy.mean(found['replearn']):.2f}, torch {numpy.mean(found['torch']):.2f}; "
          f"difference {difference.mean():+.2f}, standard error {difference.std(ddof=1) / len(difference) ** 0.5:.2f}")


if __name__ == "__main__":
    main()
