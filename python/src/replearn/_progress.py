"""Progress of a job, read from its log."""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LINE = re.compile(
    r"^(?P<name>.+?): iteration (?P<iteration>\d+)(?:/(?P<iterations>\d+))?(?: \((?P<phase>[^)]*)\))?"
    r"(?:, (?P<loss_name>[^\d\s,]\S*) (?P<loss>[-+]?\d[\d.]*(?:e[-+]?\d+)?)(?=,|$))?"
)


@dataclass(frozen=True)
class Progress:
    """Progress of an iterative method.

    Attributes
    ----------
    name
        The method, such as ``"t-SNE"``.
    iteration, iterations
        Completed iterations and their total number; 0 if that is unknown.
    phase
        Such as ``"early exaggeration"``; may be empty.
    loss_name, loss
        The quantity that is minimized, and its value; NaN if it was not computed.
    """

    name: str
    iteration: int
    iterations: int
    phase: str
    loss_name: str
    loss: float


def parse_progress(line: str) -> Progress | None:
    """The progress that a line of the log reports, if any."""
    found = _LINE.match(line)
    if not found:
        return None
    return Progress(
        name=found["name"],
        iteration=int(found["iteration"]),
        iterations=int(found["iterations"] or 0),
        phase=found["phase"] or "",
        loss_name=found["loss_name"] or "",
        loss=float(found["loss"]) if found["loss"] else math.nan,
    )


def last_progress(log: Path) -> Progress | None:
    """The last progress in a log file, of which only the end is read."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 8192))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        progress = parse_progress(line)
        if progress:
            return progress
    return None


def shows_progress() -> bool:
    """Whether a progress bar is shown unless one is asked for: in notebooks and terminals, if tqdm is installed."""
    if importlib.util.find_spec("tqdm") is None:
        return False
    return "ipykernel" in sys.modules or sys.stderr.isatty()


class ProgressBar:
    """A tqdm bar for the current iterative method of a job; nothing if it is not enabled."""

    def __init__(self, enabled: bool | None) -> None:
        self._enabled = shows_progress() if enabled is None else enabled
        self._bar: Any = None

    def update(self, progress: Progress | None) -> None:
        if not self._enabled or progress is None:
            return
        if self._bar is None or self._bar.desc != f"{progress.name}: ":
            from tqdm.auto import tqdm

            self.close()
            self._bar = tqdm(total=progress.iterations or None, unit="it")
            self._bar.set_description(progress.name)
        self._bar.total = progress.iterations or None
        self._bar.n = progress.iteration
        if not math.isnan(progress.loss):
            self._bar.set_postfix_str(f"{progress.loss_name} {progress.loss:.4g}", refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
