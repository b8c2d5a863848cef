#include "methods/bigan/bigan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "nn/reference.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::bigan {
namespace {

using test::comm;
using test::random_rows;
using test::relative_difference;

Options small_options() {
  Options options;
  options.latent = 2;
  options.hidden = {16, 8};
  options.discriminator_hidden = {12, 12};
  options.discriminator_unit = Unit::maxout;
  options.penalty = Penalty::both;
  options.penalty_weight = 0.1;
  options.optimizer.learning_rate = 2e-3;
  options.batch = 24;
  options.steps = 10;
  options.seed = 4;
  return options;
}

/// Half of the entries 0.
RowMatrix half_zeros(Index n, Index m) {
  RowMatrix x = random_rows(n, m, 7);
  return x.cwiseMax(0.0f);
}

Matrix rows_of(const RowMatrix& whole, const mpi::Communicator& ranks, bool sparse = false) {
  auto mine = my_rows_of(whole, ranks);
  if (sparse) return to_sparse(mine);
  return mine;
}

struct Gradients {
  std::vector<float> discriminator, encoder_generator;
};
Gradients gradients_of(const mpi::Communicator& ranks, const RowMatrix& whole, const Options& options, bool sparse) {
  const Matrix x = rows_of(whole, ranks, sparse);
  State state(ranks, x, options);
  Gradients gradients;
  state.gradients(gradients.discriminator, gradients.encoder_generator);
  return gradients;
}

TEST(State, GradientsAreThoseOfOneRank) {
  const RowMatrix whole = half_zeros(150, 9);
  const auto alone = comm().split(comm().rank());
  Options options = small_options();
  for (const bool sparse : {false, true}) {
    for (const auto penalty : {Penalty::none, Penalty::encoder_pairs, Penalty::both, Penalty::between}) {
      options.penalty = penalty;
      options.spectral_norm = sparse;
      options.discriminator_batch_norm = penalty == Penalty::none;
      options.scaling = sparse ? Scaling::standardize : Scaling::minmax;
      const auto ours = gradients_of(comm(), whole, options, sparse);
      const auto theirs = gradients_of(alone, whole, options, sparse);
      EXPECT_LT(relative_difference(ours.discriminator, theirs.discriminator), 1e-5)
          << sparse << static_cast<int>(penalty);
      EXPECT_LT(relative_difference(ours.encoder_generator, theirs.encoder_generator), 1e-5)
          << sparse << static_cast<int>(penalty);
    }
  }
}

TEST(State, SparseAndDenseAreAlike) {
  const RowMatrix whole = half_zeros(100, 9);
  Options options = small_options();
  options.scaling = Scaling::standardize;
  const auto dense = gradients_of(comm(), whole, options, false), sparse = gradients_of(comm(), whole, options, true);
  EXPECT_LT(relative_difference(sparse.discriminator, dense.discriminator), 1e-5);
  EXPECT_LT(relative_difference(sparse.encoder_generator, dense.encoder_generator), 1e-5);
}

TEST(State, TenStepsAreThoseOfOneRank) {
  const RowMatrix whole = half_zeros(150, 9);
  const auto alone = comm().split(comm().rank());
  Options options = small_options();
  options.discriminator_steps = 2, options.generator_steps = 2;
  options.batch_norm = false;  // biases before it have gradients of rounding alone, and Adam makes steps of any
  const Matrix x = rows_of(whole, comm()), all = rows_of(whole, alone);
  State ours(comm(), x, options), theirs(alone, all, options);
  ours.run_until(10);
  theirs.run_until(10);
  EXPECT_LT(relative_difference(ours.weights(), theirs.weights()), 1e-3);
  EXPECT_NEAR(ours.curves().mmd.back(), theirs.curves().mmd.back(), 1e-3);
  EXPECT_NEAR(ours.curves().x_error.back(), theirs.curves().x_error.back(), 1e-3);
}

/// Copies a state's arrays into another's, as a checkpoint does.
void hand_over(State& from, State& to) {
  auto theirs = from.arrays(), ours = to.arrays();
  ASSERT_EQ(theirs.size(), ours.size());
  for (std::size_t k = 0; k < ours.size(); ++k) {
    std::visit(
        [&](auto* place) {
          using Place = std::remove_pointer_t<decltype(place)>;
          *place = *std::get<Place*>(theirs[k].place);
        },
        ours[k].place);
  }
  to.resume();
}

TEST(State, GoesOnFromACheckpoint) {
  const RowMatrix whole = half_zeros(100, 6);
  const Matrix x = rows_of(whole, comm());
  Options options = small_options();
  options.spectral_norm = true;
  options.discriminator_steps = 2;
  options.penalty_every = 3;
  options.eval_every = 4;
  State whole_way(comm(), x, options), first(comm(), x, options), second(comm(), x, options);
  whole_way.run_until(10);
  first.run_until(5);
  hand_over(first, second);
  second.run_until(10);
  EXPECT_EQ(second.weights(), whole_way.weights());
  EXPECT_EQ(second.curves().mmd, whole_way.curves().mmd);
  EXPECT_EQ(second.curves().discriminator_loss, whole_way.curves().discriminator_loss);
  EXPECT_EQ(second.findings().names, whole_way.findings().names);
  State at_end(comm(), x, options);
  hand_over(whole_way, at_end);
  EXPECT_EQ(at_end.findings().names, whole_way.findings().names);
}

/// Two lumps far apart: both are found, codes come from the prior, and the one network inverts the other.
TEST(State, LearnsTwoLumps) {
  RowMatrix whole = 0.2f * random_rows(400, 2, 3);
  for (Index i = 0; i < 400; ++i) whole(i, 0) += i % 2 ? 1.0f : -1.0f;
  const Matrix x = rows_of(whole, comm());
  Options options = small_options();
  options.hidden = {32, 32};
  options.discriminator_hidden = {32};
  options.batch_norm = false;
  options.batch = 64;
  options.optimizer.beta2 = 0.99;
  options.average = 0.99;
  options.steps = 1500;
  Labels labels;
  labels.names = {"left", "right"};
  for (Index i = partition(x).begin(comm().rank()); i < partition(x).end(comm().rank()); ++i)
    labels.codes.push_back(i % 2);
  State state(comm(), x, options, labels);
  state.run_until(options.steps);
  const auto& curves = state.curves();
  EXPECT_LT(curves.mmd.back(), 0.02);
  EXPECT_LT(curves.x_error.back(), 0.4);
  EXPECT_NEAR(curves.spread.back(), 1, 0.25);
  EXPECT_GT(curves.coverage.back(), 0.3);
  EXPECT_EQ(curves.label_coverage.back(), 1);
  EXPECT_TRUE(state.findings().names.empty());
  // The first look was at networks that knew nothing.
  EXPECT_GT(curves.x_error.front(), 2 * curves.x_error.back());
}

TEST(State, NamesACollapse) {
  RowMatrix whole = random_rows(200, 4, 3);
  const Matrix x = rows_of(whole, comm());
  Options options = small_options();
  options.steps = 3;  // nothing learned: samples are where first weights put them
  options.initializer = nn::Initializer::normal;
  options.initial_scale = 1e-3;
  options.batch_norm = false;
  State state(comm(), x, options);
  state.run_until(3);
  const auto& names = state.findings().names;
  EXPECT_NE(std::find(names.begin(), names.end(), "generator collapsed"), names.end());
}

TEST(FindFaults, NamesEach) {
  const Evaluation good{
      .x_error = 0.3, .z_error = 0.3, .mmd = 0.001, .spread = 0.9, .coverage = 0.9, .label_coverage = 1};
  EXPECT_TRUE(find_faults(good, 0.7, 0.7, {}).names.empty());
  const auto name_of = [&](auto change, double right = 0.7, const std::vector<std::string>& missing = {}) {
    Evaluation evaluation = good;
    change(evaluation);
    const auto found = find_faults(evaluation, right, right, missing);
    EXPECT_EQ(found.names.size(), found.warnings.size());
    return found.names.size() == 1 ? found.names.front() : "none or several";
  };
  EXPECT_EQ(name_of([](Evaluation& evaluation) { evaluation.spread = 0.01; }), "generator collapsed");
  EXPECT_EQ(name_of([](Evaluation& evaluation) { evaluation.coverage = 0.01; }), "samples off the data");
  EXPECT_EQ(name_of([](Evaluation&) {}, 0.999), "discriminator saturated");
  EXPECT_EQ(name_of([](Evaluation&) {}, 0.7, {"B cells"}), "modes missing");
  EXPECT_EQ(name_of([](Evaluation& evaluation) { evaluation.mmd = 0.2; }), "codes off the prior");
  EXPECT_EQ(name_of([](Evaluation& evaluation) { evaluation.x_error = 1.2; }), "no inverse");
}

/// Lemma 6 of Gretton et al., the sums written out.
double plain_mmd(const RowMatrix& x, const RowMatrix& y, double s) {
  const auto kernel = [s](const auto& a, const auto& b) {
    return std::exp(-static_cast<double>((a - b).squaredNorm()) / (2 * s * s));
  };
  double xx = 0, yy = 0, xy = 0;
  const double n = static_cast<double>(x.rows()), l = static_cast<double>(y.rows());
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < x.rows(); ++j) xx += i == j ? 0 : kernel(x.row(i), x.row(j));
    for (Index j = 0; j < y.rows(); ++j) xy += kernel(x.row(i), y.row(j));
  }
  for (Index i = 0; i < y.rows(); ++i)
    for (Index j = 0; j < y.rows(); ++j) yy += i == j ? 0 : kernel(y.row(i), y.row(j));
  return xx / (n * (n - 1)) + yy / (l * (l - 1)) - 2 * xy / (n * l);
}

