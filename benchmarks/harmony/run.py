"""harmony beside harmonypy: seconds of both on simulated components with batches.

    HARMONY_PYTHON -B benchmarks/harmony/run.py --program build/dev/src/cli/replearn [--rows 100000] [--batches 20]
        [--ranks 1,2] [--repeats 3]

Needs harmonypy, anndata and pandas. 50 components of 15 kinds of cells, unequal in the batches, each of which is shifted.
Seconds of replearn are those of the phase `harmony`; those of harmonypy (its default settings) of run_harmony, with one thread
and with two. Mixing is the share of a cell's 30 nearest cells that are of its batch (1 / batches is best), of 2,000 cells.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import anndata
import harmonypy
import numpy as np
import pandas as pd

KINDS, COMPONENTS = 15, 50


def simulate(rows, batches):
    random = np.random.default_rng(0)
    spread = np.linspace(8, 1, COMPONENTS)
    batch = random.integers(0, batches, rows)
    shares = random.dirichlet(np.full(KINDS, 3.0), batches).cumsum(axis=1)
    kind = np.minimum((random.uniform(size=rows)[:, None] > shares[batch]).sum(axis=1), KINDS - 1)
    points = random.normal(size=(KINDS, COMPONENTS))[kind] * spread + random.normal(size=(batches, COMPONENTS))[batch] * spread / 4
    points += random.normal(size=(rows, COMPONENTS)) * spread / 3
    return points.astype(np.float32), batch


def own_batch(points, batch):
    random = np.random.default_rng(1)
    chosen = random.choice(len(points), min(2000, len(points)), replace=False)
    squares = (points**2).sum(axis=1)
    shares = []
    for i in chosen:
        near = np.argpartition(squares - 2 * points @ points[i], 31)[:31]
        shares.append((batch[near[near != i]] == batch[i]).mean())
    return float(np.mean(shares))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--ranks", default="1,2")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    points, batch = simulate(options.rows, options.batches)
    print(f"uncorrected: own batch {own_batch(points, batch):.3f}")
    with tempfile.TemporaryDirectory() as folder:
        data, output, timings = (os.path.join(folder, name) for name in ("data.h5ad", "output.h5ad", "timings.json"))
        cells = anndata.AnnData(np.zeros((options.rows, 1), np.float32), obsm={"X_pca": points})
        cells.obs["batch"] = pd.Categorical(batch.astype(str))
        cells.write_h5ad(data)
        for ranks in map(int, options.ranks.split(",")):
            ours, theirs = [], []
            for _ in range(options.repeats):
                subprocess.run(["mpirun", "-n", str(ranks), options.program, "harmony", data, output, "--batch-key", "batch",
                                "--timings", timings, "--quiet"], check=True)
                with open(timings) as file:
                    phases = json.load(file)["phases"]
                ours.append(sum(phase["seconds_slowest"] for phase in phases if phase["name"] == "harmony"))
                begin = time.perf_counter()
                corrected = harmonypy.run_harmony(points, pd.DataFrame({"batch": batch}), "batch", verbose=False, ncores=ranks)
                theirs.append(time.perf_counter() - begin)
            result = corrected.Z_corr if corrected.Z_corr.shape == points.shape else corrected.Z_corr.T
            replearn, peer = statistics.median(ours), statistics.median(theirs)
            print(f"{ranks} ranks or threads: replearn {replearn:.2f} s, own batch "
                  f"{own_batch(anndata.read_h5ad(output).obsm['X_pca_harmony'], batch):.3f}; harmonypy "
                  f"{harmonypy.__version__ if hasattr(harmonypy, '__version__') else ''} {peer:.2f} s, own batch "
                  f"{own_batch(np.asarray(result), batch):.3f}; ratio {peer / replearn:.2f}", flush=True)


if __name__ == "__main__":
    main()
