"""Seeds: small valid files of every format, which the fuzzer damages.

make(folder, replearn) writes them and returns a list of Seed. Those that only the program itself writes (maps, models,
checkpoints) are made by it."""

import dataclasses
import gzip
import os
import random
import shutil
import sys

import h5py
import numpy as np
import scipy.sparse

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "io"))
import make_h5ad  # noqa: E402

WORDS = ["man", "king", "woman", "queen", "Apfel", "Birne", "wört", "new", "york", "city"]


@dataclasses.dataclass
class Seed:
    name: str
    kind: str  # which verbs read it: a key of verbs.VERBS
    path: str  # a file, or a folder of which one file is damaged
    suffix: str  # the damaged copy's: the ending tells some readers the format
    options: tuple = ()  # of every verb that reads it


def cells_with_everything(path):
    """Layers of every storage, raw, obsp, obsm, categories, nullable columns: 24 cells x 12 genes."""
    rows, columns = 24, 12
    random_numbers = np.random.default_rng(7)
    counts = random_numbers.poisson(1.5, (rows, columns)).astype("f4")
    counts[:, 0] += 1  # no empty cell
    with make_h5ad.root(path) as file:
        names = [f"c{i}" for i in range(rows)]
        obs = make_h5ad.frame(file, "obs", "_index", ["kind", "n", "maybe"])
        make_h5ad.array(obs, "_index", names)
        make_h5ad.array(obs, "n", np.arange(rows, dtype="f8"))
        kind = obs.create_group("kind")
        make_h5ad.mark(kind, "categorical")
        kind.attrs["ordered"] = False
        make_h5ad.array(kind, "codes", (np.arange(rows) % 3 - 1).astype("i1"))
        make_h5ad.array(kind, "categories", ["a", "b"])
        maybe = obs.create_group("maybe")
        make_h5ad.mark(maybe, "nullable-integer", "0.1.0")
        make_h5ad.array(maybe, "values", np.arange(rows))
        make_h5ad.array(maybe, "mask", np.arange(rows) % 4 == 0)
        for group in (file, file.create_group("raw")):
            var = make_h5ad.frame(group, "var", "gene_ids", ["highly_variable"])
            make_h5ad.array(var, "gene_ids", [f"g{j}" for j in range(columns)])
            make_h5ad.array(var, "highly_variable", np.arange(columns) % 2 == 0)
        make_h5ad.mark(file["raw"], "raw", "0.1.0")
        make_h5ad.sparse(file, "X", scipy.sparse.csr_matrix(counts), compression="gzip")
        make_h5ad.sparse(file["raw"], "X", scipy.sparse.csc_matrix(counts))
        layers = make_h5ad.dictionary(file, "layers")
        make_h5ad.array(layers, "dense", counts, compression="gzip", chunks=(5, 4))
        make_h5ad.sparse(layers, "csc", scipy.sparse.csc_matrix(counts))
        make_h5ad.sparse(layers, "csr", scipy.sparse.csr_matrix(counts), "i8", compression="lzf")
        obsm, obsp = make_h5ad.dictionary(file, "obsm"), make_h5ad.dictionary(file, "obsp")
        make_h5ad.array(obsm, "X_pca", random_numbers.standard_normal((rows, 3)).astype("f4"))
        make_h5ad.sparse(obsm, "sparse", scipy.sparse.csr_matrix(counts[:, :4]))
        make_h5ad.array(make_h5ad.dictionary(file, "varm"), "PCs", random_numbers.standard_normal((columns, 3)))
        make_h5ad.sparse(obsp, "near", scipy.sparse.csr_matrix((counts @ counts.T > 30).astype("f4")))
        make_h5ad.array(obsp, "dense", counts @ counts.T)
        make_h5ad.dictionary(file, "varp")
        uns = make_h5ad.dictionary(file, "uns")
        make_h5ad.array(uns, "kind_colors", ["#ff0000", "#00ff00"])
        make_h5ad.array(make_h5ad.dictionary(uns, "deep"), "values", np.arange(5.0))


