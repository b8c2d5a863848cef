"""Maps of five real data sets by replearn, scikit-learn and umap-learn, judged by replearn evaluate. Prints Markdown.

    python benchmarks/evaluate/maps.py --program build/dev/src/cli/replearn

Data: 700 blood cells x 50 components (tests/data/pbmc68k_reduced) and sets that scikit-learn contains: digits, breast
cancer, wine, iris (the last three with columns of variance 1). Needs anndata, scikit-learn, umap-learn.
"""

import argparse
import json
import os
import subprocess
import tempfile
import warnings

warnings.simplefilter("ignore")

import anndata
import numpy
import pandas
import sklearn.datasets
import umap
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

HERE = os.path.dirname(os.path.abspath(__file__))
MAPS = {"X_pca2": "PCA", "X_sammon": "Sammon", "X_tsne": "t-SNE", "X_sktsne": "t-SNE, scikit-learn", "X_umap": "UMAP"}
ROWS = [("neighbor recall, k = 15", lambda s: s["recall"][2]),
        ("trustworthiness, k = 15", lambda s: s["trustworthiness"][1]),
        ("continuity, k = 15", lambda s: s["continuity"][1]), ("AUC of R_NX", lambda s: s["auc_r_nx"]),
        ("Q_local", lambda s: s["q_local"]), ("Q_global", lambda s: s["q_global"]),
        ("Sammon's stress, scaled", lambda s: s["sammon_stress_scaled"]),
        ("scale-normalized stress", lambda s: s["scale_normalized_stress"]),
        ("Shepard correlation", lambda s: s["shepard"]),
        ("KNC", lambda s: s["knc"]), ("label accuracy, k = 15", lambda s: s["label_accuracy"][2]),
        ("silhouette", lambda s: s["silhouette"])]


def sets():
    data = os.path.join(HERE, "..", "..", "tests", "data")
    cells = anndata.read_h5ad(os.path.join(data, "pbmc68k_reduced", "pbmc68k_reduced.h5ad"))
    yield "blood cells", cells.obsm["X_pca"], cells.obs["bulk_labels"].to_numpy()
    for name, load in (("digits", sklearn.datasets.load_digits), ("breast cancer", sklearn.datasets.load_breast_cancer),
                       ("wine", sklearn.datasets.load_wine), ("iris", sklearn.datasets.load_iris)):
        x, labels = load(return_X_y=True)
        yield name, x if name == "digits" else (x - x.mean(0)) / x.std(0), labels


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    for name, x, labels in sets():
        x = numpy.ascontiguousarray(x, dtype=numpy.float32)
        with tempfile.TemporaryDirectory() as folder:
            data = anndata.AnnData(numpy.zeros((len(x), 1), numpy.float32))
            data.obs["label"] = pandas.Categorical(numpy.asarray(labels).astype(str))
            data.obsm["X_data"] = x
            data.obsm["X_pca2"] = PCA(2).fit_transform(x)
            data.obsm["X_sktsne"] = TSNE(init="pca", learning_rate="auto", random_state=0).fit_transform(x)
            data.obsm["X_umap"] = umap.UMAP(random_state=0).fit_transform(x)
            paths = [os.path.join(folder, f"{step}.h5ad") for step in ("data", "sammon", "tsne")]
            data.write_h5ad(paths[0])
            for step, source, target in (("sammon", paths[0], paths[1]), ("tsne", paths[1], paths[2])):
                words = ["--zero-distance", "epsilon"] if step == "sammon" else []
                subprocess.run([options.program, step, source, target, "--use-rep", "X_data", *words], check=True,
                               capture_output=True)
            scores = os.path.join(folder, "scores.json")
            subprocess.run([options.program, "evaluate", paths[2], "--basis", ",".join(MAPS), "--reference", "X_data",
                            "--labels", "label", "--json", scores], check=True, capture_output=True)
            with open(scores, encoding="utf-8") as file:
                found = json.load(file)
        print(f"| {name}, {len(x)} x {x.shape[1]} | " + " | ".join(MAPS.values()) + " |")
        print("|---|" + "---|" * len(MAPS))
        for row, value in ROWS:
            print(f"| {row} | " + " | ".join(f"{value(found[key]):.3f}" for key in MAPS) + " |")
        print(flush=True)


if __name__ == "__main__":
    main()
