#include "mpi/communicator.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <type_traits>

#include "base/stopwatch.hpp"
#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"
#include "mpi/error.hpp"
#include "support/test_comm.hpp"

namespace replearn::mpi {
namespace {

static_assert(!std::is_copy_constructible_v<Communicator> && !std::is_copy_assignable_v<Communicator>);
static_assert(std::is_nothrow_move_constructible_v<Communicator> && std::is_nothrow_move_assignable_v<Communicator>);

TEST(Communicator, KnowsRankAndSize) {
  const auto& comm = test::comm();
  int rank = -1, size = -1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  EXPECT_EQ(comm.rank(), rank);
  EXPECT_EQ(comm.size(), size);
  EXPECT_EQ(comm.is_root(), rank == 0);
}

TEST(Communicator, DuplicateIsAnotherCommunicatorOfTheSameRanks) {
  const auto& comm = test::comm();
  const auto copy = Communicator::duplicate(comm.raw());
  int relation = MPI_UNEQUAL;
  MPI_Comm_compare(comm.raw(), copy.raw(), &relation);
  EXPECT_EQ(relation, MPI_CONGRUENT);  // same ranks, other context: messages cannot be mixed up
  copy.set_message_limit(3);
  EXPECT_EQ(comm.message_limit(), Index{1} << 30);
}

TEST(Communicator, DuplicateOfPartOfTheWorld) {
  const auto& comm = test::comm();
  MPI_Comm theirs = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, comm.rank() % 2, -comm.rank(), &theirs);  // ranks in falling order
  {
    const auto ours = Communicator::duplicate(theirs);
    const int members = (comm.size() + 1 - comm.rank() % 2) / 2;
    EXPECT_EQ(ours.size(), members);
    EXPECT_EQ(ours.rank(), members - 1 - comm.rank() / 2);
    EXPECT_EQ(all_reduce(ours, 1, Reduction::sum), members);
  }
  int size = 0;
  EXPECT_EQ(MPI_Comm_size(theirs, &size), MPI_SUCCESS);  // the user's own is left alone
  MPI_Comm_free(&theirs);
}

TEST(Communicator, SplitOrdersByRank) {
  const auto& comm = test::comm();
  const auto part = comm.split(comm.rank() % 2);
  EXPECT_EQ(part.rank(), comm.rank() / 2);
  EXPECT_EQ(part.size(), (comm.size() + 1 - comm.rank() % 2) / 2);
  std::vector<int> members;
  for (int r = comm.rank() % 2; r < comm.size(); r += 2) members.push_back(r);
  EXPECT_EQ(all_gather(part, comm.rank()), members);
  EXPECT_EQ(comm.split(comm.rank()).size(), 1);
}

TEST(Communicator, NodeHoldsTheRanksOfThisMachine) {
  const auto& comm = test::comm();
  const auto node = comm.node();
  EXPECT_EQ(node.size(), comm.size());  // tests run on one machine
  EXPECT_EQ(node.rank(), comm.rank());
}

TEST(Communicator, MovesItsOwnership) {
  auto first = Communicator::duplicate(test::comm().raw());
  const MPI_Comm raw = first.raw();
  Communicator second = std::move(first);
  EXPECT_EQ(second.raw(), raw);
  EXPECT_EQ(first.raw(), MPI_COMM_NULL);  // NOLINT(bugprone-use-after-move)
  Communicator third = second.split(0);
  third = std::move(second);
  EXPECT_EQ(third.raw(), raw);
  EXPECT_EQ(all_reduce(third, 1, Reduction::sum), third.size());
}

TEST(Communicator, TrafficCountsWhatTheTextbookAlgorithmsSend) {
  const auto comm = Communicator::duplicate(test::comm().raw());
  const double p = comm.size(), share = (p - 1) / p;
  const bool alone = comm.size() == 1;
  const auto bytes = [&](auto call) {
    const Traffic before = comm.traffic();
    call();
    EXPECT_GT(comm.traffic().calls, before.calls);
    EXPECT_GE(comm.traffic().seconds, before.seconds);
    EXPECT_EQ(comm.traffic().bytes_between_nodes, 0);  // of other nodes tests/cluster tells
    return comm.traffic().bytes_sent - before.bytes_sent;
  };
  std::vector<double> values(1000), all(1000 * static_cast<std::size_t>(comm.size()));
  EXPECT_DOUBLE_EQ(bytes([&] { barrier(comm); }), 0);
  EXPECT_DOUBLE_EQ(bytes([&] { broadcast_into(comm, std::span<double>(values)); }), 8000 * share);
  EXPECT_DOUBLE_EQ(bytes([&] { all_reduce(comm, std::span<double>(values), Reduction::sum); }), 2 * 8000 * share);
  EXPECT_DOUBLE_EQ(bytes([&] {
                     all_gather_into(comm, std::span<const double>(values), std::span<double>(all),
                                     std::vector<Index>(static_cast<std::size_t>(comm.size()), 1000));
                   }),
                   8000 * (p - 1));
  // Lengths first, then the values.
  const double lengths = 8 * (p - 1);
  EXPECT_DOUBLE_EQ(bytes([&] { gather_v(comm, values); }), lengths + (comm.is_root() ? 0 : 8000));
  // Lengths, then whether all fits into one call (a reduction of one number), then the values to the others.
  EXPECT_DOUBLE_EQ(
      bytes(
          [&] { all_to_all_v(comm, std::vector<std::vector<double>>(static_cast<std::size_t>(comm.size()), values)); }),
      lengths + (alone ? 0 : 2 * 8 * share + 8000 * (p - 1)));
}

TEST(Communicator, TrafficOfAPartCountsForTheWhole) {
  const auto comm = Communicator::duplicate(test::comm().raw());
  const auto part = comm.split(0);
  const auto before = comm.traffic().calls;
  barrier(part);
  EXPECT_EQ(comm.traffic().calls, before + 1);
}

// A rank that waits counts its time once, however many calls a collective is made of.
TEST(Communicator, TimeWaitedIsCountedOnce) {
  const auto comm = Communicator::duplicate(test::comm().raw());
  const Stopwatch watch;
  if (comm.is_root()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  all_to_all_v(comm, std::vector<std::vector<double>>(static_cast<std::size_t>(comm.size()), {1.0, 2.0}));
  EXPECT_LE(comm.traffic().seconds, watch.seconds());
}

TEST(Error, NamesTheFunctionAndWhatMpiSays) {
  const auto& comm = test::comm();
  int value = 0;
  try {
    check(MPI_Bcast(&value, 1, MPI_INT, comm.size() + 5, comm.raw()), "MPI_Bcast");  // no such root: fails at once
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("MPI_Bcast: MPI_ERR_ROOT", 0), 0u) << error.what();
  }
}

TEST(Environment, EveryoneArrivesIfAllCome) {
  const auto& comm = test::comm();
  if (comm.rank() == comm.size() - 1) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(Environment::barrier_within(comm, 60));
}

// The last rank comes to the barrier only after the others have given up, whose own is then still under way: so this
// communicator is never freed (after a false, a program aborts).
TEST(Environment, EveryoneDoesNotArriveIfOneStaysAway) {
  static const Communicator& comm = *new Communicator(Communicator::duplicate(test::comm().raw()));
  const bool late = comm.rank() == comm.size() - 1;
  if (!late) {
    EXPECT_FALSE(Environment::barrier_within(comm, 0.05));
  }
  barrier(test::comm());
  if (late) {
    EXPECT_TRUE(Environment::barrier_within(comm, 60));
  }
}

TEST(Environment, NamesTheLibrary) {
  const auto version = library_version();
  EXPECT_FALSE(version.empty());
  EXPECT_EQ(version.find(','), std::string::npos);
}

TEST(Communicator, SharesGoWithRanksIntoWhatIsSplitOff) {
  std::vector<double> weights;
  for (int r = 0; r < test::comm().size(); ++r) weights.push_back(1 + r);
  const auto all = test::comm().split(0);
  EXPECT_TRUE(all.shares().are_equal());
  EXPECT_EQ(all.shares().ranks(), test::comm().size());
  all.set_shares(Shares(weights));
  const auto half = all.split(all.rank() % 2);
  std::vector<double> of_half;
  for (int r = all.rank() % 2; r < all.size(); r += 2) of_half.push_back(1 + r);
  ASSERT_EQ(half.shares().ranks(), static_cast<int>(of_half.size()));
  double total = 0;
  for (const double weight : of_half) total += weight;
  for (int r = 0; r < half.size(); ++r) {
    EXPECT_NEAR(half.shares().of(r), of_half[static_cast<std::size_t>(r)] / total, 1e-12);
  }
  EXPECT_TRUE(test::comm().shares().are_equal());
}

}  // namespace
}  // namespace replearn::mpi
