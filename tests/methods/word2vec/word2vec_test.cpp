#include "methods/word2vec/word2vec.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"
#include "text/word_vectors.hpp"
#include "toy_text.hpp"

namespace replearn::word2vec {
namespace {

using test::comm;
using test::ToyText;

Options toy_options() {
  Options options;
  options.dimensions = 12;
  options.window = 4;
  options.sample = 0;
  options.epochs = 6;
  options.alpha = 0.05;
  return options;
}

struct Trained {
  RowMatrix vectors;  ///< all, on every rank
  std::vector<double> losses;
};

Trained train(const mpi::Communicator& ranks, const ToyText& text, const Options& options, Index ranks_per_model = 0,
              Index stop_at = 0) {
  State state(ranks, text.counts(), text.stream(), options, nullptr, ranks_per_model);
  if (stop_at > 0) state.run_until(stop_at);
  state.run_until(state.steps());
  EXPECT_EQ(state.words(), text.stream().words * options.epochs);
  return {all_gather_rows(ranks, state.vectors()), state.losses()};
}

/// The share of words whose nearest other word, by cosine, is of their topic: 1/5 by chance.
double purity(RowMatrix vectors, const ToyText& text) {
  normalize_rows(vectors);
  const RowMatrix cosines = vectors * vectors.transpose();
  Index right = 0;
  for (Index i = 0; i < vectors.rows(); ++i) {
    Index best = i == 0 ? 1 : 0;
    for (Index j = 0; j < vectors.rows(); ++j) {
      if (j != i && cosines(i, j) > cosines(i, best)) best = j;
    }
    right += best % text.topics == i % text.topics ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(vectors.rows());
}

const std::vector<std::pair<const char*, std::function<void(Options&)>>> ways = {
    {"skip-gram, negative", [](Options&) {}},
    {"skip-gram, hierarchical",
     [](Options& o) {
       o.negative = 0;
       o.hierarchical_softmax = true;
     }},
    {"cbow, negative",
     [](Options& o) {
       o.architecture = Architecture::cbow;
       o.alpha = 0.1;
     }},
    {"cbow, both",
     [](Options& o) {
       o.architecture = Architecture::cbow;
       o.hierarchical_softmax = true;
       o.alpha = 0.1;
     }},
    {"whole windows, subsampled", [](Options& o) {
       o.shrink_window = false;
       o.sample = 1e-2;
       o.epochs = 8;
     }}};

TEST(Word2vec, FindsTheTopics) {
  const ToyText text;
  for (const auto& [name, change] : ways) {
    auto options = toy_options();
    change(options);
    const auto trained = train(comm(), text, options);
    EXPECT_GT(purity(trained.vectors, text), 0.95) << name;
    ASSERT_EQ(static_cast<Index>(trained.losses.size()), options.epochs);
    EXPECT_LT(trained.losses.back(), 0.95 * trained.losses.front()) << name;
  }
}

TEST(Word2vec, FirstLossIsThatOfKnowingNothing) {
  const ToyText text;
  for (const auto& [name, change] : ways) {
    auto options = toy_options();
    change(options);
    options.epochs = 1;
    options.alpha = 1e-12;
    EXPECT_NEAR(train(comm(), text, options).losses[0], std::log(2), 1e-6) << name;
  }
}

TEST(Word2vec, DeterministicIsTheSameToTheBit) {
  ToyText text;
  text.shards = 19;  // a last group of lanes that is not full
  const auto alone = comm().split(comm().rank());
  for (const auto& [name, change] : ways) {
    auto options = toy_options();
    change(options);
    options.epochs = 3;
    options.deterministic = true;
    const auto all = train(comm(), text, options);
    const auto one = train(alone, text, options);
    EXPECT_TRUE(all.vectors == one.vectors) << name;
    // Several models are kept equal, too.
    const auto apart = train(comm(), text, options, 1, 1);
    EXPECT_TRUE(apart.vectors == one.vectors) << name;
    EXPECT_EQ(all.losses, one.losses) << name;
    EXPECT_EQ(apart.losses, one.losses) << name;
    EXPECT_LT(one.losses.back(), one.losses.front()) << name;
    options.seed = 2;
    EXPECT_FALSE(train(alone, text, options).vectors == one.vectors);
  }
}

TEST(Word2vec, DeterministicFindsTheTopics) {
  const ToyText text;
  auto options = toy_options();
  options.deterministic = true;
  EXPECT_GT(purity(train(comm(), text, options).vectors, text), 0.95);
}

TEST(Word2vec, GoesOnFromVectors) {
  const ToyText text;
  const auto options = toy_options();
  DistributedMatrix start(RowPartition(text.words(), comm().size()), comm().rank(), options.dimensions);
  for (Index i = 0; i < start.local_rows(); ++i)
    start.local.row(i).setConstant(static_cast<float>(start.first_row() + i));
  const Start given{start, {}, {}};
  State state(comm(), text.counts(), text.stream(), options, &given);
  EXPECT_TRUE(state.vectors().local == start.local);
  EXPECT_TRUE(state.rows(Part::output).local.isZero());
  EXPECT_EQ(state.step(), 0);
  EXPECT_GT(state.steps(), 0);
}

TEST(Word2vec, GoesOnFromAllPartsWhereItWas) {
  const ToyText text;
  for (const auto& [name, change] : ways) {
    auto options = toy_options();
    change(options);
    options.min_alpha = options.alpha;  // a rate that does not know how far training is
    options.epochs = 2;
    options.deterministic = true;
    State first(comm(), text.counts(), text.stream(), options);
    first.run_until(first.steps());
    Start all;
    for (const Part part : first.parts()) {
      (part == Part::input ? all.input : part == Part::output ? all.output : all.inner) = first.rows(part);
    }
    State second(comm(), text.counts(), text.stream(), options, &all);
    for (const Part part : first.parts()) EXPECT_TRUE(second.rows(part).local == first.rows(part).local) << name;
    second.run_until(second.steps());
    // It goes on where the first had come to; with the vectors alone it has to learn the output layer anew.
    const Start vectors{all.input, {}, {}};
    State worse(comm(), text.counts(), text.stream(), options, &vectors);
    worse.run_until(worse.steps());
    EXPECT_LT(second.losses()[0], first.losses()[1]) << name;
    EXPECT_GT(worse.losses()[0], second.losses()[0]) << name;
  }
}

/// What a checkpoint would hold, put into another state.
void hand_over(State& from, State& to) {
  const auto given = from.arrays(), taken = to.arrays();
  ASSERT_EQ(given.size(), taken.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    std::visit(
        [&](auto* place) {
          if constexpr (requires { *place = *place; }) *std::get<decltype(place)>(taken[i].place) = *place;
        },
        given[i].place);
  }
  to.resume();
}

TEST(Word2vec, TakenUpGoesOnToTheSameBits) {
  ToyText text;
  text.shards = 16;
  for (const auto& [name, change] : ways) {
    auto options = toy_options();
    change(options);
    options.epochs = 2;
    options.deterministic = true;
    for (const Index ranks_per_model : {0, 1}) {
      State whole(comm(), text.counts(), text.stream(), options, nullptr, ranks_per_model);
      State begun(comm(), text.counts(), text.stream(), options, nullptr, ranks_per_model);
      State again(comm(), text.counts(), text.stream(), options, nullptr, ranks_per_model);
      whole.run_until(whole.steps());
      begun.run_until(1);
      hand_over(begun, again);
      EXPECT_EQ(again.step(), 1);
      again.run_until(again.steps());
      EXPECT_TRUE(again.vectors().local == whole.vectors().local) << name;
      EXPECT_EQ(again.words(), whole.words());
      EXPECT_NEAR(again.losses()[1], whole.losses()[1], 1e-9);
    }
  }
}

TEST(Word2vec, TooLargeALearningRateIsToldOnAllRanks) {
  auto options = toy_options();
  options.alpha = std::numeric_limits<float>::max();
  try {
    train(comm(), ToyText(), options);
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "--alpha");
  }
}

TEST(Word2vec, TextThatFailsOnOneRankFailsOnAll) {
  const ToyText text;
  auto stream = text.stream();
  stream.open = [open = stream.open](Index shard) {
    if (shard == 7) throw InputError("shard 7", "", "is gone", "");
    return open(shard);
  };
  for (const bool deterministic : {false, true}) {
    for (const Index ranks_per_model : {0, 1}) {
      auto options = toy_options();
      options.deterministic = deterministic;
      State state(comm(), text.counts(), stream, options, nullptr, ranks_per_model);
      EXPECT_THROW(state.run_until(state.steps()), InputError);
    }
  }
}

}  // namespace
}  // namespace replearn::word2vec
