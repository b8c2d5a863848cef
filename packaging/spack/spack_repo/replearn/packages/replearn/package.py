from spack_repo.builtin.build_systems.cmake import CMakePackage, generator

from spack.package import *


class Replearn(CMakePackage):
    """Representations of large expression matrices and of text, on any number of MPI ranks."""

    license("MIT", checked_by="replearn")

    # The sources are a checkout: spack develop --path CHECKOUT replearn@0.2.0
    version("0.2.0")

    variant("native", default=False, description="Compile for the processor of the machine that builds")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    generator("ninja")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3:")
    depends_on("hdf5@1.10.7:1.14+mpi")
    depends_on("libdeflate")
    depends_on("liblzf")
    depends_on("xxhash")
    depends_on("libzip")
    depends_on("libarchive")
    depends_on("utf8proc")
    depends_on("fmt@9:")
    depends_on("nlohmann-json@3.9:")
    depends_on("zlib-api")
    depends_on("eigen@3.4:3")
    depends_on("openblas threads=none")
    depends_on("boost+program_options")
    depends_on("random123")
    depends_on("highway")
    depends_on("cairo+svg+pdf+png")
    depends_on("pango")
    depends_on("fontconfig")

    def cmake_args(self):
        return [
            self.define_from_variant("REPLEARN_NATIVE", "native"),
            self.define("REPLEARN_TESTS", False),
        ]
