"""Folders for the temporary files of jobs."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from ._errors import ReplearnError
from ._settings import Launcher, settings

_MEMORY = Path("/dev/shm")


def places() -> list[Path]:
    """Folders that may contain those of jobs."""
    if settings.folder is not None:
        return [Path(settings.folder)]
    candidates = [_MEMORY, Path(tempfile.gettempdir()), Path.cwd() / ".replearn"]
    return [place for place in candidates if place.is_dir()]


def create(launcher: Launcher, bytes_needed: int) -> Path:
    """A new folder, readable by this user only, on a file system with enough space."""
    if settings.folder is not None:
        place = Path(settings.folder)
    elif launcher != "mpirun":
        place = Path.cwd() / ".replearn"
    else:
        place = _local_place(bytes_needed)
    place.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="replearn-", dir=place))


def _local_place(bytes_needed: int) -> Path:
    # /dev/shm is memory, which the program needs as well.
    if _free_bytes(_MEMORY) // 2 >= bytes_needed:
        return _MEMORY
    place = Path(tempfile.gettempdir())
    if _free_bytes(place) < bytes_needed:
        raise ReplearnError(
            f"{place}: {_free_bytes(place) / 1e9:.1f} GB free, {bytes_needed / 1e9:.1f} GB needed for temporary files",
            hint="set TMPDIR or replearn.settings.folder to a folder on a larger disk",
        )
    return place


def _free_bytes(place: Path) -> int:
    if not os.access(place, os.W_OK):
        return 0
    return shutil.disk_usage(place).free


def shared_memory(folder: Path) -> Path:
    """The folder of Open MPI's shared memory for the job with this folder."""
    return _MEMORY / f"{folder.name}.mpi"


def remove(folder: Path) -> None:
    """Removes the folders of a job, and .replearn if it was the last one."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(shared_memory(folder), ignore_errors=True)
    if folder.parent.name == ".replearn":
        try:
            folder.parent.rmdir()
        except OSError:
            pass
