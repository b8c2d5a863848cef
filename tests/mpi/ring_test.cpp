#include "mpi/ring.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"

namespace replearn::mpi {
namespace {

std::vector<float> block_of(int rank, Index length) {
  std::vector<float> values;
  for (Index i = 0; i < length; ++i) values.push_back(static_cast<float>(1000 * rank) + static_cast<float>(i));
  return values;
}

/// Goes once round and expects every rank's block, own first, then the left neighbor's, and so on.
template <class Length>
void expect_round(const Communicator& comm, Length length, bool poll) {
  const auto mine = block_of(comm.rank(), length(comm.rank()));
  Ring<float> ring(comm, std::span<const float>(mine));
  int visits = 0;
  do {
    const int owner = (comm.rank() + comm.size() - visits) % comm.size();
    EXPECT_EQ(ring.owner(), owner);
    // Moving the transfer along, before the block is read and after, leaves the block alone.
    for (int i = 0; poll && i < 20; ++i) ring.poll();
    EXPECT_EQ(std::vector<float>(ring.block().begin(), ring.block().end()), block_of(owner, length(owner)));
    for (int i = 0; poll && i < 20; ++i) ring.poll();
    EXPECT_EQ(std::vector<float>(ring.block().begin(), ring.block().end()), block_of(owner, length(owner)));
    ++visits;
  } while (ring.advance());
  EXPECT_EQ(visits, comm.size());
}

/// Messages whole, and cut to 10 bytes: two and a half floats.
class RingTest : public testing::TestWithParam<Index> {
 protected:
  RingTest() : comm(Communicator::duplicate(test::comm().raw())) {
    if (GetParam() > 0) comm.set_message_limit(GetParam());
  }
  const Communicator comm;
};

TEST_P(RingTest, ShowsEveryBlockOnce) {
  for (const bool poll : {false, true}) {
    expect_round(
        comm, [](int) { return Index{100}; }, poll);
    expect_round(
        comm, [](int rank) { return Index{1 + 17 * rank}; }, poll);
    expect_round(
        comm, [](int rank) { return Index{rank % 2 == 0 ? 0 : 33}; }, poll);
    expect_round(
        comm, [](int rank) { return Index{rank == 0 ? 50 : 0}; }, poll);
    expect_round(
        comm, [](int) { return Index{0}; }, poll);
  }
}

INSTANTIATE_TEST_SUITE_P(MessageLimit, RingTest, testing::Values(0, 10));

// A megabyte a block: too long for MPI to send before the receiver has asked for it.
TEST(Ring, LongBlocks) {
  expect_round(
      test::comm(), [](int rank) { return Index{250000 + rank}; }, true);
}

TEST(Ring, TwoRingsOneAfterTheOtherDoNotMix) {
  const auto& comm = test::comm();
  for (int turn = 0; turn < 3; ++turn)
    expect_round(
        comm, [&](int rank) { return Index{10 * turn + rank}; }, false);
}

TEST(Ring, ATransferIsUnderWayDuringTheWork) {
  const auto comm = Communicator::duplicate(test::comm().raw());
  const auto mine = block_of(comm.rank(), 100);
  const Index calls = comm.traffic().calls;
  Ring<float> ring(comm, std::span<const float>(mine));
  for (int visit = 0; visit < comm.size(); ++visit) {
    // All-gather of the lengths, then one transfer started for every visit but the last.
    EXPECT_EQ(comm.traffic().calls - calls, 1 + std::min(visit + 1, comm.size() - 1));
    ring.advance();
  }
  EXPECT_DOUBLE_EQ(comm.traffic().bytes_sent, (comm.size() - 1) * (400.0 + 8.0));
}

TEST(Ring, MovesStructs) {
  struct Point {
    double x;
    std::int32_t label;
  };
  const auto& comm = test::comm();
  const std::vector<Point> mine = {{0.5 * comm.rank(), comm.rank()}};
  Ring<Point> ring(comm, std::span<const Point>(mine));
  do {
    EXPECT_EQ(ring.block()[0].label, ring.owner());
    EXPECT_EQ(ring.block()[0].x, 0.5 * ring.owner());
  } while (ring.advance());
}

// An error that all ranks share leaves the ring half-way. Nothing of it may turn up in the next one.
TEST(Ring, AnAbandonedRingLeavesNoMessagesBehind) {
  const auto& comm = test::comm();
  for (const Index length : {Index{10}, Index{250000}}) {
    for (int visits = 1; visits <= comm.size(); ++visits) {
      EXPECT_THROW(
          {
            const auto mine = block_of(50 + comm.rank(), length);
            Ring<float> ring(comm, std::span<const float>(mine));
            for (int v = 1; v < visits; ++v) ring.advance();
            throw std::runtime_error("half-way");
          },
          std::runtime_error);
      expect_round(
          comm, [&](int rank) { return length + rank; }, false);
    }
  }
}

}  // namespace
}  // namespace replearn::mpi
