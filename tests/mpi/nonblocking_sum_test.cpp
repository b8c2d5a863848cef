#include "mpi/nonblocking_sum.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"

namespace replearn::mpi {
namespace {

using test::comm;

TEST(NonblockingSum, SeveralArraysOfAnyLengthAreSummedInPlace) {
  const Index kept = comm().message_limit();
  for (const Index limit : {Index{7}, kept}) {
    comm().set_message_limit(limit);
    std::vector<double> first(100), second(1), none;
    std::iota(first.begin(), first.end(), 1000.0 * comm().rank());
    second[0] = comm().rank() + 1;
    NonblockingSum<double> sum(comm());
    sum.start(first);
    sum.start(none);
    sum.poll();
    sum.start(second);
    sum.wait();
    const double p = comm().size();
    for (std::size_t i = 0; i < first.size(); ++i) {
      EXPECT_EQ(first[i], p * static_cast<double>(i) + 1000 * p * (p - 1) / 2);
    }
    EXPECT_EQ(second[0], p * (p + 1) / 2);
    sum.start(second);  // it may be used again
    sum.wait();
    EXPECT_EQ(second[0], p * p * (p + 1) / 2);
  }
  comm().set_message_limit(kept);
}

TEST(NonblockingSum, IsBookedAsTraffic) {
  std::vector<float> values(1000, 1);
  const auto before = comm().traffic();
  NonblockingSum<float> sum(comm());
  sum.start(values);
  sum.wait();
  const double sent = comm().traffic().bytes_sent - before.bytes_sent;
  EXPECT_NEAR(sent, 2.0 * 4000 * (comm().size() - 1) / comm().size(), 1e-6);
}

}  // namespace
}  // namespace replearn::mpi
