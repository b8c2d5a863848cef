"""The checker is shown a small source tree in order, then the same tree with one thing wrong at a time."""

import os
import shutil
import tempfile
import unittest

from conventions import LONGEST_FILE, SourceTree, main

GOOD = {
    "base/error.hpp": "#pragma once\n#include <string>\n",
    "base/random.cpp": "#include <Random123/philox.h>\n",
    "mpi/communicator.hpp": '#pragma once\n#include <mpi.h>\n#include "base/error.hpp"\nMPI_Comm raw();\n',
    "mpi/environment.cpp": "void die() { std::terminate(); }\n",
    "data/matrix.hpp": '#pragma once\n#include "mpi/communicator.hpp"\n',
    "numerics/gram.hpp": '#pragma once\n#include "data/matrix.hpp"\n',
    "methods/progress.hpp": "#pragma once\n",
    "methods/pca/pca.hpp": '#pragma once\n#include "methods/progress.hpp"\n#include "numerics/gram.hpp"\n',
    "methods/pca/pca.cpp": '#include "methods/pca/pca.hpp"\n',
    "methods/pca/gram_kernel.cpp": "#include <hwy/highway.h>\n",
    "methods/tsne/tsne.hpp": "#pragma once\n",
    "methods/tsne/fourier_kernel.cpp": "#include <pocketfft_hdronly.h>\n",
    "io/hdf5/hdf5_open.cpp": '#include "data/matrix.hpp"\nint info = MPI_INFO_NULL;\n',
    "io/hdf5/hdf5_file.hpp": "#pragma once\n#include <hdf5.h>\n",
    "report/canvas.cpp": "#include <cairo.h>\n#include <pango/pangocairo.h>\n",
    "cli/main.cpp": '#include <boost/version.hpp>\n#include "io/hdf5/hdf5_file.hpp"\n#include "methods/pca/pca.hpp"\n'
    '#include "methods/tsne/tsne.hpp"\nvoid f() { mpi::Environment::abort(1); }\n',
}


