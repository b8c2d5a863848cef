#include "io/checkpoint/checkpoint.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "io/checkpoint/checkpoint_seal.hpp"
#include "io/checkpoint/fingerprint.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;
using test::comm;

constexpr Index n = 61;
const Conditions& conditions() {
  static const Conditions same = {{"tsne.perplexity", "30"}, {"content of the input", "12 bytes"}};
  return same;
}

/// A folder of the test's own, by name and number of ranks; the same on every rank.
class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() {
    folder_ = fs::temp_directory_path() /
              ("replearn_checkpoint_test_" + std::to_string(mpi::broadcast(comm(), static_cast<int>(::getpid()))));
    if (comm().is_root()) fs::remove_all(folder_);
    mpi::barrier(comm());
  }
  ~CheckpointTest() override {
    mpi::barrier(comm());
    if (comm().is_root()) fs::remove_all(folder_);
  }
  std::string path() const { return folder_.string(); }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    if (comm().is_root() && fs::exists(folder_)) {
      for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
      std::sort(names.begin(), names.end());
    }
    return mpi::broadcast(comm(), names);
  }
  CheckpointFolder open(const mpi::Communicator& ranks = comm()) const { return {ranks, path(), conditions()}; }

  fs::path folder_;
};

/// One array of every kind.
struct Computation {
  Index step = 0;
  double lowest = 0;
  std::vector<Index> history;
  std::vector<float> rates;
  std::vector<double> losses;
  RowMatrix points, centers;
  RowMatrixD slopes, unused;
  std::vector<RowMatrix> frames;
  std::vector<RowMatrixD> moves, none;
  RowPartition partition;

  explicit Computation(const mpi::Communicator& ranks) : partition(n, ranks.size()) {}
  /// What step `at` makes of it; `ranks` those that it is spread over.
  void reach(Index at, const mpi::Communicator& ranks) {
    const auto seed = static_cast<std::uint64_t>(at);
    const auto mine = [&](const RowMatrix& all) { return my_rows_of(all, ranks).local; };
    step = at;
    lowest = 1.0 / static_cast<double>(at);
    history.assign(static_cast<std::size_t>(at), at);
    rates = {0.5f, 0.25f};
    losses.assign(static_cast<std::size_t>(at) + 1, 0.1);
    points = mine(test::random_rows(n, 2, seed));
    slopes = mine(test::random_rows(n, 3, seed + 1)).cast<double>() / 3;
    unused.resize(slopes.rows(), 0);
    moves = {slopes, 2 * slopes, slopes.leftCols(1)};
    centers = test::random_rows(4, 5, seed + 2);
    frames = {mine(test::random_rows(n, 2, seed + 3)), mine(test::random_rows(n, 2, seed + 4))};
  }
  NamedArrays arrays() {
    return {{"step", &step, {}},
            {"lowest", &lowest, {}},
            {"kl/history", &history, {}},
            {"rates", &rates, {}},
            {"losses", &losses, {}},
            {"points", &points, partition},
            {"slopes", &slopes, partition},
            {"centers", &centers, {}},
            {"frames", &frames, partition},
            {"unused", &unused, partition},
            {"moves", &moves, partition},
            {"none", &none, partition}};
  }
};

void expect_equal(const Computation& a, const Computation& b) {
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.lowest, b.lowest);
  EXPECT_EQ(a.history, b.history);
  EXPECT_EQ(a.rates, b.rates);
  EXPECT_EQ(a.losses, b.losses);
  EXPECT_EQ(a.points, b.points);
  EXPECT_EQ(a.slopes, b.slopes);
  EXPECT_EQ(a.centers, b.centers);
  EXPECT_EQ(a.frames, b.frames);
  EXPECT_EQ(a.unused, b.unused);
  EXPECT_EQ(a.moves, b.moves);
  EXPECT_EQ(a.none, b.none);
}

TEST_F(CheckpointTest, IsReadOnAnyNumberOfRanks) {
  Computation written(comm());
  written.reach(7, comm());
  {
    auto folder = open();
    folder.save("tsne", 7, written.arrays());
  }
  Computation read(comm()), expected(comm());
  EXPECT_EQ(open().load("tsne", read.arrays()), 7);
  expected.reach(7, comm());
  expect_equal(read, expected);
  // The first two ranks alone, and each rank alone; one after the other, since each claims the folder.
  const auto pair = comm().split(comm().rank() < 2 ? 0 : 1);
  if (comm().rank() < 2) {
    Computation by_two(pair), whole(pair);
    EXPECT_EQ(open(pair).load("tsne", by_two.arrays()), 7);
    whole.reach(7, pair);
    expect_equal(by_two, whole);
  }
  const auto alone = comm().split(comm().rank());
  for (int rank = 0; rank < comm().size(); ++rank) {
    mpi::barrier(comm());
    if (rank != comm().rank()) continue;
    Computation by_one(alone), whole(alone);
    EXPECT_EQ(open(alone).load("tsne", by_one.arrays()), 7);
    whole.reach(7, alone);
    expect_equal(by_one, whole);
  }
}