def vectors_hdf5(path):
    with h5py.File(path, "w") as file:
        file["words"] = np.array(WORDS, dtype=h5py.string_dtype())
        file["vectors"] = np.random.default_rng(1).standard_normal((len(WORDS), 5)).astype("f4")
        file["counts"] = np.arange(len(WORDS), 0, -1, dtype="i8")
        file["noise_vectors"] = file["vectors"][()] / 2
        file.create_group("options")["epochs"] = 3


def text_files(folder):
    def put(name, content):
        path = os.path.join(folder, name)
        content = content.encode() if isinstance(content, str) else content
        with (gzip.GzipFile(path, "wb", mtime=0) if name.endswith(".gz") else open(path, "wb")) as file:
            file.write(content)
        return path

    rows = np.random.default_rng(1).standard_normal((len(WORDS), 5)).astype("f4")
    lines = [f"{word} {' '.join(map(str, row))}\n" for word, row in zip(WORDS, rows)]
    binary = b"".join(word.encode() + b" " + row.tobytes() + b"\n" for word, row in zip(WORDS, rows))
    chance = random.Random(1)
    sentences = "".join(" ".join(chance.choice(WORDS) for _ in range(9)) + ".\n" for _ in range(40))
    table = "".join(f"c{i},{i % 3},{i / 7:.4f},{i * i}\n" for i in range(12))
    return {
        "vectors.txt": put("vectors.txt", f"{len(WORDS)} 5\n" + "".join(lines)),
        "glove.txt": put("glove.txt", "".join(lines)),
        "vectors.bin": put("vectors.bin", f"{len(WORDS)} 5\n".encode() + binary),
        "vectors.bin.gz": put("vectors.bin.gz", f"{len(WORDS)} 5\n".encode() + binary),
        "analogies.txt": put("analogies.txt", ": royal\nman king woman queen\nking man queen woman\n: fruit\nman Apfel king Birne\n"),
        "pairs.tsv": put("pairs.tsv", "Word 1\tWord 2\tHuman (mean)\nman\twoman\t1\nking\tqueen\t8.5\nApfel\tBirne\t9\n"),
        "list.txt": put("list.txt", "man\nking\nqueen\n"),
        "vocabulary.txt": put("vocabulary.txt", "".join(f"{word} {30 - i}\n" for i, word in enumerate(WORDS))),
        "text.txt": put("text.txt", sentences),
        "text.txt.gz": put("text.txt.gz", sentences),
        "table.csv": put("table.csv", ",x,y,z\n" + table),
        "table.tsv.gz": put("table.tsv.gz", ("x,y,z\n" + table).replace(",", "\t")),
        "plain.txt": put("plain.txt", "".join(f"{i} {i % 4} {i * 0.25}\n" for i in range(12))),
        "labels.tsv": put("labels.tsv", "cell\tkind\tage\n" + "".join(f"c{i}\t{'ab'[i % 2]}\t{i}\n" for i in range(24))),
    }


TSNE = ["--perplexity", "3", "--iterations", "5", "--early-exaggeration-iterations", "3", "--quiet"]


def small_networks(cells):
    """The arguments by which each method with a model learns it from `cells`."""
    return {
        "pca": ["pca", cells, "--components", "3"],
        "tsne": ["tsne", cells, *TSNE, "--use-rep", "X_pca"],
        "sammon": ["sammon", cells, "--iterations", "3", "--use-rep", "X_pca"],
        "vae": ["vae", cells, "--epochs", "1", "--latent", "2", "--encoder", "4", "--decoder", "4"],
        "factorize": ["factorize", cells, "--steps", "3", "--hidden", "4"],
        "bigan": ["bigan", cells, "--steps", "3", "--latent", "2", "--hidden", "4", "--discriminator-hidden", "4"],
    }


