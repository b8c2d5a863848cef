#include "mpi/reproducible_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "data/row_partition.hpp"
#include "support/test_comm.hpp"

namespace replearn::mpi {
namespace {

using Sums = std::vector<double>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// One row of `width` numbers for each block, of many magnitudes and both signs, the same on every rank.
std::vector<Sums> made_up(Index blocks, Index width) {
  std::vector<Sums> partials;
  for (Index b = 0; b < blocks; ++b) {
    RandomStream random(3, Purpose::test, static_cast<std::uint64_t>(b));
    Sums row;
    for (Index j = 0; j < width; ++j)
      row.push_back(std::ldexp(random.normal(), static_cast<int>(random.below(60)) - 30));
    partials.push_back(row);
  }
  return partials;
}

/// Blocks dealt to ranks by `owner`, laid one behind the other; in falling order if `backwards`.
template <class Owner>
Sums mine_of(const std::vector<Sums>& partials, int rank, Owner owner, bool backwards = false) {
  Sums mine;
  for (std::size_t i = 0; i < partials.size(); ++i) {
    const std::size_t b = backwards ? partials.size() - 1 - i : i;
    if (owner(static_cast<Index>(b)) == rank) mine.insert(mine.end(), partials[b].begin(), partials[b].end());
  }
  return mine;
}

bool same_bits(const Sums& a, const Sums& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  });
}

TEST(ReproducibleSum, EqualToTheBitHoweverBlocksAreDealtAndOrdered) {
  const auto& comm = test::comm();
  const auto alone = comm.split(comm.rank());
  const int p = comm.size();
  for (const Index blocks : {1, 2, 63, 64, 257}) {
    const auto partials = made_up(blocks, 5);
    const auto expected = reproducible_sum(alone, mine_of(partials, 0, [](Index) { return 0; }), 5, blocks);
    const auto check = [&](auto owner, bool backwards, const char* how) {
      const auto sums = reproducible_sum(comm, mine_of(partials, comm.rank(), owner, backwards), 5, blocks);
      EXPECT_TRUE(same_bits(sums, expected)) << blocks << " blocks " << how;
    };
    check([&](Index b) { return static_cast<int>(b * p / blocks); }, false, "in a row");
    check([&](Index b) { return static_cast<int>(b * p / blocks); }, true, "in a row, backwards");
    check([&](Index b) { return static_cast<int>(b % p); }, false, "in turn");
    check([&](Index b) { return static_cast<int>((7 * b + 3) % p); }, true, "in another turn, backwards");
    check([&](Index) { return p - 1; }, false, "all on the last rank");
  }
}

// The twin: a plain sum in long double. The bound is that of the header, half a quantum a block.
TEST(ReproducibleSum, IsTheSumToHalfAQuantumABlock) {
  const auto& comm = test::comm();
  for (const Index blocks : {1, 2, 63, 64, 65, 1000}) {
    const auto partials = made_up(blocks, 3);
    const auto sums = reproducible_sum(
        comm, mine_of(partials, comm.rank(), [&](Index b) { return static_cast<int>(b % comm.size()); }), 3, blocks);
    for (std::size_t j = 0; j < 3; ++j) {
      long double expected = 0;
      double largest = 0;
      for (const auto& row : partials) {
        expected += row[j];
        largest = std::max(largest, std::abs(row[j]));
      }
      const double quantum = std::ldexp(std::exp2(std::floor(std::log2(largest)) + 1),
                                        -62 + static_cast<int>(std::ceil(std::log2(static_cast<double>(blocks)))));
      const double rounding = 0x1p-53 * std::abs(static_cast<double>(expected));  // of the result to a double
      EXPECT_NEAR(sums[j], static_cast<double>(expected), quantum / 2 * static_cast<double>(blocks) + 2 * rounding);
    }
  }
}

