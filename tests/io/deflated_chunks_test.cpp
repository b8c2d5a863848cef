// Chunks compressed by gzip, read with libdeflate: the same values as HDF5 reads, and no others.
#include "io/hdf5/deflated_chunks.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "base/error.hpp"
#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

constexpr Index length = 10007, chunk_length = 1000;

class DeflatedChunks : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("replearn-chunks-" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path() const { return folder_ / "file.h5"; }

  /// A dataset "x" of `length` values k^2 mod 251 in this type; `filters` sets those of its chunks, `then` damages it.
  void write(hid_t type, const std::function<void(hid_t creation)>& filters,
             const std::function<void(hid_t dataset)>& then = {}) const {
    auto file = Hdf5File::create(path());
    const hsize_t extent = length, chunk = chunk_length;
    const Hdf5Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose),
        creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(creation.id(), 1, &chunk);
    filters(creation.id());
    const Hdf5Handle dataset(H5Dcreate2(file.id(), "x", type, space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT),
                             H5Dclose);
    const auto values = expected(0, length);
    ASSERT_GE(H5Dwrite(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    H5Dflush(dataset.id());
    if (then) then(dataset.id());
    file.close();
  }
  static std::vector<double> expected(Index begin, Index count) {
    std::vector<double> values(count);
    for (Index i = 0; i < count; ++i) values[i] = static_cast<double>((begin + i) * (begin + i) % 251);
    return values;
  }
  static void deflate(hid_t creation) { H5Pset_deflate(creation, 4); }
  static void shuffle_deflate(hid_t creation) {
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 4);
  }
  /// Whether read_deflated_chunks reads this range, as float64.
  bool reads(Index begin, Index count) const {
    const auto file = Hdf5File::open(path());
    const auto dataset = file.dataset_at("x");
    std::vector<double> values(count);
    if (!read_deflated_chunks(dataset.id(), H5T_NATIVE_DOUBLE, begin, std::as_writable_bytes(std::span(values)))) {
      return false;
    }
    EXPECT_EQ(values, expected(begin, count));
    return true;
  }

  fs::path folder_;
};

TEST_F(DeflatedChunks, HoldTheValuesInAnyTypeAndRange) {
  for (const hid_t type : {H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_STD_I64LE, H5T_STD_U8LE, H5T_STD_I32BE, H5T_STD_U16LE}) {
    for (const auto filters : {deflate, shuffle_deflate}) {
      write(type, filters);
      for (const auto& [begin, count] :
           {std::pair<Index, Index>{0, length}, {0, chunk_length}, {999, 1002}, {5, 9000}, {length - 1500, 1500}}) {
        EXPECT_TRUE(reads(begin, count)) << begin << " " << count;
      }
      const auto file = Hdf5File::open(path());
      const auto dataset = file.dataset_at("x");
      const auto wide = expected(700, 9000);
      EXPECT_EQ(dataset.read<float>(dataset.rows(700, 9000)), std::vector<float>(wide.begin(), wide.end()));
      EXPECT_EQ(dataset.read<std::int32_t>(dataset.rows(700, 9000)),
                std::vector<std::int32_t>(wide.begin(), wide.end()));
    }
  }
}

TEST_F(DeflatedChunks, OtherDatasetsAndShortRangesAreLeftToHdf5) {
  write(H5T_IEEE_F32LE, deflate);
  EXPECT_FALSE(reads(3, chunk_length - 1));
  write(H5T_IEEE_F32LE, [](hid_t creation) {
    H5Pset_deflate(creation, 4);
    H5Pset_fletcher32(creation);
  });
  EXPECT_FALSE(reads(0, length));
  write(H5T_IEEE_F32LE, [](hid_t) {});
  EXPECT_FALSE(reads(0, length));
  // A chunk to which the filter was not applied.
  write(H5T_IEEE_F64LE, deflate, [](hid_t dataset) {
    const auto values = expected(chunk_length, chunk_length);
    const hsize_t offset = chunk_length;
    ASSERT_GE(H5Dwrite_chunk(dataset, H5P_DEFAULT, 1, &offset, values.size() * sizeof(double), values.data()), 0);
  });
  EXPECT_FALSE(reads(0, length));
  const auto file = Hdf5File::open(path());
  const auto dataset = file.dataset_at("x");
  EXPECT_EQ(dataset.read<double>(dataset.whole()), expected(0, length));
}

TEST_F(DeflatedChunks, ADamagedChunkIsAnError) {
  for (const std::string bytes : {"no deflate stream", ""}) {
    write(H5T_IEEE_F32LE, deflate, [&](hid_t dataset) {
      const std::string written = bytes.empty() ? std::string(1 << 16, '\x78') : bytes;
      const hsize_t offset = 2 * chunk_length;
      ASSERT_GE(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &offset, written.size(), written.data()), 0);
    });
    EXPECT_FALSE(reads(0, length));
    EXPECT_TRUE(reads(0, 2 * chunk_length));
    const auto file = Hdf5File::open(path());
    const auto dataset = file.dataset_at("x");
    EXPECT_THROW(dataset.read<float>(dataset.whole()), InputError);
  }
}

}  // namespace
}  // namespace replearn::io
