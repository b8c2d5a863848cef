#include "nn/minibatch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "mpi/collectives.hpp"
#include "nn/gather.hpp"
#include "nn/initializer.hpp"
#include "nn/input_layer.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::nn {
namespace {

using test::comm;
using test::random_rows;

constexpr Index n = 151, batch = 16;
constexpr std::uint64_t seed = 5;

struct Rows {
  std::vector<Index> row;
  std::vector<std::uint64_t> place;
};

/// The rows of a step over all ranks, in their order.
Rows of_step(const mpi::Communicator& ranks, Minibatches& minibatches, const RowPartition& parts, Index step) {
  const auto& mine = minibatches.at(step);
  Rows all;
  for (const Index row : mine.rows) all.row.push_back(parts.begin(ranks.rank()) + row);
  all.row = mpi::all_gather_v(ranks, all.row);
  all.place = mpi::all_gather_v(ranks, mine.place);
  return all;
}

std::vector<std::uint8_t> some_held_out(const mpi::Communicator& ranks, const RowPartition& parts) {
  const int rank = ranks.rank();
  return held_out_rows(seed, Purpose::test, parts.begin(rank), parts.count(rank), 0.2);
}

TEST(Minibatches, TakeEveryRowTrainedOnOnceAnEpoch) {
  const RowPartition parts(n, comm().shares());
  const auto held = some_held_out(comm(), parts);
  Minibatches minibatches(comm(), parts.count(comm().rank()), held, batch, seed, Purpose::test);
  std::vector<Index> trained;
  for (Index i = 0; i < static_cast<Index>(held.size()); ++i) {
    if (!held[static_cast<std::size_t>(i)]) trained.push_back(parts.begin(comm().rank()) + i);
  }
  trained = mpi::all_gather_v(comm(), trained);
  EXPECT_EQ(minibatches.rows(), static_cast<Index>(trained.size()));
  const Index steps = minibatches.steps_per_epoch();
  EXPECT_EQ(steps, ceil_div(minibatches.rows(), batch));
  std::vector<std::vector<Index>> of_epoch(2);
  for (Index step = 0; step < 2 * steps; ++step) {
    const auto rows = of_step(comm(), minibatches, parts, step);
    const auto size = static_cast<Index>(rows.row.size());
    EXPECT_EQ(size, minibatches.size(step));
    EXPECT_LE(size, batch);
    EXPECT_GE(size, ceil_div(minibatches.rows(), steps) - 1);
    EXPECT_TRUE(std::is_sorted(rows.place.begin(), rows.place.end()));
    auto& all = of_epoch[static_cast<std::size_t>(step / steps)];
    all.insert(all.end(), rows.row.begin(), rows.row.end());
  }
  EXPECT_NE(of_epoch[0], of_epoch[1]);
  for (auto& rows : of_epoch) {
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, trained);
  }
}

TEST(Minibatches, AreTheSameOnOneRank) {
  const auto alone = comm().split(comm().rank());
  const RowPartition parts(n, comm().shares()), whole(n, 1);
  Minibatches here(comm(), parts.count(comm().rank()), some_held_out(comm(), parts), batch, seed, Purpose::test);
  Minibatches there(alone, n, some_held_out(alone, whole), batch, seed, Purpose::test);
  for (Index step = 0; step < 2 * here.steps_per_epoch(); ++step) {
    const auto mine = of_step(comm(), here, parts, step), one = of_step(alone, there, whole, step);
    EXPECT_EQ(mine.row, one.row);
    EXPECT_EQ(mine.place, one.place);
  }
}

TEST(Minibatches, ALargeBatchIsAllRows) {
  const RowPartition parts(n, comm().shares());
  Minibatches minibatches(comm(), parts.count(comm().rank()), {}, 1000, seed, Purpose::test);
  EXPECT_EQ(minibatches.steps_per_epoch(), 1);
  EXPECT_EQ(minibatches.size(7), n);
  EXPECT_EQ(of_step(comm(), minibatches, parts, 7).row.size(), static_cast<std::size_t>(n));
}

TEST(HeldOutRows, AreTheShareThatWasAsked) {
  constexpr Index many = 100000;
  const auto held = held_out_rows(seed, Purpose::test, 0, many, 0.1);
  const auto count = static_cast<double>(std::accumulate(held.begin(), held.end(), Index{0}));
  EXPECT_NEAR(count, 0.1 * many, 5 * std::sqrt(0.09 * many));
  const auto later = held_out_rows(seed, Purpose::test, 700, 50, 0.1);
  EXPECT_TRUE(std::equal(later.begin(), later.end(), held.begin() + 700));
}

TEST(Gather, TakesTheRowsOfSparseAndDense) {
  RowMatrix whole = random_rows(40, 9, 2);
  whole = (whole.array() > 0).select(whole, 0.0f);
  const auto dense = my_rows_of(whole, comm());
  std::vector<Index> rows;
  for (Index i = 0; i < dense.local_rows(); i += 3) rows.push_back(i);
  for (const Matrix& x : {Matrix(dense), Matrix(to_sparse(dense))}) {
    Batch<double> all;
    SparseBatch<float> stored;
    gather(x, rows, all);
    gather(x, rows, stored);
    ASSERT_EQ(stored.rows(), static_cast<Index>(rows.size()));
    Batch<double> spread = Batch<double>::Zero(all.rows(), all.cols());
    for (Index i = 0; i < stored.rows(); ++i) {
      EXPECT_EQ(all.row(i), dense.local.row(rows[static_cast<std::size_t>(i)]).cast<double>());
      for (Index at = stored.begin(i); at < stored.end(i); ++at) {
        const auto k = static_cast<std::size_t>(at);
        EXPECT_GT(stored.values[k], 0);
        spread(i, stored.indices[k]) = stored.values[k];
      }
    }
    EXPECT_EQ(spread, all);
  }
}

TEST(InputLayer, OfSparseRowsIsThatOfDenseOnes) {
  constexpr Index inputs = 12, outputs = 100;  // more than go together, and no multiple
  Parameters<double> parameters;
  const InputLayer<double> layer(parameters, "first", inputs, outputs);
  for (const auto& slice : {layer.weight, layer.bias}) {
    initialize(parameters, slice, inputs, Initializer::normal, 8);
  }
  RowMatrix whole = random_rows(9, inputs, 2);
  whole = (whole.array() > 0.5f).select(whole, 0.0f);
  const Matrix x(my_rows_of(whole, comm()));
  std::vector<Index> rows(static_cast<std::size_t>(std::get<DistributedMatrix>(x).local_rows()));
  std::iota(rows.begin(), rows.end(), Index{0});
  Batch<double> dense, dy = random_rows(static_cast<Index>(rows.size()), outputs, 3).cast<double>();
  SparseBatch<double> stored;
  SparseColumns<double> sparse;
  gather(x, rows, dense);
  gather(x, rows, stored);
  to_columns(stored, sparse);
  Batch<double> from_dense(dense.rows(), outputs), from_sparse(dense.rows(), outputs);
  layer.forward(parameters, dense, from_dense);
  layer.forward(parameters, sparse, from_sparse);
  EXPECT_LE((from_dense - from_sparse).norm(), 1e-12);
  layer.backward_parameters(parameters, dense, dy);
  const auto expected = parameters.gradients();
  const std::vector<double> kept(expected.begin(), expected.end());
  parameters.zero_gradients();
  layer.backward_parameters(parameters, sparse, dy);
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_NEAR(parameters.gradients()[i], kept[i], 1e-12);
}

}  // namespace
}  // namespace replearn::nn
