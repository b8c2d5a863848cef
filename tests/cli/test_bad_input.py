"""Bad input of every kind, on 1 and on 4 ranks: one message from one rank, naming file, place and mend; exit code 2;
nobody waits; nothing half-written; an earlier result is left as it was."""

import gzip
import os
import shutil
import zipfile

import h5py
import numpy

from command import PBMC, InFolder, main, replearn


class BadInput(InFolder):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("out"))
        self.output = self.path("out/result.h5ad")
        with open(self.output, "w") as file:
            file.write("an earlier result")

    def check(self, words, *parts, code=2, ranks=(1, 4), output=None):
        for n in ranks:
            done = replearn(*words, "--output", output or self.output, ranks=n, timeout=40)
            what = f"{n} ranks, {words}: exit {done.code}\n{done.stderr}"
            self.assertEqual(done.code, code, what)
            self.assertEqual(len(done.messages), 1, what)
            for part in parts:
                self.assertIn(part, done.messages[0])
            self.assertLess(done.seconds, 20, what)
            self.assertEqual(os.listdir(self.path("out")), ["result.h5ad"], "nothing is left behind")
            with open(self.output) as file:
                self.assertEqual(file.read(), "an earlier result")

    def file(self, name, content=b""):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def spoilt(self, change, name="spoilt.h5ad"):
        """A sound sparse .h5ad of 40 cells and 12 genes with one thing changed."""
        import anndata
        import scipy.sparse

        random = numpy.random.default_rng(1)
        x = scipy.sparse.csr_matrix(random.poisson(1.0, (40, 12)).astype(numpy.float32))
        data = anndata.AnnData(x)
        data.obs_names = [f"cell{i}" for i in range(40)]
        data.var_names = [f"gene{i}" for i in range(12)]
        data.obs["kind"] = ["a", "b"] * 20
        data.write_h5ad(self.path(name))
        with h5py.File(self.path(name), "r+") as file:
            change(file)
        return self.path(name)

    # --- files that are not what they should be

    def test_missing(self):
        self.check(["pca", "--input", self.path("none.h5ad")], "none.h5ad", "no such file")

    def test_empty(self):
        self.check(["pca", "--input", self.file("empty.h5ad")], "empty.h5ad", "empty")

    def test_not_hdf5(self):
        self.check(["pca", "--input", self.file("text.h5ad", b"this is no HDF5 file\n" * 99)], "text.h5ad",
                   "is not HDF5, though its name ends in .h5ad: it is text")
        with zipfile.ZipFile(self.path("book.csv"), "w") as book:
            book.writestr("xl/workbook.xml", "<workbook/>")
        self.check(["pca", "--input", self.path("book.csv")], "book.csv: an Excel or LibreOffice workbook", "CSV", ranks=(1,))
        self.check(["pca", "--input", self.file("pointer.h5ad", b"version https://git-lfs.github.com/spec/v1\noid")],
                   "Git LFS", "git lfs pull", ranks=(1,))

    def test_truncated(self):
        with open(PBMC, "rb") as file:
            half = file.read()[: os.path.getsize(PBMC) // 2]
        self.check(["pca", "--input", self.file("half.h5ad", half)], "half.h5ad")

    def test_hdf5_but_no_matrix(self):
        with h5py.File(self.path("other.h5ad"), "w") as file:
            file["something"] = [1, 2, 3]
        self.check(["pca", "--input", self.path("other.h5ad")], "other.h5ad")

    def test_folder_that_is_no_matrix(self):
        self.check(["convert", "--input", self.path("out")], self.path("out"))

    def test_truncated_gzip(self):
        whole = gzip.compress(b"name,a,b\n" + b"".join(b"cell%d,1,2\n" % i for i in range(9999)))
        self.check(["convert", "--input", self.file("half.csv.gz", whole[: len(whole) // 2])], "half.csv.gz")

    # --- values

    def test_index_out_of_range(self):
        def change(file):
            file["X/indices"][7] = 12

        self.check(["pca", "--input", self.spoilt(change)], "spoilt.h5ad", "X/indices")

    def test_negative_index(self):
        def change(file):
            file["X/indices"][7] = -1

        self.check(["pca", "--input", self.spoilt(change)], "spoilt.h5ad", "X/indices")

    def test_indptr_falls(self):
        def change(file):
            file["X/indptr"][30] = 2

        self.check(["pca", "--input", self.spoilt(change)], "spoilt.h5ad", "X/indptr")

    def test_nan(self):
        def change(file):
            file["X/data"][100] = numpy.nan

        self.check(["pca", "--input", self.spoilt(change)], "spoilt.h5ad", "X")
        self.check(["pdist", "--input", self.spoilt(change), "--use-rep", "X"], "spoilt.h5ad", "not finite")

    def test_negative_counts(self):
        def change(file):
            file["X/data"][100] = -3

        self.check(["preprocess", "--input", self.spoilt(change)], "negative")

    def test_shape_disagrees_with_obs(self):
        def change(file):
            file["X"].attrs["shape"] = numpy.array([41, 12])

        self.check(["pca", "--input", self.spoilt(change)], "spoilt.h5ad")

    def test_ragged_table(self):
        path = self.file("ragged.csv", b"name,a,b\nc1,1,2\nc2,3\nc3,4,5\n")
        self.check(["convert", "--input", path], "ragged.csv", "line 3", ranks=(1,))

    def test_word_among_numbers(self):
        rows = b"".join(b"c%d,1,2\n" % i for i in range(9))
        path = self.file("word.csv", b"name,a,b\n" + rows + b"c9,3,many\n")
        self.check(["convert", "--input", path], "word.csv", "line 11", "many")

    def test_matrix_market_index(self):
        os.mkdir(self.path("tenx"))
        self.file("tenx/matrix.mtx", b"%%MatrixMarket matrix coordinate integer general\n3 5 2\n1 1 4\n4 2 1\n")
        self.file("tenx/barcodes.tsv", b"".join(b"b%d\n" % i for i in range(5)))
        self.file("tenx/genes.tsv", b"".join(b"id%d\tg%d\n" % (i, i) for i in range(3)))
        self.check(["convert", "--input", self.path("tenx")], "matrix.mtx", "line 4")

    # --- names

    def test_no_index(self):
        def change(file):
            del file["obs/_index"]

        self.check(["pca", "--input", self.spoilt(change)], "spoilt.h5ad", "obs")

    def test_cells_of_one_name_get_numbers(self):
        path = self.file("twice.csv", b"name,a,b\nc1,1,2\nc2,3,4\nc1,5,6\nc4,5,1\n")
        done = self.succeed("convert", "--input", path, "--output", self.output, ranks=3)
        self.assertIn("warning: 1 cell names occur more than once; later ones were numbered, the first of them 'c1-1'",
                      done.stderr)

    def test_duplicate_gene_in_file_is_made_unique(self):
        path = self.file("genes.csv", b"name,a,a\nc1,1,2\nc2,3,4\n")
        self.succeed("convert", "--input", path, "--output", self.output)
        with h5py.File(self.output) as file:
            self.assertEqual([name.decode() for name in file["var/_index"]], ["a", "a-1"])

    def test_no_such_column_of_labels(self):
        words = ["run", "--input", PBMC, "--pca.components", "5", "--plot.color", "bulk_lables"]
        self.check(words, "pbmc68k_reduced.h5ad", "bulk_lables", "'bulk_labels'")

    def test_labels_that_match_nothing(self):
        table = self.file("labels.tsv", b"name\tkind\nx1\ta\nx2\tb\n")
        self.check(["convert", "--input", self.spoilt(lambda file: None), "--obs", table], "labels.tsv", "x1")

    # --- options that do not fit the data

    def test_more_components_than_rank(self):
        def change(file):  # four distinct rows only: rank 3 after centering
            dense = numpy.tile(numpy.eye(4, 12, dtype=numpy.float32), (10, 1))
            attributes = dict(file["X"].attrs)
            del file["X"]
            file["X"] = dense
            del attributes
            file["X"].attrs["encoding-type"] = "array"
            file["X"].attrs["encoding-version"] = "0.2.0"

        self.check(["pca", "--input", self.spoilt(change), "--components", "5"], "--components", "3")

    def test_more_components_than_genes(self):
        self.check(["pca", "--input", self.spoilt(lambda file: None), "--components", "50"], "--components", "12")

    def test_perplexity_too_large(self):
        self.check(["tsne", "--input", self.spoilt(lambda file: None), "--perplexity", "30"], "--perplexity", "13")

    def reference(self, **change):
        """A sound map of the 40 cells to place others in, with a key of obsm changed or left out (None)."""
        random = numpy.random.default_rng(2)
        obsm = {"X_pca": random.normal(size=(40, 5)), "X_tsne": random.normal(size=(40, 2)) * 10, **change}

        def add(file):
            for key, values in obsm.items():
                if values is None:
                    continue
                file[f"obsm/{key}"] = values.astype(numpy.float32)
                file[f"obsm/{key}"].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})

        return self.spoilt(add, name="reference.h5ad" if change else "sound.h5ad")

    def test_reference_without_a_map(self):
        words = ["tsne", "--input", self.reference(), "--reference", self.reference(X_tsne=None)]
        self.check(words, "reference.h5ad", "obsm/X_tsne", "run replearn tsne on that file first")

    def test_reference_of_other_dimension(self):
        words = ["tsne", "--input", self.reference(), "--reference", self.reference(X_pca=numpy.ones((40, 4)))]
        self.check(words, "sound.h5ad", "obsm/X_pca", "5 columns", "4")

    def test_reference_with_nan_in_its_map(self):
        words = ["tsne", "--input", self.reference(), "--reference",
                 self.reference(X_tsne=numpy.full((40, 2), numpy.nan))]
        self.check(words, "reference.h5ad", "finite")

    def test_reference_missing(self):
        self.check(["tsne", "--input", self.reference(), "--reference", self.path("none.h5ad")], "none.h5ad")

    def test_reference_of_too_few_cells(self):
        import anndata

        def few(n, width=2):
            data = anndata.AnnData(numpy.zeros((n, 12), numpy.float32))
            data.obsm["X_pca"] = numpy.random.default_rng(3).normal(size=(n, 5)).astype(numpy.float32)
            data.obsm["X_tsne"] = data.obsm["X_sammon"] = numpy.ones((n, width), numpy.float32)
            data.write_h5ad(self.path("few.h5ad"))
            return self.path("few.h5ad")

        words = ["--input", self.reference(), "--reference"]
        self.check(["tsne", *words, few(3)], "few.h5ad: reference: has 3 points")
        self.check(["sammon", *words, few(0)], "few.h5ad", ranks=(1,))

    def test_new_cells_without_the_representation(self):
        words = ["tsne", "--input", self.spoilt(lambda file: None), "--reference", self.reference()]
        self.check(words, "spoilt.h5ad", "obsm/X_pca")

    def test_no_new_cells(self):
        import anndata

        anndata.AnnData(numpy.zeros((0, 12), dtype=numpy.float32)).write_h5ad(self.path("nothing.h5ad"))
        words = ["tsne", "--input", self.path("nothing.h5ad"), "--reference", self.reference()]
        self.check(words, "nothing.h5ad", "no rows")

    def test_place_perplexity_too_large(self):
        words = ["tsne", "--input", self.reference(), "--reference", self.reference(), "--place-perplexity", "14"]
        self.check(words, "--place-perplexity", "13.33")

    def test_options_without_effect_on_placed_cells(self):
        words = ["tsne", "--input", self.reference(), "--reference", self.reference()]
        self.check([*words, "--sample", "20"], "--sample", "--reference")
        self.check([*words, "--pull", "kind=a:0.1"], "--pull", "--reference")

    def test_pulls(self):
        words = ["tsne", "--input", self.spoilt(lambda file: None), "--perplexity", "5", "--pull"]
        self.check([*words, "kid=a:0.1"], "spoilt.h5ad", "obs/kid", "'kind'")
        self.check([*words, "kind=aa:0.1"], "spoilt.h5ad", "obs/kind", "'aa'", "'a'")
        self.check([*words, "kind=a:much"], "--pull", "'much'", "not a positive number", ranks=(1,))
        self.check([*words, "kind=a:-1"], "--pull", "'-1'", "not a positive number", ranks=(1,))
        self.check([*words, "kind"], "--pull", "'kind'", "COLUMN=LABEL:WEIGHT", ranks=(1,))
        run = ["run", "--input", PBMC, "--pca.components", "5", "--tsne.pull", "bulk_labels=Dendritik:1"]
        self.check(run, "pbmc68k_reduced.h5ad", "'Dendritic'")

    def test_sample_larger_than_the_data(self):
        words = ["tsne", "--input", self.spoilt(lambda file: None), "--perplexity", "5", "--sample", "40"]
        self.check(words, "--sample", "40 of 40")

    def test_gaussian_kernel_by_a_tree(self):
        words = ["tsne", "--input", self.spoilt(lambda file: None), "--perplexity", "5", "--kernel", "gaussian"]
        self.check([*words, "--repulsion", "barnes-hut"], "--repulsion", "all pairs", ranks=(1,))

    def test_more_neighbors_than_cells(self):
        self.check(["neighbors", "--input", self.spoilt(lambda file: None), "--neighbors", "40"], "--neighbors", "39")

    def test_metrics_that_are_none(self):
        path = self.spoilt(lambda file: None)
        for verb in ["pdist", "neighbors", "sammon", "tsne"]:
            self.check([verb, "--input", path, "--metric", "manhatan"], "--metric", "did you mean 'manhattan'?")
        self.check(["pdist", "--input", path, "--metric", "minkowski", "--p", "-1"], "--p", "0 to inf")
        self.check(["pdist", "--input", path, "--metric", "minkowski", "--p", "nan"], "--p", "nan")
        self.check(["neighbors", "--input", path, "--neighbors", "5", "--metric", "cosine", "--p", "3"], "--p", "cosine")
        self.check(["pdist", "--input", path, "--form", "sqare"], "--form", "did you mean 'square'?")
        self.check(["pdist", "--input", path, "--key", "a/b"], "--key", "a/b")
        self.check(["pdist", "--input", path, "--buffer-memory", "0"], "--buffer-memory")

    def test_no_such_representation(self):
        self.check(["tsne", "--input", PBMC, "--use-rep", "X_pac"], "X_pac", "'X_pca'")

    def test_equal_cells_for_sammon(self):
        def change(file):
            rows = numpy.random.default_rng(3).normal(size=(40, 12)).astype(numpy.float32)
            rows[31] = rows[17]
            del file["X"]
            file["X"] = rows
            file["X"].attrs["encoding-type"] = "array"
            file["X"].attrs["encoding-version"] = "0.2.0"

        path = self.spoilt(change)
        self.check(["sammon", "--input", path, "--use-rep", "X"], path, "17", "31")
        config = self.file("job.cfg", f"[files]\ninput = {path}\n".encode())  # the file is named wherever its name came from
        self.check(["sammon", "--config", config, "--use-rep", "X"], path, "17", "31")

    def test_filter_that_leaves_nothing(self):
        words = ["preprocess", "--input", self.spoilt(lambda file: None), "--min-genes", "13"]
        self.check(words, "--min-genes")

    def test_layers_have_plain_names(self):
        path = self.spoilt(lambda file: file["X/indices"].write_direct(numpy.full(file["X/indices"].shape, 99, "int32")))
        for verb, option in (("ppca", "--impute"), ("preprocess", "--counts-layer"), ("vae", "--impute"), ("vae", "--denoise"),
                             ("bigan", "--reconstruct"), ("factorize", "--impute-layer")):
            for name in ("a/b", "."):  # known before X, which is damaged, is read
                self.check([verb, "--input", path, option, name], f"{option}: '{name}' is no name for a layer", ranks=(1,))

    def test_answers_to_questions_about_tables(self):
        path = self.file("t.csv", b"c,g1,g2\nx,1,2\ny,3,5\n")
        for option in ("--delimiter", "--decimal", "--header", "--row-names", "--missing"):
            self.check(["pca", "--input", path, option, "prehaps"], f"replearn: {option}: 'prehaps' is", ranks=(1,))

    # --- things that are no error

    def test_empty_cells_and_constant_genes_do_no_harm(self):
        def change(file):
            dense = numpy.random.default_rng(3).poisson(2.0, (40, 12)).astype(numpy.float32)
            dense[5] = 0
            dense[:, 3] = 0
            del file["X"]
            file["X"] = dense
            file["X"].attrs["encoding-type"] = "array"
            file["X"].attrs["encoding-version"] = "0.2.0"

        path = self.spoilt(change)
        for n in (1, 4):
            done = self.succeed("run", "--input", path, "--output", self.output, "--preprocess.highly-variable", "none",
                                "--pca.components", "5", "--pca.scale", "--tsne.perplexity", "5", ranks=n)
            self.assertIn("1 cell", done.stderr)
            with h5py.File(self.output) as file:
                self.assertTrue(numpy.isfinite(file["obsm/X_tsne"][()]).all())
                self.assertTrue(numpy.isfinite(file["X"][()]).all())

    # --- places that cannot be written

    def test_output_folder_missing(self):
        self.check(["pca", "--input", PBMC], "nowhere", output=self.path("nowhere/result.h5ad"))

    def test_output_is_the_input(self):
        mine = self.path("mine.h5ad")
        shutil.copy(PBMC, mine)
        self.check(["pca", "--input", mine], "mine.h5ad", output=mine)

    def test_output_folder_not_writable(self):
        place = self.mounted("ro")
        self.check(["pca", "--input", PBMC], place, output=os.path.join(place, "result.h5ad"))

    def test_full_disk(self):
        place = self.mounted("size=256k")
        self.check(["pca", "--input", PBMC], place, code=1, output=os.path.join(place, "result.h5ad"))
        self.assertEqual(os.listdir(place), [])

    def test_full_disk_for_all_pairs(self):
        place = self.mounted("size=4m")  # the input fits, 490 kB times 4 of distances as well; twice that not
        path = self.path("rows.csv")
        with open(path, "w") as file:
            file.write("name,a,b\n" + "".join(f"c{i},{i},{i * i}\n" for i in range(1200)))
        words = ["pdist", "--input", path, "--use-rep", "X"]
        self.check(words, place, "the disk is full", "MB are needed", code=1, output=os.path.join(place, "result.h5ad"))
        self.assertEqual(os.listdir(place), [])
        self.succeed(*words, "--form", "condensed", "--output", os.path.join(place, "result.h5ad"), ranks=4)

    def test_full_disk_for_pictures(self):
        place = self.mounted("size=8k")
        for n in (1, 4):
            done = replearn("plot", "--input", PBMC, "--folder", place, "--color", "bulk_labels", ranks=n)
            self.assertEqual((done.code, len(done.messages)), (1, 1), done.stderr)
            self.assertEqual(os.listdir(place), [])


if __name__ == "__main__":
    main()
