#!/usr/bin/env python3
"""Sets in the manner of the paper's section on artificial data, by formula, and Fisher's iris; their maps as pictures.

    benchmarks/sammon/paper_sets.py --program build/release/src/cli/replearn --folder pictures

Writes <set>.csv, <set>.h5ad and <set>.png into the folder, and the Shepard diagram and stress curve of iris.
"""
import argparse
import csv
import math
import os
import shutil
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def iris():
    """Without row 142, which equals row 101: at distance 0 the stress has no value."""
    path = os.path.join(HERE, "../../tests/data/neighbors/iris.f32")
    with open(path, "rb") as file:
        numbers = struct.unpack("<600f", file.read())
    rows = [numbers[4 * i : 4 * i + 4] for i in range(150) if i != 142]
    return rows, [["setosa", "versicolor", "virginica"][min(i, 142) // 50 if i < 142 else 2] for i in range(149)]


def sets():
    """Name: rows, the labels to color by, the step's further options."""
    root = math.sqrt(2)
    helix = [[math.cos(t / root), math.sin(t / root), t / root] for t in range(30)]
    curve = [[math.cos(t / root), math.sin(t / root), 0.5 * math.cos(root * t), 0.5 * math.sin(root * t), t / root]
             for t in range(29)]
    simplex = [[(i // 15 == k) + 0.15 * math.sin(1 + i * (k + 1) * (k + 2)) for k in range(5)] for i in range(75)]
    turn = [2 * math.pi * i / 9 for i in range(9)]
    return {
        "line": ([[float(i)] * 9 for i in range(9)], list(range(9))),
        "circle": ([[50 * math.cos(a), 50 * math.sin(a)] for a in turn], list(range(9))),
        "helix": (helix, list(range(30))),
        "curve": (curve, list(range(29))),
        "simplex": (simplex, [f"corner {i // 15 + 1}" for i in range(75)]),
        "iris": iris(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="replearn")
    parser.add_argument("--mpiexec", default="mpirun")
    parser.add_argument("--folder", required=True)
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    path = lambda name: os.path.join(options.folder, name)

    def replearn(*words):
        done = subprocess.run([options.mpiexec, "-n", "1", options.program, *words], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        return done.stderr

    import anndata
    import numpy

    for name, (rows, labels) in sets().items():
        with open(path(name + ".csv"), "w", newline="") as file:
            csv.writer(file).writerows(rows)
        data = anndata.AnnData(numpy.array(rows, numpy.float32))
        data.obs["place"] = labels
        data.write_h5ad(path(name + "_in.h5ad"))
        figures = ["--figures", path("iris")] if name == "iris" else []
        # A line has one principal component: the map begins anywhere.
        start = ["--start", "random"] if name == "line" else []
        told = replearn("sammon", "--input", path(name + "_in.h5ad"), "--output", path(name + ".h5ad"), "--relaxations", "3",
                        *figures, *start)
        replearn("plot", "--input", path(name + ".h5ad"), "--basis", "X_sammon", "--color", "place", "--folder",
                 path(name), "--width", "4.6", "--height", "3.6", "--dpi", "100")
        shutil.move(os.path.join(path(name), "sammon_place.png"), path(name + ".png"))
        os.remove(path(name + "_in.h5ad"))
        print(name, [line for line in told.splitlines() if "stress E" in line][0])


if __name__ == "__main__":
    main()
