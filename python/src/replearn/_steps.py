"""Makes the declared functions of `pp` and `tl` run the program."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from . import _folders, _job, _processes
from ._elements import Elements, elements_for, elements_of_reference
from ._errors import InputError
from ._names import SCANPY, option_name, text_of
from ._results import OUTPUT, Results
from ._settings import Launcher, settings

if TYPE_CHECKING:
    from anndata import AnnData

P = ParamSpec("P")
R = TypeVar("R")

INPUT = "input.h5ad"
# Arguments that are about the job, not options of the program.
JOB_ARGUMENTS = ("ranks", "launcher", "launcher_options", "key_added", "n_pcs", "wait", "progress")
_GRACE_SECONDS = 5.0  # for a last checkpoint


def step(verb: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The declared function runs this verb on its first argument, an AnnData. Only options that the caller names are
    passed on, so that presets and rules of the program decide about the others.
    """

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        defaults = {
            option_name(name, SCANPY): parameter.default
            for name, parameter in signature.parameters.items()
            if name not in JOB_ARGUMENTS
        }

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            given = dict(signature.bind(*args, **kwargs).arguments)
            adata = given.pop("adata")
            job = {name: given.pop(name) for name in JOB_ARGUMENTS if name in given}
            options = {option_name(name, SCANPY): value for name, value in given.items()}
            return run_step(verb, adata, options, defaults, **job)  # type: ignore[return-value]

        return run

    return declare


def run_step(
    verb: str,
    adata: AnnData,
    options: Mapping[str, Any],
    defaults: Mapping[str, Any],
    *,
    ranks: int | None = None,
    launcher: Launcher | None = None,
    launcher_options: Sequence[str] | None = None,
    key_added: str | None = None,
    n_pcs: int | None = None,
    wait: bool = True,
    progress: bool | None = None,
) -> _job.Job:
    """Runs a verb on an AnnData, which gets the results. options: those given, by their names in the program."""
    if not hasattr(adata, "obsm"):
        raise TypeError(
            f"adata is a {type(adata).__name__}; pass an AnnData, or use the estimators, such as replearn.TSNE"
        )
    launcher = launcher or settings.launcher
    options = _with_places(options, defaults)
    if verb == "neighbors" and "neighbors" in options:
        options = {**options, "neighbors": options["neighbors"] - 1}  # Scanpy counts the cell itself
    files = {INPUT: elements_for(verb, adata, options, defaults, n_pcs)}
    reference = options.get("reference")
    if reference is not None and not isinstance(reference, (str, os.PathLike)):
        files["reference.h5ad"] = elements_of_reference(verb, reference, options, defaults)
    results = Results(adata, verb, key_added, files[INPUT].paths, adata.shape)
    return run_files(
        verb,
        options,
        files,
        results.collect,
        results.to_record(),
        ranks=ranks,
        launcher=launcher,
        launcher_options=launcher_options,
        wait=wait,
        progress=progress,
    )


def _with_places(options: Mapping[str, Any], defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    """Further files, which the program puts beside its output by default, must not be removed with it."""
    if options.get("sample") and "sample-output" in defaults and not options.get("sample-output"):
        raise InputError("sample: the file of the samples is not named", hint="add sample_output='samples.h5ad'")
    draws = any(name.startswith("draw-") and value for name, value in options.items())
    return {"folder": os.getcwd(), **options} if draws else options


def run_files(
    verb: str,
    options: Mapping[str, Any],
    files: Mapping[str, Elements],
    collect: Callable[[Path], None],
    record: dict[str, Any],
    *,
    ranks: int | None = None,
    launcher: Launcher | None = None,
    launcher_options: Sequence[str] | None = None,
    wait: bool = True,
    progress: bool | None = None,
) -> _job.Job:
    """Runs a verb on files that are written to the folder of the job."""
    launcher = launcher or settings.launcher
    # The output contains the input and the results, which are rarely larger.
    folder = _folders.create(launcher, 2 * sum(elements.bytes for elements in files.values()) + 10**7)
    try:
        arguments = [verb, "--input", str(folder / INPUT), "--output", str(folder / OUTPUT)]
        arguments += ["--compression", "none", "--check-input", "none", "--progress-every", "0.5"]
        for name, value in options.items():
            written = name == "reference" and f"{name}.h5ad" in files
            arguments += [f"--{name}={folder / 'reference.h5ad' if written else text_of(value)}"]
        process = _processes.start(
            folder,
            arguments,
            ranks=settings.ranks if ranks is None else ranks,
            launcher=launcher,
            launcher_options=settings.launcher_options if launcher_options is None else launcher_options,
            detached=not wait,
            grace_seconds=_GRACE_SECONDS if options.get("checkpoint") else 1.0,
        )
    except BaseException:
        _folders.remove(folder)
        raise

    def prepare() -> None:
        for name, elements in files.items():
            elements.write(folder / name)

    return _job.run(verb, folder, process, prepare, collect, record, wait=wait, progress=progress)
