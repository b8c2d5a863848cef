#include "nn/trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"

namespace replearn::nn {
namespace {

using test::comm;

constexpr Index n = 11, q = 3;  // rows of the embeddings over all ranks, numbers per row

/// Minimizes |w - 1|^2 + |Z|^2 over weights w that all ranks share and embeddings Z, rows of which each rank has its
/// own. Its batch normalization is a counter of the steps. The held-out loss is given.
struct Quadratic {
  explicit Quadratic(TrainerOptions options, std::function<double(Index epoch)> held_out = {},
                     Sharding sharding = Sharding::sharded)
      : held_out_loss(std::move(held_out)) {
    slice = parameters.add("w", 20, 10);
    z.local.setConstant(2);
    dz.setZero(z.local_rows(), q);
    OptimizerOptions adam{.learning_rate = 0.1};
    options.name = "quadratic", options.hint = "go slower";
    weights.emplace(comm(), "w", parameters, sharding, adam);
    embeddings.emplace(comm(), "z", z.local, dz, z.partition, adam);
    trainer.emplace(comm(), std::vector{&*weights, &*embeddings}, std::vector{&counter}, 2, options, Log());
  }

  void take_step() {
    const auto share = 2 / static_cast<float>(comm().size());  // of the gradient of |w - 1|^2
    parameters.zero_gradients();
    parameters.gradient(slice) = share * (parameters.matrix(slice).array() - 1).matrix();
    weights->gradient_sum().start(slice);
    weights->gradient_sum().wait();
    dz = 2 * z.local;
    double numbers[] = {z.local.cast<double>().squaredNorm(), static_cast<double>(z.local_rows())};
    trainer->sums.start(numbers);
    trainer->sums.wait();
    trainer->sums.add(numbers);
    trainer->require_finite(explodes_at == trainer->step() ? NAN : numbers[0]);
    trainer->update();
    counter[0] += 1;
  }
  double training_loss() const { return trainer->sums.mean(0, 1); }
  double end_epoch() {
    losses.push_back(training_loss());
    return held_out_loss ? held_out_loss(trainer->epoch()) : std::nan("");
  }

  /// Everything that training changes, all rows.
  std::vector<float> everything() const {
    std::vector<float> all(parameters.values().begin(), parameters.values().end());
    const auto rows =
        mpi::all_gather_v(comm(), std::span<const float>(z.local.data(), static_cast<std::size_t>(z.local.size())));
    all.insert(all.end(), rows.begin(), rows.end());
    all.push_back(static_cast<float>(counter[0]));
    return all;
  }

