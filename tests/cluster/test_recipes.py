"""The recipes for sites without root, as far as can be without Spack and Apptainer: they name what there is to build, with
what it needs, and every step of the container's build is one that exists. Neither program is in Debian 12."""

import json
import os
import re
import sys
import types
import unittest

SOURCE = os.environ["REPLEARN_SOURCE"]
# What Spack calls what jobs/install_packages.sh installs to build and run.
SPACK_NAMES = {"cmake": "cmake", "ninja-build": "ninja", "pkg-config": "pkgconfig", "libopenmpi-dev": "mpi",
               "libhdf5-openmpi-dev": "hdf5", "liblzf-dev": "liblzf", "libzip-dev": "libzip", "libxxhash-dev": "xxhash", "libarchive-dev": "libarchive", "libutf8proc-dev": "utf8proc", "libfmt-dev": "fmt", "nlohmann-json3-dev": "nlohmann-json", "zlib1g-dev": "zlib-api",
               "libdeflate-dev": "libdeflate", "libeigen3-dev": "eigen",
               "libopenblas-serial-dev": "openblas", "libboost-program-options-dev": "boost",
               "librandom123-dev": "random123", "libhwy-dev": "highway", "libcairo2-dev": "cairo",
               "libpango1.0-dev": "pango", "libfontconfig-dev": "fontconfig"}
NO_PACKAGE_OF_SPACK = {"g++", "openmpi-bin", "fonts-dejavu-core"}
# Where conda-forge and EasyBuild have other names than Spack. With `foss` come Open MPI and BLAS; None: nothing of its own.
CONDA_NAMES = {"pkgconfig": "pkg-config", "mpi": "${{ mpi }}", "openblas": "libcblas", "boost": "libboost-devel",
               "highway": "libhwy", "nlohmann-json": "nlohmann_json", "zlib-api": "zlib"}
EASYBUILD_NAMES = {"cmake": "CMake", "ninja": "Ninja", "pkgconfig": "pkgconf", "mpi": None, "hdf5": "HDF5",
                   "liblzf": "LibLZF", "xxhash": "xxHash", "nlohmann-json": "nlohmann_json", "zlib-api": "zlib",
                   "eigen": "Eigen", "openblas": None, "boost": "Boost", "highway": "Highway", "pango": "Pango"}


def text_of(path):
    with open(os.path.join(SOURCE, path)) as file:
        return file.read()


def debian_packages():
    """Those of jobs/install_packages.sh to build and run."""
    packages = re.search(r"packages=\((.*?)\n\)", text_of("jobs/install_packages.sh"), re.S).group(1)
    return " ".join(line.split("#")[0] for line in packages.splitlines()).split()


def project_version():
    return re.search(r"project\(\s*replearn\s+VERSION\s+([\d.]+)", text_of("CMakeLists.txt")).group(1)


def sections_of(definition):
    """Of an Apptainer definition, name: lines; "" is the header."""
    sections, lines = {}, []
    sections[""] = lines
    for line in definition.splitlines():
        if line.startswith("%"):
            lines = sections.setdefault(line[1:].strip(), [])
        elif line.strip() and not line.strip().startswith("#"):
            lines.append(line.strip())
    return sections