TEST(ReproducibleSum, CancellationIsExact) {
  const auto& comm = test::comm();
  // 1e15 + 1 - 1e15 + 1 - ...: plain doubles in another order lose the ones.
  const Sums all = {1e15, 0.25, -1e15, 0.5, 3e14, -3e14, 1};
  Sums mine;
  for (std::size_t b = 0; b < all.size(); ++b) {
    if (static_cast<int>(b) % comm.size() == comm.rank()) mine.push_back(all[b]);
  }
  EXPECT_EQ(reproducible_sum(comm, mine, 7), 1.75);
}

TEST(ReproducibleSum, SumsDoNotOverflowTheirIntegers) {
  const auto& comm = test::comm();
  // Every partial as close to the common power of two as it can be, all of one sign; 2^k and 2^k + 1 blocks.
  const double nearly_one = std::nextafter(1.0, 0.0);
  for (const Index blocks : {1, 2, 4, 5, 1024, 1025}) {
    for (const double sign : {1.0, -1.0}) {
      const Index mine = blocks / comm.size() + (comm.rank() < blocks % comm.size() ? 1 : 0);
      const double sum = reproducible_sum(comm, Sums(static_cast<std::size_t>(mine), sign * nearly_one), blocks);
      EXPECT_NEAR(sum, sign * static_cast<double>(blocks), 1e-12 * static_cast<double>(blocks));
    }
  }
}

TEST(ReproducibleSum, TheEndsOfTheRangeOfDoubles) {
  const auto& comm = test::comm();
  const auto of_two = [&](double first, double last) {
    Sums mine;
    if (comm.is_root()) mine.push_back(first);
    if (comm.rank() == comm.size() - 1) mine.push_back(last);
    return reproducible_sum(comm, mine, 2);
  };
  const double least = std::numeric_limits<double>::denorm_min(), most = std::numeric_limits<double>::max();
  EXPECT_EQ(of_two(least, 2 * least), 3 * least);
  EXPECT_EQ(of_two(most / 2, most / 4), most / 2 + most / 4);
  EXPECT_EQ(of_two(most, -most), 0.0);
  EXPECT_EQ(of_two(most, most), infinity);
  EXPECT_EQ(of_two(0.0, 0.0), 0.0);
  EXPECT_EQ(of_two(-0.0, -0.0), 0.0);
}

TEST(ReproducibleSum, InfAndNanSpoilTheirElementAlone) {
  const auto& comm = test::comm();
  for (int spoiler = 0; spoiler < comm.size(); ++spoiler) {
    for (const double bad : {infinity, -infinity, no_number}) {
      const auto sums = reproducible_sum(comm, Sums{1, comm.rank() == spoiler ? bad : 1.0, 2}, 3, comm.size());
      EXPECT_EQ(sums[0], comm.size());
      EXPECT_TRUE(std::isnan(sums[1]));
      EXPECT_EQ(sums[2], 2 * comm.size());
    }
  }
}

TEST(ReproducibleSum, RanksWithoutBlocks) {
  const auto& comm = test::comm();
  EXPECT_EQ(reproducible_sum(comm, Sums{}, 3, 0), (Sums{0, 0, 0}));
  EXPECT_EQ(reproducible_sum(comm, Sums{}, 0, 4), Sums{});
  for (int r = 0; r < comm.size(); ++r) {
    EXPECT_EQ(reproducible_sum(comm, comm.rank() == r ? Sums{1.5, -2} : Sums{}, 2, 1), (Sums{1.5, -2}));
  }
}