TEST(Mmd, IsTheSumsAndTheClosedForm) {
  const RowMatrix x = random_rows(130, 3, 1), y = random_rows(90, 3, 2).array() + 0.5f;
  const double ours = mmd_squared(comm(), x, y, {0.8, 2.0});
  EXPECT_NEAR(ours, (plain_mmd(x, y, 0.8) + plain_mmd(x, y, 2.0)) / 2, 1e-6);
  const auto alone = comm().split(comm().rank());
  EXPECT_EQ(ours, mmd_squared(alone, x, y, {0.8, 2.0}));
  // Of N(0, 1) and N(d, 1) in q dimensions: 2 (s^2 / (s^2 + 2))^(q/2) (1 - exp(-|d|^2 / (2 (s^2 + 2)))).
  const double s = 1.5, d2 = 2 * 0.7 * 0.7, width = s * s + 2;
  const double expected = 2 * (s * s / width) * (1 - std::exp(-d2 / (2 * width)));
  const RowMatrix a = random_rows(3000, 2, 5), b = random_rows(3000, 2, 6).array() + 0.7f;
  EXPECT_NEAR(mmd_squared(comm(), a, b, {s}), expected, 0.015);
  EXPECT_NEAR(mmd_squared(comm(), a, random_rows(3000, 2, 9), {s}), 0, 0.002);
}

