"""Everyday mistakes: words of other programs, stray words, sections of other verbs; and what the program does by itself
so that it starts as it should."""

import os
import pty
import re
import subprocess
import unittest
import zipfile
import zlib

import anndata
import h5py
import numpy
import pandas
import scipy.sparse

from command import PBMC, SOURCE, InFolder, main, replearn

PROGRAM = os.environ["REPLEARN"]


class WordsOfOtherPrograms(InFolder):
    def refused(self, words, *parts, ranks=1):
        done = replearn(*words, ranks=ranks)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.messages[0])

    def test_options_of_the_same_meaning_are_accepted(self):
        for words, line in [(["pca", "--n-comps", "20"], "components = 20"),
                            (["pca", "--n_comps=20"], "components = 20"),
                            (["pca", "-o", "o.h5ad"], "output = o.h5ad"),
                            (["tsne", "--n-iter", "20"], "iterations = 20"),
                            (["tsne", "--learning_rate", "20"], "learning-rate = 20"),
                            (["tsne", "--n_components", "3"], "dimensions = 3"),
                            (["tsne", "--init", "random"], "start = random"),
                            (["neighbors", "--n-neighbors", "20"], "neighbors = 20"),
                            (["neighbors", "--random_state", "2"], "seed = 2"),
                            (["preprocess", "--n_top_genes", "20"], "top-genes = 20"),
                            (["preprocess", "--flavor", "seurat"], "highly-variable = seurat"),
                            (["vae", "--n_latent", "5"], "latent = 5"),
                            (["vae", "--max_epochs", "10"], "epochs = 10"),
                            (["vae", "--batch_size", "64"], "batch = 64"),
                            (["word2vec", "--vector-size", "10"], "dimensions = 10"),
                            (["word2vec", "--hs", "1"], "hierarchical-softmax = yes"),
                            (["bigan", "--look-every", "7"], "eval-every = 7"),  # its name in earlier versions
                            (["sammon", "--detours", "2"], "relaxations = 2"),
                            (["word2vec", "--longest-word", "50"], "max-word-length = 50"),
                            (["run", "--tsne.n_iter", "10"], "iterations = 10")]:
            self.assertIn(f"\n{line}\n", self.succeed(*words, "--dump-config").stdout, words)
        with open(self.path("my.cfg"), "w") as file:
            file.write("[tsne]\nn_iter = 20\n")
        self.assertIn("\niterations = 20\n", self.succeed("tsne", "--config", self.path("my.cfg"), "--dump-config").stdout)
        self.refused(["pca", PBMC, "o.h5ad", "--n-comps", "20", "--components", "20"], "given twice")
        with open(self.path("my.cfg"), "w") as file:
            file.write("[tsne]\nn_iter = 20\niterations = 30\n")
        self.refused(["tsne", PBMC, "o.h5ad", "--config", self.path("my.cfg")], "my.cfg", "given twice")

    def test_an_accepted_name_is_noted(self):
        told = self.succeed("pca", PBMC, self.path("o.h5ad"), "--n-comps", "5", ranks=2).stderr
        self.assertEqual(told.count("note: --n-comps is called --components here"), 1)
        told = self.succeed("neighbors", PBMC, self.path("o.h5ad"), "--n_neighbors", "5").stderr
        self.assertIn("Scanpy counts it", told)
        self.assertNotIn("note:", self.succeed("pca", PBMC, "-o", self.path("o.h5ad"), "--power_iterations", "3").stderr)

    def test_options_of_another_meaning_get_a_hint(self):
        for words, hint in [(["tsne", PBMC, "o.h5ad", "--n_jobs=4"], "mpirun -n"),
                            (["word2vec", PBMC, "o.h5", "--sg", "1"], "--architecture"),
                            (["neighbors", PBMC, "o.h5ad", "--n_pcs", "10"], "replearn pca --components"),
                            (["vae", PBMC, "o.h5ad", "--max-steps", "10"], "--epochs"),
                            (["tsne", PBMC, "o.h5ad", "--perp", "10"], "'perplexity'"),
                            (["run", PBMC, "o.h5ad", "--matrix", "raw/X"], "'preprocess.matrix'"),
                            (["run", PBMC, "o.h5ad", "--tsne.knn", "10"], "--tsne.affinity-neighbors")]:
            self.refused(words, "no such option", hint)

    def test_basis(self):
        self.succeed("pca", PBMC, self.path("p.h5ad"), "--quiet")
        self.refused(["plot", self.path("p.h5ad"), "--basis", "pca"], "did you mean 'X_pca'?")

    def test_verbs(self):
        for verb, hint in [("phate", "replearn umap"), ("louvain", "leiden"),
                           ("normalize_total", "replearn preprocess"), ("knn", "replearn neighbors")]:
            self.refused([verb, PBMC], "no such verb", hint)

    def test_stray_words(self):
        self.refused(["pca", PBMC, "o.h5ad", "extra"], "unexpected argument 'extra'", ranks=3)
        self.refused(["inspect", PBMC, "extra"], "unexpected argument 'extra'")
        self.refused(["word2vec", "--input", "a.txt", "--output", "v.h5", "v.txt"], "unexpected argument 'v.txt'")

    def test_help_of_a_verb(self):
        self.assertEqual(self.succeed("help", "tsne").stdout, self.succeed("tsne", "--help").stdout)
        self.refused(["help", "tsen"], "no such verb", "tsne")

    def test_sections_that_run_does_not_know(self):
        for section in ("pdist", "sweep", "word2vec"):
            with open(self.path("my.cfg"), "w") as file:
                file.write(f"[pca]\n[{section}]\n")
            self.refused(["run", PBMC, self.path("o.h5ad"), "--config", self.path("my.cfg")], f"[{section}]",
                         "run has no such step")
            self.assertFalse(os.path.exists(self.path("o.h5ad")))

    def test_verbs_without_options_of_their_own_have_no_section(self):
        for section in ("run", "inspect"):
            with open(self.path("my.cfg"), "w") as file:
                file.write(f"[pca]\n[{section}]\n")
            for verb in ("pca", "run"):
                self.refused([verb, PBMC, self.path("o.h5ad"), "--config", self.path("my.cfg")],
                             f"no such section [{section}]")

    def test_files_of_other_verbs_in_a_config(self):
        with open(self.path("my.cfg"), "w") as file:
            file.write("[files]\noutput = nowhere.h5ad\nbalance = even\n[plot]\nfolder = " + self.folder + "\n")
        self.succeed("plot", PBMC, "--config", self.path("my.cfg"), "--quiet")
        with open(self.path("my.cfg"), "w") as file:
            file.write("[files]\noutptu = nowhere.h5ad\n")
        self.refused(["plot", PBMC, "--config", self.path("my.cfg")], "line 2", "outptu")


