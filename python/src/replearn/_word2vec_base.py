"""What `_word2vec` shares: text in, gensim's KeyedVectors out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from . import _folders, _job, _processes
from ._names import options_of, text_of
from ._settings import Launcher, settings

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


class Word2VecBase:
    """Word vectors from text: skip-gram or CBOW, with gensim's names of the parameters.

    >>> vectors = rl.Word2Vec(vector_size=300, ranks=8).fit("news/*.txt.gz")
    >>> vectors.most_similar("paris")
    """

    _options: ClassVar[dict[str, str]]
    ranks: int | None
    launcher: Launcher | None
    launcher_options: Sequence[str] | None

    def fit(
        self, files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], *, progress: bool | None = None
    ) -> KeyedVectors:
        """Trains on text files, plain or compressed, with one sentence per line or running text.

        Parameters
        ----------
        files
            Files, folders or patterns such as ``news/*.txt.gz``.
        progress
            Show a progress bar (needs tqdm). None: in notebooks and terminals.
        """
        vectors: list[KeyedVectors] = []
        launcher = self.launcher or settings.launcher
        options = options_of(self, self._options)
        size = options.get("dimensions", 100) * 8
        folder = _folders.create(launcher, size * 10**6)
        try:
            arguments = ["word2vec", f"--input={text_of(files)}", f"--output={folder / 'vectors.h5'}"]
            arguments += ["--progress-every", "0.5", "--check-input", "none"]
            arguments += [f"--{name}={text_of(value)}" for name, value in options.items()]
            process = _processes.start(
                folder,
                arguments,
                ranks=settings.ranks if self.ranks is None else self.ranks,
                launcher=launcher,
                launcher_options=settings.launcher_options if self.launcher_options is None else self.launcher_options,
                detached=False,
                grace_seconds=5,
            )
        except BaseException:
            _folders.remove(folder)
            raise
        _job.run(
            "word2vec",
            folder,
            process,
            lambda: None,
            lambda finished: vectors.append(_read(finished / "vectors.h5")),
            {},
            wait=True,
            progress=progress,
        )
        return vectors[0]


def _read(path: Path) -> KeyedVectors:
    """Words, vectors and counts; most frequent first."""
    import h5py
    from gensim.models import KeyedVectors

    with h5py.File(path, "r") as file:
        words: list[Any] = list(file["words"].asstr()[:])
        vectors = KeyedVectors(file["vectors"].shape[1])
        vectors.add_vectors(words, file["vectors"][:])
        if "counts" in file:
            for word, count in zip(words, file["counts"][:], strict=True):
                vectors.set_vecattr(word, "count", int(count))
    return vectors
