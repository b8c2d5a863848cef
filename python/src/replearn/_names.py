"""Python's names for the options of the program, and its texts for Python's values."""

from __future__ import annotations

import inspect
import os
from typing import Any

# Scanpy's names of these options, which the program accepts as well.
SCANPY = {
    "components": "n_comps",
    "neighbors": "n_neighbors",
    "seed": "random_state",
    "center": "zero_center",
    "top-genes": "n_top_genes",
    "lambda": "lamb",  # a keyword of Python; harmonypy's name
}
# scikit-learn's, for the estimators.
SCIKIT_LEARN = {**SCANPY, "components": "n_components", "dimensions": "n_components"}
# gensim's, for Word2Vec.
GENSIM = {
    "dimensions": "vector_size",
    "hierarchical-softmax": "hs",
    "sampling-power": "ns_exponent",
    "max-words": "max_final_vocab",
}


def python_name(option: str, names: dict[str, str]) -> str:
    return names.get(option, option.replace("-", "_"))


def option_name(python: str, names: dict[str, str]) -> str:
    """The option of the program that the Python argument stands for."""
    return next((option for option, name in names.items() if name == python), python.replace("_", "-"))


def text_of(value: Any) -> str:
    """A value as the program reads it."""
    if value is None:
        return "none"
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return "yes" if value else "no"
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, dict):
        raise TypeError(f"{value!r}: a number, a text or a list of them was expected")
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        return text_of(value.item())  # a NumPy scalar
    if hasattr(value, "__iter__"):
        return ",".join(text_of(each) for each in value)
    return repr(value) if isinstance(value, float) else str(value)


def options_of(parameters: Any, names: dict[str, str]) -> dict[str, Any]:
    """The options that differ from their defaults; presets and rules of the program decide about the others."""
    signature = inspect.signature(type(parameters).__init__)
    given = {}
    for name, option in names.items():
        value, default = getattr(parameters, name), signature.parameters[name].default
        if value is default or (type(value) is type(default) and value == default):
            continue
        given[option] = value
    return given
