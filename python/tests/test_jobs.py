"""Jobs: how they start, end, fail, and what they leave behind: nothing."""

from __future__ import annotations

import concurrent.futures
import inspect
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pytest

import replearn as rl
from conftest import SOURCE, processes_with
from replearn._progress import parse_progress

ENDLESS = {"iterations": 10**8}


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.05)


def started(job: rl.Job) -> bool:
    return job.progress is not None


@pytest.mark.parametrize("ranks", [1, 2])
def test_cancel_leaves_no_rank(cells: anndata.AnnData, folder: Path, ranks: int) -> None:
    job = rl.tl.tsne(cells, wait=False, ranks=ranks, **ENDLESS)
    assert rl.jobs() == [job.folder]
    wait_for(lambda: started(job))
    assert job.state == "running" and processes_with(str(folder))
    memory = Path(f"/dev/shm/{job.folder.name}.mpi")
    assert ranks == 1 or list(memory.iterdir())
    with pytest.raises(TimeoutError):
        job.wait(0.3)
    job.cancel()
    assert processes_with(str(folder)) == [] and not job.folder.exists() and not memory.exists()
    assert job.state == "canceled" and "t-SNE: iteration" in job.log
    with pytest.raises(rl.Canceled):
        job.wait()
    job.cancel()


def test_results_come_when_waited_for(cells: anndata.AnnData) -> None:
    job = rl.tl.tsne(cells, wait=False, iterations=20)
    wait_for(lambda: job.state == "ended")
    assert "X_tsne" not in cells.obsm
    assert job.wait() is job and job.wait().state == "finished"
    assert cells.obsm["X_tsne"].shape == (700, 2)


def test_results_must_fit(cells: anndata.AnnData) -> None:
    job = rl.tl.tsne(cells, wait=False, iterations=20)
    cells._inplace_subset_obs(np.arange(600))
    for _ in range(2):
        with pytest.raises(rl.ReplearnError, match="600 cells.*700"):
            job.wait()


def script(text: str, folder: Path) -> list[str]:
    head = f"""
import sys, anndata, replearn as rl
rl.settings.folder = {str(folder)!r}
cells = anndata.read_h5ad({str(SOURCE / "tests/data/pbmc68k_reduced/pbmc68k_reduced.h5ad")!r})
"""
    return [sys.executable, "-c", head + text]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("ranks", [1, 3])
def test_a_job_ends_with_its_python(folder: Path, number: signal.Signals, ranks: int) -> None:
    """Ctrl-C, and a kernel that is killed: no orphan ranks, no files."""
    python = subprocess.Popen(
        script(f"rl.tl.tsne(cells, iterations=10**8, ranks={ranks})", folder), stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: any("t-SNE: iteration" in log.read_text() for log in folder.glob("*/log")))
    (place,) = folder.iterdir()
    python.send_signal(number)
    _, said = python.communicate(timeout=30)
    assert python.returncode != 0
    assert ("KeyboardInterrupt" in said) == (number == signal.SIGINT)
    wait_for(lambda: not processes_with(str(folder)) and not list(folder.iterdir()), 10)
    wait_for(lambda: not Path(f"/dev/shm/{place.name}.mpi").exists(), 5)


def test_python_dies_while_it_writes(folder: Path) -> None:
    text = """
import os, signal, replearn._elements
replearn._elements.Elements.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
rl.tl.tsne(cells)
"""
    assert subprocess.run(script(text, folder)).returncode == -signal.SIGKILL
    wait_for(lambda: not list(folder.iterdir()), 10)


def test_a_job_survives_the_notebook(cells: anndata.AnnData, folder: Path) -> None:
    text = "print(rl.tl.tsne(cells, iterations=300, wait=False, ranks=2, key_added='map').folder)"
    done = subprocess.run(script(text, folder), check=True, capture_output=True, text=True)
    (place,) = rl.jobs()
    assert str(place) == done.stdout.strip()
    job = rl.Job.attach(place, cells)
    job.wait()
    rl.tl.tsne(cells, iterations=300)
    np.testing.assert_array_equal(cells.obsm["map"], cells.obsm["X_tsne"])
    with pytest.raises(rl.ReplearnError, match="not the folder of a job"):
        rl.Job.attach(place, cells)


def test_a_checkpoint_resumes_a_canceled_job(cells: anndata.AnnData, tmp_path: Path) -> None:
    cells = cells[::2].copy()
    options = {"iterations": 50000, "checkpoint": tmp_path / "kept", "checkpoint_every": 0.005}
    job = rl.tl.tsne(cells, wait=False, ranks=2, **options)
    wait_for(lambda: list((tmp_path / "kept").glob("*.h5")))
    job.cancel()
    assert "stopped by a signal" in job.log
    assert list((tmp_path / "kept").glob("*.h5"))
    again = rl.tl.tsne(cells, **options)
    assert "resuming from iteration" in again.log
    interrupted = cells.obsm["X_tsne"]
    rl.tl.tsne(cells, iterations=50000)
    np.testing.assert_array_equal(interrupted, cells.obsm["X_tsne"])


def test_the_time_limit(cells: anndata.AnnData, tmp_path: Path) -> None:
    with pytest.raises(rl.Stopped) as raised:
        rl.tl.tsne(cells, iterations=10**8, checkpoint=tmp_path / "kept", max_hours=0.0005)
    assert raised.value.exit_code == 75 and list((tmp_path / "kept").glob("*.h5"))


def test_jobs_in_threads(cells: anndata.AnnData) -> None:
    every = [cells.copy() for _ in range(3)]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda adata: rl.tl.tsne(adata, iterations=50), every))
    for adata in every[1:]:
        np.testing.assert_array_equal(adata.obsm["X_tsne"], every[0].obsm["X_tsne"])


