"""Lies in HDF5 files: shapes, types, lengths, links, attributes, storage. damage(path, chance) does one to three of them
to the file, through h5py, so that HDF5 itself finds nothing wrong; it returns what was done."""

import os

import h5py
import numpy as np

TYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">f4", ">i4", "?", "S1", "S7", "c8"]
FAR = [-1, -2, 0, 1, 2, 7, 127, 255, 2**15, 2**31 - 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1, -2**63, float("nan"),
       float("inf"), -float("inf"), 1e300, -0.5]
ENCODINGS = ["array", "csr_matrix", "csc_matrix", "dataframe", "dict", "categorical", "string", "string-array",
             "nullable-integer", "nullable-boolean", "numeric-scalar", "rec-array", "raw", "anndata", "null", "awkward-array",
             "", "nonsense", "é" * 300]


def objects(file):
    """Paths of all datasets and of all groups but the root; a cycle made before is walked once."""
    datasets, groups = [], []
    file.visititems(lambda name, item: (datasets if isinstance(item, h5py.Dataset) else groups).append(name))
    return datasets, [name for name in groups if isinstance(file[name], h5py.Group)]


def replaced(file, name, attributes_kept=True, **creation):
    """A dataset in place of another, with its attributes."""
    kept = dict(file[name].attrs) if attributes_kept and name in file else {}
    if name in file:
        del file[name]
    made = file.create_dataset(name, **creation)
    for key, value in kept.items():
        try:
            made.attrs[key] = value
        except (TypeError, ValueError, OSError):
            pass
    return made


def other_values(values, chance):
    """Values of an odd kind that could stand where `values` do."""
    size = max(1, int(np.size(values)))
    choice = chance.randrange(9)
    if choice == 0:
        return np.array([f"text{i}" for i in range(size)], dtype=h5py.string_dtype())
    if choice == 1:
        made = np.empty(min(size, 50), dtype=h5py.vlen_dtype("i4"))
        for i in range(len(made)):
            made[i] = np.arange(i % 4)
        return made
    if choice == 2:
        return np.zeros(size, dtype=[("a", "f4"), ("b", "i8")])
    if choice == 3:
        return np.zeros(size, dtype=h5py.ref_dtype)
    if choice == 4:
        return np.zeros(size, dtype="V5")
    if choice == 5:
        return np.zeros(size, dtype=h5py.enum_dtype({"NO": 0, "YES": 5}, "i4"))
    if choice == 6:
        return np.zeros(size, dtype=np.dtype(("f4", (3,))))
    if choice == 7:
        return np.array([b"\xff\xfe\x00x"] * size, dtype="S4")
    return np.zeros(size, dtype=chance.choice(TYPES))


# --- what is done to one dataset

def retype(file, name, chance):
    values = file[name][()]
    kind = chance.choice(TYPES)
    try:
        values = np.asarray(values).astype(kind)
    except (TypeError, ValueError):
        values = other_values(values, chance)
    replaced(file, name, data=values)


def odd_type(file, name, chance):
    replaced(file, name, data=other_values(file[name][()], chance))


