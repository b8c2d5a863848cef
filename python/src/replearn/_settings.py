"""Defaults of all calls, to be set once: `replearn.settings.ranks = 8`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Launcher = Literal["mpirun", "srun", "sbatch"]


@dataclass
class Settings:
    """Defaults for the arguments of the same names, and where temporary files are kept.

    Attributes
    ----------
    ranks
        Number of processes. Results do not depend on it, except those of neural networks within a tolerance.
    launcher
        ``"mpirun"``: on this machine (a single rank is started directly); ``"srun"``: in the SLURM allocation of this
        session; ``"sbatch"``: as a SLURM job of its own.
    launcher_options
        Further options of the launcher, such as ``["--time=2:00:00", "--partition=main"]``.
    folder
        Folder for temporary files. None: ``/dev/shm`` if they fit into it, else ``TMPDIR``; with srun and sbatch
        ``.replearn`` in the current folder, since all nodes must see them.
    """

    ranks: int = 1
    launcher: Launcher = "mpirun"
    launcher_options: Sequence[str] = ()
    folder: str | Path | None = None


settings = Settings()
