"""The rules of src/ that a machine can check.

    python3 conventions.py SRC      prints one line per violation, "file:line: what"; exit code 1 if there is any

The table of layers is here and nowhere else. A new module is a new line in it.
"""

import fnmatch
import os
import re
import sys

# What each module may include, besides itself. A method may not include another method.
LAYERS = {
    "base": {},
    "mpi": {"base"},
    "data": {"base", "mpi"},
    "text": {"base", "mpi", "data"},
    "numerics": {"base", "mpi", "data"},
    "nn": {"base", "mpi", "data", "numerics"},
    "methods": {"base", "mpi", "data", "text", "numerics", "nn"},
    "io": {"base", "mpi", "data", "text"},
    "report": {"base", "mpi", "data"},
    "app": {"base", "mpi", "data", "text", "numerics", "nn", "methods", "io", "report"},
    "cli": {"base", "mpi", "data", "text", "numerics", "nn", "methods", "io", "report", "app"},
}

# Libraries that live in one place: the head of the header's name, and who may include it, modules or patterns of paths.
# Kernels of a single method are in that method's folder, so vector instructions may be used in files of that name.
LIBRARIES = {
    "mpi.h": {"mpi"},
    "hdf5": {"io"},
    "boost/": {"cli"},
    "cairo": {"report"},
    "pango/": {"report"},
    "fontconfig/": {"report"},
    "Random123/": {"base"},
    "utf8proc.h": {"base"},
    "archive.h": {"io"},
    "cblas.h": {"numerics"},
    "libdeflate.h": {"io", "report"},
    "xxhash.h": {"io"},
    "pocketfft": {"methods/tsne/fourier_kernel.cpp"},
    "nlohmann/": {"app/log/*.cpp"},
    "hwy/": {"numerics", "methods/*_kernel.cpp"},
}

# The parallel HDF5 driver's property list takes an MPI_Info; nothing else outside mpi/ names MPI.
MPI_OUTSIDE = {("io/hdf5/hdf5_open.cpp", "MPI_INFO_NULL")}

# What a file merely claims is checked in one place: values leave an HDF5 file by this door alone. (The walk through an
# untrusted file is another matter: a child process does it, and whatever it reads ends with it.)
HDF5_DOOR = "io/hdf5/hdf5_read.cpp"
MAY_READ_HDF5 = {HDF5_DOOR, "io/hdf5/hdf5_walk.cpp"}

# Who may end the program.
MAY_EXIT = {"base/crash_signals.cpp", "mpi/environment.hpp", "mpi/environment.cpp", "base/forked_child.cpp"}

LONGEST_FILE = 600

SOURCES = (".hpp", ".cpp")


def code_of(text):
    """The text with comments and string contents blanked, line by line as it was. Include lines keep their name."""
    pattern = r'^[ \t]*#include[^\n]*|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\''

    def blank(match):
        found = match.group()
        if found.lstrip().startswith("#include"):
            return found.split("//")[0]
        return '""' if found[0] == '"' else "\n" * found.count("\n")

    return re.sub(pattern, blank, text, flags=re.DOTALL | re.MULTILINE)


def module_of(path):
    return path.split("/")[0]


def method_of(path):
    """methods/pca/pca.hpp -> pca; files of the module itself belong to all methods."""
    parts = path.split("/")
    return parts[1] if parts[0] == "methods" and len(parts) > 2 else None


