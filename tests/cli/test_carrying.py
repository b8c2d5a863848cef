"""What was in the input is in the output: every kind of HDF5 object, as it was stored; cut elements as anndata cuts them;
compression as asked for."""

import os
import resource
import subprocess
import unittest
import warnings

warnings.simplefilter("ignore")
import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse

import command

TODAY = os.environ.get("REPLEARN_PYTHON_TODAY")
rng = np.random.default_rng(5)


def cells(n=60, m=40, **parts):
    names = dict(obs=pd.DataFrame(index=[f"c{i}" for i in range(n)]), var=pd.DataFrame(index=[f"g{j}" for j in range(m)]))
    return anndata.AnnData(X=rng.poisson(0.7, (n, m)).astype("f4"), dtype="f4", **{**names, **parts})


def pipeline(dataset):
    plist = dataset.id.get_create_plist()
    return [plist.get_filter(i)[:3] for i in range(plist.get_nfilters())]


def chunks_of(dataset):
    """The stored bytes of every chunk."""
    space, found = dataset.id.get_space(), {}
    for i in range(dataset.id.get_num_chunks(space)):
        info = dataset.id.get_chunk_info(i, space)
        found[info.chunk_offset] = dataset.id.read_direct_chunk(info.chunk_offset)
    return found


class Compared:
    """Compares two HDF5 files object by object; collects what differs."""

    def __init__(self, before, after, replaced=()):
        self.before, self.after, self.replaced, self.wrong, self.places = before, after, replaced, [], {}

    def check(self, same, where, *what):
        if not same:
            self.wrong.append((where, *what))

    def plain(self, value, file):
        """Values in a form that compares: references by the names of what they lead to."""
        if isinstance(value, h5py.RegionReference):
            return (file[value].name, file[value][value].tobytes()) if value else None
        if isinstance(value, h5py.Reference):
            return file[value].name if value else None
        if isinstance(value, h5py.Empty):
            return ("empty", value.dtype)
        if isinstance(value, np.ndarray) and value.dtype.kind == "O":
            return [self.plain(each, file) for each in value.ravel()]
        if isinstance(value, np.ndarray) and value.dtype.names:
            return [[self.plain(each[name], file) for name in value.dtype.names] for each in value.ravel()]
        if isinstance(value, np.void) and value.dtype.names:
            return [self.plain(value[name], file) for name in value.dtype.names]
        return value.tobytes() if isinstance(value, (np.ndarray, np.generic)) else value

    def attributes(self, old, new, where):
        for name in old.attrs:
            if name == "column-order" and len(old.attrs[name]) == 0:
                continue  # anndata writes no names as no numbers
            if name not in new.attrs:
                self.check(False, where, "attribute missing", name)
                continue
            a, b = h5py.h5a.open(old.id, name.encode()), h5py.h5a.open(new.id, name.encode())
            self.check(a.get_type().equal(b.get_type()) and a.shape == b.shape, where, "attribute type", name)
            same = self.plain(old.attrs[name], self.before) == self.plain(new.attrs[name], self.after)
            self.check(same, where, "attribute", name, old.attrs[name], new.attrs[name])

    def links(self, old, new, where):
        for name in old:
            path = f"{where}/{name}".lstrip("/")
            if path in self.replaced:
                continue
            link = old.get(name, getlink=True)
            if name not in new and not (isinstance(link, h5py.SoftLink) and new.get(name, getlink=True)):
                self.check(False, path, "missing")
                continue
            twin = new.get(name, getlink=True)
            self.check(type(link) is type(twin), path, "kind of link")
            if isinstance(link, h5py.SoftLink):
                self.check(link.path == getattr(twin, "path", None), path, "soft link")
                continue
            address = h5py.h5o.get_info(old[name].id).addr
            if address in self.places:  # a second hard link
                self.check(new[name] == self.after[self.places[address]], path, "is no link to", self.places[address])
                continue
            self.places[address] = path
            self.objects(old[name], new[name], path)

    def objects(self, old, new, where):
        if type(old) is not type(new):
            return self.check(False, where, "kind of object")
        self.attributes(old, new, where)
        if isinstance(old, h5py.Group):
            return self.links(old, new, where)
        if isinstance(old, h5py.Datatype):
            return self.check(old.id.equal(new.id), where, "type")
        self.check(old.id.get_type().equal(new.id.get_type()), where, "type", old.dtype, new.dtype)
        self.check(old.shape == new.shape and old.maxshape == new.maxshape, where, "shape")
        self.check(old.chunks == new.chunks and pipeline(old) == pipeline(new), where, "chunks and filters")
        self.check(old.fillvalue == new.fillvalue if old.dtype.kind in "if" else True, where, "fill value")
        fixed = old.dtype.kind not in "O" and not (old.dtype.names and any(old.dtype[n].kind == "O" for n in old.dtype.names))
        if old.chunks and fixed and old.size:
            self.check(chunks_of(old) == chunks_of(new), where, "stored chunks")
        if old.size and old.size > 1e8:
            return  # its chunks were compared
        try:
            values = old[()]
        except OSError:
            return  # a filter that is not installed: its chunks were compared
        self.check(self.plain(values, self.before) == self.plain(new[()], self.after), where, "values")