TEST_F(CheckpointTest, NothingThereIsNoError) {
  Computation fresh(comm());
  EXPECT_FALSE(open().load("tsne", fresh.arrays()).has_value());
}

TEST_F(CheckpointTest, TheLastOneCountsAndTheOneBeforeStays) {
  Computation run(comm());
  {
    auto folder = open();
    for (const Index at : {3, 5}) {
      run.reach(at, comm());
      folder.save("tsne", at, run.arrays());
      folder.save("sammon", at + 1, run.arrays());
    }
  }
  EXPECT_EQ(files(), (std::vector<std::string>{"incarnation.1", "sammon.1.1.h5", "sammon.1.2.h5", "tsne.1.1.h5",
                                               "tsne.1.2.h5"}));
  auto next = open();
  EXPECT_EQ(next.load("tsne", run.arrays()), 5);
  EXPECT_EQ(next.load("sammon", run.arrays()), 6);
  run.reach(9, comm());
  next.save("tsne", 9, run.arrays());
  EXPECT_EQ(files(), (std::vector<std::string>{"incarnation.2", "sammon.1.1.h5", "sammon.1.2.h5", "tsne.1.2.h5",
                                               "tsne.2.1.h5"}));
  next.discard();
  EXPECT_EQ(files(), std::vector<std::string>{});
  EXPECT_FALSE(fs::exists(folder_));
}

/// The message with which another job is refused; "" if it is not.
std::string refusal(const std::string& path, const Conditions& theirs) {
  try {
    CheckpointFolder(comm(), path, theirs);
    return "";
  } catch (const InputError& error) {
    return error.problem();
  }
}

TEST_F(CheckpointTest, ARunThatLeavesNothingGivesItsClaimUp) {
  { const auto folder = open(); }
  mpi::barrier(comm());
  EXPECT_EQ(refusal(path(), {{"tsne.perplexity", "50"}}), "");
  mpi::barrier(comm());
  EXPECT_FALSE(fs::exists(folder_));
  mpi::barrier(comm());
  {
    auto first = open();
    {
      const auto second = open();
    }  // it had taken the folder over: its claim stays, or the first would take it for its own
    mpi::barrier(comm());
    EXPECT_THROW(first.require_claim(), Superseded);
  }
}

TEST_F(CheckpointTest, FilesOfOthersStay) {
  auto folder = open();
  if (comm().is_root()) std::ofstream(folder_ / "mine.2.h5") << "mine";
  Computation run(comm());
  run.reach(2, comm());
  folder.save("tsne", 2, run.arrays());
  folder.discard();
  EXPECT_EQ(files(), std::vector<std::string>{"mine.2.h5"});
}

TEST_F(CheckpointTest, AFolderThatWasThereStaysWithAllThatIsInIt) {
  const std::vector<std::string> others = {".out.h5ad.node.12.1234.part", "download.part", "tsne.1.1.h5", "tsne.2.h5"};
  if (comm().is_root()) {
    fs::create_directories(folder_);
    for (const auto& name : others) std::ofstream(folder_ / name) << "another's";
    std::ofstream(folder_ / ".tsne.1.3.checkpoint.part") << "left by a run that was killed";
  }
  mpi::barrier(comm());
  Computation run(comm());
  run.reach(2, comm());
  {
    auto folder = open();
    EXPECT_FALSE(folder.load("tsne", run.arrays()).has_value());
    for (const Index at : {2, 3, 4}) folder.save("tsne", at, run.arrays());
    auto now = files();
    for (const char* name : {"incarnation.1", "tsne.1.3.h5", "tsne.1.4.h5"}) {
      EXPECT_EQ(std::erase(now, name), 1u) << name;
    }
    EXPECT_EQ(now, others);
  }
  auto next = open();
  EXPECT_EQ(next.load("tsne", run.arrays()), 4);
  next.discard();
  EXPECT_EQ(files(), others);
}

