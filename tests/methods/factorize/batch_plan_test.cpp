#include "methods/factorize/batch_plan.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::factorize {
namespace {

using test::comm;
using test::random_rows;

constexpr Index n = 150, m = 23;

/// Normal numbers, half of them 0.
RowMatrix half_zeros() {
  RowMatrix x = random_rows(n, m, 3);
  return (random_rows(n, m, 4).array() > 0).select(x, 0.0f);
}

/// How often each entry (row * m + column) came, with its value, over all ranks.
std::map<Index, std::pair<Index, float>> come(const TrainingData& data, BatchPlan& plan, Index steps) {
  std::vector<Index> keys;
  std::vector<float> values;
  for (Index step = 0; step < steps; ++step) {
    const auto& batch = plan.at(step);
    EXPECT_TRUE(std::is_sorted(batch.genes.begin(), batch.genes.end()));
    for (Index t = 0; t < batch.entries.size(); ++t) {
      const auto at = static_cast<std::size_t>(t);
      const Index row = data.first_row() + batch.samples[static_cast<std::size_t>(batch.entries.sample[at])];
      keys.push_back(row * m + batch.genes[static_cast<std::size_t>(batch.entries.gene[at])]);
      values.push_back(batch.entries.x[at]);
    }
  }
  keys = mpi::all_gather_v(comm(), keys);
  values = mpi::all_gather_v(comm(), values);
  std::map<Index, std::pair<Index, float>> found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto& entry = found[keys[i]];
    ++entry.first;
    entry.second = values[i];
  }
  return found;
}

Options options_of(BatchKind kind, Missing missing) {
  Options options;
  options.batch = kind;
  options.missing = missing;
  options.batch_samples = 20, options.batch_genes = 7, options.batch_pairs = 60;
  options.holdout = 0.2;
  return options;
}

TEST(BatchPlan, BlocksOfAnEpochAreEveryTrainingEntryOnce) {
  const RowMatrix whole = half_zeros();
  for (const bool is_sparse : {false, true}) {
    for (const auto missing : {Missing::none, Missing::zero}) {
      const auto mine = my_rows_of(whole, comm());
      const Matrix x = is_sparse ? Matrix(to_sparse(mine)) : Matrix(mine);
      const auto options = options_of(BatchKind::block, missing);
      const TrainingData data(comm(), x, options);
      BatchPlan plan(data, options);
      EXPECT_EQ(plan.steps_per_epoch(), 8 * 4);
      const auto found = come(data, plan, plan.steps_per_epoch());
      EXPECT_EQ(static_cast<Index>(found.size()), data.training_count());
      for (const auto& [key, entry] : found) {
        EXPECT_EQ(entry.first, 1);
        EXPECT_EQ(entry.second, whole.data()[key]);
        if (missing == Missing::zero) {
          EXPECT_NE(entry.second, 0);
        }
      }
      EXPECT_NEAR(static_cast<double>(data.held_out_count()),
                  0.2 * static_cast<double>(data.held_out_count() + data.training_count()), 60);
    }
  }
}

TEST(BatchPlan, EveryRankHasItsShareOfEveryBlock) {
  const Matrix x(my_rows_of(random_rows(512, m, 3), comm()));
  const auto options = options_of(BatchKind::block, Missing::none);
  const TrainingData data(comm(), x, options);
  BatchPlan plan(data, options);
  const double share = 20.0 * static_cast<double>(data.local_rows()) / 512;
  for (Index step = 0; step < 40; ++step) {
    EXPECT_NEAR(static_cast<double>(plan.at(step).samples.size()), share, 2.5);
  }
}

TEST(BatchPlan, PairsComeFromEverywhereAndNeverFromWhatIsHeldOut) {
  const RowMatrix whole = half_zeros();
  for (const bool is_sparse : {false, true}) {
    for (const auto missing : {Missing::none, Missing::zero}) {
      const auto mine = my_rows_of(whole, comm());
      const Matrix x = is_sparse ? Matrix(to_sparse(mine)) : Matrix(mine);
      const auto options = options_of(BatchKind::pairs, missing);
      const TrainingData data(comm(), x, options);
      BatchPlan plan(data, options);
      const auto found = come(data, plan, 3000);
      EXPECT_EQ(static_cast<Index>(found.size()), data.training_count()) << "all come in time, and no others";
      for (const auto& [key, entry] : found) EXPECT_EQ(entry.second, whole.data()[key]);
    }
  }
}

TEST(BatchPlan, IsTheSameAloneAsWithOthers) {
  const RowMatrix whole = half_zeros();
  const auto alone = comm().split(comm().rank());
  for (const auto kind : {BatchKind::block, BatchKind::pairs}) {
    const auto options = options_of(kind, Missing::none);
    const Matrix mine(my_rows_of(whole, comm())), all(my_rows_of(whole, alone));
    const TrainingData data(comm(), mine, options), whole_data(alone, all, options);
    EXPECT_EQ(data.mean(), whole_data.mean());
    EXPECT_EQ(data.training_count(), whole_data.training_count());
    EXPECT_EQ(data.held_out_variance(), whole_data.held_out_variance());
    EXPECT_EQ(data.held_out_gene_error(), whole_data.held_out_gene_error());
    BatchPlan plan(data, options), whole_plan(whole_data, options);
    for (Index step = 30; step < 40; ++step) {
      const auto& batch = plan.at(step);
      const auto& expected = whole_plan.at(step);
      EXPECT_EQ(batch.genes, expected.genes);
      std::vector<Index> keys, expected_keys;
      std::vector<std::uint32_t> expected_numbers = expected.entries.number;
      for (Index t = 0; t < batch.entries.size(); ++t) {
        const auto at = static_cast<std::size_t>(t);
        keys.push_back((data.first_row() + batch.samples[static_cast<std::size_t>(batch.entries.sample[at])]) * m +
                       batch.genes[static_cast<std::size_t>(batch.entries.gene[at])]);
      }
      for (Index t = 0; t < expected.entries.size(); ++t) {
        const auto at = static_cast<std::size_t>(t);
        expected_keys.push_back(expected.samples[static_cast<std::size_t>(expected.entries.sample[at])] * m +
                                expected.genes[static_cast<std::size_t>(expected.entries.gene[at])]);
      }
      EXPECT_EQ(mpi::all_gather_v(comm(), keys), expected_keys) << "in the same order";
      EXPECT_EQ(mpi::all_gather_v(comm(), batch.entries.number), expected_numbers);
    }
  }
}

TEST(TrainingData, RefusesWhatCannotBeLearnedFrom) {
  const auto expect = [](RowMatrix whole, const Options& options, const std::string& place) {
    const Matrix x(my_rows_of(whole, comm()));
    try {
      const TrainingData data(comm(), x, options);
      ADD_FAILURE() << "no error at " << place;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(place), std::string::npos) << error.what();
      EXPECT_NE(error.hint(), "");
    }
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  RowMatrix x = random_rows(n, m, 3);
  expect(RowMatrix::Constant(n, m, 3), {}, "all observed training entries");
  x(140, 5) = nan;
  expect(x, {}, "row 140, column 5");
  x.row(140).setConstant(nan);
  expect(x, {.missing = Missing::nan}, "sample 140");
  x = random_rows(n, m, 3);
  x.col(7).setZero();
  expect(x, {.missing = Missing::zero}, "gene 7");
  expect(random_rows(n, m, 3), {.loss = Loss::poisson}, "is not a count");
  x(3, 3) = std::numeric_limits<float>::infinity();
  expect(x, {.missing = Missing::nan}, "row 3, column 3");
}

}  // namespace
}  // namespace replearn::factorize
