"""A job: a run of the program whose results go to an AnnData or an estimator when it is done."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _folders, _processes
from ._errors import Canceled, ReplearnError, error_from_log
from ._progress import Progress, ProgressBar, last_progress

if TYPE_CHECKING:
    from anndata import AnnData

_LATE_SECONDS = 15  # how long the exit code of an ended job may take to appear on a shared file system


class Job:
    """A run of the program, as returned by the functions of `replearn.pp` and `replearn.tl`.

    With ``wait=False`` they return while it runs: `wait` then stores the results. Such a job goes on when the
    notebook ends; `Job.attach` finds it again by its `folder`.
    """

    def __init__(
        self, verb: str, folder: Path, process: _processes.Process, collect: Callable[[Path], None] | None
    ) -> None:
        self.verb = verb
        self.folder = folder
        self._process = process
        self._collect = collect
        self._begin = time.monotonic()
        self._seconds: float | None = None
        self._final_log: str | None = None
        self._final_progress: Progress | None = None
        self._outcome: str | None = None
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    @classmethod
    def attach(cls, folder: str | Path, adata: AnnData) -> Job:
        """The job in this folder, started with ``wait=False`` in another session. Its results go to `adata`, which must
        have the cells and genes of the one that the job was started with.
        """
        from ._results import Results

        folder = Path(folder)
        try:
            record = json.loads((folder / "job.json").read_text())
        except FileNotFoundError:
            raise ReplearnError(f"{folder}: not the folder of a job", hint="replearn.jobs() lists them") from None
        results = Results.from_record(record["results"], adata)
        return cls(record["verb"], folder, _processes.attach(folder, record["process"]), results.collect)

    @property
    def state(self) -> str:
        """``"pending"`` (in SLURM's queue), ``"running"`` or ``"ended"``.

        Once waited for, ``"finished"``, ``"failed"`` or ``"canceled"``.
        """
        return self._outcome or self._process.state()

    @property
    def progress(self) -> Progress | None:
        """The last progress in the log; None before the first iteration."""
        return self._final_progress if self._outcome else last_progress(self.folder / "log")

    @property
    def log(self) -> str:
        """What the program has written to its log so far."""
        if self._final_log is not None:
            return self._final_log
        try:
            return (self.folder / "log").read_text(errors="replace")
        except FileNotFoundError:
            return ""

    @property
    def seconds(self) -> float:
        """Time since the job was started, or that it took."""
        return time.monotonic() - self._begin if self._seconds is None else self._seconds

    def wait(self, timeout: float | None = None, *, progress: bool | None = None) -> Job:
        """Waits for the end, stores the results and removes the temporary files.

        Ctrl-C ends the waiting, not the job.

        Parameters
        ----------
        timeout
            Maximum time to wait, in seconds; then a TimeoutError is raised and the job goes on.
        progress
            Whether to show a progress bar; needs tqdm. None: in notebooks and terminals.

        Raises
        ------
        InputError
            For invalid data or options.
        ReplearnError
            If the program failed for another reason.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        bar = ProgressBar(progress)
        try:
            while self._outcome is None and self._process.state() != "ended":
                if deadline is not None and time.monotonic() >= deadline:
                    raise TimeoutError(f"{self!r} goes on")
                bar.update(self.progress)
                left = 0.2 if deadline is None else min(0.2, deadline - time.monotonic())
                self._process.wait(max(left, 0))
            bar.update(self.progress)
        finally:
            bar.close()
        self._finish()
        return self

    def cancel(self) -> None:
        """Ends the program on all ranks and removes the temporary files. A job with a checkpoint can be resumed by the
        same call. Returns when no rank is left.
        """
        with self._lock:
            if self._outcome is not None:
                return
            self._process.cancel()
            self._error = Canceled(f"{self.verb} was canceled", log=self.log)
            self._close("canceled")

    def _finish(self) -> None:
        with self._lock:
            if self._outcome is None:
                self._error = self._end()
            if self._error is not None:
                raise self._error

    def _end(self) -> BaseException | None:
        """Collects the results of the ended program; returns the error, if any."""
        code = self._exit_code()
        error: BaseException | None = None
        if code != 0:
            log = self.log or self._launcher_log()
            for file, argument in (("input.h5ad", "adata"), ("reference.h5ad", "reference")):
                log = log.replace(str(self.folder / file), argument)
            error = error_from_log(code, log)
        elif self._collect:
            try:
                self._collect(self.folder)
            except BaseException as raised:
                error = raised
        self._close("failed" if error else "finished")
        return error

    def _exit_code(self) -> int | None:
        deadline = time.monotonic() + _LATE_SECONDS
        code = self._process.exit_code()
        while code is None and time.monotonic() < deadline:
            time.sleep(0.1)
            code = self._process.exit_code()
        return code

    def _launcher_log(self) -> str:
        try:
            return (self.folder / "slurm.out").read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def _close(self, outcome: str) -> None:
        self._final_log = self.log
        self._final_progress = last_progress(self.folder / "log")
        self._seconds = time.monotonic() - self._begin
        self._outcome = outcome
        self._collect = None  # releases the AnnData
        _folders.remove(self.folder)

    def _record(self, results: dict[str, Any]) -> None:
        record = {"verb": self.verb, "process": self._process.record(), "results": results}
        part = self.folder / "job.json.part"
        part.write_text(json.dumps(record))
        part.rename(self.folder / "job.json")

    def __repr__(self) -> str:
        where = "" if self._outcome else f", folder='{self.folder}'"
        return f"<Job {self.verb}: {self.state}, {self.seconds:.1f} s{where}>"


def jobs(folder: str | Path | None = None) -> list[Path]:
    """Folders of the jobs that were started with ``wait=False`` and not yet waited for, oldest first.

    Parameters
    ----------
    folder
        Where to look, such as ``.replearn`` for SLURM jobs; None: wherever this session would create them.
    """
    places = [Path(folder)] if folder is not None else _folders.places()
    found = {}
    for place in places:
        for path in place.glob("replearn-*/job.json"):
            try:
                found[path.parent] = path.stat().st_mtime
            except FileNotFoundError:  # a job that has just ended
                pass
    return sorted(found, key=lambda folder: found[folder])


def run(
    verb: str,
    folder: Path,
    process: _processes.Process,
    prepare: Callable[[], None],
    collect: Callable[[Path], None],
    record: dict[str, Any],
    *,
    wait: bool,
    progress: bool | None,
) -> Job:
    """Writes the input by `prepare` and runs the job. On any error or interrupt nothing is left."""
    job = Job(verb, folder, process, collect)
    try:
        prepare()
        process.go()
        if not wait or isinstance(process, _processes.SlurmJob):  # which goes on if Python is killed
            job._record(record)
        return job.wait(progress=progress) if wait else job
    except BaseException:
        job.cancel()
        raise