class SourceTree:
    def __init__(self, root):
        self.root = root
        self.violations = []
        self.code = {}
        self.includes = {}  # path -> [(line, included path)], of the project's own headers
        for folder, _, names in os.walk(root):
            for name in names:
                if name.endswith(SOURCES):
                    path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        self.code[path] = code_of(file.read()).split("\n")
        for path, lines in sorted(self.code.items()):
            self.includes[path] = []
            self.check_file(path, lines)
        self.check_circles()

    def violation(self, path, line, what):
        self.violations.append(f"{path}:{line}: {what}")

    def check_file(self, path, lines):
        module = module_of(path)
        if module not in LAYERS:
            self.violation(path, 1, f"module '{module}' is not in the table of layers")
            return
        length = len(lines) - (lines[-1] == "")
        if length > LONGEST_FILE:
            self.violation(path, length, f"longer than {LONGEST_FILE} lines")
        if path.endswith(".hpp"):
            if lines[0] != "#pragma once":
                self.violation(path, 1, "a header begins with #pragma once")
            for number, line in enumerate(lines, 1):
                if re.match(r"\s*using\s+namespace\b", line):
                    self.violation(path, number, "using namespace in a header")
        for number, line in enumerate(lines, 1):
            include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if include and include[1] == '"':
                self.check_include(path, number, include[2])
            elif include:
                self.check_library(path, number, include[2])
            else:
                self.check_words(path, number, line)

    def check_include(self, path, number, target):
        if target not in self.code:
            self.violation(path, number, f"'{target}' is not a file of src/ (includes are written from there)")
            return
        self.includes[path].append((number, target))
        here, there = module_of(path), module_of(target)
        if there != here and there not in LAYERS[here]:
            self.violation(path, number, f"{here} may not include {there} ('{target}')")
        elif method_of(target) and here == "methods" and method_of(target) != method_of(path):
            self.violation(path, number, f"methods may not include each other ('{target}')")

    def check_library(self, path, number, name):
        for head, places in LIBRARIES.items():
            if name.startswith(head) and not any(fnmatch.fnmatch(place, of) for of in places
                                                 for place in (module_of(path), path)):
                self.violation(path, number, f"<{name}> belongs to {' and '.join(sorted(places))}")

    def check_words(self, path, number, line):
        if module_of(path) != "mpi":
            for word in re.findall(r"\bMPI_\w+", line):
                if (path, word) not in MPI_OUTSIDE:
                    self.violation(path, number, f"{word} outside mpi")
        if module_of(path) != "cli" and re.search(r"\bboost::", line):
            self.violation(path, number, "boost outside cli")
        if re.search(r"\bRowPartition\b.*\bcomm(\(\))?\.size\(\)", line):
            self.violation(path, number, "rows are dealt out by comm.shares(), which may be unequal, not by comm.size()")
        if path not in MAY_READ_HDF5:
            for word in re.findall(r"\bH5[DA]read(?:_\w+)?(?=\s*\()", line):
                if word != "H5Dread_chunk":  # bytes as they are stored, whatever they mean
                    self.violation(path, number, f"{word}() outside {HDF5_DOOR}, the door that checks what is read")
        if path not in MAY_EXIT:
            for word in re.findall(r"(?<![\w:.>])(?:(?:std)?::)?(_?exit|_Exit|quick_exit|abort|terminate)\s*\(", line):
                self.violation(path, number, f"{word}() below main")

    def check_circles(self):
        """Each circle of includes once, told from its alphabetically first file."""
        done, way, seen = set(), [], set()

        def visit(path):
            if path in way:
                circle = way[way.index(path):]
                first = circle.index(min(circle))
                circle = circle[first:] + circle[:first]
                if tuple(circle) not in seen:
                    seen.add(tuple(circle))
                    self.violation(circle[0], 1, "circle of includes: " + " -> ".join(circle + [circle[0]]))
                return
            if path in done:
                return
            way.append(path)
            for _, target in self.includes.get(path, []):
                visit(target)
            way.pop()
            done.add(path)

        for path in sorted(self.includes):
            visit(path)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__)
        return 2
    tree = SourceTree(arguments[1])
    if not tree.code:
        print(f"no sources in {arguments[1]}")
        return 2
    for violation in tree.violations:
        print(violation)
    print(f"{len(tree.code)} files, {len(tree.violations)} violations")
    return 1 if tree.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
