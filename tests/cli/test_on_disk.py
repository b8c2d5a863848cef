"""X that stays on disk (--memory-limit): the same output to the bit as from memory, from every format that can be read
in blocks, and the same errors."""

import os

import anndata
import h5py
import numpy
import scipy.sparse

from command import InFolder, main, replearn

ON_DISK = "it stays on disk and is read in passes"
LIMIT = ("--memory-limit", "1M")  # less than the program itself takes: nothing is left for X


def counts(n=400, m=150, seed=1):
    random = numpy.random.default_rng(seed)
    mean = random.gamma(0.4, 2.0, m) * random.lognormal(0, 0.3, (n, 1)) * (1 + 3 * (numpy.arange(n) % 4 == 1)[:, None] *
                                                                          (numpy.arange(m) % 5 == 2))
    x = random.poisson(mean).astype(numpy.float32)
    x[7] = 0  # an empty cell
    x[:, 11] = 0  # an unexpressed gene
    x[3, 11] = 1
    return x


def arrays(path):
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("uns/replearn"):
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def same(a, b):
    if isinstance(a, numpy.ndarray) and a.dtype.kind == "f":
        return a.shape == b.shape and a.tobytes() == b.tobytes()
    return numpy.array_equal(a, b)


class OnDisk(InFolder):
    def table(self, x, **parts):
        data = anndata.AnnData(x, **parts)
        data.var_names = [("MT-" if j < 6 else "G") + str(j) for j in range(x.shape[1])]
        data.obs_names = [f"C{i}" for i in range(x.shape[0])]
        return data

    def write_tenx(self, name, x):
        cells = scipy.sparse.csr_matrix(x)
        with h5py.File(self.path(name), "w") as file:
            matrix = file.create_group("matrix")
            for part in ("data", "indices", "indptr"):
                kind = numpy.int32 if part == "data" else numpy.int64
                matrix.create_dataset(part, data=getattr(cells, part).astype(kind), compression="gzip", chunks=(1000,)
                                      if part != "indptr" else None)
            matrix["shape"] = numpy.array([x.shape[1], x.shape[0]])
            matrix["barcodes"] = numpy.array([f"C{i}" for i in range(x.shape[0])], dtype="S")
            names = numpy.array([("MT-" if j < 6 else "G") + str(j) for j in range(x.shape[1])], dtype="S")
            kinds = numpy.where(numpy.arange(x.shape[1]) % 9 == 4, b"Antibody Capture", b"Gene Expression")
            for part, values in (("id", names), ("name", names), ("feature_type", kinds),
                                 ("genome", numpy.array([b"g"] * x.shape[1]))):
                matrix["features/" + part] = values
        return self.path(name)

    def write(self, name, data, **options):
        data.write_h5ad(self.path(name), **options)
        return self.path(name)

    def require_same(self, verb, path, *words, on_disk=True):
        self.succeed(verb, path, self.path("memory.h5ad"), *words)
        wanted = arrays(self.path("memory.h5ad"))
        for ranks in (1, 3):
            done = self.succeed(verb, path, self.path("disk.h5ad"), *words, *LIMIT, ranks=ranks)
            self.assertEqual(ON_DISK in done.stderr, on_disk, done.stderr)
            found = arrays(self.path("disk.h5ad"))
            self.assertEqual(sorted(found), sorted(wanted))
            for name in wanted:
                self.assertTrue(same(wanted[name], found[name]), (path, ranks, name))
        return wanted

    def test_every_format_gives_the_bits_of_memory(self):
        x = counts()
        sparse = scipy.sparse.csr_matrix(x)
        filters = ("--min-genes", "20", "--min-cells", "3", "--top-genes", "40")
        raw = self.table(sparse)
        subset = raw[:, [j for j in range(150) if j % 3 != 1]].copy()
        subset.raw = raw
        subset.X = subset.X.log1p()
        logs = self.table(sparse.log1p(), layers={"counts": sparse})
        for path in (self.write("csr.h5ad", raw), self.write("gzip.h5ad", raw, compression="gzip"),
                     self.write("dense.h5ad", self.table(x)), self.write_tenx("tenx.h5", x),
                     self.write("layer.h5ad", logs), self.write("raw.h5ad", subset)):
            found = self.require_same("preprocess", path, *filters)
            self.assertLess(len(found["obs/total_counts"]), 400)
            self.require_same("preprocess", path, *filters, "--counts-layer", "", "--compression", "gzip",
                              "--highly-variable", "cell_ranger")
        columns = self.write("csc.h5ad", self.table(scipy.sparse.csc_matrix(x)))
        self.require_same("preprocess", columns, *filters, on_disk=False)

    def test_a_job_to_neighbors(self):
        for name in ("cells.h5ad", "cells.h5"):
            x = counts(600, 180, 5)
            path = self.write_tenx(name, x) if name.endswith(".h5") else self.write(
                name, self.table(scipy.sparse.csr_matrix(x)))
            with open(self.path("job.cfg"), "w") as file:
                file.write("[preprocess]\nmin-genes = 20\ntop-genes = 60\n[pca]\ncomponents = 10\n[neighbors]\n")
            found = self.require_same("run", path, "--config", self.path("job.cfg"))
            self.assertIn("obsm/X_pca", found)
            self.assertIn("obsp/distances/data", found)

    def test_pca_reads_only_the_columns_it_uses(self):
        path = self.write("in.h5ad", self.table(scipy.sparse.csr_matrix(counts())))
        self.succeed("preprocess", path, self.path("pre.h5ad"), "--top-genes", "40")
        data = anndata.read_h5ad(self.path("pre.h5ad"))
        part = data[:, data.var["highly_variable"].to_numpy()].copy()
        for name in ("pca", "neighbors"):
            part.uns.pop(name, None)
        self.write("part.h5ad", part)
        self.succeed("pca", self.path("pre.h5ad"), self.path("a.h5ad"), "--components", "10", ranks=3)
        self.succeed("pca", self.path("part.h5ad"), self.path("b.h5ad"), "--components", "10", "--genes", "all")
        self.assertTrue(same(arrays(self.path("a.h5ad"))["obsm/X_pca"], arrays(self.path("b.h5ad"))["obsm/X_pca"]))

    def test_pca_of_all_genes(self):
        x = counts(500, 160, 3)
        x[:, 20] += 4000  # stored in every row and far from zero: centered as it is read
        sparse = scipy.sparse.csr_matrix(x)
        csr = self.write("csr.h5ad", self.table(sparse, layers={"counts": sparse}))
        tenx = self.write_tenx("tenx.h5", x)
        for path in (csr, self.write("gzip.h5ad", self.table(sparse), compression="gzip"), tenx):
            for words in (("--method", "exact"), ("--method", "randomized", "--scale")):
                self.require_same("pca", path, "--components", "7", *words)
        self.require_same("pca", csr, "--components", "7", "--matrix", "layers/counts")
        self.require_same("neighbors", csr)  # computes components first
        self.require_same("pca", self.write("dense.h5ad", self.table(x)), "--components", "7", on_disk=False)
        # Of a file with features of two types: those of genes, which are most of the columns.
        self.require_same("pca", tenx, "--components", "7", "--feature-types", "Gene Expression")
        # After preprocessing on disk, of all genes and of most of them.
        for genes in ("all", "auto"):
            with open(self.path("job.cfg"), "w") as file:
                file.write(f"[preprocess]\nmin-genes = 20\ntop-genes = 140\n[pca]\ncomponents = 10\ngenes = {genes}\n")
            found = self.require_same("run", csr, "--config", self.path("job.cfg"))
            self.assertIn("obsm/X_pca", found)

    def test_a_matrix_that_does_not_fit_is_refused(self):
        path = self.write("huge.h5ad", self.table(scipy.sparse.csr_matrix(counts())))
        stored = 10**13
        with h5py.File(path, "r+") as file:
            for name in ("data", "indices"):
                kind = file["X"][name].dtype
                del file["X"][name]
                file["X"].create_dataset(name, (stored,), kind, chunks=(1 << 20,))  # nothing is written
            offsets = file["X/indptr"][:].astype(numpy.int64)
            offsets[-1] = stored
            del file["X/indptr"]
            file["X/indptr"] = offsets
        for verb in ("vae", "factorize"):
            for ranks in (1, 3):
                done = replearn(verb, path, self.path("no.h5ad"), ranks=ranks)
                self.assertEqual(done.code, 2, done.stderr)
                self.assertEqual(len(done.messages), 1, done.stderr)
                self.assertIn("needs all of it in memory", done.messages[0])
                self.assertIn("huge.h5ad", done.messages[0])
                self.assertFalse(os.path.exists(self.path("no.h5ad")))

    def test_convert_of_a_10x_file(self):
        x = counts()
        path = self.write_tenx("tenx.h5", x)
        for ranks in (1, 3):
            for compression in ("none", "gzip"):
                self.succeed("convert", path, self.path("out.h5ad"), "--compression", compression, ranks=ranks)
                data = anndata.read_h5ad(self.path("out.h5ad"))
                self.assertTrue((data.X.toarray() == x).all())

    def refused(self, path, *parts):
        for limit in ((), LIMIT):
            done = replearn("preprocess", path, self.path("no.h5ad"), *limit, ranks=3)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            for part in parts:
                self.assertIn(part, done.messages[0])
            self.assertFalse([name for name in os.listdir(self.folder) if name.startswith("no.h5ad") or "tmp" in name])

    def test_values_that_are_no_counts_are_named(self):
        x = counts()
        negative = x.copy()
        negative[311, 9] = -1
        self.refused(self.write("negative.h5ad", self.table(scipy.sparse.csr_matrix(negative))), "negative.h5ad",
                     "counts")
        halves = scipy.sparse.csr_matrix(x / 2)
        self.refused(self.write("halves.h5ad", self.table(halves)), "no matrix contains counts", "non-integer values")

    def test_damaged_matrices_are_named(self):
        path = self.write("good.h5ad", self.table(scipy.sparse.csr_matrix(counts())))
        for name, array, change in (("nan.h5ad", "X/data", numpy.nan), ("range.h5ad", "X/indices", 150),
                                    ("offsets.h5ad", "X/indptr", -5)):
            with open(path, "rb") as source, open(self.path(name), "wb") as target:
                target.write(source.read())
            with h5py.File(self.path(name), "r+") as file:
                file[array][len(file[array]) - 30] = change
            self.refused(self.path(name), name, array)
        with open(path, "rb") as source, open(self.path("twice.h5ad"), "wb") as target:
            target.write(source.read())
        with h5py.File(self.path("twice.h5ad"), "r+") as file:
            begin = file["X/indptr"][350]
            file["X/indices"][begin + 1] = file["X/indices"][begin]
        self.refused(self.path("twice.h5ad"), "twice.h5ad", "row 350 holds column")

    def test_sizes_are_checked(self):
        path = self.write("in.h5ad", self.table(scipy.sparse.csr_matrix(counts())))
        for size in ("much", "0", "-3G", "1e400", "G", "5X"):
            done = replearn("preprocess", path, self.path("no.h5ad"), "--memory-limit", size)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertIn("--memory-limit", done.stderr)
        done = self.succeed("preprocess", path, self.path("out.h5ad"), "--memory-limit", "1.5g")
        self.assertIn("read into memory", done.stderr)


if __name__ == "__main__":
    main()
