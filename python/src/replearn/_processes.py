"""Starts the program: on this machine, with srun, or as a SLURM job."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from . import _folders
from ._errors import ReplearnError
from ._program import find_launcher, find_program
from ._settings import Launcher

_SUPERVISOR = Path(__file__).parent / "supervise.sh"


class Process(Protocol):
    """A running or finished program whose log is in the folder of its job."""

    def go(self) -> None:
        """The input is complete: starts the program."""

    def state(self) -> str:
        """pending, running or ended."""

    def exit_code(self) -> int | None:
        """The exit code; None while it runs, or if it got lost."""

    def wait(self, seconds: float) -> None:
        """Waits for the end, or at most so long."""

    def cancel(self) -> None:
        """Ends the program, all of its ranks; returns when they are gone."""

    def record(self) -> dict[str, Any]:
        """What `attach` needs to find it again."""


def start(
    folder: Path,
    arguments: Sequence[str],
    *,
    ranks: int,
    launcher: Launcher,
    launcher_options: Sequence[str],
    detached: bool,
    grace_seconds: float,
) -> Process:
    """Prepares ``replearn ARGUMENTS`` on so many ranks, to be started by `go`."""
    if ranks < 1:
        raise ValueError(f"ranks is {ranks}; choose at least 1")
    program = find_program()
    options = [str(option) for option in launcher_options]
    if launcher == "sbatch":
        return SlurmJob.create(folder, [program, *arguments], ranks, options)
    if launcher == "srun":
        command = [find_launcher("srun"), "--mpi=pmix", "--kill-on-bad-exit=1", "-n", str(ranks), *options]
    elif launcher == "mpirun":
        command = [] if ranks == 1 else [find_launcher("mpirun"), "-n", str(ranks), *options]
    else:
        raise ValueError(f"launcher is {launcher!r}; choose 'mpirun', 'srun' or 'sbatch'")
    return LocalProcess.create(folder, [*command, program, *arguments], detached, grace_seconds)


def attach(folder: Path, record: dict[str, Any]) -> Process:
    """The process of a detached job that another Python session started."""
    if "slurm_job" in record:
        return SlurmJob(folder, record["slurm_job"])
    return LocalProcess(folder, None, record["session"], record["started"], record["grace_seconds"])


def _exit_code_in(folder: Path) -> int | None:
    try:
        return int((folder / "exit_code").read_text())
    except FileNotFoundError:
        return None


def _environment(folder: Path, command: Sequence[str]) -> dict[str, str]:
    environment = dict(os.environ)
    launcher = os.path.basename(command[0])
    environment.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")  # Lustre and NFS often refuse locks
    # mpirun otherwise waits for seconds before it passes SIGTERM on, and after ranks that exit with an error.
    environment.setdefault("OMPI_MCA_odls_base_sigkill_timeout", "0")
    if launcher == os.path.basename(find_program()):
        environment["TMPDIR"] = str(folder)  # Open MPI's session folder goes with the job's
    elif launcher != "srun" and not any("host" in word for word in command) and not _has_several_nodes(environment):
        # Ranks that are killed leave Open MPI's shared memory behind, so it gets a folder that is removed. (On other
        # hosts that folder would be missing.) The session folder, which all mpiruns of a user share, can vanish while
        # one starts and another ends.
        environment["TMPDIR"] = str(folder)
        memory = _folders.shared_memory(folder)
        memory.mkdir(mode=0o700)
        for component in ("vader", "sm"):  # its names in Open MPI 4 and 5
            environment.setdefault(f"OMPI_MCA_btl_{component}_backing_directory", str(memory))
    return environment


def _has_several_nodes(environment: Mapping[str, str]) -> bool:
    """Whether mpirun starts ranks on other nodes of a batch job as well."""
    nodes = environment.get("SLURM_JOB_NUM_NODES", environment.get("SLURM_NNODES", "1"))
    return nodes != "1" or any(name in environment for name in ("PBS_NODEFILE", "LSB_DJOB_HOSTFILE", "PE_HOSTFILE"))


def _start_time(pid: int) -> str | None:
    """Distinguishes a process from a later one with the same number; None if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] == "Z" else fields[19]


def _session_members(session: int) -> list[int]:
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        fields = stat[stat.rindex(")") + 2 :].split()
        if int(fields[3]) == session and fields[0] != "Z":
            members.append(int(entry.name))
    return members


