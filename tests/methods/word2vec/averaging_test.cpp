#include "methods/word2vec/averaging.hpp"

#include <gtest/gtest.h>

#include "methods/word2vec/word2vec.hpp"
#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"
#include "toy_text.hpp"

namespace replearn::word2vec {
namespace {

using test::comm;
using test::ToyText;

Options small_options() {
  Options options;
  options.dimensions = 5;
  options.sync_rows = 8;
  return options;
}

/// Every rank a model of its own, all of whose rows hold the rank's number.
struct Models {
  explicit Models(const Options& options) : alone(comm().split(comm().rank())), model(alone, 100, options) {
    for (const Part part : model.parts()) {
      model.write(part, 0, RowMatrix::Constant(model.rows(part), model.columns(), static_cast<float>(comm().rank())));
    }
  }
  mpi::Communicator alone;
  Model model;
};

TEST(Averaging, TakesFrequentRowsOftenAndRareOnesSeldom) {
  for (const bool full : {false, true}) {
    auto options = small_options();
    if (full) options.sync = Sync::full;
    const float mean = static_cast<float>(comm().size() - 1) / 2;
    const Index rows_of[] = {8, 16, 8, 32, 8, 16, 8, 64, 8, 16, 8, 32, 8, 16, 8, 100};
    Models models(options);
    Averaging averaging(comm(), models.model, options);
    for (const Index rows : rows_of) {
      for (const Part part : models.model.parts()) {
        models.model.write(part, 0, RowMatrix::Constant(100, 5, static_cast<float>(comm().rank())));
      }
      averaging.plan();
      averaging.finish();
      for (const Part part : models.model.parts()) {
        for (Index i = 0; i < 100; ++i) {
          const float expected = full || i < rows ? mean : static_cast<float>(comm().rank());
          EXPECT_FLOAT_EQ(models.model.row(part, i)[3], expected) << i << " of " << rows;
        }
      }
    }
  }
}

TEST(Averaging, KeepsWhatTrainingDidMeanwhile) {
  const auto options = small_options();
  Models models(options);
  Averaging averaging(comm(), models.model, options);
  averaging.plan();
  averaging.advance();  // sent
  if (comm().size() > 1) models.model.row(Part::input, 2)[1] += 10;
  averaging.finish();
  const float mean = static_cast<float>(comm().size() - 1) / 2;
  EXPECT_FLOAT_EQ(models.model.row(Part::input, 2)[0], mean);
  EXPECT_NEAR(models.model.row(Part::input, 2)[1], mean + (comm().size() > 1 ? 10 : 0), 1e-5);
}

TEST(Averaging, BytesSentAreThoseOfTheRows) {
  const auto options = small_options();
  Models models(options);
  Averaging averaging(comm(), models.model, options);
  averaging.plan();
  averaging.plan();
  averaging.finish();
  const double rows = 2 * (8 + 16), share = static_cast<double>(comm().size() - 1) / comm().size();
  EXPECT_DOUBLE_EQ(averaging.bytes_sent(),
                   2 * share * rows * static_cast<double>(models.model.stride()) * sizeof(float));
}

TEST(Models, OfSeveralNodesEndAsOneAndLearn) {
  const ToyText text;
  Options options;
  options.dimensions = 12;
  options.sample = 0;
  options.epochs = 6;
  options.sync_words = 300;
  options.sync_rows = 10;
  for (const Index ranks_per_model : {1, 2}) {
    for (const Sync sync : {Sync::tiers, Sync::full}) {
      options.sync = sync;
      State state(comm(), text.counts(), text.stream(), options, nullptr, ranks_per_model);
      EXPECT_EQ(state.models(), ceil_div(comm().size(), ranks_per_model));
      state.run_until(3);
      state.run_until(state.steps());
      const auto mine = all_gather_rows(comm(), state.vectors());
      const auto sum = mpi::all_reduce(comm(), static_cast<double>(mine.sum()), mpi::Reduction::max);
      EXPECT_EQ(sum, static_cast<double>(mine.sum())) << "the same on all ranks";
      EXPECT_EQ(state.words(), text.stream().words * options.epochs);
      EXPECT_LT(state.losses().back(), 0.9 * state.losses().front());
      EXPECT_EQ(state.bytes_between_models() > 0, state.models() > 1);
    }
  }
}

}  // namespace
}  // namespace replearn::word2vec
