#!/usr/bin/env python3
"""What codes are worth: digits and cells encoded, beside PCA, random projections, a VAE and PyTorch's ALI.

    benchmarks/bigan/quality.py --replearn build/dev/src/cli/replearn                    # scikit-learn's digits
    benchmarks/bigan/quality.py --replearn ... --cells cells.h5ad --labels cell_type -- --preset cells

Digits: models are made of 1,297 images; the other 500 are encoded by them and told by their nearest neighbor. Cells:
all are encoded; silhouette of the labels, and accuracy of 15 nearest neighbors in five folds. Dimensions are the same
for all; several seeds where there is chance. Cells are log-normalized; --counts names the layer for the VAE. PyTorch trains the same networks by the same rule, see run.py.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import anndata
import numpy
import scipy.sparse


def write(path, x):
    data = anndata.AnnData(x.astype(numpy.float32))
    data.obs_names = [f"row{i}" for i in range(x.shape[0])]
    data.var_names = [f"column{j}" for j in range(x.shape[1])]
    data.write_h5ad(path)


def replearn(program, verb, given, folder, *words):
    out = os.path.join(folder, f"{verb}.out.h5ad")
    run = subprocess.run([program, verb, "--input", given, "--output", out, *map(str, words)], capture_output=True,
                         text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return anndata.read_h5ad(out)


def told(name, values):
    values = numpy.atleast_2d(numpy.asarray(values, dtype=float))
    print(f"{name:28}", "   ".join(f"{mean:.3f} ± {deviation:.3f}" for mean, deviation in
                                   zip(values.mean(axis=0), values.std(axis=0))), flush=True)


def torch_codes(train, test, latent, steps, seed):
    import torch

    from run import Ali
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    x = torch.from_numpy(train.astype(numpy.float32))
    model = Ali(x.shape[1], [128], [128], latent, False)
    random = numpy.random.default_rng(seed)
    for _ in range(steps):
        model.step(x[torch.from_numpy(random.choice(len(x), 128, replace=False))], True)
    with torch.no_grad():
        for parameter, mean in zip(model.makers, model.average):
            parameter.copy_(mean)
        model.encoder.eval()
        codes = [model.encoder(torch.from_numpy(part.astype(numpy.float32)))[:, :latent].numpy()
                 for part in (train, test)]
    return codes


def digits(options):
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier
    x, y = load_digits(return_X_y=True)
    x = x / 16
    order = numpy.random.default_rng(0).permutation(len(x))
    train, test = order[:1297], order[1297:]

    def accuracy(of_train, of_test):
        return [KNeighborsClassifier(1).fit(of_train, y[train]).score(of_test, y[test])]

    q = options.latent
    print(f"digits, {q} dimensions: 1-nearest-neighbor accuracy on 500 images")
    told("pixels (64)", [accuracy(x[train], x[test])])
    pca = PCA(q).fit(x[train])
    told("PCA", [accuracy(pca.transform(x[train]), pca.transform(x[test]))])
    random = lambda seed: x @ numpy.random.default_rng(seed).normal(size=(64, q))
    told("random projection", [accuracy(random(s)[train], random(s)[test]) for s in range(options.seeds)])
    ours = []
    with tempfile.TemporaryDirectory() as folder:
        given, new = os.path.join(folder, "train.h5ad"), os.path.join(folder, "test.h5ad")
        write(given, x[train])
        write(new, x[test])
        for seed in range(options.seeds):
            first = replearn(options.replearn, "bigan", given, folder, "--latent", q, "--steps", options.steps,
                             "--penalty", "both", "--seed", seed, *options.words)
            model = os.path.join(folder, "model.h5ad")
            os.replace(os.path.join(folder, "bigan.out.h5ad"), model)
            second = replearn(options.replearn, "bigan", new, folder, "--reference", model)
            ours.append(accuracy(first.obsm["X_bigan"], second.obsm["X_bigan"]))
    told("replearn bigan", ours)
    told("PyTorch, same model", [accuracy(*torch_codes(x[train], x[test], q, options.steps, s))
                                 for s in range(options.seeds)])


def cells(options):
    from sklearn.decomposition import PCA
    from sklearn.metrics import silhouette_score
    from sklearn.model_selection import cross_val_score
    from sklearn.neighbors import KNeighborsClassifier
    data = anndata.read_h5ad(options.cells)
    x = data.raw.X if options.matrix == "raw/X" else data.X
    x = x.toarray() if scipy.sparse.issparse(x) else numpy.asarray(x)
    labels = data.obs[options.labels].astype(str).to_numpy()
    q = options.latent

    def worth(codes):
        return [silhouette_score(codes, labels),
                cross_val_score(KNeighborsClassifier(15), codes, labels, cv=5).mean()]

    print(f"{x.shape[0]} cells, {x.shape[1]} genes, {len(set(labels))} labels, {q} dimensions: silhouette, accuracy of "
          "15 nearest neighbors")
    random = lambda seed: x @ numpy.random.default_rng(seed).normal(size=(x.shape[1], q))
    told("random projection", [worth(random(seed)) for seed in range(options.seeds)])
    told("PCA", [worth(PCA(q, random_state=0).fit_transform(x))])
    with tempfile.TemporaryDirectory() as folder:
        of_vae = (["--matrix", options.counts] if options.counts else
                  ["--matrix", options.matrix, "--likelihood", "gaussian", "--library", "none"])
        for verb, words in (("vae", of_vae), ("bigan", ["--matrix", options.matrix, *options.words])):
            made = [replearn(options.replearn, verb, options.cells, folder, "--latent", q, "--seed", seed, *words)
                    for seed in range(options.seeds)]
            told(f"replearn {verb}", [worth(one.obsm[f"X_{verb}"]) for one in made])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replearn", required=True)
    parser.add_argument("--cells", default="")
    parser.add_argument("--labels", default="")
    parser.add_argument("--matrix", default="X", help="X or raw/X")
    parser.add_argument("--counts", default="", help="what the VAE learns from instead: layers/counts say")
    parser.add_argument("--latent", type=int, default=10)
    parser.add_argument("--steps", type=int, default=10000, help="of the digits' models")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("words", nargs="*", help="options of replearn bigan, after --")
    options = parser.parse_args()
    cells(options) if options.cells else digits(options)


if __name__ == "__main__":
    main()
