#pragma once
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/error.hpp"
#include "data/expression_matrix.hpp"
#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"

namespace replearn::test {

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline void write_gzip(const std::string& path, const std::string& text) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A folder of this test's own, the same on all ranks, gone at the end. Collective.
class TempFolder {
 public:
  TempFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "replearn_formats_XXXXXX").string();
    if (comm().is_root() && !mkdtemp(path.data())) path.clear();
    path_ = mpi::broadcast(comm(), path);
  }
  ~TempFolder() {
    mpi::barrier(comm());
    if (comm().is_root()) std::filesystem::remove_all(path_);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

  /// Root writes, the others wait. The name says whether it is gzip. Collective.
  std::string put(const std::string& name, const std::string& text) const {
    const std::string file = *this / name;
    if (comm().is_root()) {
      std::filesystem::create_directories(std::filesystem::path(file).parent_path());
      if (name.ends_with(".gz")) {
        write_gzip(file, text);
      } else {
        write_text(file, text);
      }
    }
    mpi::barrier(comm());
    return file;
  }

 private:
  std::string path_;
};

/// The whole matrix, dense, on root. Collective.
inline RowMatrix gather(const Matrix& matrix) {
  if (const auto* sparse = std::get_if<SparseRows>(&matrix)) return gather_rows(comm(), to_dense(*sparse));
  return gather_rows(comm(), std::get<DistributedMatrix>(matrix));
}

/// A matrix with names, as tests/data/formats/make.py wrote it from what scanpy or pandas read.
struct Expected {
  RowMatrix x;
  Index stored = 0;
  std::vector<std::string> rows, columns;
};

inline std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

inline Expected read_expected(const std::string& name) {
  std::ifstream file(std::string(REPLEARN_TEST_DATA "/formats/expected_") + name + ".txt");
  Expected expected;
  Index rows = 0, columns = 0, row = 0, column = 0;
  std::string line, value;
  file >> rows >> columns >> expected.stored;
  std::getline(file, line);
  std::getline(file, line);
  expected.rows = words(line);
  std::getline(file, line);
  expected.columns = words(line);
  expected.x = RowMatrix::Zero(rows, columns);
  while (file >> row >> column >> value) expected.x(row, column) = std::strtof(value.c_str(), nullptr);
  return expected;
}

/// Bit for bit; call it on root with gathered matrices.
inline void expect_same(const RowMatrix& got, const RowMatrix& wanted) {
  ASSERT_EQ(got.rows(), wanted.rows());
  ASSERT_EQ(got.cols(), wanted.cols());
  for (Index i = 0; i < got.rows(); ++i) {
    for (Index j = 0; j < got.cols(); ++j) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(got(i, j)), std::bit_cast<std::uint32_t>(wanted(i, j)))
          << "row " << i << " column " << j << ": " << got(i, j) << " for " << wanted(i, j);
    }
  }
}

/// Collective: compares matrix and names with what the independent program read.
inline void expect_equals(const ExpressionMatrix& data, const Expected& expected) {
  const RowMatrix x = gather(data.x);
  EXPECT_EQ(partition(data.x), RowPartition(expected.x.rows(), comm().size()));
  if (comm().is_root()) {
    expect_same(x, expected.x);
    EXPECT_EQ(data.obs.names, expected.rows);
    EXPECT_EQ(data.var.names, expected.columns);
  } else {
    EXPECT_EQ(data.obs.size(), 0);
    EXPECT_EQ(data.var.size(), 0);
  }
}

/// `work` must throw an InputError, alike on this and every rank, that names the file and holds the two texts.
template <class Work>
void expect_input_error(Work&& work, const std::string& file, const std::string& place, const std::string& what) {
  std::string message;
  try {
    work();
    ADD_FAILURE() << "no error; expected one of " << file << ": " << place << ": " << what;
  } catch (const InputError& error) {
    message = error.what();
    EXPECT_NE(error.file().find(file), std::string::npos) << error.what();
    EXPECT_NE(error.place().find(place), std::string::npos) << error.what();
    EXPECT_NE(error.problem().find(what), std::string::npos) << error.what();
    EXPECT_FALSE(error.hint().empty()) << error.what();
  }
  EXPECT_EQ(mpi::broadcast(comm(), message), message);
}

}  // namespace replearn::test
