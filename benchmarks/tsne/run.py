"""t-SNE: ours beside others. Same data, start, perplexity, iterations; one measure of quality (quality.py).

    python3 run.py --program replearn --rows 10000 --cores 2

Peers are what Python can import (openTSNE, scikit-learn), FIt-SNE from a checkout with its program built (--fitsne DIR),
and any other program (--command 'NAME=PROGRAM {data} {rows} {columns} {start} {map}': files of raw float32, row by row).
Ours are timed by the program itself (neighbors and tsne of --timings); the peers around their call.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from quality import Judge  # noqa: E402


def mixture(rows, columns=50, clusters=20, seed=1):
    """Clusters of different shapes; variance falls over the columns as over principal components."""
    rng = np.random.default_rng(seed)
    falling = np.arange(1, columns + 1)
    centers = rng.standard_normal((clusters, columns)) * 6 * falling**-0.5
    labels = rng.choice(clusters, size=rows, p=rng.dirichlet(np.full(clusters, 3.0)))
    x = np.empty((rows, columns), np.float32)
    for k in range(clusters):
        axes, _ = np.linalg.qr(rng.standard_normal((columns, columns)))
        variances = (3 * falling**-0.8 + 0.15) * np.exp(rng.normal(0, 0.3))
        mine = np.flatnonzero(labels == k)
        spread = (axes * np.sqrt(variances)) @ axes.T
        x[mine] = centers[k] + rng.standard_normal((len(mine), columns)) @ spread
    return x


def replearn(x, start, settings, folder):
    import anndata

    source, result, timings = (os.path.join(folder, name) for name in ("in.h5ad", "out.h5ad", "timings.json"))
    anndata.AnnData(np.zeros((len(x), 1), np.float32), obsm={"X_pca": x}, dtype=np.float32).write_h5ad(source)
    command = [settings.mpiexec, "-n", str(settings.cores), settings.program, "tsne", "--input", source, "--output",
               result, "--perplexity", str(settings.perplexity), "--iterations", str(settings.iterations - settings.early),
               "--early-exaggeration-iterations", str(settings.early), "--learning-rate", str(settings.rate),
               "--timings", timings, "--repulsion", settings.repulsion]
    subprocess.run(command, check=True, capture_output=not settings.verbose)
    with open(timings, encoding="utf-8") as file:
        phases = {phase["name"]: phase["seconds_slowest"] for phase in json.load(file)["phases"]}
    y = anndata.read_h5ad(result).obsm["X_tsne"]
    return y, sum(phases.get(name, 0) for name in ("neighbors", "tsne")), phases


def scikit_learn(x, start, settings, folder):
    manifold = importlib.import_module("sklearn.manifold")
    begin = time.perf_counter()
    # Its gradient has the factor 4 that ours leaves to the learning rate.
    y = manifold.TSNE(perplexity=settings.perplexity, init=start, learning_rate=settings.rate / 4, n_iter=settings.iterations,
                      n_jobs=settings.cores).fit_transform(x)
    return y, time.perf_counter() - begin, {}


def opentsne(x, start, settings, folder):
    module = importlib.import_module("openTSNE")
    begin = time.perf_counter()
    y = module.TSNE(perplexity=settings.perplexity, initialization=start.astype(float), learning_rate=settings.rate,
                    early_exaggeration_iter=settings.early, n_iter=settings.iterations - settings.early,
                    n_jobs=settings.cores).fit(x)
    return np.asarray(y), time.perf_counter() - begin, {}


def fitsne(x, start, settings, folder):
    sys.path.insert(0, settings.fitsne)
    module = importlib.import_module("fast_tsne")
    begin = time.perf_counter()
    y = module.fast_tsne(x.astype(float), perplexity=settings.perplexity, initialization=start.astype(float),
                         learning_rate=settings.rate, max_iter=settings.iterations,
                         stop_early_exag_iter=settings.early, nthreads=settings.cores)
    return y, time.perf_counter() - begin, {}


def command_peer(words):
    def run(x, start, settings, folder):
        places = {name: os.path.join(folder, name + ".f32") for name in ("data", "start", "map")}
        x.tofile(places["data"])
        start.tofile(places["start"])
        command = [word.format(rows=len(x), columns=x.shape[1], **places) for word in words]
        begin = time.perf_counter()
        subprocess.run(command, check=True)
        seconds = time.perf_counter() - begin
        return np.fromfile(places["map"], np.float32).reshape(len(x), 2), seconds, {}

    return run


def peers(settings):
    found = {}
    for name, module, run in (("openTSNE", "openTSNE", opentsne), ("scikit-learn", "sklearn.manifold", scikit_learn)):
        try:
            importlib.import_module(module)
            found[name] = run
        except ImportError:
            print(f"{name}: not there", file=sys.stderr)
    if settings.fitsne:
        found["FIt-SNE"] = fitsne
    for text in settings.command:
        name, _, words = text.partition("=")
        found[name] = command_peer(words.split())
    return {name: run for name, run in found.items() if not settings.peers or name in settings.peers}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="replearn")
    parser.add_argument("--mpiexec", default="mpirun")
    parser.add_argument("--rows", type=int, default=10000)
    parser.add_argument("--cores", type=int, default=2, help="ranks of ours, threads of the others")
    parser.add_argument("--perplexity", type=float, default=30)
    parser.add_argument("--iterations", type=int, default=1000, help="in all")
    parser.add_argument("--early", type=int, default=250, help="of them exaggerated")
    parser.add_argument("--repulsion", default="auto")
    parser.add_argument("--fitsne", help="a checkout of FIt-SNE with its program built")
    parser.add_argument("--command", action="append", default=[], help="another program")
    parser.add_argument("--peers", nargs="*", help="only these; none: 'none'")
    parser.add_argument("--check", action="store_true", help="fail if our map is no better than its start")
    parser.add_argument("--verbose", action="store_true")
    settings = parser.parse_args()
    settings.rate = max(200.0, settings.rows / 12)

    x = mixture(settings.rows)
    start = np.ascontiguousarray(x[:, :2] * (1e-4 / x[:, 0].std()), np.float32)
    judge = Judge(x, settings.perplexity)
    ours = None
    print(f"{'':14} {'seconds':>9} {'ratio':>7} {'KL':>8} {'recall':>7}")
    for name, run in {"replearn": replearn, **peers(settings)}.items():
        with tempfile.TemporaryDirectory() as folder:
            y, seconds, phases = run(x, start, settings, folder)
        quality = judge.judge(y)
        ours = ours or (seconds, quality)
        print(f"{name:14} {seconds:9.2f} {seconds / ours[0]:7.2f} {quality['kl']:8.4f} {quality['recall']:7.4f}  "
              + ", ".join(f"{phase} {s:.2f}" for phase, s in phases.items()), flush=True)
    if settings.check:
        before = judge.judge(start)
        better = ours[1]["kl"] < 0.7 * before["kl"] and ours[1]["recall"] > 2 * before["recall"]
        print(f"{'start':14} {'':9} {'':7} {before['kl']:8.4f} {before['recall']:7.4f}")
        sys.exit(0 if better else 1)


if __name__ == "__main__":
    main()