def reshape(file, name, chance):
    values = np.asarray(file[name][()])
    flat = values.reshape(-1)
    choice = chance.randrange(12)
    shaped = [
        lambda: flat[:-1], lambda: np.concatenate([flat, flat[:1]]), lambda: flat[: len(flat) // 2],
        lambda: np.concatenate([flat, flat]), lambda: flat[:0], lambda: flat.reshape(-1, 1), lambda: flat.reshape(1, -1),
        lambda: np.stack([flat, flat], 1), lambda: np.stack([flat, flat]), lambda: values.T,
        lambda: flat.reshape(1, 1, -1), lambda: flat[0] if len(flat) else flat][choice]()
    dtype = file[name].dtype if h5py.check_string_dtype(file[name].dtype) else None
    replaced(file, name, data=shaped, dtype=dtype)


def nothing_in_it(file, name, chance):
    replaced(file, name, data=h5py.Empty(chance.choice(["f4", "i8", "S3"])))


def huge(file, name, chance):
    """Promises what was never stored: chunks that were not written are no bytes."""
    # Either a few megabytes or what no machine has; what this one has just so would only slow the fuzzing.
    shape = [2**20] if chance.random() < 0.3 else [chance.choice([2**36, 2**40, 2**55])]
    while len(shape) < 3 and chance.random() < 0.5:
        shape.insert(chance.randrange(2), chance.choice([1, 3]))
    chunks = tuple(min(extent, 4) for extent in shape)
    dtype = file[name].dtype
    replaced(file, name, shape=tuple(shape), dtype=dtype, chunks=chunks, compression=chance.choice([None, "gzip"]))


def stored_otherwise(file, name, chance):
    values = file[name][()]
    if np.ndim(values) == 0:
        return retype(file, name, chance)
    shape = np.shape(values)
    dtype = file[name].dtype
    text = h5py.check_string_dtype(dtype) is not None
    options = dict(chunks=tuple(chance.randint(1, max(1, extent)) for extent in shape), shuffle=chance.random() < 0.3,
                   compression=chance.choice([None, "gzip", "lzf"]), fletcher32=chance.random() < 0.3 and not text,
                   maxshape=tuple(chance.choice([None, extent]) for extent in shape))
    if min(shape) == 0:
        return reshape(file, name, chance)
    replaced(file, name, data=values, dtype=dtype if text else None, **options)


def unknown_filter(file, name, chance):
    """A filter that is not installed, optional or not, on chunks that were stored without it."""
    values = np.asarray(file[name][()])
    if values.ndim == 0 or values.size == 0 or values.dtype.hasobject:
        return stored_otherwise(file, name, chance)
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk(tuple(max(1, extent // 2) for extent in values.shape))
    properties.set_filter(chance.choice([32015, 32004, 32001, 305]), h5py.h5z.FLAG_OPTIONAL)
    kept = dict(file[name].attrs)
    del file[name]
    space = h5py.h5s.create_simple(values.shape)
    made = h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(values.dtype, logical=True), space, properties)
    made = h5py.Dataset(made)
    made[...] = values
    for key, value in kept.items():
        made.attrs[key] = value


def in_another_file(file, name, chance):
    """External raw storage: the values are another file's bytes."""
    shape, dtype = file[name].shape or (8,), file[name].dtype
    dtype = np.dtype("u1") if dtype.hasobject else dtype
    size = int(np.prod(shape)) * dtype.itemsize
    where = chance.choice(["/etc/passwd", "missing.raw", os.path.basename(file.filename), "/dev/zero"])
    replaced(file, name, shape=shape, dtype=dtype, external=[(where, 0, chance.choice([size, h5py.h5f.UNLIMITED]))])


def put_together(file, name, chance):
    """A virtual dataset, of this file's or a missing one's values."""
    shape, dtype = file[name].shape or (8,), file[name].dtype
    if not shape or min(shape) == 0:
        return nothing_in_it(file, name, chance)
    layout = h5py.VirtualLayout(shape=shape, dtype=dtype)
    layout[...] = h5py.VirtualSource(chance.choice([".", "missing.h5", "/etc/passwd"]), chance.choice([name, "X", "nowhere"]),
                                     shape=shape, dtype=dtype)
    kept = dict(file[name].attrs)
    del file[name]
    made = file.create_virtual_dataset(name, layout, fillvalue=None if dtype.hasobject else 0)
    for key, value in kept.items():
        made.attrs[key] = value


def values_changed(file, name, chance):
    dataset = file[name]
    values = dataset[()]
    if dataset.dtype.fields or np.size(values) == 0:
        return retype(file, name, chance)
    if h5py.check_string_dtype(dataset.dtype):
        flat = np.array(values, dtype=object).reshape(-1)
        odd = [b"", b"\xff\xfe", b"x" * 70000, b"a/b", b".", "é".encode(), b"nan", b" ", b"\n", flat[0], flat[-1]]
        for _ in range(chance.choice([1, 1, 3])):
            flat[chance.randrange(len(flat))] = chance.choice(odd)
        if chance.random() < 0.1:
            flat[:] = flat[0]
        changed = flat.reshape(np.shape(values))
        return replaced(file, name, data=changed if np.ndim(values) else flat[0], dtype=h5py.string_dtype())
    if values.dtype.hasobject or values.dtype.kind not in "biuf":
        return retype(file, name, chance)
    flat = np.array(values).reshape(-1)
    whole = flat.dtype.kind in "iu"
    limits = np.iinfo(flat.dtype) if whole else None
    choice = chance.randrange(7)
    if choice < 4:
        for _ in range(chance.choice([1, 1, 2, 5])):
            value = chance.choice(FAR + [len(flat), len(flat) - 1, len(flat) + 1])
            if whole:
                value = 0 if value != value else int(min(max(value, limits.min), limits.max))
            elif flat.dtype.kind == "b":
                value = bool(value)
            with np.errstate(over="ignore"):
                flat[chance.choice([0, len(flat) - 1, chance.randrange(len(flat))])] = value
    elif choice == 4:
        chance.shuffle(flat)
    elif choice == 5:
        flat[:] = flat[0]
    else:
        flat[:] = flat[::-1].copy()
    changed = flat.reshape(np.shape(values))
    try:
        dataset[...] = changed
    except (OSError, TypeError):
        replaced(file, name, data=changed)


def longer_by_one(file, name, chance):
    """This one and its neighbors in the group cut or lengthened alike, so that they still agree with each other."""
    parent = file[name].parent
    for key in list(parent):
        item = parent.get(key)
        if isinstance(item, h5py.Dataset) and item.ndim == 1 and item.shape == file[name].shape and len(item) > 1:
            path = item.name.strip("/")
            if path != name:
                replaced(file, path, data=item[:-1], dtype=item.dtype)
    if file[name].ndim == 1 and len(file[name]) > 1:
        replaced(file, name, data=file[name][:-1], dtype=file[name].dtype)


# --- what is done to any object

def gone(file, name, chance):
    del file[name]


def link(file, name, chance):
    datasets, groups = objects(file)
    target = chance.choice(datasets + groups + ["nowhere", name])
    kind = chance.randrange(4)
    parent = name.rpartition("/")[0] or "/"
    if kind == 0:
        del file[name]
        file[name] = h5py.SoftLink("/" + target)
    elif kind == 1:
        del file[name]
        file[name] = h5py.ExternalLink(chance.choice(["missing.h5", "/etc/passwd", os.path.basename(file.filename), ".", "/dev/zero"]),
                                       "/" + target)
    elif kind == 2:
        kept = file[parent]  # a group within itself
        del file[name]
        file[name] = kept
    else:
        if target not in file or target == name or target.startswith(name + "/"):
            return gone(file, name, chance)
        kept = file[target]
        del file[name]
        file[name] = kept


def swapped(file, name, chance):
    datasets, groups = objects(file)
    other = chance.choice(datasets + groups)
    if other == name or other.startswith(name + "/") or name.startswith(other + "/"):
        return gone(file, name, chance)
    file.move(name, "aside")
    file.move(other, name)
    file.move("aside", other)


def dataset_for_group(file, name, chance):
    kept = dict(file[name].attrs)
    group = isinstance(file[name], h5py.Group)
    del file[name]
    made = file.create_dataset(name, data=np.arange(4.0)) if group else file.create_group(name)
    for key, value in kept.items():
        made.attrs[key] = value


def odd_child(file, name, chance):
    group = file[name] if isinstance(file[name], h5py.Group) else file[name].parent
    kind = chance.randrange(6)
    if kind == 0:
        group[chance.choice(["x" * 5000, "é\n", " ", b"\xff\xfe", "a.b", "-1", "%s%n"])] = np.arange(3)
    elif kind == 1:
        for _ in range(200):
            group = group.create_group("deep")
    elif kind == 2:
        group["a type"] = np.dtype([("a", "f4")])
    elif kind == 3:
        group.create_dataset("strange", data=other_values(np.zeros(6), chance))
    elif kind == 4:
        group["around"] = h5py.SoftLink("around")
    else:
        for i in range(300):
            group.create_dataset(f"many{i}", data=i)


# --- what is done to attributes

def attribute(file, name, chance):
    item = file[chance.choice([name, name, "/"])]
    names = list(item.attrs)
    if not names:
        item.attrs["encoding-type"] = chance.choice(ENCODINGS)
        return
    key = chance.choice(names)
    value = item.attrs[key]
    kind = chance.randrange(9)
    if kind == 0:
        del item.attrs[key]
    elif kind == 1:
        item.attrs[key] = other_values(value, chance)
    elif kind == 2:
        item.attrs[key] = h5py.Empty("f4")
    elif kind == 3:
        item.attrs[key] = np.arange(chance.choice([0, 1, 3, 4000]), dtype=chance.choice(["i1", "i8", "f8"]))
    elif kind == 4:
        item.attrs[key] = np.array([["a", "b"], ["c", "d"]], dtype=h5py.string_dtype())
    elif kind == 5:
        item.attrs[key] = chance.choice(["", "x" * 60000, "nowhere", "/", "..", "_index", "X", np.bytes_(b"\xff\xfe")])
    elif isinstance(value, np.ndarray) and value.size and value.dtype.kind in "iuf":
        changed = np.array(value).astype(chance.choice(["i8", "i8", "f8"])).reshape(-1)
        with np.errstate(invalid="ignore", over="ignore"):
            far = chance.choice(FAR + [int(changed[0]) + 1, int(changed[0]) - 1])
            far = 0 if far != far and changed.dtype.kind == "i" else far
            if changed.dtype.kind == "i":
                far = int(min(max(far, -2**63), 2**63 - 1))
            changed[chance.randrange(len(changed))] = far
        item.attrs[key] = changed[::-1].copy() if chance.random() < 0.2 else changed
    elif isinstance(value, np.ndarray) and value.size:
        flat = [str(each) for each in value.reshape(-1)]
        flat[chance.randrange(len(flat))] = chance.choice([flat[0], "missing", "", "_index", "é" * 100])
        item.attrs[key] = np.array(flat, dtype=h5py.string_dtype())
    elif isinstance(value, (str, bytes)):
        item.attrs[key] = chance.choice(ENCODINGS)
    else:
        item.attrs[key] = chance.choice([0, 1, 7, -1, "text", 2.5, True])


OF_DATASETS = [retype, odd_type, reshape, reshape, nothing_in_it, huge, stored_otherwise, unknown_filter, in_another_file,
               put_together, values_changed, values_changed, values_changed, longer_by_one]
OF_OBJECTS = [gone, link, swapped, dataset_for_group, odd_child, attribute, attribute, attribute]
FAILURES = (OSError, TypeError, ValueError, KeyError, RuntimeError, AttributeError, IndexError, OverflowError, NotImplementedError,
            MemoryError)


def damage(path, chance):
    done = []
    with h5py.File(path, "r+") as file:
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            try:
                datasets, groups = objects(file)
                if not datasets:
                    break
                if chance.random() < 0.6:
                    name, how = chance.choice(datasets), chance.choice(OF_DATASETS)
                else:
                    name, how = chance.choice(datasets + groups), chance.choice(OF_OBJECTS)
                done.append(f"{how.__name__} {name}")
                how(file, name, chance)
            except FAILURES as failure:  # a lie that h5py does not let us tell
                done.append(f"({type(failure).__name__})")
    return "; ".join(done)
