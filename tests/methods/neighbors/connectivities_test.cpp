#include "methods/neighbors/connectivities.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "mpi/collectives.hpp"
#include "support/graphs.hpp"
#include "support/random_rows.hpp"
#include "support/read_binary.hpp"
#include "support/test_comm.hpp"

namespace replearn::neighbors {
namespace {

using Weights = std::map<std::pair<Index, Index>, float>;

/// All entries, on every rank.
Weights gathered(const mpi::Communicator& comm, const SparseRows& mine) {
  std::vector<Index> rows;
  for (Index i = 0; i < mine.local_rows(); ++i) {
    rows.insert(rows.end(),
                static_cast<std::size_t>(mine.offsets[static_cast<std::size_t>(i) + 1] -
                                         mine.offsets[static_cast<std::size_t>(i)]),
                mine.first_row() + i);
  }
  rows = mpi::all_gather_v(comm, rows);
  const auto columns = mpi::all_gather_v(comm, mine.indices);
  const auto values = mpi::all_gather_v(comm, mine.values);
  Weights all;
  for (std::size_t e = 0; e < rows.size(); ++e) all[{rows[e], columns[e]}] = values[e];
  EXPECT_EQ(all.size(), values.size()) << "an entry stands twice";
  return all;
}

/// My rows of a graph that is stored whole.
NeighborGraph stored_graph(const std::string& name, Index k) {
  const auto indices = test::read_binary<std::int32_t>("neighbors/" + name + "_euclidean_indices.i32");
  const auto distances = test::read_binary<float>("neighbors/" + name + "_euclidean_distances.f32");
  const auto& comm = test::comm();
  NeighborGraph graph{RowPartition(static_cast<Index>(indices.size()) / k, comm.size()), comm.rank(), {0}, {}, {}};
  for (Index i = graph.first_row(); i < graph.partition.end(graph.rank); ++i) {
    graph.indices.insert(graph.indices.end(), indices.begin() + i * k, indices.begin() + (i + 1) * k);
    graph.distances.insert(graph.distances.end(), distances.begin() + i * k, distances.begin() + (i + 1) * k);
    graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
  }
  return graph;
}

TEST(Connectivities, AreScanpys) {
  for (const char* name : {"iris", "digits"}) {
    const auto ours = gathered(test::comm(), connectivities(test::comm(), stored_graph(name, 15)));
    const auto theirs = test::read_binary<float>("neighbors/" + std::string(name) + "_connectivities.f32");
    EXPECT_EQ(3 * ours.size(), theirs.size());
    for (std::size_t e = 0; e + 2 < theirs.size(); e += 3) {
      const auto entry = ours.find({static_cast<Index>(theirs[e]), static_cast<Index>(theirs[e + 1])});
      if (entry == ours.end()) {
        ADD_FAILURE() << name << " lacks " << theirs[e] << ", " << theirs[e + 1];
      } else {
        EXPECT_NEAR(entry->second, theirs[e + 2], 1e-5) << name << " " << theirs[e] << ", " << theirs[e + 1];
      }
    }
  }
}

TEST(Connectivities, AreSymmetricAndWeighTheNearestMost) {
  const RowMatrix x = test::random_rows(300, 5, 4);
  const auto graph = test::graph_of(test::comm(), x, 12);
  const auto weights = gathered(test::comm(), connectivities(test::comm(), graph));
  for (const auto& [pair, weight] : weights) {
    EXPECT_NE(pair.first, pair.second);
    EXPECT_GT(weight, 0);
    EXPECT_LE(weight, 1);
    const auto back = weights.find({pair.second, pair.first});
    EXPECT_TRUE(back != weights.end() && back->second == weight);
  }
  for (Index i = 0; i < graph.local_rows(); ++i) {
    const Index nearest = graph.indices[static_cast<std::size_t>(graph.offsets[static_cast<std::size_t>(i)])];
    EXPECT_EQ(weights.at({graph.first_row() + i, nearest}), 1.0f);
  }
}

/// Three rows, each with both others: row 0 with distances 1 and 2, so rho = 1 and log2(3) = 1 + exp(-1 / sigma).
TEST(Connectivities, OfThreeRowsAreTheClosedForm) {
  RowMatrix x(3, 1);
  x << 0, 1, -2;
  const auto weights = gathered(test::comm(), connectivities(test::comm(), test::graph_of(test::comm(), x, 2)));
  const double weak = std::log2(3.0) - 1;  // of the farther of two, whatever the distances
  EXPECT_EQ(weights.at({0, 1}), 1.0f);
  EXPECT_EQ(weights.at({2, 0}), 1.0f);
  EXPECT_NEAR(weights.at({1, 2}), weak + weak - weak * weak, 3e-5);
}

TEST(Connectivities, OfEqualRowsAreOne) {
  RowMatrix x = RowMatrix::Constant(200, 3, 1.5f);
  for (Index i = 0; i < 50; ++i) x(i, 0) = static_cast<float>(i);
  const auto weights = gathered(test::comm(), connectivities(test::comm(), test::graph_of(test::comm(), x, 6)));
  for (const auto& [pair, weight] : weights) {
    EXPECT_TRUE(weight > 0 && weight <= 1) << weight;
    if (pair.first >= 50 && pair.second >= 50) {
      EXPECT_EQ(weight, 1.0f);
    }
  }
}

TEST(Connectivities, AreEqualToTheBitOnAnyNumberOfRanks) {
  const RowMatrix x = test::random_rows(400, 6, 9);
  const auto alone = test::comm().split(test::comm().rank());
  const auto together = gathered(test::comm(), connectivities(test::comm(), test::graph_of(test::comm(), x, 10)));
  EXPECT_EQ(together, gathered(alone, connectivities(alone, test::graph_of(alone, x, 10))));
}

}  // namespace
}  // namespace replearn::neighbors