def make(folder, replearn):
    """replearn(*words) runs the program on one rank and returns its exit code; None: no seeds that the program makes."""
    path = lambda name: os.path.join(folder, name)  # noqa: E731
    seeds = []
    made = path("made")
    os.makedirs(made)
    for name, write in (("today", make_h5ad.today), ("version_07", make_h5ad.version_07),
                        ("nullable_names", make_h5ad.nullable_names), ("version_06", make_h5ad.version_06)):
        write(os.path.join(made, name + ".h5ad"))
        seeds.append(Seed(name, "cells", os.path.join(made, name + ".h5ad"), ".h5ad"))
    make_h5ad.today(os.path.join(made, "strings.h5ad"), strings=True)
    seeds.append(Seed("strings", "cells", os.path.join(made, "strings.h5ad"), ".h5ad"))
    cells = path("cells.h5ad")
    cells_with_everything(cells)
    seeds += [Seed("cells", "everything", cells, ".h5ad")] * 4  # where most of what is read and carried is
    formats = os.path.join(TESTS, "data/formats")
    seeds.append(Seed("tenx_v3", "tenx", os.path.join(formats, "tenx_v3.h5"), ".h5"))
    seeds.append(Seed("tenx_v2", "tenx", os.path.join(formats, "tenx_v2.h5"), ".h5", ("--genome", "hg19")))
    seeds.append(Seed("mtx_v3", "matrix", os.path.join(formats, "tenx_v3"), ""))
    seeds.append(Seed("mtx_v2", "matrix", os.path.join(formats, "tenx_v2/hg19"), ""))

    vectors_hdf5(path("vectors.h5"))
    seeds.append(Seed("vectors.h5", "vectors", path("vectors.h5"), ".h5"))
    kinds = {"vectors.txt": "vectors", "glove.txt": "vectors", "vectors.bin": "vectors", "vectors.bin.gz": "vectors",
             "analogies.txt": "analogies", "pairs.tsv": "pairs", "list.txt": "list", "vocabulary.txt": "vocabulary",
             "text.txt": "text", "text.txt.gz": "text", "table.csv": "table", "table.tsv.gz": "table",
             "plain.txt": "table", "labels.tsv": "labels"}
    for name, file in text_files(folder).items():
        seeds.append(Seed(name, kinds[name], file, name[name.index("."):]))
    if replearn is None:
        return seeds

    for name in ("pca", "preprocess", "plot", "vectors"):
        seeds.append(Seed(name + ".cfg", "config-" + name, os.path.join(TESTS, "../config", name + ".cfg"), ".cfg"))

    for name, words in small_networks(cells).items():
        output = path(f"model_{name}.h5ad")
        if replearn(*words[:2], output, *words[2:]) != 0:
            sys.exit(f"the seed {output} could not be made")
        seeds.append(Seed("model-" + name, "model-" + name, output, ".h5ad"))
    if replearn("neighbors", cells, path("graph.h5ad"), "--neighbors", "5") != 0:
        sys.exit("the graph could not be made")
    seeds.append(Seed("graph", "everything", path("graph.h5ad"), ".h5ad"))

    # A job that was stopped: its folder, of which a file is damaged, and the answer of the whole job.
    kept = path("kept")
    words = ["tsne", cells, path("kept.h5ad"), *TSNE, "--use-rep", "X_pca"]
    if replearn(*words) != 0 or replearn(*words, "--checkpoint", kept, "--max-hours", "1e-9") != 75:
        sys.exit("the checkpoint could not be made")
    seeds += [Seed("checkpoint", "checkpoint", kept, "")] * 2
    return seeds


def copy_of(seed, target):
    shutil.copytree(seed.path, target) if os.path.isdir(seed.path) else shutil.copyfile(seed.path, target)


if __name__ == "__main__":  # those of the parsers' targets: python3 seeds.py FOLDER
    os.makedirs(sys.argv[1], exist_ok=True)
    text_files(sys.argv[1])
