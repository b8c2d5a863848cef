#!python
"""The command `replearn` of the wheel: starts the program inside the installed Python package."""

import importlib.util
import os
import platform
import shutil
import sys

# Those of x86-64-v3 that the program uses; without them it would die of an illegal instruction.
NEEDED = {"avx2", "fma", "bmi2", "f16c", "movbe"}


def missing_instructions(package):
    """Of a wheel with its libraries; what pip has built from source is for this processor."""
    if platform.machine() != "x86_64" or not os.path.isdir(os.path.join(os.path.dirname(package), "replearn.libs")):
        return set()
    try:
        with open("/proc/cpuinfo") as file:
            line = next(line for line in file if line.startswith("flags"))
    except (OSError, StopIteration):
        return set()
    return NEEDED - set(line.split())


def library_path():
    """LD_LIBRARY_PATH with the libmpi that belongs to REPLEARN_MPIEXEC; None: leave it as it is."""
    given = os.environ.get("REPLEARN_MPIEXEC")
    found = shutil.which(given) if given else None
    if not found:
        return None
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(found)))
    folders = [folder for folder in (f"{prefix}/lib", f"{prefix}/lib64") if os.path.exists(folder + "/libmpi.so.40")]
    return ":".join([*folders, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]) if folders else None


def main():
    spec = importlib.util.find_spec("replearn")
    program = os.path.join(spec.submodule_search_locations[0], "bin", "replearn") if spec else ""
    if not os.access(program, os.X_OK):
        sys.exit(f"replearn: the program {program!r} is missing; install the wheel again")
    missing = missing_instructions(spec.submodule_search_locations[0])
    if missing:
        sys.exit("replearn: this processor lacks " + ", ".join(sorted(missing)) + ", which the wheel needs (x86-64-v3); "
                 "build replearn from source")  # fmt: skip
    path = library_path()
    if path is not None:
        os.environ["LD_LIBRARY_PATH"] = path
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
