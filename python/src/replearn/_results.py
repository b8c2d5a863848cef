"""Reads the results of a job into the AnnData."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._elements import ROW, is_writable
from ._errors import ReplearnError

if TYPE_CHECKING:
    from anndata import AnnData

OUTPUT = "output.h5ad"
_GROUPS = ("layers", "obsm", "varm", "obsp", "varp")


@dataclass
class Results:
    """What to take from the output of a job, and under which keys.

    given: paths of the elements that were written to the input, which are not read back.
    """

    adata: AnnData
    verb: str
    key_added: str | None
    given: list[str]
    shape: tuple[int, int]

    def to_record(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "adata"}

    @classmethod
    def from_record(cls, record: dict[str, Any], adata: AnnData) -> Results:
        return cls(adata=adata, **{**record, "shape": tuple(record["shape"])})

    def collect(self, folder: Path) -> None:
        import h5py
        from anndata.io import read_elem

        if self.adata.shape != self.shape:
            raise ReplearnError(
                f"adata has {self.adata.n_obs} cells and {self.adata.n_vars} genes, but had {self.shape[0]} and "
                f"{self.shape[1]} when {self.verb} was started",
                hint="pass the AnnData that the job was started with",
            )
        with h5py.File(folder / OUTPUT, "r") as file:
            if self.verb == "preprocess":
                self._collect_preprocessed(file, read_elem)
                return
            for group in _GROUPS:
                for name in file.get(group, ()):
                    if self._is_result(f"{group}/{name}"):
                        self._store(group, name, read_elem(file[f"{group}/{name}"]))
            for group in ("obs", "var"):
                for name in _columns(file[group]):
                    if self._is_result(f"{group}/{name}"):
                        self._store(group, name, read_elem(file[f"{group}/{name}"]))
            for name in file["uns"]:
                if name == "replearn":
                    recorded = read_elem(file[f"uns/replearn/{self.verb}"])
                    self.adata.uns["replearn"] = {**self.adata.uns.get("replearn", {}), self.verb: recorded}
                elif self._is_result(f"uns/{name}"):
                    self._store("uns", name, read_elem(file[f"uns/{name}"]))

    def _is_result(self, path: str) -> bool:
        return path not in self.given or path.startswith(f"obsm/X_{self.verb}")

    def _store(self, group: str, name: str, value: Any) -> None:
        if self.key_added:
            if group == "uns" and self.verb == "neighbors":
                value = {
                    **value,
                    **{f"{each}_key": self._renamed("obsp", each) for each in ("distances", "connectivities")},
                }
            name = self._renamed(group, name)
        getattr(self.adata, group)[name] = value

    def _renamed(self, group: str, name: str) -> str:
        """The key that Scanpy's `key_added` stands for: of obsm, varm and uns, the prefix of obs, var and obsp."""
        key = self.key_added
        assert key
        if self.verb == "neighbors" and group == "obsp":
            return f"{key}_{name}"
        if name in (self.verb, f"X_{self.verb}", f"X_pca_{self.verb}", "PCs"):
            return key
        if name.startswith(f"{self.verb}_"):
            return key + name.removeprefix(self.verb)
        return name

    def _collect_preprocessed(self, file: Any, read_elem: Any) -> None:
        adata = self.adata
        cells, genes = read_elem(file[f"obs/{ROW}"]), read_elem(file[f"var/{ROW}"])
        x = read_elem(file["X"])
        layers = {name: read_elem(file[f"layers/{name}"]) for name in self._new(file, "layers")}
        if len(cells) < adata.n_obs:
            adata._inplace_subset_obs(cells)
        if len(genes) < adata.n_vars:
            adata._inplace_subset_var(genes)
        adata.X = x
        for name, layer in layers.items():
            adata.layers[name] = layer
        for group in ("obs", "var"):
            frame = getattr(adata, group)
            left = _columns(file[group])
            for name in [name for name in frame if name not in left and is_writable(name)]:
                del frame[name]
            for name in left:
                if f"{group}/{name}" in self.given:
                    continue
                value = read_elem(file[f"{group}/{name}"])
                if getattr(value, "dtype", None) != np.int8:  # not a stand-in
                    frame[name] = value
        for group in ("obsm", "varm", "obsp", "uns"):
            _drop(getattr(adata, group), file.get(group, ()))
        for name in file["uns"]:
            if name == "replearn":
                continue
            value = read_elem(file[f"uns/{name}"])
            if not isinstance(value, (int, np.integer)):  # not a stand-in; the program writes groups
                adata.uns[name] = value
        recorded = adata.uns.get("replearn", {})
        kept = {name: recorded[name] for name in file["uns/replearn"] if name in recorded}
        adata.uns["replearn"] = {**kept, self.verb: read_elem(file[f"uns/replearn/{self.verb}"])}

    def _new(self, file: Any, group: str) -> list[str]:
        return [name for name in file.get(group, ()) if f"{group}/{name}" not in self.given]


def _columns(group: Any) -> list[str]:
    return [str(name) for name in group.attrs["column-order"]]


def _drop(mapping: Any, left: Iterable[str]) -> None:
    for name in [name for name in mapping if name not in left and is_writable(name)]:
        del mapping[name]