def test_a_program_of_another_version(cells: anndata.AnnData, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report = "replearn: --progress-every: no such option; --help lists the options"
    (tmp_path / "replearn").write_text(f"#!/bin/sh\necho '{report}' >&2\nexit 2\n")
    (tmp_path / "replearn").chmod(0o755)
    monkeypatch.setenv("REPLEARN_PROGRAM", str(tmp_path / "replearn"))
    with pytest.raises(rl.ReplearnError, match=f"not of version {re.escape(rl.__version__)}.*--progress-every"):
        rl.tl.tsne(cells)


def test_errors_of_the_program(cells: anndata.AnnData) -> None:
    with pytest.raises(rl.InputError, match="perplexity") as raised:
        rl.tl.tsne(cells, perplexity=5000)
    assert raised.value.hint and raised.value.exit_code == 2 and isinstance(raised.value, ValueError)
    with pytest.raises(rl.InputError, match=r"adata: obsm/X_pcs") as raised:
        rl.tl.tsne(cells, use_rep="X_pcs", ranks=2)
    assert "X_pca" in raised.value.hint
    with pytest.raises(rl.InputError, match="bulk_labels"):
        rl.tl.tsne(cells, pull="bulk_label=B:1")
    with pytest.raises(rl.InputError, match="not one of"):
        rl.pp.pca(cells, method="magic")  # type: ignore[arg-type]
    with pytest.raises(rl.InputError, match="n_pcs"):
        rl.tl.tsne(cells, use_rep="X", n_pcs=3)


def test_errors_of_python(cells: anndata.AnnData, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="perplexty"):
        rl.tl.tsne(cells, perplexty=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"ndarray; pass an AnnData.*replearn\.TSNE"):
        rl.tl.tsne(cells.X)
    with pytest.raises(ValueError, match="ranks is 0"):
        rl.tl.tsne(cells, ranks=0)
    with pytest.raises(ValueError, match="launcher is 'ssh'"):
        rl.tl.tsne(cells, launcher="ssh")  # type: ignore[arg-type]
    monkeypatch.setenv("REPLEARN_PROGRAM", str(tmp_path / "nothing"))
    with pytest.raises(rl.ProgramNotFoundError, match="nothing"):
        rl.tl.tsne(cells)
    monkeypatch.delenv("REPLEARN_PROGRAM")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(rl.ProgramNotFoundError, match="REPLEARN_PROGRAM") as raised:
        rl.tl.tsne(cells)
    assert isinstance(raised.value, FileNotFoundError)
    (tmp_path / "replearn").write_text("#!/bin/sh\nkill -SEGV $$\n")
    (tmp_path / "replearn").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(rl.ReplearnError, match="exit code 139"):
        rl.tl.tsne(cells)


def test_the_launcher_reports(cells: anndata.AnnData) -> None:
    with pytest.raises(rl.ReplearnError, match="no-such-option"):
        rl.tl.tsne(cells, ranks=2, launcher_options=["--no-such-option"])


def test_a_full_disk(cells: anndata.AnnData, folder: Path) -> None:
    place = folder / "small"
    place.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mounted, capture_output=True).returncode != 0:
        place.rmdir()
        pytest.skip("cannot mount a file system here")
    rl.settings.folder = place
    try:
        with pytest.raises(OSError):
            rl.tl.tsne(cells, use_rep="X")
        assert list(place.iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


def test_temporary_files_in_memory_if_they_fit(cells: anndata.AnnData, monkeypatch: pytest.MonkeyPatch) -> None:
    from replearn import _folders

    rl.settings.folder = None
    monkeypatch.setattr(_folders, "_free_bytes", lambda place: 10**9 if str(place) == "/dev/shm" else 10**10)
    for size, place in [(10**8, "/dev/shm"), (10**9, "/tmp")]:
        found = _folders._local_place(size)
        assert str(found) == place or place == "/tmp"
    with pytest.raises(rl.ReplearnError, match="TMPDIR"):
        _folders._local_place(10**11)


def test_progress() -> None:
    line = "t-SNE: iteration 100/750 (early exaggeration), KL 2.875, 773 it/s, at most 1 s left"
    progress = parse_progress(line)
    assert progress is not None
    assert (progress.name, progress.iteration, progress.iterations) == ("t-SNE", 100, 750)
    assert (progress.phase, progress.loss_name, progress.loss) == ("early exaggeration", "KL", 2.875)
    other = parse_progress("sammon: iteration 7")
    assert other is not None and other.iterations == 0 and np.isnan(other.loss)
    without = parse_progress("t-SNE: iteration 20/20 (optimization), 2164 it/s")
    assert without is not None and np.isnan(without.loss)
    slow = parse_progress("bigan: iteration 3/20, E -1.5e-07, 1.2 s/iteration, at most 20 s left")
    assert slow is not None and slow.loss == -1.5e-07
    assert parse_progress("wrote out.h5ad") is None


def test_progress_bar(cells: anndata.AnnData, capsys: pytest.CaptureFixture[str]) -> None:
    rl.tl.tsne(cells, iterations=400, progress=True)
    assert "t-SNE" in capsys.readouterr().err


def test_signatures_and_docstrings() -> None:
    signature = inspect.signature(rl.tl.tsne)
    assert signature.parameters["perplexity"].default == 30
    assert signature.parameters["random_state"].default == 0
    assert signature.parameters["sample"].default is None
    assert inspect.signature(rl.pp.pca).parameters["n_comps"].default == 50
    assert "Effective number of neighbors per cell" in (rl.tl.tsne.__doc__ or "")
    assert set(re.findall(r"--[a-z]+", rl.tl.tsne.__doc__ or "")) == {"--time"}  # of launcher_options
