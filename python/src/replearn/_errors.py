"""Exceptions: what the program reports on standard error, with its hint."""

from __future__ import annotations

import re

from ._version import __version__

INPUT_ERROR = 2  # exit codes of the program
STOPPED = 75


class ReplearnError(RuntimeError):
    """The program ended with an error.

    Attributes
    ----------
    hint
        The remedy that the program suggests; empty if it does not.
    exit_code
        Exit code of the program; None if it was not started, or its code was lost with its node.
    log
        Everything it wrote to its log.
    """

    def __init__(self, message: str, *, hint: str = "", exit_code: int | None = None, log: str = "") -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.hint = hint
        self.exit_code = exit_code
        self.log = log


class InputError(ReplearnError, ValueError):
    """Invalid data or options."""


class ProgramNotFoundError(ReplearnError, FileNotFoundError):
    """There is no replearn program."""


class Stopped(ReplearnError):
    """The job was stopped on request and left a checkpoint: the same call with the same `checkpoint` resumes it."""


class Canceled(ReplearnError):
    """The job was canceled."""


def error_from_log(exit_code: int | None, log: str) -> ReplearnError:
    """The exception for a job that ended with this exit code.

    The program reports "replearn: FILE: PLACE: WHAT; HINT" once. If it could not report anything, as when it was killed
    or the launcher failed, the message is the end of the log.
    """
    reports = re.findall(r"^replearn: (?:rank \d+: )?(.+)$", log, re.M)
    if exit_code == STOPPED:
        return Stopped(reports[-1] if reports else "stopped", exit_code=exit_code, log=log)
    if not reports:
        end = "\n".join(log.strip().splitlines()[-20:])
        return ReplearnError(f"replearn ended with exit code {exit_code}\n{end}".strip(), exit_code=exit_code, log=log)
    message, separator, hint = reports[-1].rpartition("; ")
    if "no such option" in reports[-1]:
        # All options come from the option table, so the program has another one.
        return ReplearnError(
            f"the program is not of version {__version__}, like the Python package: {message or hint}",
            hint="install both from the same source",
            exit_code=exit_code,
            log=log,
        )
    kind = InputError if exit_code == INPUT_ERROR else ReplearnError
    return kind(message if separator else hint, hint=hint if separator else "", exit_code=exit_code, log=log)
