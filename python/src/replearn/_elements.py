"""The parts of an AnnData that a job needs, and the .h5ad they are written to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import InputError

if TYPE_CHECKING:
    from anndata import AnnData

_FEW_COLUMNS = 50  # the program uses X itself, instead of principal components, up to so many columns
ROW = "replearn_row"  # column of obs and var with the original positions

Options = Mapping[str, Any]  # by their names in the program


class Elements:
    """Elements of an .h5ad by their paths ("obsm/X_pca"), collected from an AnnData without copying them."""

    def __init__(self, adata: AnnData) -> None:
        self.adata = adata
        self.obs: dict[str, Any] = {}
        self.var: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.stand_ins: set[str] = set()  # paths of elements whose values are not those of the AnnData

    def add_matrix(self, name: str) -> None:
        """X, layers/NAME or raw/X, with its gene names; unknown names are left for the program to report."""
        adata = self.adata
        if name == "raw/X":
            if adata.raw is None:
                raise InputError("matrix='raw/X': adata.raw is None", hint="choose 'X' or 'layers/NAME'")
            self.values["raw/X"] = adata.raw.X
            self.values["raw/var"] = adata.raw.var[[]]
        elif name.startswith("layers/"):
            layer = name.removeprefix("layers/")
            for key in [layer] if layer in adata.layers else list(adata.layers):
                self.values[f"layers/{key}"] = adata.layers[key]
        elif adata.X is None:
            raise InputError("adata.X is None", hint="set adata.X, or choose a layer by matrix='layers/NAME'")
        else:
            self.values["X"] = adata.X
        self.add_var(["highly_variable", "feature_types"])

    def add_representation(self, name: str, n_pcs: int | None = None) -> None:
        adata = self.adata
        if n_pcs is not None:
            if name not in ("auto", "X_pca") or "X_pca" not in adata.obsm:
                raise InputError("n_pcs needs adata.obsm['X_pca']", hint="run replearn.pp.pca, or omit n_pcs")
            self.values["obsm/X_pca"] = np.asarray(adata.obsm["X_pca"])[:, :n_pcs]
        elif name == "X" or (name == "auto" and "X_pca" not in adata.obsm):
            self.add_matrix("X")
        else:
            self.add_mapping("obsm", "X_pca" if name == "auto" else name)

    def add_mapping(self, group: str, key: str) -> None:
        """An entry of obsm or obsp; all of them if it does not exist, so that the program suggests the nearest."""
        mapping = getattr(self.adata, group)
        key = key.removeprefix(f"{group}/")
        for name in [key] if key in mapping else list(mapping):
            value = mapping[name]
            self.values[f"{group}/{name}"] = value.to_numpy() if hasattr(value, "to_numpy") else value  # a DataFrame

    def add_obs(self, columns: Iterable[str]) -> None:
        for column in columns:
            for name in [column] if column in self.adata.obs else list(self.adata.obs):
                self.obs[name] = self.adata.obs[name]

    def add_var(self, columns: Iterable[str]) -> None:
        for column in columns:
            if column in self.adata.var:
                self.var[column] = self.adata.var[column]

    @property
    def paths(self) -> list[str]:
        """Paths of the elements, without stand-ins."""
        paths = [*self.values, *(f"obs/{name}" for name in self.obs), *(f"var/{name}" for name in self.var)]
        return [path for path in paths if path not in self.stand_ins]

    @property
    def bytes(self) -> int:
        names = 100 * (self.adata.n_obs + self.adata.n_vars)
        columns = 8 * (len(self.obs) * self.adata.n_obs + len(self.var) * self.adata.n_vars)
        return int(names + columns) + sum(bytes_of(value) for value in self.values.values())

    def write(self, path: Path) -> None:
        import h5py
        import pandas as pd
        from anndata.io import write_elem

        with h5py.File(path, "w") as file:
            file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
            write_elem(file, "obs", pd.DataFrame(self.obs, index=self.adata.obs_names))
            write_elem(file, "var", pd.DataFrame(self.var, index=self.adata.var_names))
            for group in sorted({name.split("/")[0] for name in self.values if "/" in name}):
                # raw has no encoding of its own; the others are dictionaries.
                file.create_group(group).attrs.update(
                    {"encoding-type": "raw" if group == "raw" else "dict", "encoding-version": "0.1.0"}
                )
            for name, value in self.values.items():
                write_elem(file, name, value)


def is_writable(name: Any) -> bool:
    """Whether an .h5ad can have an element or a column of this name."""
    return isinstance(name, str) and "/" not in name and name not in ("_index", "")


def bytes_of(value: Any) -> int:
    from scipy import sparse

    if sparse.issparse(value):
        return sum(int(part.nbytes) for part in (value.data, value.indices, value.indptr))
    return int(getattr(value, "nbytes", 0))


def as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return value.split(",") if isinstance(value, str) else [str(each) for each in value]


def elements_for(verb: str, adata: AnnData, options: Options, defaults: Options, n_pcs: int | None) -> Elements:
    """What the verb reads with these options; defaults: of all its options."""
    elements = Elements(adata)

    def option(name: str) -> Any:
        value = options.get(name)
        return defaults.get(name) if value is None else value

    if verb == "preprocess":
        _add_for_preprocess(elements, option("matrix"), as_list(option("batch-key")))
        return elements
    if verb == "evaluate":
        _add_for_evaluate(elements, as_list(option("basis")), option("reference"))
        for name in ("labels", "clusters", "batch"):
            if option(name):
                elements.add_obs([option(name)])
        return elements
    if verb == "harmony":
        rep = option("use-rep")
        elements.add_representation("auto" if rep == "X_pca" else rep, n_pcs)
        elements.add_obs(as_list(option("batch-key")))
        return elements
    has_graph = verb in ("umap", "leiden") and _add_weights(elements, option("graph-key"))
    # bigan has both options; use-rep, empty by default, takes precedence.
    if option("use-rep"):
        unused = option("affinities-key") or option("distances-key") or (has_graph and option("start") != "pca")
        if not unused or option("use-rep") != "auto":
            elements.add_representation(option("use-rep"), n_pcs)
        elif "X_pca" in adata.obsm and verb != "leiden":  # initial positions
            elements.add_representation("X_pca", n_pcs)
    elif option("matrix"):
        elements.add_matrix(option("matrix"))
    for name in ("start-key", "anchor-points"):
        if option(name):
            elements.add_mapping("obsm", option(name))
    for name in ("affinities-key", "distances-key"):
        if option(name):
            elements.add_mapping("obsp", option(name))
    for name in ("condition", "labels", "point-weights"):
        elements.add_obs(as_list(option(name)))
    for name in ("pull", "push"):
        elements.add_obs(re.split("=", term)[0].strip() for term in as_list(option(name)))
    if verb == "tsne" and option("stored-graph") and not option("affinities-key"):
        _add_graph(elements, option)
    return elements


def _add_for_evaluate(elements: Elements, bases: list[str], reference: str) -> None:
    """The maps and what they represent."""
    if bases in ([], ["auto"]):
        bases = [
            name for name, values in elements.adata.obsm.items() if np.ndim(values) == 2 and values.shape[1] in (2, 3)
        ]
    for name in [*bases, reference]:
        elements.add_representation(name)


def _add_weights(elements: Elements, key: str) -> bool:
    """The graph of UMAP or Leiden; without connectivities the program searches for neighbors."""
    if key.removeprefix("obsp/") == "connectivities" and "connectivities" not in elements.adata.obsp:
        return False
    elements.add_mapping("obsp", key)
    return True


def _add_graph(elements: Elements, option: Any) -> None:
    """The neighbors of the AnnData, if they may be enough for the affinities."""
    from scipy import sparse

    adata = elements.adata
    if "distances" not in adata.obsp or "neighbors" not in adata.uns:
        return
    perplexity = option("perplexity")
    largest = max(float(each) for each in (perplexity if isinstance(perplexity, Sequence) else [perplexity]))
    needed = min(3 * largest if option("affinities") == "perplexity" else 30, adata.n_obs - 1)
    if isinstance(option("affinity-neighbors"), int):
        needed = option("affinity-neighbors")
    graph = adata.obsp["distances"]
    if sparse.issparse(graph) and np.diff(graph.tocsr().indptr).min(initial=0) >= needed // 3:
        elements.values["obsp/distances"] = graph
        metric = adata.uns["neighbors"].get("params", {}).get("metric")
        if isinstance(metric, str):
            elements.values["uns/neighbors"] = {"params": {"metric": metric}}


def _add_for_preprocess(elements: Elements, matrix: str, batches: list[str]) -> None:
    """The matrix that becomes X, batches, and the names of everything else, with stand-ins (int8) for the values.

    The program removes what it invalidates.
    """
    from scipy import sparse

    adata = elements.adata
    names = [matrix]
    if matrix == "auto":
        names = ["layers/counts"] if "counts" in adata.layers else []
        names += ["raw/X"] if adata.raw is not None else []
        names += ["X"] if adata.X is not None else []
    for name in names or ["X"]:
        elements.add_matrix(name)
    elements.add_obs(batches)
    elements.add_var(["feature_types"])
    real = set(elements.paths)
    elements.obs = {name: np.zeros(adata.n_obs, np.int8) for name in adata.obs if is_writable(name)} | elements.obs
    types = {name: elements.var[name] for name in elements.var if name == "feature_types"}
    elements.var = {name: np.zeros(adata.n_vars, np.int8) for name in adata.var if is_writable(name)} | types
    for name in filter(is_writable, adata.obsm):
        elements.values[f"obsm/{name}"] = np.zeros((adata.n_obs, 1), np.int8)
    for name in filter(is_writable, adata.varm):
        elements.values[f"varm/{name}"] = np.zeros((adata.n_vars, 1), np.int8)
    for name in filter(is_writable, adata.obsp):
        elements.values[f"obsp/{name}"] = sparse.csr_matrix((adata.n_obs, adata.n_obs), dtype=np.float32)
    for name in adata.uns:
        if is_writable(name):
            elements.values[f"uns/{name}"] = np.int8(0)
    if "replearn" in adata.uns:
        elements.values["uns/replearn"] = {name: {"version": ""} for name in adata.uns["replearn"]}
    elements.stand_ins = set(elements.paths) - real | {"var/highly_variable"}
    elements.obs[ROW] = np.arange(adata.n_obs)
    elements.var[ROW] = np.arange(adata.n_vars)


def elements_of_reference(verb: str, adata: AnnData, options: Options, defaults: Options) -> Elements:
    """A map or a model that new cells are placed in: everything but the layers and graphs."""
    elements = Elements(adata)
    elements.add_var(adata.var.columns)
    use_rep = options.get("use-rep") or defaults.get("use-rep")
    reads_x = use_rep == "X" or (use_rep == "auto" and "X_pca" not in adata.obsm)
    # Scanpy does not store the means of its components; the program then computes them from X.
    needs_means = verb == "pca" and "mean" not in adata.uns.get("pca", {})
    if (reads_x or needs_means) and adata.X is not None:
        elements.values["X"] = adata.X
    for group in ("obsm", "varm"):
        for name, value in getattr(adata, group).items():
            elements.values[f"{group}/{name}"] = value
    for name in (verb, "pca"):
        if name in adata.uns:
            elements.values[f"uns/{name}"] = adata.uns[name]
    if "replearn" in adata.uns:
        elements.values["uns/replearn"] = adata.uns["replearn"]
    return elements