TEST_F(CheckpointTest, AnotherJobIsToldWhatDiffersAndChangesNothing) {
  Computation run(comm());
  run.reach(4, comm());
  auto folder = open();
  folder.save("tsne", 4, run.arrays());
  EXPECT_EQ(refusal(path(), {{"tsne.perplexity", "50"}, {"content of the input", "12 bytes"}}),
            "is the folder of another job: tsne.perplexity is 50 and was 30");
  EXPECT_EQ(
      refusal(path(), {{"tsne.perplexity", "30"}, {"content of the input", "13 bytes"}, {"tsne.dof", "1"}}),
      "is the folder of another job: content of the input is 13 bytes and was 12 bytes, tsne.dof is 1 and was not "
      "set");
  // The job itself goes on.
  run.reach(6, comm());
  EXPECT_NO_THROW(folder.save("tsne", 6, run.arrays()));
  // So is one that finds the checkpoint alone.
  if (comm().is_root()) fs::remove(folder_ / "incarnation.1");
  mpi::barrier(comm());
  CheckpointFolder other(comm(), path(), {{"tsne.perplexity", "50"}, {"content of the input", "12 bytes"}});
  EXPECT_THROW(other.load("tsne", run.arrays()), InputError);
}

TEST_F(CheckpointTest, AnEarlierIncarnationGivesUp) {
  Computation run(comm());
  run.reach(4, comm());
  auto first = open();
  first.save("tsne", 4, run.arrays());
  auto second = open();
  EXPECT_THROW(first.require_claim(), Superseded);
  EXPECT_THROW(first.save("tsne", 5, run.arrays()), Superseded);
  if (comm().is_root()) {
    EXPECT_THROW(first.require_claim_on_root(), SystemError);
  }
  EXPECT_NO_THROW(second.require_claim());
  EXPECT_EQ(second.load("tsne", run.arrays()), 4);
  second.save("tsne", 8, run.arrays());
  EXPECT_THROW(first.save("tsne", 9, run.arrays()), Superseded);
  EXPECT_EQ(second.load("tsne", run.arrays()), 8);
  EXPECT_EQ(files(), (std::vector<std::string>{"incarnation.2", "tsne.1.1.h5", "tsne.2.1.h5"}));
}

/// While it lives, no file of this process can pass `bytes`.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(CheckpointTest, WhatCannotBeWrittenLeavesTheOneBefore) {
  Computation run(comm());
  run.reach(4, comm());
  auto folder = open();
  folder.save("tsne", 4, run.arrays());
  run.reach(5, comm());
  for (const int victim : {0, comm().size() - 1}) {  // the first writes the whole skeleton, the last only rows
    run.frames.assign(200, run.points);
    {
      const FileLimit limit(comm().rank() == victim ? 40000 : 1 << 28);
      EXPECT_THROW(folder.save("tsne", 5, run.arrays()), SystemError) << victim;
    }
    EXPECT_EQ(files(), (std::vector<std::string>{"incarnation.1", "tsne.1.1.h5"}));
    EXPECT_EQ(folder.load("tsne", run.arrays()), 4);
  }
  run.reach(6, comm());
  EXPECT_NO_THROW(folder.save("tsne", 6, run.arrays()));
  EXPECT_EQ(folder.load("tsne", run.arrays()), 6);
}

TEST_F(CheckpointTest, AFolderThatVanishesAndOneThatIsNone) {
  Computation run(comm());
  run.reach(4, comm());
  auto folder = open();
  mpi::barrier(comm());
  if (comm().is_root()) fs::remove_all(folder_);
  mpi::barrier(comm());
  EXPECT_THROW(folder.save("tsne", 4, run.arrays()), SystemError);
  if (comm().is_root()) std::ofstream(folder_) << "a file";
  mpi::barrier(comm());
  EXPECT_THROW(open(), InputError);
}

/// Changes one bit of a file. Root, all wait.
void flip(const fs::path& path, std::uintmax_t byte, int bit) {
  if (comm().is_root()) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(byte));
    const char changed = static_cast<char>(file.get() ^ (1 << bit));
    file.seekp(static_cast<std::streamoff>(byte));
    file.put(changed);
  }
  mpi::barrier(comm());
}

