"""HDF5 files that lie, by way of the program: one message that names file, element and cause, exit code 2, on 1 and on
3 ranks; nobody crashes, hangs or writes a result. What each lie is refused for is tested in io_hostile_hdf5."""

import os
import sys

from command import SOURCE, InFolder, main, replearn

sys.path.insert(0, os.path.join(SOURCE, "tests/io"))
import make_hostile  # noqa: E402


class Hostile(InFolder):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("out"))

    def made(self, name):
        """One of the files, and beside it a sound one for links to lead to."""
        kinds = {".h5ad": (make_hostile.H5AD, make_hostile.sound)}
        kinds[".h5"] = ((make_hostile.TENX, make_hostile.tenx) if name.startswith("tenx")
                        else (make_hostile.VECTORS, make_hostile.vectors))
        stem, ending = os.path.splitext(name)
        changes, base = kinds[ending]
        for each in ("sound", stem):
            base(self.path(each + ending))
        with make_hostile.h5py.File(self.path(name), "r+") as file:
            changes[stem](file)
        return self.path(name)

    def refuse(self, name, words, *parts, ranks=(1, 3)):
        path = self.made(name)
        for n in ranks:
            done = replearn(words[0], "--input", path, *words[1:], ranks=n, timeout=40)
            what = f"{n} ranks, {words}: exit {done.code}\n{done.stderr}"
            self.assertEqual(done.code, 2, what)
            self.assertEqual(len(done.messages), 1, what)
            for part in (name, *parts):
                self.assertIn(part, done.messages[0])
            self.assertEqual(os.listdir(self.path("out")), [], what)

    def out(self, name="out.h5ad"):
        return ["--output", self.path("out/" + name)]

    def test_names_of_two_axes(self):
        self.refuse("obs_names_2d_variable.h5ad", ["convert", *self.out()], "obs/_index", "12 x 50")

    def test_a_reference_of_many(self):
        self.refuse("references.h5ad", ["pca", *self.out()], "obs/score", "categories", ranks=(1,))

    def test_an_external_link(self):
        self.refuse("link_column.h5ad", ["pca", *self.out()], "obs/score", "elsewhere.h5")

    def test_an_external_link_of_10x(self):
        self.refuse("tenx_link.h5", ["convert", *self.out()], "matrix/indices", "nowhere.h5", ranks=(3,))

    def test_a_virtual_dataset(self):
        self.refuse("virtual.h5ad", ["tsne", *self.out()], "obs/score", "elsewhere.h5", ranks=(3,))

    def test_columns_that_are_nowhere(self):
        self.refuse("huge_columns_named.h5ad", ["pca", *self.out()], "var/_index", "343597383680 bytes")

    def test_components_that_are_nowhere(self):
        self.refuse("huge_obsm.h5ad", ["tsne", *self.out()], "obsm/X_pca", "3298534883328 bytes", ranks=(3,))

    def test_a_gene_of_raw(self):
        self.refuse("raw_indptr_far.h5ad", ["plot", "--color", "gene3", "--folder", self.path("out")],
                    "raw/X/indptr", "entry 2")

    def test_what_is_carried_unread(self):
        self.refuse("raw_indptr_far.h5ad", ["pca", "--components", 2, *self.out()], "raw/X/indptr", ranks=(1,))
        self.refuse("graph_indptr_ends_early.h5ad", ["convert", *self.out()], "obsp/distances/indptr", ranks=(3,))

    def test_what_is_replaced_or_dropped_may_be_damaged(self):
        self.refuse("graph_indptr_far.h5ad", ["preprocess", "--keep-old", "--highly-variable", "none", *self.out()],
                    "obsp/distances/indptr", ranks=(1,))
        for number, words in enumerate((["neighbors", "--neighbors", 3, "--use-rep", "X"],
                                        ["preprocess", "--highly-variable", "none"],
                                        ["run", "--neighbors.neighbors", 3, "--neighbors.use-rep", "X"])):
            path = self.made("graph_indptr_far.h5ad")
            self.succeed(words[0], "--input", path, *words[1:], *self.out(f"out{number}.h5ad"), ranks=1 + number)

    def test_words_of_two_axes(self):
        self.refuse("words_2d_variable.h5", ["nearest", "word1"], "words", "12 x 50")

    def test_a_column_that_is_not_there_is_told_before_the_work(self):
        self.refuse("order_missing.h5ad", ["tsne", "--iterations", "100000000", *self.out()], "absent", ranks=(3,))

    def test_what_contradicts_itself_is_no_failure_to_write(self):
        """A wrong bound where a contiguous dataset says how far it may grow: HDF5 reads it, and makes none like it."""
        path = self.path("grows.h5ad")
        make_hostile.sound(path)
        with make_hostile.h5py.File(path, "r+") as file:
            file["uns/grows"] = [1] * 7777
        with open(path, "rb") as file:
            content = file.read()
        extent = (7777).to_bytes(8, "little")
        self.assertEqual(content.count(extent + extent), 1)
        with open(path, "wb") as file:
            file.write(content.replace(extent + extent, extent + bytes([0xFF] * 8)))
        done = replearn("pca", path, *self.out(), "--components", "2")
        self.assertEqual(done.code, 2, done.stderr)
        self.assertEqual(len(done.messages), 1, done.stderr)
        for part in ("grows.h5ad: uns/grows: ", "contradict each other", "HDF5: extendible contiguous", "damaged"):
            self.assertIn(part, done.messages[0])
        self.assertEqual(os.listdir(self.path("out")), [])

    def test_a_circle_of_groups_is_no_mistake(self):
        done = replearn("inspect", self.made("cycle.h5ad"))
        self.assertEqual(done.code, 0, done.stderr)


if __name__ == "__main__":
    main()