class Conventions(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="replearn-conventions-")
        self.addCleanup(shutil.rmtree, self.folder)
        for path, text in GOOD.items():
            self.write(path, text)

    def write(self, path, text):
        full = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def assertBreach(self, path, text, *expected):
        """With `path` written so, exactly these violations are found."""
        self.write(path, text)
        self.assertEqual(SourceTree(self.folder).violations, list(expected))

    def test_a_house_in_order(self):
        self.assertEqual(SourceTree(self.folder).violations, [])
        self.assertEqual(main(["conventions.py", self.folder]), 0)

    def test_an_include_that_points_up(self):
        self.assertBreach(
            "base/log.hpp", '#pragma once\n\n#include "mpi/communicator.hpp"\n',
            "base/log.hpp:3: base may not include mpi ('mpi/communicator.hpp')")
        self.assertEqual(main(["conventions.py", self.folder]), 1)

    def test_values_of_hdf5_come_through_its_door_alone(self):
        self.assertBreach("io/hdf5/hdf5_file.cpp", "auto a = H5Dread(d, t, m, f, p, b);\nH5Aread(a, t, b);\n",
                          "io/hdf5/hdf5_file.cpp:1: H5Dread() outside io/hdf5/hdf5_read.cpp, the door that checks what is read",
                          "io/hdf5/hdf5_file.cpp:2: H5Aread() outside io/hdf5/hdf5_read.cpp, the door that checks what is read")
        self.write("io/hdf5/hdf5_file.cpp", "H5Dread_chunk(d, p, o, m, b);\n")
        self.assertBreach("io/hdf5/hdf5_read.cpp", "H5Dread(d, t, m, f, p, b); H5Aread(a, t, b);\n")

    def test_methods_and_io_and_report_do_not_know_each_other(self):
        self.assertBreach("methods/pca/pca.cpp", '#include "io/hdf5/hdf5_file.hpp"\n',
                          "methods/pca/pca.cpp:1: methods may not include io ('io/hdf5/hdf5_file.hpp')")
        self.write("methods/pca/pca.cpp", "")
        self.assertBreach("io/x.cpp", '#include "methods/pca/pca.hpp"\n',
                          "io/x.cpp:1: io may not include methods ('methods/pca/pca.hpp')")
        self.write("io/x.cpp", "")
        self.assertBreach("report/x.cpp", '#include "numerics/gram.hpp"\n',
                          "report/x.cpp:1: report may not include numerics ('numerics/gram.hpp')")

    def test_siblings_do_not_include_each_other(self):
        self.assertBreach("methods/tsne/tsne.cpp", '#include "methods/pca/pca.hpp"\n',
                          "methods/tsne/tsne.cpp:1: methods may not include each other ('methods/pca/pca.hpp')")

    def test_what_methods_share_knows_no_method(self):
        self.assertBreach("methods/shared.hpp", '#pragma once\n#include "methods/tsne/tsne.hpp"\n',
                          "methods/shared.hpp:2: methods may not include each other ('methods/tsne/tsne.hpp')")

    def test_circles(self):
        self.write("data/a.hpp", '#pragma once\n#include "data/b.hpp"\n')
        self.write("data/b.hpp", '#pragma once\n#include "data/c.hpp"\n')
        self.assertBreach("data/c.hpp", '#pragma once\n#include "data/a.hpp"\n',
                          "data/a.hpp:1: circle of includes: data/a.hpp -> data/b.hpp -> data/c.hpp -> data/a.hpp")

    def test_two_circles_through_one_file(self):
        self.write("data/a.hpp", '#pragma once\n#include "data/b.hpp"\n#include "data/c.hpp"\n')
        self.write("data/b.hpp", '#pragma once\n#include "data/a.hpp"\n')
        self.assertBreach("data/c.hpp", '#pragma once\n#include "data/a.hpp"\n',
                          "data/a.hpp:1: circle of includes: data/a.hpp -> data/b.hpp -> data/a.hpp",
                          "data/a.hpp:1: circle of includes: data/a.hpp -> data/c.hpp -> data/a.hpp")

    def test_mpi_outside_its_module(self):
        self.assertBreach("numerics/x.cpp", "void f() { MPI_Barrier(c); }\n", "numerics/x.cpp:1: MPI_Barrier outside mpi")
        self.write("numerics/x.cpp", "")
        self.assertBreach("numerics/y.cpp", "#include <mpi.h>\n", "numerics/y.cpp:1: <mpi.h> belongs to mpi")

    def test_the_exception_is_one_word_in_one_file(self):
        self.assertBreach("io/hdf5/hdf5_open.cpp", "int i = MPI_INFO_NULL; MPI_Comm c;\n",
                          "io/hdf5/hdf5_open.cpp:1: MPI_Comm outside mpi")
        self.write("io/hdf5/hdf5_open.cpp", "")
        self.assertBreach("io/x.cpp", "int i = MPI_INFO_NULL;\n", "io/x.cpp:1: MPI_INFO_NULL outside mpi")

    def test_words_in_comments_and_texts_are_free(self):
        self.assertBreach("data/x.cpp", '// MPI_Send\n/* boost::any\n   exit(1) */ const char* t = "MPI_Recv \\" exit(2)";\n')

    def test_code_after_a_comment_is_not(self):
        self.assertBreach("data/x.cpp", '/* a\n b */ MPI_Send(); const char* url = "http://x"; MPI_Recv();\n',
                          "data/x.cpp:2: MPI_Send outside mpi", "data/x.cpp:2: MPI_Recv outside mpi")

    def test_boost_outside_cli(self):
        self.assertBreach("io/x.cpp", "#include <boost/any.hpp>\nboost::any a;\n",
                          "io/x.cpp:1: <boost/any.hpp> belongs to cli", "io/x.cpp:2: boost outside cli")

    def test_rows_dealt_out_as_if_ranks_were_equal(self):
        self.assertBreach("data/x.cpp", "RowPartition p(n, comm.shares());\nRowPartition q(n, work.comm().size());\n",
                          "data/x.cpp:2: rows are dealt out by comm.shares(), which may be unequal, not by comm.size()")

    def test_libraries_of_one_module(self):
        self.assertBreach("data/x.cpp", "#include <hdf5.h>\n#include <cblas.h>\n#include <cairo-svg.h>\n",
                          "data/x.cpp:1: <hdf5.h> belongs to io", "data/x.cpp:2: <cblas.h> belongs to numerics",
                          "data/x.cpp:3: <cairo-svg.h> belongs to report")

    def test_vector_instructions_outside_a_kernel(self):
        self.assertBreach("methods/pca/fast.cpp", "#include <hwy/highway.h>\n#include <pocketfft_hdronly.h>\n",
                          "methods/pca/fast.cpp:1: <hwy/highway.h> belongs to methods/*_kernel.cpp and numerics",
                          "methods/pca/fast.cpp:2: <pocketfft_hdronly.h> belongs to methods/tsne/fourier_kernel.cpp")

    def test_nothing_below_main_exits(self):
        self.assertBreach("io/x.cpp", "void f() {\n  std::exit(2);\n  abort ();\n  on_exit(3);\n  file.terminate();\n}\n",
                          "io/x.cpp:2: exit() below main", "io/x.cpp:3: abort() below main")

    def test_headers_begin_with_pragma_once(self):
        self.assertBreach("data/x.hpp", "#include <vector>\n#pragma once\n",
                          "data/x.hpp:1: a header begins with #pragma once")

    def test_no_using_namespace_in_headers(self):
        self.write("data/x.cpp", "using namespace std;\n")
        self.assertBreach("data/x.hpp", "#pragma once\nusing namespace std;\n", "data/x.hpp:2: using namespace in a header")

    def test_includes_are_written_from_src(self):
        self.assertBreach("data/x.cpp", '#include "matrix.hpp"\n',
                          "data/x.cpp:1: 'matrix.hpp' is not a file of src/ (includes are written from there)")

    def test_files_stay_short(self):
        self.assertBreach("data/x.cpp", "\n" * LONGEST_FILE)
        self.assertBreach("data/x.cpp", "\n" * (LONGEST_FILE + 1),
                          f"data/x.cpp:{LONGEST_FILE + 1}: longer than {LONGEST_FILE} lines")

    def test_a_module_that_is_not_in_the_table(self):
        self.assertBreach("util/x.hpp", "#pragma once\n", "util/x.hpp:1: module 'util' is not in the table of layers")

    def test_an_empty_folder_is_not_in_order(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertEqual(main(["conventions.py", empty]), 2)


if __name__ == "__main__":
    unittest.main()
