"""Runs the program on a damaged file, and judges: exit code 0 or 2, in time, one message, nothing half-written, nothing of
the user's touched."""

import hashlib
import os
import re
import resource
import signal
import subprocess

import h5py

# One process needs no mpirun, and so no daemon either. But all such processes of a user are job 0, whose folder the first
# to end removes under the others: each worker gives its own runs a place of their own.
SINGLE = {"OMPI_MCA_ess_singleton_isolated": "1"}
COMMON = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
          "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_mpi_yield_when_idle": "1",
          "HDF5_USE_FILE_LOCKING": "FALSE", "OMPI_MCA_odls_base_sigkill_timeout": "0",
          "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
MEMORY = 16 << 30  # of a process: for the machine's sake


class Run:
    def __init__(self, replearn, mpiexec, words, ranks, folder, seconds, place_of_mpi):
        self.command = ([] if ranks == 1 else [mpiexec, "--timeout", str(seconds), "-n", str(ranks)]) + [replearn, *words]
        environment = {**os.environ, **COMMON, **(SINGLE if ranks == 1 else {}), "OMPI_MCA_orte_tmpdir_base": place_of_mpi}
        limit = None if "REPLEARN_FUZZ_SANITIZED" in os.environ else _limit_memory  # shadow memory is vast
        process = subprocess.Popen(self.command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True, preexec_fn=limit)
        self.hung = False
        try:
            out, err = process.communicate(timeout=seconds + (0 if ranks == 1 else 10))
        except subprocess.TimeoutExpired:
            self.hung = True
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
        self.code = process.returncode
        self.hung = self.hung or (ranks > 1 and self.code == 110)
        self.stdout, self.stderr = out.decode(errors="replace"), err.decode(errors="replace")

    @property
    def messages(self):
        return [line for line in self.stderr.splitlines() if line.startswith("replearn:")]


def _limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def contents(folder):
    """Path below the folder -> hash, of every file."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.blake2b(file.read(), digest_size=8).hexdigest()
    return found


def judge(run, before, after, output, may_change=()):
    """What is wrong, in a word or two; None if nothing is. before, after: the contents of the folder. output: the name in
    it of the file to write, if a file. may_change: beginnings of names that the verb may write on the way."""
    if run.hung:
        return "hangs"
    if "AddressSanitizer" in run.stderr or "runtime error:" in run.stderr:
        return "sanitizer: " + re.sub(r"0x[0-9a-f]+|==\d+==|\d+", "#", first_line(run.stderr, "AddressSanitizer", "runtime error:"))
    if run.code < 0:
        return f"killed by {signal.Signals(-run.code).name}"
    if run.code not in (0, 2):
        return f"exit code {run.code}"
    if run.code == 2 and len(run.messages) != 1:
        return f"{len(run.messages)} messages"
    if run.code == 2 and re.match(r"replearn: rank \d+:", run.messages[0]):
        return "an error that one rank met alone"
    if any(word in run.stderr for word in ("HDF5-DIAG", "terminate called", "*** Process received", "corrupted", "free():")):
        return "noise: " + first_line(run.stderr, "HDF5-DIAG", "terminate called", "*** Process received", "corrupted", "free():")
    left = [name for name in after if name.endswith(".part")]
    if left:
        return "half-written file left"
    mine = lambda name: any(name.startswith(start) for start in may_change)  # noqa: E731
    changed = [name for name in before if after.get(name) != before[name] and name != output and not mine(name)]
    if changed:
        return "a file of the user's changed or gone"
    if run.code == 2:
        if output in before and after.get(output) != before[output]:
            return "an earlier output lost"
        if [name for name in after if name not in before and not mine(name)]:
            return "something written in spite of the error"
    return None


def judge_output(path):
    """Of a run that ended well: its .h5ad or .h5 must be one."""
    if not os.path.exists(path):
        return "exit code 0, but no output"
    if path.endswith((".h5ad", ".h5")):
        try:
            with h5py.File(path) as file:
                list(file)
        except OSError:
            return "exit code 0, but the output cannot be opened"
    return None


def first_line(text, *words):
    return next((line for line in text.splitlines() if any(word in line for word in words)), "").strip()[:200]