def add_objects(path):
    """Whatever HDF5 has, among uns and beside the parts of AnnData."""
    with h5py.File(path, "r+") as file:
        uns = file["uns"]
        uns["record"] = np.array([(1.5, 2, b"ab")], dtype=[("a", "f8"), ("b", "<i2"), ("c", "S3")])
        uns["big_endian"] = np.arange(5, dtype=">i4")
        uns["half"], uns["complex"] = np.arange(3, dtype="f2"), np.array([1 + 2j])
        uns["enumeration"] = np.zeros(3, h5py.enum_dtype({"RED": 0, "BLUE": 5}, basetype="i2"))
        uns["opaque"] = np.array([b"xyz"], dtype="V3")
        uns["flag"], uns["flags"] = np.bool_(True), np.array([True, False])
        uns["nothing"] = h5py.Empty("f4")
        uns["no_rows"] = np.zeros((0, 4))
        uns["fixed"], uns["padded"] = np.array([b"one", b"two"]), "text"
        uns.create_dataset("sequences", (2,), h5py.vlen_dtype("i4"))[0] = [1, 2, 3]
        uns.create_dataset("texts", data=["a", "", "é"] * 40, dtype=h5py.string_dtype(), compression="lzf", chunks=(17,))
        uns.create_dataset("texts2", data=[["a", "b"]] * 3, dtype=h5py.string_dtype(), compression="gzip", shuffle=True)
        uns.create_dataset("records", data=np.array([(1, "x")], dtype=[("n", "i4"), ("t", h5py.string_dtype())]))
        uns.create_dataset("grows", data=np.arange(20.0), maxshape=(None,), chunks=(6,), compression="gzip", fletcher32=True)
        uns.create_dataset("scaled", data=np.arange(100), scaleoffset=0, chunks=(30,))
        uns.create_dataset("noise", data=rng.standard_normal((50, 30)), compression="lzf", shuffle=True, chunks=(16, 7))
        uns.create_dataset("unwritten", (1000, 10), "f4", fillvalue=7)
        uns.create_dataset("holes", (1 << 40, 4), "i4", chunks=(8, 4), compression="gzip")[1 << 30] = [1, 2, 3, 4]
        uns.create_dataset("large", data=rng.standard_normal((700, 300)))
        uns["type"] = np.dtype("f8")
        uns.create_dataset("typed", data=np.arange(3.0), dtype=uns["type"])
        # A filter that is not installed here: its chunk is any bytes.
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((8,))
        plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        strange = h5py.h5d.create(uns.id, b"strange", h5py.h5t.NATIVE_INT32, h5py.h5s.create_simple((8,)), plist)
        strange.write_direct_chunk((0,), b"whatever zstd makes of it")
        # Links and references.
        uns["again"], uns["group/down"] = uns["large"], np.arange(2)
        uns["group/up"], uns["group/top"] = uns, file["/"]
        uns["soft"], uns["dangling"] = h5py.SoftLink("/uns/large"), h5py.SoftLink("/uns/none")
        uns["references"] = np.array([uns["large"].ref, uns["group"].ref, h5py.Reference()], dtype=h5py.ref_dtype)
        region = uns["large"].regionref[2:4, 5]
        uns.create_dataset("regions", data=np.array([region], dtype=h5py.regionref_dtype), dtype=h5py.regionref_dtype)
        uns["group"].attrs["reference"] = uns["half"].ref
        uns["group"].attrs.create("list", np.array([uns["half"].ref], dtype=h5py.ref_dtype), dtype=h5py.ref_dtype)
        uns["half"].attrs["empty"], uns["half"].attrs["texts"] = h5py.Empty("S3"), ["é", "b"]
        uns["half"].attrs["matrix"], uns["half"].attrs["flag"] = np.eye(2), True
        uns["half"].attrs["record"] = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")])
        frame = uns.create_group("frame")
        frame.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index",
                            "column-order": np.array(["a"], dtype=object)})
        frame["_index"], frame["a"] = np.arange(3), np.arange(3.0)
        file["mine/of/my/own"] = np.arange(4)
        file.attrs["made by"] = "hand"
        file["layers"].attrs["note"] = 5
        file["obs"].create_dataset("not_a_column", data=np.arange(60))
        for i in range(12):  # so many that HDF5 keeps them in a heap
            file[f"uns/many/{i}"] = i
        ordered = uns.create_group("ordered", track_order=True)
        ordered["z"], ordered["a"] = 1, 2