TEST(Outputs, AreTheSameOnAnyRanks) {
  const RowMatrix whole = half_zeros(300, 6);
  Options options = small_options();
  const auto alone = comm().split(comm().rank());
  Model model{Game<float>(options, 6).encoder_generator,
              find_scaling(alone, rows_of(whole, alone), Scaling::standardize)};
  const Matrix x = rows_of(whole, comm(), true), all = rows_of(whole, alone, true);
  EXPECT_EQ(all_gather_rows(comm(), encode_rows(comm(), x, model)), encode_rows(alone, all, model).local);
  EXPECT_EQ(all_gather_rows(comm(), draw_samples(comm(), model, 100, 3).x), draw_samples(alone, model, 100, 3).x.local);
}

TEST(Scaling, IsUndone) {
  RowMatrix whole = random_rows(80, 5, 2);
  whole.col(3).setConstant(2);
  whole.col(1).array() *= 10;
  const Matrix x = rows_of(whole, comm());
  for (const auto kind : {Scaling::none, Scaling::standardize, Scaling::minmax}) {
    const auto scaling = find_scaling(comm(), x, kind);
    nn::Batch<float> rows = whole;
    for (Index j = 0; j < 5; ++j) {
      const auto at = static_cast<std::size_t>(j);
      rows.col(j) = (rows.col(j).array() * scaling.factor[at] - scaling.shift[at]).matrix();
    }
    if (kind == Scaling::minmax) {
      EXPECT_NEAR(rows.minCoeff(), 0, 1e-6);
      EXPECT_NEAR(rows.maxCoeff(), 1, 1e-6);
    } else if (kind == Scaling::standardize) {
      EXPECT_NEAR(rows.col(1).mean(), 0, 1e-5);
      EXPECT_NEAR(rows.col(1).squaredNorm() / 79, 1, 1e-4);
      EXPECT_NEAR(rows.col(3).norm(), 0, 1e-5);
    }
    unscale(scaling, rows);
    EXPECT_LT((rows - whole).cwiseAbs().maxCoeff(), 1e-5);
  }
}

TEST(State, TakesEveryRowSoManyTimesAtLeast) {
  const Matrix x = rows_of(random_rows(60, 3, 1), comm());
  Options options = small_options();
  options.batch = 6, options.steps = 5, options.epochs = 0, options.min_epochs = 4;
  EXPECT_EQ(State(comm(), x, options).steps(), 4 * State(comm(), x, options).steps_per_epoch());
  options.steps = 1000;
  EXPECT_EQ(State(comm(), x, options).steps(), 1000);
  options.epochs = 2;
  EXPECT_EQ(State(comm(), x, options).steps(), 2 * State(comm(), x, options).steps_per_epoch());
}

TEST(Options, AreChecked) {
  const RowMatrix whole = random_rows(30, 3, 1);
  const Matrix x = rows_of(whole, comm());
  const auto refused = [&](const std::string& place, auto change) {
    Options options = small_options();
    change(options);
    try {
      State state(comm(), x, options);
    } catch (const InputError& error) {
      EXPECT_EQ(error.place(), place);
      EXPECT_FALSE(error.hint().empty());
      return;
    }
    ADD_FAILURE() << place << " was taken";
  };
  refused("--penalty", [](Options& o) { o.discriminator_batch_norm = true; });
  refused("--latent", [](Options& o) { o.latent = 0; });
  refused("--hidden", [](Options& o) { o.hidden = {4, 0}; });
  refused("--average", [](Options& o) { o.average = 1; });
  refused("--batch", [](Options& o) { o.batch = 2; });
  refused("--label-smoothing", [](Options& o) { o.label_smoothing = 0.5; });
  refused("--penalty-weight", [](Options& o) { o.penalty_weight = 0; });
  RowMatrix broken = whole;
  broken(20, 1) = NAN;
  const Matrix bad = rows_of(broken, comm());
  EXPECT_THROW(State(comm(), bad, small_options()), InputError);
  const Matrix few = rows_of(whole.topRows(2), comm());
  EXPECT_THROW(State(comm(), few, small_options()), InputError);
}

}  // namespace
}  // namespace replearn::bigan
