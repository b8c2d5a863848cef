"""replearn on AnnData: t-SNE, Sammon maps, PCA, neighbors and generative models on any number of MPI ranks.

>>> import replearn as rl
>>> rl.pp.preprocess(adata)
>>> rl.pp.pca(adata)
>>> rl.tl.tsne(adata, ranks=8)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import pp, tl
from ._errors import Canceled, InputError, ProgramNotFoundError, ReplearnError, Stopped
from ._job import Job, jobs
from ._program import find_program
from ._progress import Progress
from ._settings import Settings, settings
from ._version import __version__

if TYPE_CHECKING:
    from ._estimators import PCA, TSNE, KNeighborsTransformer, SammonMap
    from ._word2vec import Word2Vec

__all__ = [
    "PCA",
    "TSNE",
    "Canceled",
    "InputError",
    "Job",
    "KNeighborsTransformer",
    "ProgramNotFoundError",
    "Progress",
    "ReplearnError",
    "SammonMap",
    "Settings",
    "Stopped",
    "Word2Vec",
    "__version__",
    "find_program",
    "jobs",
    "pp",
    "settings",
    "tl",
]


def __getattr__(name: str) -> Any:
    # scikit-learn and gensim are imported when they are used: they take most of a second.
    if name in ("PCA", "TSNE", "KNeighborsTransformer", "SammonMap"):
        from . import _estimators

        return getattr(_estimators, name)
    if name == "Word2Vec":
        from ._word2vec import Word2Vec

        return Word2Vec
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
