"""Several inputs as one: what anndata.concat makes of them, from any formats, on any number of ranks."""

import os

import anndata
import h5py
import numpy
import pandas
import scipy.io
import scipy.sparse

from command import InFolder, main, replearn


def sample(seed, n, genes, **obs):
    random = numpy.random.default_rng(seed)
    x = random.poisson(random.gamma(0.5, 2.0, len(genes)), (n, len(genes))).astype(numpy.float32)
    table = pandas.DataFrame({name: values(random, n) for name, values in obs.items()},
                             index=[f"AAAC{i}-1" for i in range(n)])
    data = anndata.AnnData(scipy.sparse.csr_matrix(x), obs=table)
    data.var_names = genes
    return data


def names(begin, end):
    return [f"g{j}" for j in range(begin, end)]


def frame(data):
    return pandas.DataFrame(data.toarray() if scipy.sparse.issparse(data) else data)


class Samples(InFolder):
    def write(self, name, data, **options):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        data.write_h5ad(self.path(name), **options)
        return self.path(name)

    def write_tenx(self, name, data):
        with h5py.File(self.path(name), "w") as file:
            for part in ("data", "indices", "indptr"):
                file["matrix/" + part] = getattr(data.X, part).astype(numpy.int64)
            file["matrix/shape"] = numpy.array(data.shape[::-1])
            file["matrix/barcodes"] = numpy.array(data.obs_names, dtype="S")
            for part in ("id", "name"):
                file["matrix/features/" + part] = numpy.array(data.var_names, dtype="S")
            for part, value in (("feature_type", "Gene Expression"), ("genome", "g")):
                file["matrix/features/" + part] = numpy.array([value] * data.n_vars, dtype="S")
        return self.path(name)

    def write_folder(self, name, data):
        os.makedirs(self.path(name))
        scipy.io.mmwrite(self.path(name + "/matrix.mtx"), data.X.T.tocoo().astype(int))
        with open(self.path(name + "/barcodes.tsv"), "w") as file:
            file.writelines(cell + "\n" for cell in data.obs_names)
        with open(self.path(name + "/features.tsv"), "w") as file:
            file.writelines(f"{gene}\t{gene}\tGene Expression\n" for gene in data.var_names)
        return self.path(name)

    def three(self):
        number, label = (lambda r, n: r.normal(size=n)), (lambda r, n: pandas.Categorical(r.choice(["T", "B", "NK"], n)))
        a = sample(1, 70, names(0, 60), depth=number, kind=label, whole=lambda r, n: r.integers(0, 9, n))
        b = sample(2, 50, names(20, 80)[::-1], depth=number, kind=label)
        c = sample(3, 90, names(10, 70), depth=number, kind=lambda r, n: pandas.Categorical(r.choice(["NK", "Mono"], n)),
                   passed=lambda r, n: r.random(n) < 0.5)
        for data in (a, b, c):
            data.var["length"] = [len(name) for name in data.var_names]
            data.layers["twice"] = data.X * 2
        a.layers["own"] = a.X * 3
        c.var["differs"] = 3.0
        a.var["differs"] = b.var["differs"] = 2.0
        return {"a": a, "b": b, "c": c}

    def compare(self, ours, wanted, samples):
        self.assertEqual(list(ours.obs_names), list(wanted.obs_names))
        self.assertEqual(sorted(ours.var_names), sorted(wanted.var_names))
        wanted = wanted[:, ours.var_names]
        self.assertTrue((frame(ours.X) == frame(wanted.X).fillna(0)).all(axis=None))
        self.assertEqual(sorted(ours.layers), sorted(wanted.layers))
        for name in ours.layers:
            self.assertTrue((frame(ours.layers[name]) == frame(wanted.layers[name]).fillna(0)).all(axis=None), name)
        self.assertEqual(list(ours.obs["sample"].cat.categories), samples)
        self.assertEqual(sorted(ours.obs), sorted(wanted.obs))
        for name in wanted.obs:
            a, b = ours.obs[name], wanted.obs[name]
            if isinstance(b.dtype, pandas.CategoricalDtype) or b.dtype == object:
                self.assertEqual([str(v) for v in a], [str(v) for v in b], name)
            else:
                numpy.testing.assert_array_equal(a.to_numpy(), b.to_numpy())

    def test_equal_to_anndata(self):
        parts = self.three()
        paths = [self.write(name + ".h5ad", data) for name, data in parts.items()]
        for join in ("inner", "outer"):
            wanted = anndata.concat(parts, join=join, merge="same", label="sample", index_unique="-")
            for ranks in (1, 2, 3):
                done = self.succeed("convert", "--input", *paths, "--output", self.path("out.h5ad"), "--join", join,
                                    ranks=ranks)
                ours = anndata.read_h5ad(self.path("out.h5ad"))
                self.compare(ours, wanted, ["a", "b", "c"])
                self.assertIn("length", ours.var)
                self.assertNotIn("differs", ours.var)
                self.assertIn("differs", done.stderr)

    def test_formats_mix(self):
        parts = self.three()
        for data in parts.values():
            data.obs = data.obs[[]]
            data.var = data.var[[]]
            data.layers.clear()
        dense = parts["c"].copy()
        dense.X = dense.X.toarray()
        columns = parts["a"].copy()
        columns.X = scipy.sparse.csc_matrix(columns.X)
        wanted = anndata.concat({"a": parts["a"], "b": parts["b"], "c": parts["c"], "d": parts["a"]}, join="outer",
                                label="sample", index_unique="-")
        paths = [self.write("a.h5ad", columns), self.write_tenx("b.h5", parts["b"]), self.write("c.h5ad", dense),
                 self.write_folder("d", parts["a"])]
        for ranks in (1, 3):
            for limit in ((), ("--memory-limit", "1M")):
                self.succeed("preprocess", "--input", *paths, "--output", self.path("out.h5ad"), "--join", "outer",
                             "--no-normalize", "--no-log1p", "--highly-variable", "none", "--counts-layer", "", *limit,
                             ranks=ranks)
                ours = anndata.read_h5ad(self.path("out.h5ad"))
                ours.obs = ours.obs[["sample"]]
                self.compare(ours, wanted, ["a", "b", "c", "d"])

    def test_a_job_is_that_of_the_joined_file(self):
        parts = {name: sample(seed, 120, names(0, 90)) for seed, name in enumerate("uvw")}
        paths = [self.write(f"{name}/outs/cells.h5ad", data) for name, data in parts.items()]
        anndata.concat(parts, label="sample", index_unique="-").write_h5ad(self.path("all.h5ad"))
        job = ["--preprocess.top-genes", "40", "--pca.components", "8", "--tsne.iterations", "60", "--tsne.perplexity", "9"]
        with open(self.path("job.cfg"), "w") as file:
            file.write("[preprocess]\ntop-genes = 40\n[pca]\ncomponents = 8\n[neighbors]\n")
        self.succeed("run", self.path("all.h5ad"), self.path("wanted.h5ad"), "--config", self.path("job.cfg"))
        wanted = anndata.read_h5ad(self.path("wanted.h5ad"))
        for words in ((paths,), ([self.path("*/outs/cells.h5ad")],)):
            for limit in ((), ("--memory-limit", "1M")):
                self.succeed("run", "--input", *words[0], "--output", self.path("out.h5ad"), "--config",
                             self.path("job.cfg"), *limit, ranks=3)
                ours = anndata.read_h5ad(self.path("out.h5ad"))
                self.assertEqual(list(ours.obs["sample"].cat.categories), ["u", "v", "w"])
                self.assertEqual(list(ours.obs_names), list(wanted.obs_names))
                self.assertTrue((ours.obsm["X_pca"] == wanted.obsm["X_pca"]).all())
                self.assertTrue((ours.X != wanted.X).nnz == 0)
                self.assertTrue((ours.obsp["distances"] != wanted.obsp["distances"]).nnz == 0)

    def test_a_sheet_names_the_samples(self):
        parts = {name: sample(seed, 40 + seed, names(0, 30)) for seed, name in enumerate("xyz")}
        for name, data in parts.items():
            self.write(f"data/{name}.h5ad", data)
        with open(self.path("data/sheet.tsv"), "w") as file:
            file.write("path\tsample\tdose\tdonor\n")
            for name, dose, donor in (("x", 0, "D1"), ("y", 1.5, "D2"), ("z", 3, "D1")):
                file.write(f"{name}.h5ad\tpatient {name}\t{dose}\t{donor}\n")
        self.succeed("convert", self.path("data/sheet.tsv"), self.path("out.h5ad"), "--label", "patient", ranks=2)
        ours = anndata.read_h5ad(self.path("out.h5ad"))
        self.assertEqual(ours.obs["patient"].value_counts(sort=False).to_dict(),
                         {"patient x": 40, "patient y": 41, "patient z": 42})
        self.assertEqual(list(ours.obs["dose"]), [0] * 40 + [1.5] * 41 + [3] * 42)
        self.assertEqual(list(ours.obs["donor"]), ["D1"] * 40 + ["D2"] * 41 + ["D1"] * 42)
        self.assertEqual(ours.obs_names[45], "AAAC5-1-patient y")

    def test_genes_are_joined_by_id_where_there_are_ids(self):
        a, b = sample(1, 30, ["A", "B", "C"]), sample(2, 30, ["A1", "B", "D"])
        a.var["gene_ids"], b.var["gene_ids"] = ["E1", "E2", "E3"], ["E1", "E2", "E4"]
        paths = [self.write("a.h5ad", a), self.write("b.h5ad", b)]
        for words, wanted in (((), ["A", "B"]), (("--join-by", "name"), ["B"]), (("--join", "outer"), ["A", "B", "C", "D"])):
            self.succeed("convert", "--input", *paths, "--output", self.path("out.h5ad"), *words)
            self.assertEqual(list(anndata.read_h5ad(self.path("out.h5ad")).var_names), wanted)

    def refused(self, words, *parts):
        done = replearn(*words, "--output", self.path("no.h5ad"), ranks=3)
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.messages[0])
        self.assertFalse(os.path.exists(self.path("no.h5ad")))

    def test_what_cannot_be_joined_is_named(self):
        a, b = self.write("a.h5ad", sample(1, 30, names(0, 9))), self.write("b.h5ad", sample(2, 30, names(20, 29)))
        self.refused(["convert", "--input", a, b], "b.h5ad", "shares no gene")
        self.refused(["convert", "--input", a, self.path("none.h5ad")], "none.h5ad")
        self.refused(["convert", "--input", a, self.path("none*.h5ad")], "none*.h5ad")
        self.refused(["convert", "--input", a, b, "--join-by", "id"], "a.h5ad", "gene_ids")
        with open(self.path("sheet.csv"), "w") as file:
            file.write("path,sample\na.h5ad,one\nb.h5ad,one\n")
        self.refused(["convert", "--input", self.path("sheet.csv")], "sheet.csv", "'one' occurs twice")
        with open(self.path("short.csv"), "w") as file:
            file.write("path,sample\na.h5ad\n")
        self.refused(["convert", "--input", self.path("short.csv")], "short.csv", "line 2")
        damaged = self.write("c.h5ad", sample(3, 30, names(0, 9)))
        with h5py.File(damaged, "r+") as file:
            file["X/data"][5] = numpy.nan
        self.refused(["preprocess", "--input", a, damaged], "c.h5ad", "X/data", "not finite")
        self.refused(["convert", "--input", a, a], "a.h5ad")

    def test_an_output_that_is_one_of_the_inputs_is_refused(self):
        a, b = self.write("a.h5ad", sample(1, 30, names(0, 9))), self.write("b.h5ad", sample(2, 30, names(0, 9)))
        for inputs in ([a, b], [self.path("*.h5ad")]):
            done = replearn("convert", "--input", *inputs, "--output", b)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertIn("b.h5ad", done.stderr)
        self.assertEqual(anndata.read_h5ad(b).n_obs, 30)


if __name__ == "__main__":
    main()
