#include "mpi/collectives.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <new>
#include <numeric>
#include <string_view>

#include "base/error.hpp"
#include "support/test_comm.hpp"

namespace replearn::mpi {
namespace {

static_assert(Sendable<int> && Sendable<std::array<float, 3>>);
static_assert(!Sendable<int*> && !Sendable<std::span<int>> && !Sendable<std::string_view> && !Sendable<std::string>);

/// Twelve bytes: not a divisor of the limits below, so that elements are cut in the middle too.
struct Labeled {
  std::int32_t rank, number;
  float value;
  bool operator==(const Labeled&) const = default;
};

/// `count` elements that tell where they come from and where they go.
std::vector<Labeled> made_by(int rank, Index count, int to = 0) {
  std::vector<Labeled> values;
  for (Index i = 0; i < count; ++i) {
    values.push_back({rank, static_cast<std::int32_t>(i), static_cast<float>(to) + 0.25f});
  }
  return values;
}

/// Uneven on purpose, nothing on every third rank.
Index uneven(int rank) {
  return rank % 3 == 1 ? 0 : 13 + 7 * rank;
}

/// Every test here is done with whole messages and with messages cut to 1, 7 and 64 elements.
class Collectives : public testing::TestWithParam<Index> {
 protected:
  Collectives() : comm(Communicator::duplicate(test::comm().raw())) {
    if (GetParam() > 0) comm.set_message_limit(GetParam());
  }
  const Communicator comm;
};

TEST_P(Collectives, BroadcastGivesEveryRankTheRootsValue) {
  for (int root = 0; root < comm.size(); ++root) {
    EXPECT_EQ(broadcast(comm, 10 * comm.rank() + 3, root), 10 * root + 3);
    EXPECT_EQ(broadcast(comm, Labeled{comm.rank(), 1, 2.5f}, root), (Labeled{root, 1, 2.5f}));
    // Vectors of another length on every rank.
    EXPECT_EQ(broadcast(comm, made_by(comm.rank(), 5 + comm.rank()), root), made_by(root, 5 + root));
    EXPECT_EQ(broadcast(comm, made_by(comm.rank(), comm.rank() - root), root), made_by(root, 0));
    auto values = made_by(comm.rank(), 9);
    broadcast_into(comm, std::span<Labeled>(values), root);
    EXPECT_EQ(values, made_by(root, 9));
  }
}

TEST_P(Collectives, BroadcastOfTexts) {
  for (int root = 0; root < comm.size(); ++root) {
    const bool mine = comm.rank() == root;
    const std::string with_zero("a longer text, with a \0 in it", 29);
    EXPECT_EQ(broadcast(comm, mine ? with_zero : std::string("x"), root), with_zero);
    EXPECT_EQ(broadcast(comm, mine ? std::string() : std::string("x"), root), "");
    const std::vector<std::string> texts = {"", "one", "", "three hundred and sixty-five", ""};
    EXPECT_EQ(broadcast(comm, mine ? texts : std::vector<std::string>{"other"}, root), texts);
    EXPECT_EQ(broadcast(comm, mine ? std::vector<std::string>{} : texts, root), std::vector<std::string>{});
  }
}

template <class T>
void expect_reductions(const Communicator& comm) {
  const int p = comm.size();
  std::vector<T> mine(100);
  std::iota(mine.begin(), mine.end(), static_cast<T>(comm.rank()));
  auto sum = mine, least = mine, most = mine;
  all_reduce(comm, std::span<T>(sum), Reduction::sum);
  all_reduce(comm, std::span<T>(least), Reduction::min);
  all_reduce(comm, std::span<T>(most), Reduction::max);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(sum[i], static_cast<T>(static_cast<std::size_t>(p) * i + static_cast<std::size_t>(p * (p - 1) / 2)));
    EXPECT_EQ(least[i], static_cast<T>(i));
    EXPECT_EQ(most[i], static_cast<T>(i + static_cast<std::size_t>(p) - 1));
  }
  EXPECT_EQ(all_reduce(comm, static_cast<T>(comm.rank()), Reduction::max), static_cast<T>(p - 1));
  std::vector<T> nothing;
  all_reduce(comm, std::span<T>(nothing), Reduction::sum);
}

TEST_P(Collectives, AllReduceOfEveryArithmeticType) {
  expect_reductions<float>(comm);
  expect_reductions<double>(comm);
  expect_reductions<std::int64_t>(comm);
  expect_reductions<std::uint64_t>(comm);
  expect_reductions<std::int32_t>(comm);
  expect_reductions<std::uint32_t>(comm);
  expect_reductions<std::int16_t>(comm);
}

TEST_P(Collectives, AllReduceBeyond32Bits) {
  const Index large = Index{1} << 40;
  EXPECT_EQ(all_reduce(comm, large + comm.rank(), Reduction::max), large + comm.size() - 1);
  EXPECT_EQ(all_reduce(comm, large, Reduction::sum), large * comm.size());
}

TEST_P(Collectives, GatherPutsArraysInRankOrder) {
  const auto mine = made_by(comm.rank(), uneven(comm.rank()));
  std::vector<Labeled> expected;
  std::vector<Index> counts;
  for (int r = 0; r < comm.size(); ++r) {
    const auto theirs = made_by(r, uneven(r));
    expected.insert(expected.end(), theirs.begin(), theirs.end());
    counts.push_back(uneven(r));
  }
  EXPECT_EQ(all_gather_v(comm, mine), expected);
  std::vector<Labeled> all(expected.size());
  all_gather_into(comm, std::span<const Labeled>(mine), std::span<Labeled>(all), counts);
  EXPECT_EQ(all, expected);
  for (int root = 0; root < comm.size(); ++root) {
    EXPECT_EQ(gather_v(comm, mine, root), comm.rank() == root ? expected : std::vector<Labeled>{});
  }
  std::vector<Index> squares;
  for (Index r = 0; r < comm.size(); ++r) squares.push_back(r * r);
  EXPECT_EQ(all_gather(comm, Index{comm.rank()} * comm.rank()), squares);
}

TEST_P(Collectives, GatherOfNothing) {
  EXPECT_EQ(all_gather_v(comm, std::vector<double>{}), std::vector<double>{});
  EXPECT_EQ(gather_v(comm, std::vector<double>{}), std::vector<double>{});
  // One rank alone has something, each in turn.
  for (int r = 0; r < comm.size(); ++r) {
    const auto mine = made_by(r, comm.rank() == r ? 21 : 0);
    EXPECT_EQ(all_gather_v(comm, mine), made_by(r, 21));
    EXPECT_EQ(gather_v(comm, mine), comm.is_root() ? made_by(r, 21) : made_by(r, 0));
  }
}

TEST_P(Collectives, AllToAllDelivers) {
  const auto count = [](int from, int to) {
    return (from + 2 * to) % 3 == 0 ? Index{0} : Index{5 * from + 11 * to + 1};
  };
  std::vector<std::vector<Labeled>> outgoing, expected;
  for (int r = 0; r < comm.size(); ++r) {
    outgoing.push_back(made_by(comm.rank(), count(comm.rank(), r), r));
    expected.push_back(made_by(r, count(r, comm.rank()), comm.rank()));
  }
  EXPECT_EQ(all_to_all_v(comm, outgoing), expected);
}

TEST_P(Collectives, AllToAllOfNothing) {
  const std::vector<std::vector<Labeled>> nothing(static_cast<std::size_t>(comm.size()));
  EXPECT_EQ(all_to_all_v(comm, nothing), nothing);
}

TEST_P(Collectives, AllToAllOfKnownLengthsDelivers) {
  // Rank r sends uneven(s) + 1 elements to rank s.
  const auto count = [](int to) { return uneven(to) + 1; };
  std::vector<Labeled> send;
  std::vector<Index> send_counts, receive_counts(static_cast<std::size_t>(comm.size()), count(comm.rank()));
  Index largest = 0;
  for (int to = 0; to < comm.size(); ++to) {
    for (const auto& value : made_by(comm.rank(), count(to), to)) send.push_back(value);
    send_counts.push_back(count(to));
    largest = std::max(largest, count(to) * comm.size());
  }
  largest = std::max(largest, static_cast<Index>(send.size()));
  std::vector<Labeled> received(static_cast<std::size_t>(count(comm.rank()) * comm.size()));
  all_to_all_into(comm, std::span<const Labeled>(send), send_counts, std::span<Labeled>(received), receive_counts,
                  largest);
  std::vector<Labeled> expected;
  for (int from = 0; from < comm.size(); ++from) {
    for (const auto& value : made_by(from, count(comm.rank()), comm.rank())) expected.push_back(value);
  }
  EXPECT_EQ(received, expected);
}

TEST_P(Collectives, ReduceScatterGivesEachRankItsPartOfTheSum) {
  std::vector<Index> counts;
  Index total = 0, first = 0;
  for (int r = 0; r < comm.size(); ++r) {
    if (r == comm.rank()) first = total;
    counts.push_back(uneven(r));
    total += uneven(r);
  }
  std::vector<std::int32_t> all(static_cast<std::size_t>(total)), mine(static_cast<std::size_t>(uneven(comm.rank())));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i) * (comm.rank() + 1);
  reduce_scatter_sum(comm, std::span<const std::int32_t>(all), std::span<std::int32_t>(mine), counts);
  const Index factor = static_cast<Index>(comm.size()) * (comm.size() + 1) / 2;
  for (std::size_t i = 0; i < mine.size(); ++i) EXPECT_EQ(mine[i], (first + static_cast<Index>(i)) * factor);
}

