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


def text_of(path):
    with open(os.path.join(SOURCE, path)) as file:
        return file.read()


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
        spack, words = types.ModuleType("spack"), types.ModuleType("spack.package")
        for name, calls in self.said.items():
            setattr(words, name, lambda *arguments, calls=calls, **options: calls.append((arguments, options)))
        words.CMakePackage = type("CMakePackage", (), {
            "define": lambda self, name, value: f"-D{name}={value}",
            "define_from_variant": lambda self, name, variant: f"-D{name}=<{variant}>"})
        words.__all__ = ["CMakePackage", *self.said]
        sys.modules.update({"spack": spack, "spack.package": words})
        found = {}
        exec(compile(text_of("jobs/spack/packages/replearn/package.py"), "package.py", "exec"), found)
        self.recipe = found["Replearn"]

    def test_version_is_the_project_s(self):
        version = re.search(r"project\(\s*replearn\s+VERSION\s+([\d.]+)", text_of("CMakeLists.txt")).group(1)
        self.assertIn(version, [arguments[0] for arguments, _ in self.said["version"]])

    def test_needs_what_the_packages_give(self):
        packages = re.search(r"packages=\((.*?)\n\)", text_of("jobs/install_packages.sh"), re.S).group(1)
        packages = " ".join(line.split("#")[0] for line in packages.splitlines()).split()
        needed = {re.match(r"[\w-]+", arguments[0]).group(0) for arguments, _ in self.said["depends_on"]}
        for package in packages:
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