class Carrying(command.InFolder):
    def test_every_kind_of_object(self):
        cells(layers={"counts": rng.poisson(1.0, (60, 40))}).write_h5ad(self.path("in.h5ad"))
        add_objects(self.path("in.h5ad"))
        for ranks in (1, 3):
            self.succeed("convert", self.path("in.h5ad"), self.path("out.h5ad"), ranks=ranks)
            with h5py.File(self.path("in.h5ad")) as before, h5py.File(self.path("out.h5ad")) as after:
                compared = Compared(before, after)
                compared.objects(before["/"], after["/"], "")
                self.assertEqual(compared.wrong, [])
                self.assertEqual(list(after["uns/ordered"]), ["z", "a"])
                self.assertEqual(after["uns/group/down"][()].tolist(), [0, 1])
                self.assertEqual(after["uns/replearn/convert/options/files/compression"][()], b"auto")

    def test_strings_under_filters(self):
        data = cells()
        data.obs["kind"] = pd.Categorical([f"k{i % 3}" for i in range(60)])
        data.var["symbol"] = [f"s{j}" for j in range(40)]
        data.X = scipy.sparse.csr_matrix(data.X)
        for compression in ("lzf", "gzip"):
            data.write_h5ad(self.path("in.h5ad"), compression=compression)
            for ranks in (1, 3):
                self.succeed("pca", self.path("in.h5ad"), self.path("out.h5ad"), "--components", 5, ranks=ranks)
                after = anndata.read_h5ad(self.path("out.h5ad"))
                pd.testing.assert_frame_equal(after.obs, data.obs)
                pd.testing.assert_frame_equal(after.var, data.var)
                self.assertEqual((after.X != data.X).nnz, 0)

    def test_seurat_disk_lists_the_index_as_a_column(self):
        data = cells()
        data.raw = data
        data.write_h5ad(self.path("in.h5ad"))
        with h5py.File(self.path("in.h5ad"), "r+") as file:
            file["raw/var"].attrs["column-order"] = np.array(["_index"], dtype=object)
        for ranks in (1, 3):
            self.succeed("pca", self.path("in.h5ad"), self.path("out.h5ad"), "--components", 5, ranks=ranks)
            self.assertEqual(list(anndata.read_h5ad(self.path("out.h5ad")).raw.var_names), list(data.var_names))

    def test_what_lies_in_other_files_is_refused(self):
        cells().write_h5ad(self.path("other.h5ad"))
        with open(self.path("plain.bin"), "wb") as plain:
            plain.write(bytes(80))

        def linked(file):
            file["uns/elsewhere"] = h5py.ExternalLink("other.h5ad", "/X")

        def stored(file):
            file["uns"].create_dataset("elsewhere", (10,), "f8", external=[(self.path("plain.bin"), 0, 80)])

        for number, change in enumerate((linked, stored)):
            cells().write_h5ad(self.path("in.h5ad"))
            with h5py.File(self.path("in.h5ad"), "r+") as file:
                change(file)
            for ranks in (1, 3):
                done = command.replearn("convert", self.path("in.h5ad"), self.path("out.h5ad"), ranks=ranks)
                self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
                self.assertIn("uns/elsewhere", done.messages[0])
                self.assertIn(("other.h5ad", "plain.bin")[number], done.messages[0])
                self.assertFalse(os.path.exists(self.path("out.h5ad")))

    def test_an_array_where_records_are_kept(self):
        cells().write_h5ad(self.path("in.h5ad"))
        with h5py.File(self.path("in.h5ad"), "r+") as file:
            file["uns/replearn"] = 7
        done = command.replearn("convert", self.path("in.h5ad"), self.path("out.h5ad"))
        self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
        self.assertIn("uns/replearn: is an array where a group is expected", done.messages[0])

    def test_groups_in_groups(self):
        for depth, ways in ((90, ((),)), (20000, ((), ("--check-input", "none")))):
            cells().write_h5ad(self.path("in.h5ad"))
            with h5py.File(self.path("in.h5ad"), "r+") as file:
                group = file["uns"]
                for _ in range(depth):
                    group = group.create_group("d")
                group["deep"] = 7
            for words in ways:
                done = command.replearn("convert", self.path("in.h5ad"), self.path("out.h5ad"), *words)
                code = 0 if depth < 100 else 2
                self.assertEqual((done.code, len(done.messages)), (code, code // 2), done.stderr)
                if code == 0:
                    with h5py.File(self.path("out.h5ad")) as file:
                        self.assertEqual(file["uns/" + "d/" * depth + "deep"][()], 7)
                else:
                    self.assertIn("uns/d/d", done.messages[0])
                    self.assertIn("groups deep", done.messages[0])

    def test_many_categorical_columns(self):
        """The cost of a column does not grow with their number: 2,000 columns took 239 s when each looked for its
        table among all, and 5 s since."""
        n, k = 50, 2000
        kinds = pd.Categorical.from_codes(rng.integers(0, 3, n), ["a", "b", "c"])
        obs = pd.DataFrame({f"c{j}": kinds for j in range(k)}, index=[f"r{i}" for i in range(n)])
        cells(n, 5, obs=obs).write_h5ad(self.path("x.h5ad"))
        self.succeed("convert", self.path("x.h5ad"), self.path("y.h5ad"), timeout=60)
        back = anndata.read_h5ad(self.path("y.h5ad"))
        self.assertEqual(list(back.obs.columns), list(obs.columns))
        self.assertTrue((back.obs[f"c{k - 1}"] == kinds).all())

    def test_names_in_latin1(self):
        """As old programs and R write them: what is written has them in UTF-8."""
        data = cells(1000, 40)
        data.obs["kind"] = pd.Categorical([f"k{i % 3}" for i in range(1000)])
        data.obs["number"] = np.arange(1000)
        data.write_h5ad(self.path("in.h5ad"))
        with h5py.File(self.path("in.h5ad"), "r+") as file:
            for old, new in ((b"obs/kind", b"obs/esp\xe8ce"), (b"obs/number", b"obs/num\xe9ro")):
                file.id.move(old, new)
            file["obs"].attrs.create("column-order", np.array([b"esp\xe8ce", b"num\xe9ro"], dtype="S"))
            dense, packed = rng.random((1000, 40)), rng.random((1000, 40))
            file["mine/first/inner"], file["mine/second"] = 7, np.arange(5)
            file.create_dataset("layers/dense", data=dense)
            file.create_dataset("layers/packed", data=packed, compression="gzip")
            file["mine/second"].attrs.create(b"unit\xe9", 3)
            file["mine/odd"] = np.dtype("f8")
            for old, new in ((b"mine/first", b"mine/caf\xe9"), (b"mine/second", b"mine/th\xe9"), (b"mine/odd", b"mine/\xe9"),
                             (b"layers/dense", b"layers/donn\xe9es"), (b"layers/packed", b"layers/donn\xe9es serr\xe9es")):
                file.id.move(old, new)
            file["mine/reference"] = np.array([file[b"mine/th\xe9"].ref], dtype=h5py.ref_dtype)
            file["mine/hard"] = file[b"mine/caf\xe9"]
            file.id.links.create_soft(b"mine/soft", b"/mine/th\xe9")
        for ranks, words, compression in ((1, (), None), (3, ("--compression", "gzip"), "gzip")):
            self.succeed("convert", self.path("in.h5ad"), self.path("out.h5ad"), *words, ranks=ranks)
            with h5py.File(self.path("out.h5ad")) as file:
                self.assertEqual(file["obs"].attrs["column-order"].tolist(), ["espèce", "numéro"])
                np.testing.assert_array_equal(file["obs/espèce/codes"], data.obs["kind"].cat.codes)
                np.testing.assert_array_equal(file["obs/numéro"], np.arange(1000))
                np.testing.assert_array_equal(file["layers/données"], dense)
                np.testing.assert_array_equal(file["layers/données serrées"], packed)
                self.assertEqual(file["layers/données"].compression, compression)
                self.assertEqual(file["mine/café/inner"][()], 7)
                self.assertEqual((file["mine/thé"][()].tolist(), file["mine/thé"].attrs["unité"]), ([0, 1, 2, 3, 4], 3))
                self.assertEqual((file["mine/hard"], file["mine/soft"]), (file["mine/café"], file["mine/thé"]))
                self.assertEqual(file[file["mine/reference"][0]], file["mine/thé"])
                self.assertIsInstance(file["mine/é"], h5py.Datatype)
        for compression in ("gzip", "lzf"):
            data.write_h5ad(self.path("in.h5ad"), compression=compression)
            self.succeed("preprocess", self.path("in.h5ad"), self.path("out.h5ad"), "--highly-variable", "none",
                         "--counts-layer", "donn\udce9es")
            after = anndata.read_h5ad(self.path("out.h5ad"))
            np.testing.assert_array_equal(after.layers["données"], data.X)

    def test_a_soft_link_to_what_is_replaced_keeps_its_values(self):
        data = cells()
        data.write_h5ad(self.path("in.h5ad"))
        with h5py.File(self.path("in.h5ad"), "r+") as file:
            file["layers/raw_counts"] = h5py.SoftLink("/X")
        self.succeed("preprocess", self.path("in.h5ad"), self.path("out.h5ad"), "--highly-variable", "none")
        after = anndata.read_h5ad(self.path("out.h5ad"))
        np.testing.assert_array_equal(after.layers["raw_counts"], data.X)


class Cutting(command.InFolder):
    def cut(self, data, ranks, *words, change=None):
        data.write_h5ad(self.path("in.h5ad"), **({} if not words else {"compression": words[0]}))
        if change:
            with h5py.File(self.path("in.h5ad"), "r+") as file:
                change(file)
        self.succeed("preprocess", self.path("in.h5ad"), self.path("out.h5ad"), "--min-genes", 20, "--min-cells", 20,
                     "--no-normalize", "--no-log1p", "--highly-variable", "none", "--counts-layer", "", ranks=ranks)
        return anndata.read_h5ad(self.path("out.h5ad"))

    def same(self, before, after, where):
        if isinstance(before, pd.DataFrame):
            kept = [name for name in before.columns]
            pd.testing.assert_frame_equal(before, after[kept], obj=where)
        elif scipy.sparse.issparse(before):
            self.assertEqual((before.format, before.dtype, before.shape), (after.format, after.dtype, after.shape), where)
            self.assertEqual((before != after).nnz, 0, where)
        else:
            self.assertEqual(before.dtype, after.dtype, where)
            np.testing.assert_array_equal(before, after, where)

    def test_as_anndata_does(self):
        n, m = 60, 40
        counts = rng.poisson(0.7, (n, m))
        pairs = scipy.sparse.random(n, n, 0.2, "csr", "f8", rng)
        data = cells(n, m, layers={
            "csr": scipy.sparse.csr_matrix(counts.astype("i4")), "csc": scipy.sparse.csc_matrix(counts.astype("f8")),
            "dense": counts.astype("i8"), "bool": scipy.sparse.csr_matrix(counts > 1),
            "none": scipy.sparse.csr_matrix((n, m), dtype="f4")})
        data.raw = cells(n, 50)
        x = np.arange(1, n * m + 1, dtype="f4").reshape(n, m)
        x[1::3, 5:], x[3:, 2::4] = 0, 0
        data.X = scipy.sparse.csr_matrix(x)
        data.obsp["csr"], data.obsp["csc"] = pairs, pairs.tocsc()
        data.obsp["dense"] = pairs.toarray()
        data.varp["genes"] = scipy.sparse.random(m, m, 0.3, "csr", "f4", rng)
        data.obsm["map"], data.varm["loadings"] = rng.random((n, 2)), rng.random((m, 3)).astype("f4")
        data.obsm["sparse"] = scipy.sparse.random(n, 7, 0.5, "csr", "f4", rng)
        data.obsm["frame"] = pd.DataFrame({"a": np.arange(n), "b": [f"t{i}" for i in range(n)]}, index=data.obs_names)
        data.obs["kind"] = pd.Categorical([f"k{i % 4}" for i in range(n)])
        data.obs["text"], data.var["number"] = [f"t{i}" for i in range(n)], np.arange(m)
        rows = np.asarray((data.X > 0).sum(1)).ravel() >= 20
        columns = np.asarray((data.X[rows] > 0).sum(0)).ravel() >= 20
        self.assertTrue(5 < rows.sum() < n - 5 and 5 < columns.sum() < m - 5, (rows.sum(), columns.sum()))
        wanted = data[rows, columns].copy()
        for compression, ranks in (((), 1), ((), 3), (("gzip",), 3), (("lzf",), 2)):
            after = self.cut(data, ranks, *compression)
            for part in ("layers", "obsm", "varm", "obsp", "varp"):
                for key, value in getattr(wanted, part).items():
                    self.same(value, getattr(after, part)[key], f"{part}/{key}")
            self.same(wanted.X, after.X, "X")
            self.same(wanted.raw.X, after.raw.X, "raw/X")
            self.same(wanted.obs, after.obs, "obs")
            self.same(wanted.var, after.var, "var")

    def test_large_elements_by_all_ranks(self):
        n, m = 3000, 400
        data = cells(n, m)
        data.layers["dense"] = rng.standard_normal((n, m)).astype("f4")
        data.layers["csr"] = scipy.sparse.random(n, m, 0.3, "csr", "f4", rng)
        data.layers["csc"] = data.layers["csr"].tocsc()
        data.X[:, :] = 0
        data.X[::3, :200], data.X[5::7, 200:] = 1, 2
        rows = (data.X > 0).sum(1) >= 20
        columns = (data.X[rows] > 0).sum(0) >= 20
        wanted = data[rows, columns].copy()

        def widen(file):
            """As SciPy has them where there are many entries."""
            indices = file["layers/csc/indices"][()].astype("i8")
            del file["layers/csc/indices"]
            file["layers/csc/indices"] = indices

        for compression, ranks in (((), 1), ((), 3), (("lzf",), 1), (("lzf",), 3)):
            after = self.cut(data, ranks, *compression, change=widen)
            for key, value in wanted.layers.items():
                self.same(value, after.layers[key], f"{compression} {ranks} {key}")
            with h5py.File(self.path("out.h5ad")) as file:
                self.assertEqual(file["layers/csr/data"].compression, compression[0] if compression else None)
                self.assertEqual(file["layers/dense"].compression, compression[0] if compression else None)
                self.assertEqual(file["layers/csc/indices"].dtype, "i8")


class Compressing(command.InFolder):
    def filters(self, name):
        found = {}
        with h5py.File(self.path(name)) as file:
            file.visititems(lambda path, it: found.update({path: (it.compression, it.compression_opts)})
                            if isinstance(it, h5py.Dataset) else None)
        return found

    def test_as_asked_for(self):
        data = cells(900, 300)
        data.layers["csr"] = scipy.sparse.csr_matrix(data.X)
        data.write_h5ad(self.path("in.h5ad"))
        arrays = ("X", "layers/csr/data", "layers/csr/indices", "obsm/X_pca", "obsp/distances/data",
                  "obsp/connectivities/indices", "obsp/pdist")
        steps = (("pca", "--components", 20), ("neighbors", "--neighbors", 30), ("pdist",))
        maps = {}
        for wanted, ranks in (("none", 1), ("gzip:6", 3), ("lzf", 2)):
            before = "in.h5ad"
            for step, *words in steps:
                self.succeed(step, self.path(before), self.path(step + ".h5ad"), *words, "--compression", wanted, ranks=ranks)
                before = step + ".h5ad"
            found = self.filters(before)
            filters = {"gzip:6": ("gzip", 6), "lzf": ("lzf", None)}.get(wanted, (None, None))
            self.assertEqual({name: found[name] for name in arrays}, dict.fromkeys(arrays, filters), wanted)
            after = anndata.read_h5ad(self.path(before))
            np.testing.assert_array_equal(after.X, data.X)
            self.assertEqual((after.layers["csr"] != data.layers["csr"]).nnz, 0)
            values = [after.obsm["X_pca"].tobytes(), after.obsp["distances"].data.tobytes(), after.obsp["pdist"].tobytes()]
            self.assertEqual(maps.setdefault("values", values), values, wanted)
        if TODAY:
            read = "import anndata, sys; a = anndata.read_h5ad(sys.argv[1]); print(a.obsp['pdist'].sum() > 0, a.X.sum() > 0)"
            done = subprocess.run([TODAY, "-c", read, self.path("pdist.h5ad")], capture_output=True, text=True)
            self.assertEqual(done.stdout, "True True\n", done.stderr)

    def test_by_default_as_the_input(self):
        data = cells(1500, 60)
        data.X = scipy.sparse.csr_matrix(data.X)
        for compression in ("gzip", "lzf"):
            data.write_h5ad(self.path("in.h5ad"), compression=compression)
            self.succeed("preprocess", self.path("in.h5ad"), self.path("out.h5ad"), "--highly-variable", "none", ranks=2)
            found = self.filters("out.h5ad")
            for name in ("X/data", "X/indices", "layers/counts/data"):
                self.assertEqual(found[name][0], compression, name)
            after = anndata.read_h5ad(self.path("out.h5ad"))
            self.assertEqual((after.layers["counts"] != data.X).nnz, 0)

    def test_word_vectors(self):
        with open(self.path("v.txt"), "w") as file:
            file.write("400 60\n")
            for i in range(400):
                file.write(f"w{i} " + " ".join(str(x) for x in rng.integers(-9, 9, 60)) + "\n")
        outputs = [self.path("v.h5"), self.path("v.h5ad")]
        for wanted, ranks in (("gzip:6", 1), ("lzf", 3)):
            self.succeed("vectors", self.path("v.txt"), "--output", ",".join(outputs), "--compression", wanted, ranks=ranks)
            filters = {"gzip:6": ("gzip", 6), "lzf": ("lzf", None)}[wanted]
            self.assertEqual((self.filters("v.h5")["vectors"], self.filters("v.h5ad")["X"]), (filters, filters))
            self.succeed("vectors", self.path("v.h5"), "--output",
                         self.path("again.h5ad") + "," + self.path("again.txt"))
            self.assertEqual(self.filters("again.h5ad")["X"], filters)
            with open(self.path("v.txt")) as before, open(self.path("again.txt")) as after:
                self.assertEqual(before.read(), after.read())

    def test_words_and_documents_of_text(self):
        words = [f"w{i}" for i in range(300)]
        with open(self.path("t.txt"), "w") as file:
            for _ in range(500):
                file.write(" ".join(rng.choice(words, 20)) + "\n")
        self.succeed("word2vec", "--input", self.path("t.txt"), "--output", self.path("w.h5"), "--min-count", 1,
                     "--dimensions", 64, "--epochs", 1, "--compression", "gzip", ranks=2)
        self.assertEqual(self.filters("w.h5")["vectors"], ("gzip", 4))
        for words, filters in (((), (None, None)), (("--compression", "lzf"), ("lzf", None))):
            self.succeed("docs", "--input", self.path("t.txt"), "--vectors", self.path("w.h5"), "--output",
                         self.path("d.h5ad"), *words, ranks=2)
            self.assertEqual(self.filters("d.h5ad")["X"], filters)

    def test_by_default_as_the_matrix_of_10x(self):
        counts = scipy.sparse.csr_matrix(rng.poisson(2.0, (300, 200)).astype("i4"))
        with h5py.File(self.path("in.h5"), "w") as file:
            matrix = file.create_group("matrix")
            for name, values in (("data", counts.data), ("indices", counts.indices.astype("i8")),
                                 ("indptr", counts.indptr.astype("i8")), ("shape", np.array([200, 300], dtype="i4"))):
                matrix.create_dataset(name, data=values, compression="gzip")
            matrix["barcodes"] = np.array([f"c{i}" for i in range(300)], dtype="S")
            for name in ("id", "name"):
                matrix[f"features/{name}"] = np.array([f"g{j}" for j in range(200)], dtype="S")
            matrix["features/feature_type"] = np.array(["Gene Expression"] * 200, dtype="S")
            matrix["features/genome"] = np.array(["G"] * 200, dtype="S")
        for words, filters in (((), ("gzip", 4)), (("--compression", "none"), (None, None))):
            self.succeed("convert", self.path("in.h5"), self.path("out.h5ad"), *words, ranks=2)
            self.assertEqual(self.filters("out.h5ad")["X/data"], filters)
            self.assertEqual((anndata.read_h5ad(self.path("out.h5ad")).X != counts).nnz, 0)

    def test_room_on_the_disk_is_asked_for_what_is_written(self):
        """A file of 4 MB, of which little is left: compressed, or without most of its rows."""
        data = cells(1000, 60)
        data.X[:, :] = 0
        data.X[:50, :] = 1
        data.layers["dense"] = np.ones((1000, 60), dtype="f8")
        data.obsm["wide"] = np.ones((1000, 800), dtype="f4")
        data.write_h5ad(self.path("in.h5ad"))
        limit = 1 << 20

        def run(*words):
            os.path.exists(self.path("out.h5ad")) and os.remove(self.path("out.h5ad"))
            done = subprocess.run([os.environ["REPLEARN"], *map(str, words)], capture_output=True, text=True,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
            return done.returncode, done.stderr

        files = self.path("in.h5ad"), self.path("out.h5ad")
        self.assertEqual(run("convert", *files, "--compression", "gzip")[0], 0)
        self.assertEqual(run("preprocess", *files, "--min-genes", 1, "--highly-variable", "none")[0], 0)
        code, message = run("convert", *files)
        self.assertEqual((code, "File too large" in message), (1, True), message)

    def test_a_wrong_word_is_told(self):
        for word in ("zip", "gzip:10", "gzip:", "lzf:3"):
            done = command.replearn("pca", "none.h5ad", self.path("out.h5ad"), "--compression", word)
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn(word, done.messages[0])


if __name__ == "__main__":
    command.main(alone=("test_many_categorical_columns",))