class SpackRecipe(unittest.TestCase):
    def setUp(self):
        """Runs the recipe with Spack's words taken down."""
        self.said = {"version": [], "variant": [], "depends_on": []}
        words, cmake = types.ModuleType("spack.package"), types.ModuleType("spack_repo.builtin.build_systems.cmake")
        for name, calls in self.said.items():
            setattr(words, name, lambda *arguments, calls=calls, **options: calls.append((arguments, options)))
        cmake.generator = lambda name: self.assertEqual(name, "ninja")
        cmake.CMakePackage = type("CMakePackage", (), {
            "define": lambda self, name, value: f"-D{name}={value}",
            "define_from_variant": lambda self, name, variant: f"-D{name}=<{variant}>"})
        words.license = lambda name, **_: self.assertEqual(name, "MIT")
        words.__all__ = ["license", *self.said]
        for name in ("spack", "spack_repo", "spack_repo.builtin", "spack_repo.builtin.build_systems"):
            sys.modules[name] = types.ModuleType(name)
        sys.modules.update({words.__name__: words, cmake.__name__: cmake})
        found = {}
        exec(compile(text_of("packaging/spack/spack_repo/replearn/packages/replearn/package.py"), "package.py", "exec"), found)
        self.recipe = found["Replearn"]

    def test_version_is_the_project_s(self):
        self.assertIn(project_version(), [arguments[0] for arguments, _ in self.said["version"]])

    def test_needs_what_the_packages_give(self):
        needed = {re.match(r"[\w-]+", arguments[0]).group(0) for arguments, _ in self.said["depends_on"]}
        for package in debian_packages():
            if package not in NO_PACKAGE_OF_SPACK:
                self.assertIn(SPACK_NAMES.get(package), needed, f"Debian's {package} has no like in the recipe")

    def test_switches_are_those_of_cmake(self):
        defined = "".join(text_of(path) for path in ["CMakeLists.txt", *(f"cmake/{name}" for name in os.listdir(
            os.path.join(SOURCE, "cmake")))])
        given = [re.match(r"-D(\w+)=(.*)", word).groups() for word in self.recipe().cmake_args()]
        self.assertEqual(len(given), 2)
        for name, value in given:
            self.assertRegex(defined, rf"option\({name}\b")
            if value.startswith("<"):
                self.assertIn(value[1:-1], [arguments[0] for arguments, _ in self.said["variant"]])


class OtherRecipes(unittest.TestCase):
    def needs_of_the_project(self):
        return [SPACK_NAMES[package] for package in debian_packages() if package not in NO_PACKAGE_OF_SPACK]

    def test_conda_names_what_the_packages_give(self):
        recipe = text_of("packaging/conda/recipe.yaml")
        self.assertIn(f'version: "{project_version()}"', recipe)
        requirements = re.search(r"^requirements:\n(.*?)^\w", recipe, re.M | re.S).group(1)
        named = {line.split(" - ")[1].split(" *")[0].split(" >")[0].strip() for line in requirements.splitlines()
                 if " - " in line}
        for name in self.needs_of_the_project():
            self.assertIn(CONDA_NAMES.get(name, name), named)

    def test_easybuild_names_what_the_packages_give(self):
        path = f"packaging/easybuild/replearn-{project_version()}-foss-2023b.eb"
        said = {"SOURCE_TAR_GZ": "%(name)s-%(version)s.tar.gz", "SYSTEM": {}}
        exec(compile(text_of(path), path, "exec"), said)
        self.assertEqual((said["name"], said["version"]), ("replearn", project_version()))
        named = {name for name, *_ in said["builddependencies"] + said["dependencies"]}
        for name in self.needs_of_the_project():
            if EASYBUILD_NAMES.get(name, name):
                self.assertIn(EASYBUILD_NAMES.get(name, name), named)

    def test_the_sdist_has_the_version_of_the_project(self):
        self.assertIn(f'__version__ = "{project_version()}"', text_of("python/src/replearn/_version.py"))
        self.assertIn(f"## {project_version()}", text_of("CHANGELOG.md"))


class ApptainerDefinition(unittest.TestCase):
    def setUp(self):
        self.sections = sections_of(text_of("jobs/replearn.def"))

    def test_begins_with_what_the_scripts_are_for(self):
        self.assertEqual(self.sections[""][:2], ["Bootstrap: docker", "From: debian:12"])
        self.assertTrue({"files", "post", "environment", "runscript", "test"} <= self.sections.keys())

    def test_each_step_is_there_to_be_done(self):
        presets = [preset["name"] for preset in json.loads(text_of("CMakePresets.json"))["configurePresets"]]
        source, place = self.sections["files"][0].split()
        self.assertEqual((source, self.sections["post"][0]), (".", f"cd {place}"))
        for line in self.sections["post"][1:]:
            words = line.split()
            if words[0] == "bash":
                self.assertTrue(os.path.exists(os.path.join(SOURCE, words[1])), line)
            elif words[0] == "cmake" and "--preset" in words:
                self.assertIn(words[words.index("--preset") + 1], presets, line)
            elif words[0] == "cmake":
                self.assertIn(os.path.basename(words[words.index("--install") + 1]), presets, line)
            else:
                self.assertEqual(words[:2], ["rm", "-rf"], f"a step that this test does not know: {line}")


if __name__ == "__main__":
    unittest.main()
