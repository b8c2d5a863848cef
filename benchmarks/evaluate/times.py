"""Time of replearn evaluate beside scikit-learn and scib-metrics, on a t-SNE map of a mixture of 20 clusters.

    python benchmarks/evaluate/times.py --program build/dev/src/cli/replearn --rows 10000 --ranks 2

Prints seconds, wall clock and of all processors, and the scores that both compute. --alone: replearn only. Needs
anndata, scikit-learn and, for LISI and kBET, scib-metrics (left out if it is not installed).
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time

import anndata
import numpy
import pandas
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors


def mixture(rows):
    """Points of 20 clusters in 50 dimensions, with deviations that fall like those of principal components."""
    random = numpy.random.default_rng(1)
    labels, batches = random.integers(0, 20, rows), random.integers(0, 4, rows)
    x = random.normal(size=(20, 50))[labels] * 1.5 + random.standard_normal((rows, 50), dtype=numpy.float32)
    return (x * numpy.linspace(2, 0.3, 50)).astype(numpy.float32), labels, batches


def timed(name, work):
    def processor_time():
        return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))

    processors, start = processor_time(), time.monotonic()
    result = work()
    seconds, processors = time.monotonic() - start, processor_time() - processors
    print(f"{name:40} {seconds:8.1f} s wall clock {processors:8.1f} s of processors  {result}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--iterations", type=int, default=750, help="of t-SNE")
    parser.add_argument("--alone", action="store_true")
    options = parser.parse_args()
    x, labels, batches = mixture(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        source, maps, scores = (os.path.join(folder, name) for name in ("x.h5ad", "maps.h5ad", "scores.json"))
        data = anndata.AnnData(numpy.zeros((options.rows, 1), numpy.float32), obsm={"X_pca": x})
        data.obs["kind"], data.obs["batch"] = pandas.Categorical(labels), pandas.Categorical(batches)
        data.write_h5ad(source)
        mpirun = ["mpirun", "-n", str(options.ranks), options.program]
        subprocess.run(mpirun + ["tsne", source, maps, "--iterations", str(options.iterations)], check=True,
                       capture_output=True)

        def ours(*words):
            done = subprocess.run(mpirun + ["evaluate", maps, "--json", scores, *words], check=True,
                                  capture_output=True, text=True)
            with open(scores, encoding="utf-8") as file:
                found = json.load(file)["X_tsne"]
            table = done.stderr[done.stderr.find("phase "):].splitlines()
            return {"trustworthiness": found["trustworthiness"], "AUC of R_NX": found["auc_r_nx"],
                    **{name: found[name] for name in ("silhouette", "clisi", "ilisi", "kbet") if name in found}}, \
                [" ".join(line.split()[:4]) for line in table[1:-1]]

        timed("replearn, everything", lambda: ours("--labels", "kind", "--batch", "batch"))
        timed("replearn, without labels", ours)
        if options.alone:
            return
        y = anndata.read_h5ad(maps).obsm["X_tsne"]
    timed("scikit-learn, trustworthiness, k = 15", lambda: trustworthiness(x, y, n_neighbors=15))
    timed("scikit-learn, silhouette", lambda: silhouette_score(y, labels))
    try:
        import scib_metrics
        from scib_metrics.nearest_neighbors import NeighborsResults
    except ImportError:
        return

    def theirs():
        distances, indices = NearestNeighbors(n_neighbors=90).fit(y).kneighbors(y)
        near = NeighborsResults(indices=indices, distances=distances)
        return {"silhouette": float(2 * scib_metrics.silhouette_label(y, labels) - 1),
                "clisi": float(scib_metrics.clisi_knn(near, labels)), "ilisi": float(scib_metrics.ilisi_knn(near, batches)),
                "kbet": float(scib_metrics.kbet(near.subset_neighbors(50), batches)[0])}

    timed("scib-metrics, four scores", theirs)


if __name__ == "__main__":
    main()