TEST_F(CheckpointTest, EveryFlippedBitIsFound) {
  Computation run(comm());
  run.reach(4, comm());
  auto folder = open();
  folder.save("tsne", 4, run.arrays());
  const fs::path path = folder_ / "tsne.1.1.h5";
  const auto size = mpi::broadcast(comm(), comm().is_root() ? fs::file_size(path) : 0);
  EXPECT_EQ(find_damage(comm(), path.string(), true), "");
  Index tried = 0, found = 0;
  for (std::uintmax_t byte = 0; byte < size; byte += byte + 300 < size ? 61 : 1, ++tried) {
    const int bit = static_cast<int>(byte % 8);
    flip(path, byte, bit);
    found += find_damage(comm(), path.string(), false).empty() ? 0 : 1;
    flip(path, byte, bit);
  }
  EXPECT_EQ(found, tried);
  EXPECT_GT(tried, 300);
  EXPECT_EQ(find_damage(comm(), path.string(), false), "");
}

TEST_F(CheckpointTest, ADamagedOneIsLeftOutAndTheOneBeforeIsUsed) {
  for (const bool cut : {false, true}) {
    Computation run(comm());
    {
      auto folder = open();
      for (const Index at : {4, 6}) {
        run.reach(at, comm());
        folder.save("tsne", at, run.arrays());
      }
    }
    const fs::path last = folder_ / "tsne.1.2.h5";
    if (cut) {
      if (comm().is_root()) fs::resize_file(last, 3000);
      mpi::barrier(comm());
    } else {
      flip(last, mpi::broadcast(comm(), comm().is_root() ? fs::file_size(last) / 2 : 0), 3);
    }
    Computation read(comm()), expected(comm());
    auto folder = open();
    EXPECT_EQ(folder.load("tsne", read.arrays()), 4);
    expected.reach(4, comm());
    expect_equal(read, expected);
    EXPECT_EQ(files(), (std::vector<std::string>{"incarnation.2", "tsne.1.1.h5", "tsne.1.2.h5.damaged"}));
    run.reach(7, comm());
    folder.save("tsne", 7, run.arrays());
    EXPECT_EQ(folder.load("tsne", read.arrays()), 7);
    folder.discard();
    mpi::barrier(comm());
    EXPECT_FALSE(fs::exists(folder_));
    mpi::barrier(comm());
  }
}

TEST_F(CheckpointTest, WhereNoneIsSoundNothingIsFilled) {
  Computation run(comm());
  run.reach(4, comm());
  open().save("tsne", 4, run.arrays());
  flip(folder_ / "tsne.1.1.h5", 2000, 0);
  Computation fresh(comm()), untouched(comm());
  EXPECT_FALSE(open().load("tsne", fresh.arrays()).has_value());
  expect_equal(fresh, untouched);
}

TEST_F(CheckpointTest, ADamagedMarkerIsNotTakenForAnotherJobs) {
  Computation run(comm());
  run.reach(4, comm());
  open().save("tsne", 4, run.arrays());
  if (comm().is_root()) {
    std::ifstream in(folder_ / "incarnation.1");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    text[text.find("perplexity = 30") + 13] = '4';
    std::ofstream(folder_ / "incarnation.1") << text;
  }
  mpi::barrier(comm());
  EXPECT_EQ(open().load("tsne", run.arrays()), 4);
}

TEST_F(CheckpointTest, ContentIsToldApartButNotPlaceOrTime) {
  if (!comm().is_root()) return;
  fs::create_directories(folder_);
  const auto write = [&](const std::string& name, std::size_t bytes, std::size_t changed) {
    std::string text(bytes, 'a');
    text[changed] = 'b';
    std::ofstream(folder_ / name) << text;
    return file_contents({(folder_ / name).string()});
  };
  for (const std::size_t bytes : {std::size_t{1000}, std::size_t{5000000}}) {
    const auto first = write("a", bytes, bytes - 1);
    EXPECT_EQ(write("b", bytes, bytes - 1), first);
    EXPECT_NE(write("b", bytes, 0), first);
    EXPECT_NE(write("b", bytes + 1, bytes - 1), first);
  }
  EXPECT_EQ(matrix_files(path()).size(), 2u);
  const std::vector<std::string> parts = {"GSM1_barcodes.tsv", "GSM1_features.tsv", "GSM1_matrix.mtx"};
  std::vector<std::string> paths;
  for (const auto& part : parts) {
    write(part, 10, 0);
    paths.push_back((folder_ / part).string());
  }
  EXPECT_EQ(matrix_files(paths.back()), paths);  // the folder holds more
  write("notes.txt", 10, 0);
  EXPECT_EQ(matrix_files(path()), paths);
}

}  // namespace
}  // namespace replearn::io
