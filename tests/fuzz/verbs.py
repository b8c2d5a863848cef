"""Which verbs read what, at sizes that take no time. IN is the damaged file; OUT + an ending, what is written; other
names in capitals are undamaged seeds (see fill)."""

import os

from seeds import TSNE, small_networks

TINY_CELLS = [
    ["inspect", "IN"],
    ["convert", "IN", "OUT.h5ad"],
    ["pca", "IN", "OUT.h5ad", "--components", "2"],
]

CELLS = [
    *TINY_CELLS,
    ["preprocess", "IN", "OUT.h5ad", "--min-genes", "3", "--min-cells", "5"],
    ["plot", "--input", "IN", "--color", "kind", "--folder", "OUT.pictures", "--dpi", "30"],
    ["plot", "--input", "IN", "--color", "gène3", "--folder", "OUT.pictures", "--dpi", "30"],
    ["pca", "IN", "OUT.h5ad", "--components", "2", "--matrix", "raw/X"],
    ["tsne", "IN", "OUT.h5ad", *TSNE],
]

# Of the file cells.h5ad, whose genes and layers have these names.
EVERYTHING = [
    *TINY_CELLS,
    ["preprocess", "IN", "OUT.h5ad", "--min-genes", "6", "--min-cells", "19"],
    ["preprocess", "IN", "OUT.h5ad", "--min-genes", "6", "--min-cells", "19"],
    ["plot", "--input", "IN", "--color", "g3,kind", "--folder", "OUT.pictures", "--dpi", "30"],
    ["plot", "--input", "IN", "--color", "maybe,n", "--basis", "X_pca", "--folder", "OUT.pictures", "--dpi", "30"],
    ["pca", "IN", "OUT.h5ad", "--components", "2", "--matrix", "layers/csc"],
    ["pca", "IN", "OUT.h5ad", "--components", "2", "--matrix", "layers/csr"],
    ["pca", "IN", "OUT.h5ad", "--components", "2", "--matrix", "layers/dense"],
    ["ppca", "IN", "OUT.h5ad", "--components", "2", "--iterations", "5", "--matrix", "raw/X"],
    ["tsne", "IN", "OUT.h5ad", *TSNE],
    ["sammon", "IN", "OUT.h5ad", "--iterations", "3"],
    ["harmony", "IN", "OUT.h5ad", "--batch-key", "kind"],
    ["umap", "IN", "OUT.h5ad", "--epochs", "3"],
    ["leiden", "IN", "OUT.h5ad", "--resolution", "0.5,1"],
    ["sammon", "IN", "OUT.h5ad", "--iterations", "3", "--distances-key", "dense"],
    ["neighbors", "IN", "OUT.h5ad", "--neighbors", "4", "--output-content", "results"],
    ["pdist", "IN", "OUT.h5ad"],
    ["merge", "IN", "OUT.h5ad", "--results", "IN"],
]

VECTORS = [
    ["nearest", "king", "--input", "IN"],
    ["vectors", "IN", "OUT.txt"],
    ["vectors", "IN", "OUT.h5ad", "--normalize", "yes"],
    ["vectors", "IN", "OUT.bin", "--most-frequent", "4"],
    ["evaluate", "--input", "IN", "--analogies", "ANALOGIES"],
    ["evaluate", "--input", "IN", "--similarity", "PAIRS"],
    ["docs", "TEXT", "OUT.h5ad", "--vectors", "IN"],
]

WORD2VEC = ["--dimensions", "4", "--epochs", "1", "--min-count", "1", "--sample", "0"]


def _models(cells):
    """The reference of each method damaged, and read by the verb that made it."""
    found = {}
    for name, words in small_networks(cells).items():
        placed = ["--place-iterations", "3"] if name == "tsne" else ["--fit-steps", "3"] if name == "factorize" else []
        found["model-" + name] = [[name, "CELLS", "OUT.h5ad", "--reference", "IN", *placed], ["inspect", "IN"],
                                  ["convert", "IN", "OUT.h5ad"]]
    return found


VERBS = {
    "cells": CELLS,
    "everything": EVERYTHING,
    "tenx": [*TINY_CELLS, ["preprocess", "IN", "OUT.h5ad", "--min-genes", "3", "--min-cells", "3"]],
    "matrix": TINY_CELLS,
    "table": TINY_CELLS,
    "labels": [["convert", "CELLS", "OUT.h5ad", "--obs", "IN"]],
    "vectors": VECTORS,
    "analogies": [["evaluate", "--input", "VECTORS", "--analogies", "IN"]],
    "pairs": [["evaluate", "--input", "VECTORS", "--similarity", "IN"],
              ["plot", "--input", "CELLS", "--pairs", "IN", "--basis", "X_pca", "--folder", "OUT.pictures", "--dpi", "30"]],
    "list": [["vectors", "VECTORS", "OUT.txt", "--list", "IN"]],
    "vocabulary": [["word2vec", "TEXT", "OUT.h5", *WORD2VEC, "--read-vocab", "IN"]],
    "text": [["phrases", "IN", "OUT.txt", "--min-count", "1", "--threshold", "1"],
             ["word2vec", "IN", "OUT.h5", *WORD2VEC],
             ["word2vec", "IN", "OUT.bin", *WORD2VEC, "--on-bad-utf8", "replace", "--strip-punctuation", "yes"],
             ["docs", "IN", "OUT.h5ad", "--vectors", "VECTORS"]],
    "config-pca": [["pca", "--config", "IN", "--input", "CELLS", "--output", "OUT.h5ad"]],
    "config-preprocess": [["preprocess", "--config", "IN", "--input", "CELLS", "--output", "OUT.h5ad"]],
    "config-plot": [["plot", "--config", "IN", "--input", "CELLS", "--folder", "OUT.pictures", "--dpi", "30", "--width",
                     "3", "--height", "3"]],
    "config-vectors": [["vectors", "--config", "IN", "--input", "VECTORS", "--output", "OUT.txt"]],
    # The same command as that of the stopped job (seeds.make), so that it is taken up.
    "checkpoint": [["tsne", "CELLS", "OUT.h5ad", *TSNE, "--use-rep", "X_pca", "--checkpoint", "IN"]],
    **_models("CELLS"),
}

# Of fuzz_reader (reader.cpp), which has the program's readers and writer alone; what it has no verb for is left out.
_READ = [["inspect", "IN"], ["convert", "IN", "OUT.h5ad"], ["everything", "IN"], ["everything", "IN"],
         ["filter", "IN", "OUT.h5ad"]]
READER = {
    **{kind: _READ for kind in VERBS if kind in ("cells", "everything") or kind.startswith("model")},
    **{kind: [["inspect", "IN"], ["convert", "IN", "OUT.h5ad"]] for kind in ("tenx", "matrix", "table")},
    "vectors": [["vectors", "IN", "OUT.h5"], ["vectors", "IN", "OUT.h5ad"], ["vectors", "IN", "OUT.bin"]],
    "labels": [["labels", "IN"]],
}


def fill(words, damaged, output, seeds_folder):
    """The words with paths in place of names. A word is a path if it begins with a name that stands for one."""
    names = {"IN": damaged, "CELLS": "cells.h5ad", "VECTORS": "vectors.txt", "TEXT": "text.txt",
             "ANALOGIES": "analogies.txt", "PAIRS": "pairs.tsv"}
    filled = []
    for word in words:
        if word.startswith("OUT."):
            filled.append(output + word[3:])
        else:
            filled.append(os.path.join(seeds_folder, names[word]) if word in names else word)
    return filled