  Parameters<float> parameters;
  Slice slice;
  DistributedMatrix z{RowPartition(n, comm().shares()), comm().rank(), q};
  RowMatrix dz;
  std::vector<double> counter = {0};
  std::function<double(Index epoch)> held_out_loss;
  Index explodes_at = -1;
  std::vector<double> losses;
  std::optional<ParameterGroup> weights, embeddings;
  std::optional<Trainer> trainer;
};

TEST(Trainer, CountsStepsAndEpochsAndMinimizes) {
  Quadratic model({.steps = 205, .steps_per_epoch = 10});
  EXPECT_EQ(model.trainer->epochs(), 21);
  EXPECT_TRUE(std::isnan(model.trainer->latest(model.training_loss())));
  model.trainer->run_until(13, model);
  EXPECT_EQ(model.trainer->step(), 13);
  EXPECT_EQ(model.trainer->epoch(), 2);
  EXPECT_FALSE(model.trainer->done());
  model.trainer->run_until(1000, model);
  EXPECT_EQ(model.trainer->step(), 205);
  EXPECT_TRUE(model.trainer->done());
  ASSERT_EQ(model.losses.size(), 21u) << "the last epoch is incomplete";
  EXPECT_LT(model.losses.back(), 1e-4 * model.losses.front());
  EXPECT_EQ(model.trainer->latest(model.training_loss()), model.losses.back());
  EXPECT_NEAR(model.parameters.matrix(model.slice).mean(), 1, 1e-3);
  EXPECT_EQ(model.everything(), mpi::broadcast(comm(), model.everything()));
}

/// Adam's first step has the length of the learning rate, whatever the gradient: with warm-up, a part of it.
TEST(Trainer, FollowsTheSchedule) {
  Quadratic model({.steps = 100, .schedule = {.warmup = 4}});
  model.trainer->run_until(1, model);
  EXPECT_NEAR(model.parameters.matrix(model.slice)(0, 0), 0.1 / 4, 1e-6);
}

TEST(Trainer, ClipsAllGroupsTogether) {
  Quadratic model({.steps = 100, .clip = 1});
  model.take_step();
  const double norm = std::sqrt(200 * 4 + n * q * 16);  // dw = -2, dz = 4
  EXPECT_NEAR(std::sqrt(model.weights->squared_norm() + model.embeddings->squared_norm()), norm, 1e-4 * norm);
  for (const auto& array : model.weights->arrays(false)) {
    if (array.name != "first_moment/w") continue;
    const auto& moment = *std::get<RowMatrix*>(array.place);
    EXPECT_EQ(moment.size(), 200);
    EXPECT_NEAR(moment(0, 0), 0.1 * -2 / norm, 1e-6);  // (1 - beta1) of the clipped gradient
  }
}

TEST(Trainer, StopsEarlyAndRestoresTheBest) {
  std::vector<float> best;
  Quadratic model({.steps = 100, .steps_per_epoch = 5, .patience = 3});
  model.held_out_loss = [&](Index epoch) {
    if (epoch == 4) best = model.everything();
    return std::abs(static_cast<double>(epoch) - 4) - 10;
  };
  model.trainer->run_until(100, model);
  EXPECT_EQ(model.trainer->step(), 7 * 5);
  EXPECT_EQ(model.trainer->end(), 7 * 5);
  EXPECT_TRUE(model.trainer->done());
  EXPECT_TRUE(model.trainer->restored_best());
  EXPECT_EQ(model.everything(), best);
  EXPECT_EQ(model.counter[0], 4 * 5);
}

TEST(Trainer, RestoresTheBestAtTheLastStepToo) {
  Quadratic model({.steps = 20, .steps_per_epoch = 5, .patience = 3}, [](Index epoch) { return epoch == 3 ? 1. : 2.; });
  model.trainer->run_until(20, model);
  EXPECT_EQ(model.counter[0], 15);
  EXPECT_EQ(model.trainer->end(), 20);
}

TEST(Trainer, NeverStopsWithoutAHeldOutLoss) {
  Quadratic model({.steps = 50, .steps_per_epoch = 5, .patience = 2});
  model.trainer->run_until(50, model);
  EXPECT_EQ(model.counter[0], 50);
  EXPECT_FALSE(model.trainer->restored_best());
}

TEST(Trainer, ALossThatIsNotFiniteIsAnErrorOfTheLearningRate) {
  Quadratic model({.steps = 50, .steps_per_epoch = 5});
  model.explodes_at = 12;
  try {
    model.trainer->run_until(50, model);
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "--learning-rate");
    EXPECT_NE(error.problem().find("step 12 (its last mean was"), std::string::npos) << error.problem();
    EXPECT_EQ(error.hint(), "go slower");
  }
}

/// Copies one place of an array to another, as a checkpoint does.
void copy(const NamedArray& from, const NamedArray& to) {
  ASSERT_EQ(from.name, to.name);
  std::visit([&](auto* place) { *std::get<decltype(place)>(to.place) = *place; }, from.place);
}

/// Resumed at every step from 0 to the end, in a window or not, training gives the bits of an uninterrupted run: best
/// values, statistics, moments and sums all come back.
TEST(Trainer, ResumesWithTheBitsOfAnUninterruptedRun) {
  const TrainerOptions options{
      .steps = 24, .steps_per_epoch = 4, .schedule = {.kind = Schedule::cosine}, .clip = 2, .patience = 2};
  const auto held_out = [](Index epoch) { return epoch == 2 ? 1.0 : 2.0; };
  for (const Sharding sharding : {Sharding::sharded, Sharding::replicated}) {
    Quadratic whole(options, held_out, sharding);
    whole.trainer->run_until(24, whole);
    EXPECT_EQ(whole.trainer->step(), 16);
    for (const Index step : {0, 1, 8, 10, 16}) {
      Quadratic before(options, held_out, sharding), after(options, held_out, sharding);
      before.trainer->run_until(step, before);
      const auto saved = before.trainer->arrays(), place = after.trainer->arrays();
      ASSERT_EQ(saved.size(), place.size());
      for (std::size_t k = 0; k < saved.size(); ++k) copy(saved[k], place[k]);
      after.trainer->resume();
      after.trainer->run_until(24, after);
      EXPECT_EQ(after.trainer->step(), 16) << step;
      EXPECT_EQ(after.everything(), whole.everything()) << step;
      EXPECT_EQ(after.trainer->latest(after.training_loss()), whole.trainer->latest(whole.training_loss())) << step;
    }
  }
}

}  // namespace
}  // namespace replearn::nn