// As it is used: 10,000 rows in their blocks, each block's sum taken alone.
TEST(ReproducibleSum, OverTheBlocksOfARowPartition) {
  const auto& comm = test::comm();
  const RowPartition rows(10000, comm.size());
  const auto value = [](Index i) { return std::sin(static_cast<double>(i)); };
  const auto of_block = [&](Index b) {
    double sum = 0;
    for (Index i = rows.block_begin(b); i < rows.block_end(b); ++i) sum += value(i);
    return sum;
  };
  Sums mine, all;
  for (Index b = 0; b < rows.blocks(); ++b) all.push_back(of_block(b));
  for (Index b = rows.first_block(comm.rank()); b < rows.end_block(comm.rank()); ++b) mine.push_back(of_block(b));
  const double sum = reproducible_sum(comm, mine, rows.blocks());
  EXPECT_EQ(sum, reproducible_sum(comm.split(comm.rank()), all, rows.blocks()));
  // sum of sin i for i < n is sin(n / 2) sin((n - 1) / 2) / sin(1 / 2)
  EXPECT_NEAR(sum, std::sin(5000.0) * std::sin(4999.5) / std::sin(0.5), 1e-10);
}

/// The sums of partials, dealt in turn and added in falling order if `backwards`, in pieces of `piece` elements.
Sums fixed_point(const Communicator& comm, const std::vector<Sums>& partials, double bound, bool backwards,
                 Index piece) {
  const auto width = static_cast<Index>(partials[0].size());
  FixedPointSum sum(bound, width, static_cast<Index>(partials.size()));
  for (std::size_t i = 0; i < partials.size(); ++i) {
    const std::size_t b = backwards ? partials.size() - 1 - i : i;
    if (static_cast<int>(b) % comm.size() != comm.rank()) continue;
    for (Index at = 0; at < width; at += piece) {
      sum.add(std::span(partials[b])
                  .subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(std::min(piece, width - at))),
              at);
    }
  }
  return sum.reduce(comm);
}

TEST(FixedPointSum, EqualToTheBitAndTheSumToHalfAQuantumABlock) {
  const auto& comm = test::comm();
  const auto alone = comm.split(comm.rank());
  auto partials = made_up(100, 7);
  double bound = 0;
  for (const auto& row : partials) {
    for (const double value : row) bound = std::max(bound, std::abs(value));
  }
  const auto sums = fixed_point(comm, partials, bound, false, 7);
  EXPECT_TRUE(same_bits(sums, fixed_point(alone, partials, bound, true, 7)));
  EXPECT_TRUE(same_bits(sums, fixed_point(comm, partials, bound, true, 3)));
  const double quantum = std::exp2(std::floor(std::log2(bound)) + 1 - 62 + 7);  // 2^7 >= 100 blocks
  for (std::size_t j = 0; j < 7; ++j) {
    long double expected = 0;
    for (const auto& row : partials) expected += row[j];
    EXPECT_NEAR(sums[j], static_cast<double>(expected), 50 * quantum + 0x1p-52 * std::abs(sums[j]));
  }
}

TEST(FixedPointSum, PartialsAtTheBoundDoNotOverflow) {
  const auto& comm = test::comm();
  for (const double bound : {1.0, std::nextafter(1.0, 0.0), 1e300, 1e-300, 3.7e-310}) {
    const std::vector<Sums> partials(129, Sums{bound, -bound});
    const auto sums = fixed_point(comm, partials, bound, false, 2);
    const double tolerance = 129 * std::max(0x1p-53 * bound, 0x1p-1024);  // no quantum is below 2^-1023
    EXPECT_NEAR(sums[0], 129 * bound, tolerance);
    EXPECT_NEAR(sums[1], -129 * bound, tolerance);
  }
}

TEST(FixedPointSum, ABoundOfZeroAndOneThatIsNotFinite) {
  const auto& comm = test::comm();
  EXPECT_EQ(fixed_point(comm, {Sums{0, 0}, Sums{0, 0}}, 0, false, 2), (Sums{0, 0}));
  for (const double bad : {infinity, no_number}) {
    const auto sums = fixed_point(comm, {Sums{1, bad}, Sums{0, 0}}, bad, false, 2);
    EXPECT_TRUE(std::isnan(sums[0]) && std::isnan(sums[1]));
  }
}

}  // namespace
}  // namespace replearn::mpi
