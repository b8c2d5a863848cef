#include <gtest/gtest.h>

#include "methods/tsne/repulsion_fft.hpp"
#include "mpi/collectives.hpp"
#include "support/maps.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

RowMatrixD whole(const mpi::Communicator& comm, const RowMatrixD& mine, Index n) {
  const auto all = mpi::all_gather_v(comm, std::span<const double>(mine.data(), static_cast<std::size_t>(mine.size())));
  return Eigen::Map<const RowMatrixD>(all.data(), n, mine.cols());
}

TEST(TsneRepulsion, ByFftIsTheExactOneToAThousandth) {
  for (const Index q : {1, 2}) {
    for (const auto& map : test::maps(3000, q)) {
      const RowPartition partition(3000, test::comm().size());
      const auto exact = repulsion(test::comm(), partition, map.points);
      FftRepulsion fft(test::comm(), partition, q);
      Repulsion fast;
      const Extent extent = extent_of(map.points);
      fft.repel(map.points, extent, fit_grid(extent.width, 0.3), fast);
      const RowMatrixD twin = whole(test::comm(), exact.forces, 3000), forces = whole(test::comm(), fast.forces, 3000);
      EXPECT_LT((forces - twin).norm(), 1e-3 * twin.norm()) << map.name << ", q " << q;
      EXPECT_NEAR(fast.z, exact.z, 1e-4 * exact.z) << map.name << ", q " << q;
    }
  }
}

TEST(TsneRepulsion, ByFftIsEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  for (const Index q : {1, 2}) {
    for (const auto& map : test::maps(700, q)) {
      const Extent extent = extent_of(map.points);
      const Grid grid = fit_grid(extent.width, 0.5);
      Repulsion mine, single;
      FftRepulsion(test::comm(), RowPartition(700, test::comm().size()), q).repel(map.points, extent, grid, mine);
      FftRepulsion(alone, RowPartition(700, 1), q).repel(map.points, extent, grid, single);
      EXPECT_EQ(whole(test::comm(), mine.forces, 700), single.forces) << map.name;
      EXPECT_EQ(mine.z, single.z) << map.name;
    }
  }
}

}  // namespace
}  // namespace replearn::tsne