class NumpyFiles(InFolder):
    """Arrays of every kind of number, order and version; results as NumPy and SciPy read them."""

    def read_back(self, name, array, *words, ranks=1):
        self.succeed("convert", self.path(name), self.path("o.h5ad"), "--quiet", *words, ranks=ranks)
        with h5py.File(self.path("o.h5ad")) as file:
            x = file["X"]
            if isinstance(x, h5py.Group):
                x = scipy.sparse.csr_matrix((x["data"][()], x["indices"][()], x["indptr"][()]), x.attrs["shape"]).toarray()
            numpy.testing.assert_array_equal(x[()] if hasattr(x, "id") else x, array.astype("float32"))

    def test_types_and_orders(self):
        whole = numpy.arange(60).reshape(12, 5)
        for kind in ("float64", ">f4", "float16", "int8", ">i2", "uint32", "int64", "bool"):
            numpy.save(self.path("a.npy"), whole.astype(kind))
            self.read_back("a.npy", whole.astype(kind), ranks=3 if kind == "float64" else 1)
        numpy.save(self.path("f.npy"), numpy.asfortranarray(whole / 7))
        self.read_back("f.npy", whole / 7, ranks=3)
        with open(self.path("v.npy"), "wb") as file:
            numpy.lib.format.write_array(file, whole, version=(3, 0))
        self.read_back("v.npy", whole)
        images = numpy.arange(6 * 4 * 4).reshape(6, 4, 4).astype("uint8")
        numpy.save(self.path("i.npy"), images)
        self.read_back("i.npy", images.reshape(6, 16), ranks=2)

    def test_archives(self):
        matrix = scipy.sparse.random(20, 9, 0.3, "csr", random_state=1)
        for name, save in (("s.npz", lambda path: scipy.sparse.save_npz(path, matrix)),
                           ("c.npz", lambda path: scipy.sparse.save_npz(path, matrix.tocsc())),
                           ("d.npz", lambda path: numpy.savez_compressed(path, images=matrix.toarray(), y=numpy.arange(20))),
                           ("x.npz", lambda path: numpy.savez(path, X=matrix.toarray(), Z=matrix.toarray() * 2))):
            save(self.path(name))
            self.read_back(name, matrix.toarray(), ranks=3)

    def refused(self, name, *parts, ranks=2):
        done = replearn("convert", self.path(name), self.path("o.h5ad"), ranks=ranks)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.messages[0])

    def test_refused(self):
        numpy.save(self.path("nan.npy"), numpy.array([[1, 2], [3, numpy.nan]]))
        self.refused("nan.npy", "element [1, 1]", "not a finite number")
        numpy.save(self.path("big.npy"), numpy.array([[1e300, 2], [3, 4]]))
        self.refused("big.npy", "element [0, 0]", "beyond float32")
        numpy.save(self.path("one.npy"), numpy.arange(5))
        self.refused("one.npy", "has 1 axes", "reshape")
        numpy.save(self.path("complex.npy"), numpy.ones((2, 2), complex))
        self.refused("complex.npy", "'<c16'")
        numpy.save(self.path("object.npy"), numpy.array([[1, None]], object))
        self.refused("object.npy", "astype")
        numpy.save(self.path("cut.npy"), numpy.ones((50, 50)))
        os.truncate(self.path("cut.npy"), 5000)
        self.refused("cut.npy", "shorter than its shape (50, 50)")
        numpy.savez(self.path("two.npz"), a=numpy.ones((3, 3)), b=numpy.ones((3, 3)))
        self.refused("two.npz", "several arrays: a, b")
        with open(self.path("bad.npz"), "wb") as file:
            file.write(b"PK\x03\x04" + bytes(100))
        self.refused("bad.npz", "zip archive")

    def test_damaged_archives(self):
        """One flipped bit in what zipfile finds damaged by its checksum, too."""
        matrix = scipy.sparse.random(20, 9, 0.3, "csr", random_state=1)
        numpy.savez(self.path("plain.npz"), X=matrix.toarray())
        scipy.sparse.save_npz(self.path("sparse.npz"), matrix, compressed=False)
        scipy.sparse.save_npz(self.path("packed.npz"), matrix)
        for name, member, place in (("plain.npz", "X", 25), ("plain.npz", "X", 72), ("plain.npz", "X", 500), ("plain.npz", "X", -1),
                                    ("sparse.npz", "indptr", 150), ("sparse.npz", "data", -1), ("sparse.npz", "format", -1),
                                    ("sparse.npz", "shape", 25), ("packed.npz", "data", 60)):
            with zipfile.ZipFile(self.path(name)) as archive:
                found = archive.getinfo(member + ".npy")
            with open(self.path(name), "rb") as file:
                bytes_ = bytearray(file.read())
            lengths = bytes_[found.header_offset + 26:found.header_offset + 30]
            begin = found.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            bytes_[begin + (place if place >= 0 else found.compress_size - 1)] ^= 4
            with open(self.path("bad.npz"), "wb") as file:
                file.write(bytes_)
            with zipfile.ZipFile(self.path("bad.npz")) as archive:
                try:
                    self.assertEqual(archive.testzip(), member + ".npy")
                except zlib.error:
                    pass
            self.refused("bad.npz", f"bad.npz: {member}: damaged: ", ranks=1)

    def test_archives_that_lie(self):
        """More in them than they say; headers that are no headers."""
        saved = numpy.ones((50, 50))
        with open(self.path("a.npy"), "wb") as file:
            numpy.save(file, saved)
        with open(self.path("a.npy"), "rb") as file:
            array = file.read()
        with zipfile.ZipFile(self.path("good.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("X.npy", array + bytes(20_000_000))
            found = archive.getinfo("X.npy")
        with open(self.path("good.npz"), "rb") as file:
            content = file.read()
        small, large = len(array).to_bytes(4, "little"), found.file_size.to_bytes(4, "little")
        self.assertEqual(content.count(large), 2)  # above the array, and in the list of all
        with open(self.path("bomb.npz"), "wb") as file:
            file.write(content.replace(large, small))
        self.refused("bomb.npz", "X: damaged: unpacks to more than", "20.1 kB", ranks=1)
        for spaces in (20_000, 3_000_000):
            header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b" " * spaces + b"50, 50), }"
            long = b"\x93NUMPY\x02\x00" + len(header).to_bytes(4, "little") + header + saved.tobytes()
            with open(self.path("long.npy"), "wb") as file:
                file.write(long)
            self.refused("long.npy", "the header", f"{len(header)} bytes", "10000", ranks=1)
            with zipfile.ZipFile(self.path("long.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("X.npy", long)
            self.refused("long.npz", "the header", f"{len(header)} bytes", "10000", ranks=1)

    def test_sparse_formats(self):
        matrix = scipy.sparse.random(20, 9, 0.3, random_state=1)
        for form in ("coo", "bsr", "dia"):
            scipy.sparse.save_npz(self.path("s.npz"), matrix.asformat(form))
            self.refused("s.npz", f"in {form.upper()} format; CSR and CSC are read", ".tocsr()")

    def test_results(self):
        points = numpy.random.default_rng(1).normal(size=(60, 8)).astype("float32")
        numpy.save(self.path("x.npy"), points)
        made = {}
        for verb, words in (("pca", ["--components", "3"]), ("sammon", ["--iterations", "5"]), ("pdist", []),
                            ("tsne", ["--perplexity", "5", "--iterations", "5", "--early-exaggeration-iterations", "5"])):
            for ranks in (1, 3):
                output = self.path(f"{verb}.{ranks}.npy")
                self.succeed(verb, self.path("x.npy"), output, "--quiet", *words, ranks=ranks)
                made[ranks] = numpy.load(output)
            numpy.testing.assert_array_equal(made[1], made[3])
            self.succeed(verb, self.path("x.npy"), self.path("o.h5ad"), "--quiet", *words)
            with h5py.File(self.path("o.h5ad")) as file:
                key = "obsp/pdist" if verb == "pdist" else "obsm/X_" + verb
                numpy.testing.assert_array_equal(made[1], file[key][()])
        self.succeed("pdist", self.path("x.npy"), self.path("c.npy"), "--form", "condensed", ranks=3)
        self.assertEqual(numpy.load(self.path("c.npy")).shape, (60 * 59 // 2,))
        self.succeed("neighbors", self.path("x.npy"), self.path("n.npz"), "--neighbors", "5", ranks=3)
        graph = scipy.sparse.load_npz(self.path("n.npz"))
        self.assertEqual((graph.shape, graph.nnz), ((60, 60), 60 * (graph.nnz // 60)))
        self.assertEqual([name for name in os.listdir(self.folder) if name.endswith(".part")], [])

    def test_verbs_that_write_none(self):
        numpy.save(self.path("x.npy"), numpy.ones((9, 3)))
        for verb, name in (("convert", "o.npy"), ("preprocess", "o.npy"), ("neighbors", "o.npy"), ("run", "o.npz")):
            done = replearn(verb, self.path("x.npy"), self.path(name))
            self.assertEqual(done.code, 2, done.stderr)
            self.assertIn(name, done.messages[0])


class OldAndOtherHdf5(InFolder):
    def test_anndata_before_0_7(self):
        """Compound obs and var, categories in uns, h5sparse attributes."""
        counts = scipy.sparse.random(8, 5, 0.5, "csr", random_state=2, dtype="float32")
        with h5py.File(self.path("old.h5ad"), "w") as file:
            obs = numpy.zeros(8, dtype=[("index", "S6"), ("n", "<i8"), ("kind", "i1"), ("share", "<f4")])
            obs["index"], obs["n"] = [f"cell{i}".encode() for i in range(8)], range(8)
            obs["kind"], obs["share"] = [0, 1] * 4, 0.5
            file["obs"] = obs
            var = numpy.zeros(5, dtype=[("index", h5py.string_dtype()), ("highly_variable", "?")])
            var["index"], var["highly_variable"] = [f"gene{j}" for j in range(5)], [True, False, True, True, False]
            file["var"] = var
            file["uns/kind_categories"] = numpy.array([b"A", b"B"])
            group = file.create_group("X")
            group.attrs["h5sparse_format"], group.attrs["h5sparse_shape"] = "csr", counts.shape
            group["data"], group["indices"], group["indptr"] = counts.data, counts.indices, counts.indptr
        for ranks in (1, 3):
            self.succeed("convert", self.path("old.h5ad"), self.path("new.h5ad"), ranks=ranks)
            read = anndata.read_h5ad(self.path("new.h5ad"))
            numpy.testing.assert_array_equal(read.X.toarray(), counts.toarray())
            self.assertEqual(list(read.obs_names), [f"cell{i}" for i in range(8)])
            self.assertEqual(list(read.obs["kind"]), ["A", "B"] * 4)
            self.assertEqual(list(read.obs["n"]), list(range(8)))
            self.assertEqual(list(read.var["highly_variable"]), [True, False, True, True, False])
        self.succeed("pca", self.path("old.h5ad"), self.path("p.h5ad"), "--components", "2")
        with h5py.File(self.path("p.h5ad")) as file:
            self.assertTrue((file["varm/PCs"][()][[1, 4]] == 0).all())
        self.assertIn("8 x 5", self.succeed("inspect", self.path("old.h5ad")).stdout)

    def test_nothing_but_utf_8_is_written(self):
        """Names of every kind that come from elsewhere in other bytes: no reader of HDF5 in Python takes such a file."""
        with open(self.path("t.csv"), "wb") as file:
            file.write("cell,esp\u00e8ce,g\u00e9ne,g2\n".encode("latin-1"))
            file.write("".join(f"c\u00e9{i},souris\u00e9,{i},{i % 3}\n" for i in range(8)).encode("latin-1"))
        with open(self.path("obs.csv"), "wb") as file:
            file.write("cell,\u00e2ge\n".encode("latin-1") + "".join(f"c\u00e9{i},b\u00e9b\u00e9\n" for i in range(8)).encode())
        for ranks in (1, 3):
            self.succeed("convert", self.path("t.csv"), self.path("t.h5ad"), "--obs", self.path("obs.csv"), ranks=ranks)
            self.succeed("preprocess", self.path("t.h5ad"), self.path("p.h5ad"), "--counts-layer", b"donn\xe9es".decode(errors="surrogateescape"),
                         "--min-genes", 1, "--highly-variable", "none", ranks=ranks)
            read = anndata.read_h5ad(self.path("p.h5ad"))
            self.assertEqual(list(read.layers), ["donn\u00e9es"])
            self.assertEqual(list(read.var_names), ["g\u00e9ne", "g2"])
            self.assertEqual(list(read.obs_names[:2]), ["c\u00e91", "c\u00e92"])
            self.assertEqual(set(read.obs["esp\u00e8ce"]), {"souris\u00e9"})
            self.assertEqual(set(read.obs["\u00e2ge"]), {"b\u00e9b\u00e9"})

    def test_loom(self):
        genes_by_cells = numpy.random.default_rng(3).poisson(0.6, (6, 11)).astype("float32")
        with h5py.File(self.path("a.loom"), "w") as file:
            file["matrix"] = genes_by_cells
            file["row_attrs/Gene"] = numpy.array([f"g{j}".encode() for j in range(6)])
            file["row_attrs/Accession"] = numpy.array([f"i{j}".encode() for j in range(6)])
            file["col_attrs/CellID"] = numpy.array([f"c{i}".encode() for i in range(11)])
            file["col_attrs/age"] = numpy.arange(11)
            file.create_group("layers")
        for ranks in (1, 3):
            self.succeed("convert", self.path("a.loom"), self.path("new.h5ad"), ranks=ranks)
            read = anndata.read_h5ad(self.path("new.h5ad"))
            x = read.X.toarray() if scipy.sparse.issparse(read.X) else read.X
            numpy.testing.assert_array_equal(x, genes_by_cells.T)
            self.assertEqual(list(read.obs["age"]), list(range(11)))
            self.assertEqual(list(read.var["Accession"]), [f"i{j}" for j in range(6)])
        self.assertIn("11 x 6", self.succeed("inspect", self.path("a.loom")).stdout)

    def test_highly_variable_of_any_kind(self):
        chosen = [True, False, True, True, False]
        for name, column in (("int", numpy.array(chosen, int)), ("float", numpy.array(chosen, float)),
                             ("text", numpy.array([str(c) for c in chosen], object)),
                             ("nullable", pandas.array(chosen, dtype="boolean"))):
            data = anndata.AnnData(numpy.random.default_rng(1).normal(size=(9, 5)).astype("float32"))
            if name == "nullable":
                data.var["highly_variable"] = chosen
            else:
                data.var["highly_variable"] = column
            data.write_h5ad(self.path("a.h5ad"))
            if name == "nullable":
                with h5py.File(self.path("a.h5ad"), "a") as file:
                    del file["var/highly_variable"]
                    group = file.create_group("var/highly_variable")
                    group["values"], group["mask"] = numpy.array(chosen), numpy.array([False, False, False, False, True])
                    group.attrs["encoding-type"], group.attrs["encoding-version"] = "nullable-boolean", "0.1.0"
            self.succeed("pca", self.path("a.h5ad"), self.path("p.h5ad"), "--components", "2")
            with h5py.File(self.path("p.h5ad")) as file:
                self.assertTrue((file["varm/PCs"][()][[1, 4]] == 0).all(), name)


class ValuesUsed(InFolder):
    def test_tsne(self):
        self.succeed("pca", PBMC, self.path("p.h5ad"), "--quiet")
        self.succeed("tsne", self.path("p.h5ad"), self.path("t.h5ad"), "--iterations", "3",
                     "--early-exaggeration-iterations", "2", "--quiet")
        with h5py.File(self.path("t.h5ad")) as file:
            used = {name: item[()] for name, item in file["uns/tsne/params"].items()}
            n = file["obsm/X_tsne"].shape[0]
        self.assertEqual(used["use_rep"], b"X_pca")
        self.assertEqual(used["learning_rate"], n)
        self.assertAlmostEqual(used["early_learning_rate"], n / 12)

    def test_representation(self):
        with open(self.path("x.csv"), "w") as file:
            for i in range(60):
                file.write(f"{i * 7 % 11},{i * 5 % 13},{i % 3}.5\n")
        for verb, words in (("neighbors", ["--neighbors", "5"]), ("pdist", []), ("sammon", ["--iterations", "2",
                                                                                          "--zero-distance", "merge"])):
            self.succeed(verb, self.path("x.csv"), self.path("o.h5ad"), *words, "--quiet")
            with h5py.File(self.path("o.h5ad")) as file:
                self.assertEqual(file[f"uns/{verb}/params/use_rep"][()], b"X", verb)


class Start(InFolder):
    @staticmethod
    def environment(**settings):
        return dict({name: value for name, value in os.environ.items() if not name.startswith("OMPI_MCA_")}, **settings)

    def alone(self, *words, **settings):
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, env=self.environment(**settings))

    def test_one_process_has_no_daemon(self):
        """Open MPI 4 otherwise starts an orted beside a process without mpirun."""
        process = subprocess.Popen([PROGRAM, "tsne", PBMC, self.path("o.h5ad"), "--iterations", "1000000"],
                                   stderr=subprocess.PIPE, text=True, env=self.environment())
        try:
            for line in process.stderr:
                if "tsne" in line or "t-SNE" in line:
                    break
            children = []
            for number in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{number}/stat") as file:
                        name, parent = re.match(r"\d+ \((.*)\) \S (\d+)", file.read()).groups()
                except OSError:
                    continue
                if int(parent) == process.pid:
                    children.append(name)
            self.assertNotIn("orted", children)
        finally:
            process.kill()
            process.communicate()

    def test_one_process_loads_no_network_drivers(self):
        """libpsm and libpsm2 sleep for a fifth of a second when they are loaded."""
        for given, drivers in ({}, False), ({"OMPI_MCA_pml": "^monitoring"}, True):  # what the user says holds
            done = self.alone("--help", LD_DEBUG="files", **given)
            self.assertEqual(done.returncode, 0, done.stderr[-1000:])
            self.assertIn("mca_pml_ob1", done.stderr)
            self.assertEqual("mca_mtl_" in done.stderr, drivers)

    def test_a_network_that_the_site_has_chosen_is_used(self):
        os.mkdir(self.path(".openmpi"))
        for line, drivers in ("pml = cm,ob1", True), ("pml=^ob1,ucx\npml = cm,ob1", True), ("pml = ^ucx", False):
            with open(self.path(".openmpi/mca-params.conf"), "w") as file:
                file.write(f"# ours\n{line}\n")
            done = self.alone("--help", LD_DEBUG="files", HOME=self.folder)
            self.assertEqual("mca_mtl_" in done.stderr, drivers, line)
            if not drivers:  # with such a line Open MPI may find that there is no network
                self.assertEqual(done.returncode, 0, done.stderr[-1000:])

    def test_ranks_of_several_nodes_are_never_alone(self):
        for local, drivers in (1, True), (2, False):
            done = subprocess.run([os.environ["MPIEXEC"], "-n", "2", "sh", "-c",
                                   f'OMPI_COMM_WORLD_LOCAL_SIZE={local} LD_DEBUG=files exec "$0" --help', PROGRAM],
                                  capture_output=True, text=True, env=self.environment(OMPI_MCA_ess_singleton_isolated="1",
                                                                                       OMPI_MCA_rmaps_base_oversubscribe="1"))
            self.assertEqual(done.returncode, 0, done.stderr[-1000:])
            self.assertEqual("mca_mtl_" in done.stderr, drivers, local)

    def test_waiting_ranks_yield_where_they_outnumber_the_cores(self):
        """Otherwise three ranks of two cores wait for each other's slices of time; and where they have cores of their
        own, yielding hands these to whatever else runs."""
        core = min(os.sched_getaffinity(0))
        for ranks, given, said in ((1, {}, []), (2, {}, ["true"]), (2, {"OMPI_MCA_mpi_yield_when_idle": "0"}, ["false"])):
            done = subprocess.run(["taskset", "-c", str(core), os.environ["MPIEXEC"], "-n", str(ranks), PROGRAM,
                                   "--help"], capture_output=True, text=True, env=self.environment(
                                      OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_hwloc_base_binding_policy="none",
                                      OMPI_MCA_mpi_show_mca_params="enviro", **given))
            self.assertEqual(done.returncode, 0, done.stderr[-1000:])
            self.assertIn("mpi_show_mca_params", done.stdout + done.stderr)
            self.assertEqual(re.findall(r"mpi_yield_when_idle=(\w+)", done.stdout + done.stderr), said, (ranks, given))

    def test_one_rank_in_a_larger_allocation(self):
        output = self.path("o.h5ad")
        done = self.alone("pca", PBMC, output, SLURM_NTASKS="8")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("warning: running on one rank in an allocation of 8", done.stderr)
        done = self.alone("pca", PBMC, output, SLURM_NTASKS="4", SLURM_STEP_NUM_TASKS="4")
        self.assertIn("srun started 4 tasks, but MPI did not connect them", done.stderr)
        self.assertNotIn("warning", self.alone("pca", PBMC, output, SLURM_NTASKS="1").stderr)
        self.assertNotIn("allocation", replearn("pca", PBMC, output, ranks=2).stderr)


class OnATerminal(InFolder):
    def test_a_log_line_begins_on_a_line_of_its_own(self):
        """What stands on the terminal at the end, its controls carried out."""
        parent, child = pty.openpty()
        process = subprocess.Popen([PROGRAM, "tsne", PBMC, self.path("o.h5ad"), "--iterations", "4000",
                                    "--early-exaggeration-iterations", "500"], stdout=child, stderr=child)
        os.close(child)
        said = b""
        while True:
            try:
                more = os.read(parent, 65536)
            except OSError:
                break
            if not more:
                break
            said += more
        self.assertEqual(process.wait(), 0, said)
        shown = [line.rsplit("\r\x1b[K", 1)[-1] for line in said.decode().replace("\r\n", "\n").split("\n")]
        self.assertIn(b"left", said)
        self.assertEqual([line for line in shown if re.search(r"left\S", line)], [])


if __name__ == "__main__":
    main()