TEST_P(Collectives, AgreeOnlyIfAllDo) {
  EXPECT_TRUE(agree(comm, true));
  for (int r = 0; r < comm.size(); ++r) EXPECT_FALSE(agree(comm, comm.rank() != r));
}

INSTANTIATE_TEST_SUITE_P(MessageLimit, Collectives, testing::Values(0, 1, 7, 64));

/// What `work` throws, as "type: text".
template <class Work>
std::string thrown_by(Work work) {
  try {
    work();
  } catch (const InputError& error) {
    return "InputError: " + error.file() + "|" + error.place() + "|" + error.problem() + "|" + error.hint();
  } catch (const SystemError& error) {
    return std::string("SystemError: ") + error.what();
  } catch (const std::bad_alloc&) {
    return "bad_alloc";
  } catch (const std::runtime_error& error) {
    return std::string("runtime_error: ") + error.what();
  } catch (...) {
    return "another type";
  }
  return "nothing";
}

TEST(Together, ReturnsEachRanksResultIfNoneThrows) {
  const auto& comm = test::comm();
  EXPECT_EQ(run_collectively(comm, [&] { return comm.rank(); }), comm.rank());
  EXPECT_EQ(run_collectively(comm, [&] { return std::string("text"); }), "text");
  EXPECT_EQ(*run_collectively(comm, [] { return std::make_unique<int>(3); }), 3);  // a type that only moves
  int done = 0;
  run_collectively(comm, [&] { ++done; });
  EXPECT_EQ(done, 1);
}