class LocalProcess:
    """A program on this machine, in a session of its own that `supervise.sh` leads."""

    def __init__(
        self,
        folder: Path,
        supervisor: subprocess.Popen[bytes] | None,
        session: int,
        started: str | None,
        grace_seconds: float,
    ) -> None:
        self._folder = folder
        self._supervisor = supervisor
        self._session = session
        self._started = started
        self._grace_seconds = grace_seconds
        self._detached = True

    @classmethod
    def create(cls, folder: Path, command: Sequence[str], detached: bool, grace_seconds: float) -> LocalProcess:
        supervisor = subprocess.Popen(
            ["/bin/sh", str(_SUPERVISOR), str(folder), "detached" if detached else "attached", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(folder, command),
            start_new_session=True,
        )
        process = cls(folder, supervisor, supervisor.pid, _start_time(supervisor.pid), grace_seconds)
        process._detached = detached
        return process

    def go(self) -> None:
        assert self._supervisor is not None and self._supervisor.stdin is not None
        self._supervisor.stdin.write(b"go\n")
        self._supervisor.stdin.flush()
        if self._detached:
            self._supervisor.stdin.close()

    def state(self) -> str:
        return "running" if self._is_running() else "ended"

    def exit_code(self) -> int | None:
        if self._supervisor is not None:
            return self._supervisor.poll()
        return None if self._is_running() else _exit_code_in(self._folder)

    def wait(self, seconds: float) -> None:
        """Waits for the end, at most so long."""
        if self._supervisor is None:
            time.sleep(seconds)
            return
        try:
            self._supervisor.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def cancel(self) -> None:
        # mpirun passes SIGUSR1 to its ranks at once: the program stops at the end of a step and writes its checkpoint.
        # SIGTERM, later, ends it where it is.
        begin = time.monotonic()
        next_signal, number = begin, signal.SIGUSR1
        while self._is_running() and time.monotonic() < begin + self._grace_seconds + 6:
            if time.monotonic() >= next_signal:
                self._signal(number)
                next_signal, number = time.monotonic() + max(self._grace_seconds, 1.5), signal.SIGTERM
            self.wait(0.02)
        for member in _session_members(self._session) if self._started else []:
            try:
                os.kill(member, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self._supervisor is not None:
            if self._supervisor.stdin is not None:
                self._supervisor.stdin.close()
            self._supervisor.wait()

    def record(self) -> dict[str, Any]:
        return {"session": self._session, "started": self._started, "grace_seconds": self._grace_seconds}

    def _is_running(self) -> bool:
        if self._supervisor is not None:
            if self._supervisor.poll() is None:
                return True
            if self._supervisor.stdin is not None:
                self._supervisor.stdin.close()
            return False
        return self._started is not None and _start_time(self._session) == self._started

    def _signal(self, number: int) -> None:
        try:
            os.kill(self._session, number)
        except ProcessLookupError:
            pass


_BATCH = """#!/bin/sh
#SBATCH --job-name=replearn-{verb}
#SBATCH --output={folder}/slurm.out
cd {cwd} || exit 1
if srun --mpi=list 2>&1 | grep -q pmix; then
  launch="srun --mpi=pmix --kill-on-bad-exit=1"
else
  launch=mpirun
fi
$launch -n {ranks} {command} >{folder}/stdout 2>{folder}/log </dev/null
code=$?
echo $code >{folder}/exit_code.part && mv {folder}/exit_code.part {folder}/exit_code
exit $code
"""


class SlurmJob:
    """A SLURM job, known by its number. Its end is seen in the folder, which all nodes share."""

    def __init__(self, folder: Path, number: str | None, submission: Sequence[str] = ()) -> None:
        self._folder = folder
        self._number = number
        self._submission = submission
        self._state = "pending"
        self._asked = 0.0

    @classmethod
    def create(cls, folder: Path, command: Sequence[str], ranks: int, options: Sequence[str]) -> SlurmJob:
        script = folder / "job.sh"
        script.write_text(
            _BATCH.format(
                verb=command[1],
                folder=shlex.quote(str(folder)),
                cwd=shlex.quote(os.getcwd()),
                ranks=ranks,
                command=shlex.join(command),
            )
        )
        submission = [find_launcher("sbatch"), "--parsable", "-n", str(ranks), *options, str(script)]
        return cls(folder, None, submission)

    def go(self) -> None:
        environment = {"HDF5_USE_FILE_LOCKING": "FALSE", **os.environ}
        done = subprocess.run(self._submission, capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise ReplearnError(f"sbatch: {done.stderr.strip()}", hint="check launcher_options", log=done.stderr)
        self._number = done.stdout.strip().split(";")[0]

    def state(self) -> str:
        if _exit_code_in(self._folder) is not None:
            return "ended"
        if time.monotonic() - self._asked > 2:  # more often would burden the controller
            self._asked = time.monotonic()
            self._state = self._ask()
        return self._state

    def exit_code(self) -> int | None:
        return _exit_code_in(self._folder)

    def wait(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.5))

    def cancel(self) -> None:
        if self._number is None:
            return
        subprocess.run(["scancel", self._number], capture_output=True)
        deadline = time.monotonic() + 60
        while self._ask() != "ended" and time.monotonic() < deadline:
            time.sleep(0.5)

    def record(self) -> dict[str, Any]:
        return {"slurm_job": self._number}

    def _ask(self) -> str:
        done = subprocess.run(
            ["squeue", "--noheader", "--jobs", str(self._number), "--format", "%T"], capture_output=True, text=True
        )
        states = done.stdout.split()
        if not states:
            # squeue forgets ended jobs, and fails for a moment when the controller is busy.
            known = done.returncode == 0 or "Invalid job id" in done.stderr
            return "ended" if known else self._state
        if states[0] in ("PENDING", "CONFIGURING", "REQUEUED", "SUSPENDED"):
            return "pending"
        return "running" if states[0] in ("RUNNING", "COMPLETING") else "ended"
