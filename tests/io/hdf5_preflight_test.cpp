// Damaged HDF5 files, made here: what HDF5 1.10 would crash or loop on is refused, the rest is let through.
#include "io/hdf5/hdf5_preflight.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "base/error.hpp"
#include "base/stopwatch.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

/// Every rank's own file, so that a test may run on each.
class Hdf5Preflight : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("replearn-preflight-" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override {
    set_input_check(InputCheck::full);
    fs::remove_all(folder_);
  }
  std::string path(const std::string& name = "file.h5") const { return folder_ / name; }

  /// Strings of a length of their own each, an attribute of strings, numbers.
  void write_sound(Index names = 300) const {
    auto file = Hdf5File::create(path());
    file.make_group("obs");
    std::vector<std::string> texts;
    for (Index i = 0; i < names; ++i) texts.push_back("name" + std::to_string(i * i));
    texts[7] = "";
    file.write_strings("obs/names", texts);
    file.set_attribute("obs", "columns", std::vector<std::string>{"one", "two"});
    file.write("obs/numbers", std::vector<double>(static_cast<std::size_t>(names), 1.5));
    file.close();
  }

  /// Replaces the first (or another) occurrence of some bytes, or what stands some bytes after it.
  void overwrite(const std::string& mark, std::size_t after, const std::string& bytes, int occurrence = 0) const {
    std::ifstream in(path(), std::ios::binary);
    std::string all{std::istreambuf_iterator<char>(in), {}};
    std::size_t at = all.find(mark);
    for (int i = 0; i < occurrence; ++i) at = all.find(mark, at + 1);
    ASSERT_NE(at, std::string::npos);
    all.replace(at + after, bytes.size(), bytes);
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << all;
  }

  void expect_refused(const std::string& object, const std::string& what) const {
    try {
      preflight(path());
      ADD_FAILURE() << "not refused";
    } catch (const InputError& error) {
      EXPECT_NE(error.place().find(object), std::string::npos) << error.what();
      EXPECT_NE(error.problem().find("damaged"), std::string::npos) << error.what();
      EXPECT_NE(error.problem().find(what), std::string::npos) << error.what();
    }
  }

  fs::path folder_;
};

TEST_F(Hdf5Preflight, ASoundFilePasses) {
  write_sound();
  EXPECT_NO_THROW(preflight(path()));
  EXPECT_EQ(Hdf5File::open(path()).read_strings("obs/names").at(3), "name9");
}

TEST_F(Hdf5Preflight, AStringWhoseHeapStatesAnotherLength) {
  write_sound();
  overwrite("name81", static_cast<std::size_t>(-8), std::string("\x90\x01", 2));  // bytes of the object
  expect_refused("/obs/names", "heap");
}

TEST_F(Hdf5Preflight, AHeapThatIsNone) {
  write_sound();
  overwrite("GCOL", 0, "GCOX");
  expect_refused("/obs", "heap");
}

TEST_F(Hdf5Preflight, AFreeSpaceOfNoBytesWouldLoopForEver) {
  write_sound();
  overwrite("name81", static_cast<std::size_t>(-16), std::string(16, '\0'));
  expect_refused("/obs", "heap");
}

TEST_F(Hdf5Preflight, AStringBeyondTheEndOfTheFile) {
  write_sound();
  const auto size = fs::file_size(path());
  fs::resize_file(path(), size);  // HDF5 itself notices a file that is too short
  std::ifstream in(path(), std::ios::binary);
  std::string all{std::istreambuf_iterator<char>(in), {}};
  // The reference of "name0": 5 bytes long, then the heap's address.
  const auto heap = all.find("GCOL");
  std::string address(8, '\0');
  for (int i = 0; i < 8; ++i) address[static_cast<std::size_t>(i)] = static_cast<char>(heap >> (8 * i));
  const std::string reference = std::string("\5\0\0\0", 4) + address;
  ASSERT_NE(all.find(reference), std::string::npos);
  overwrite(reference, 4, std::string("\0\0\0\0\0\1\0\0", 8));
  expect_refused("/obs/names", "beyond the end");
}

TEST_F(Hdf5Preflight, CyclesAndLinksElsewhereEnd) {
  {
    auto file = Hdf5File::create(path());
    file.make_group("a/b");
    H5Lcreate_hard(file.id(), "a", file.id(), "a/b/again", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/a/b", file.id(), "a/b/soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("/etc/passwd", "/", file.id(), "elsewhere", H5P_DEFAULT, H5P_DEFAULT);
    file.close();
  }
  EXPECT_NO_THROW(preflight(path()));
}

TEST_F(Hdf5Preflight, CompoundsSequencesAndFilters) {
  {
    auto file = Hdf5File::create(path());
    const auto text = hdf5_string_type();
    const Hdf5Handle sequence(H5Tvlen_create(H5T_NATIVE_INT), H5Tclose);
    struct Row {
      int number;
      const char* name;
      hvl_t values;
    };
    const Hdf5Handle type(H5Tcreate(H5T_COMPOUND, sizeof(Row)), H5Tclose);
    H5Tinsert(type.id(), "number", HOFFSET(Row, number), H5T_NATIVE_INT);
    H5Tinsert(type.id(), "name", HOFFSET(Row, name), text.id());
    H5Tinsert(type.id(), "values", HOFFSET(Row, values), sequence.id());
    int items[3] = {1, 2, 3};
    std::vector<Row> rows(50, {1, "some", {3, items}});
    const hsize_t extent = rows.size(), chunk = 8;
    const Hdf5Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose),
        creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(creation.id(), 1, &chunk);
    H5Pset_shuffle(creation.id());
    H5Pset_deflate(creation.id(), 4);
    const Hdf5Handle dataset(
        H5Dcreate2(file.id(), "rows", type.id(), space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Dclose);
    EXPECT_GE(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()), 0);
    file.close();
  }
  EXPECT_NO_THROW(preflight(path()));
  overwrite("some", static_cast<std::size_t>(-8), std::string("\3", 1), 20);
  expect_refused("/rows", "lengths");
}

TEST_F(Hdf5Preflight, AFileIsCheckedOnceUnlessItChanges) {
  write_sound();
  preflight(path());
  const auto time = fs::last_write_time(path());
  overwrite("GCOL", 0, "GCOX");
  fs::last_write_time(path(), time);
  EXPECT_NO_THROW(preflight(path()));
  fs::last_write_time(path(), time + std::chrono::seconds(1));
  expect_refused("/obs", "heap");
}

TEST_F(Hdf5Preflight, ItCanBeTurnedOff) {
  write_sound();
  overwrite("GCOL", 0, "GCOX");
  set_input_check(InputCheck::none);
  EXPECT_NO_THROW(preflight(path()));
}

TEST_F(Hdf5Preflight, AllRanksHaveTheErrorOfRoot) {
  write_sound();
  overwrite("GCOL", 0, "GCOX");
  const std::string shared = mpi::broadcast(test::comm(), path());
  EXPECT_THROW(Hdf5File::open(test::comm(), shared), InputError);
  mpi::run_collectively(test::comm(), [] {});  // none removes its folder before all are here
}

}  // namespace
}  // namespace replearn::io