TEST(Together, OneRanksErrorIsThrownOnAllWithItsType) {
  const auto& comm = test::comm();
  for (int r = 0; r < comm.size(); ++r) {
    const auto from_r = [&](auto raise) {
      return thrown_by([&] {
        run_collectively(comm, [&] {
          if (comm.rank() == r) raise();
          return 1;
        });
      });
    };
    const auto rank = "rank " + std::to_string(r) + ": ";
    EXPECT_EQ(from_r([] { throw InputError("f", "p", "w", "m"); }), "InputError: f|p|w|m");
    EXPECT_EQ(from_r([] { throw InputError("", "p", "w"); }), "InputError: |p|w|");
    EXPECT_EQ(from_r([] { throw SystemError("disk full"); }), "SystemError: disk full");
    EXPECT_EQ(from_r([] { throw std::bad_alloc(); }), "bad_alloc");
    EXPECT_EQ(from_r([] { throw std::out_of_range("at 7"); }), "runtime_error: " + rank + "at 7");
    EXPECT_EQ(from_r([] { throw 42; }), "runtime_error: " + rank + "unknown error");
  }
}

TEST(Together, OfSeveralErrorsTheLowestRanksIsThrown) {
  const auto& comm = test::comm();
  const int first = comm.size() / 2;
  const auto thrown = thrown_by([&] {
    run_collectively(comm, [&] {
      if (comm.rank() > first) throw SystemError("rank " + std::to_string(comm.rank()));
      if (comm.rank() == first) throw InputError("", std::to_string(first), "is first");
    });
  });
  EXPECT_EQ(thrown, "InputError: |" + std::to_string(first) + "|is first|");
}

TEST(Together, TheRanksAreInStepAfterwards) {
  const auto& comm = test::comm();
  for (int r = 0; r < comm.size(); ++r) {
    EXPECT_NE(thrown_by([&] {
                run_collectively(comm, [&] {
                  if (comm.rank() == r) throw SystemError("once");
                });
              }),
              "nothing");
    EXPECT_EQ(all_reduce(comm, 1, Reduction::sum), comm.size());
  }
}

TEST(OnRoot, RunsOnRootAloneAndSharesItsError) {
  const auto& comm = test::comm();
  int runs = 0;
  on_root(comm, [&] { ++runs; });
  EXPECT_EQ(runs, comm.is_root() ? 1 : 0);
  EXPECT_EQ(thrown_by([&] { on_root(comm, [] { throw InputError("f", "p", "w", "m"); }); }), "InputError: f|p|w|m");
}

TEST(ExclusiveSum, IsWhatTheRanksBelowHave) {
  const auto& comm = test::comm();
  for (const Index limit : {Index{1} << 30, Index{2}}) {
    comm.set_message_limit(limit);
    std::vector<Index> values = {1, comm.rank(), Index{10} * comm.rank(), 7, 0};
    exclusive_sum(comm, std::span<Index>(values));
    const Index r = comm.rank(), below = r * (r - 1) / 2;
    EXPECT_EQ(values, (std::vector<Index>{r, below, 10 * below, 7 * r, 0}));
  }
  comm.set_message_limit(Index{1} << 30);
}

}  // namespace
}  // namespace replearn::mpi
