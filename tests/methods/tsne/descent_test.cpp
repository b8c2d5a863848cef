#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "methods/tsne/affinities.hpp"
#include "methods/tsne/memory.hpp"
#include "methods/tsne/tsne.hpp"
#include "support/graphs.hpp"
#include "support/random_rows.hpp"
#include "support/reference/dense_tsne.hpp"
#include "support/test_comm.hpp"

/// What options of the descent do: each against the same run asked for in another way, or a number known beforehand.
namespace replearn::tsne {
namespace {

constexpr Index n = 120;

struct Job {
  NeighborGraph graph = test::graph_of(test::comm(), test::random_rows(n, 4, 61), 30);
  DistributedMatrix start = random_start(graph.partition, graph.rank, 2, 9);
  Options options = [] {
    Options o;
    o.perplexity = {10};
    o.early_exaggeration_iterations = 50;
    o.iterations = 50;
    return o;
  }();
  Results run() const { return tsne(test::comm(), graph, start, options); }
};

TEST(TsneDescent, LateExaggerationGoesOnWithTheEarlyOne) {
  Job late, early;
  late.options.exaggeration = late.options.early_exaggeration;
  early.options.early_exaggeration_iterations = 100;
  early.options.iterations = 0;
  EXPECT_EQ(late.run().points.local, early.run().points.local);
}

TEST(TsneDescent, InitialMomentumIsThatOfTheEarlyPhase) {
  Job first, second;
  first.options.initial_momentum = 0.5;
  first.options.iterations = 0;
  second.options.early_exaggeration_iterations = 0;
  second.options.exaggeration = 12;
  second.options.momentum = 0.5;
  EXPECT_EQ(first.run().points.local, second.run().points.local);
}

TEST(TsneDescent, StopsAfterSoManyIterationsWithoutProgress) {
  Job job;
  job.options.iterations = 1000;
  job.options.learning_rate = 1e-30;  // KL stays where it is
  job.options.iterations_without_progress = 100;
  const auto results = job.run();
  // Best at 100, the first look; 200 - 100 is not more than 100.
  EXPECT_EQ(results.iterations, 250);
  EXPECT_EQ(results.kl_iterations.back(), 250);
}

TEST(TsneDescent, StopsAtAShortGradient) {
  Job job;
  job.options.iterations = 1000;
  job.options.min_gradient_norm = 1e3;
  EXPECT_EQ(job.run().iterations, 100);
  job.options.min_gradient_norm = 0;
  job.options.iterations = 120;
  EXPECT_EQ(job.run().iterations, 170);
}

TEST(TsneDescent, GradientNormIsThatOfTheFiniteDifference) {
  Job job;
  job.options.early_exaggeration_iterations = 0;
  State state(test::comm(), job.graph, job.start, job.options);
  EXPECT_EQ(state.gradient_norm(), INFINITY);
  state.run_until(60);
  const test::Dense map = all_gather_rows(test::comm(), state.points()).cast<double>();
  const test::Dense p =
      all_gather_rows(test::comm(), to_dense(joint_probabilities(test::comm(), job.graph, 10))).cast<double>();
  const double expected = test::numeric_gradient(p, map, 1e-5).norm();
  state.run_until(61);
  EXPECT_NEAR(state.gradient_norm(), expected, 1e-4 * expected);
}

TEST(TsneDescent, FramesAreTheMapsOnTheWay) {
  Job job;
  job.options.frames_every = 35;
  const auto results = job.run();
  EXPECT_EQ(results.frame_iterations, (std::vector<Index>{0, 35, 70}));
  State state(test::comm(), job.graph, job.start, job.options);
  for (std::size_t f = 0; f < results.frames.size(); ++f) {
    state.run_until(results.frame_iterations[f]);
    EXPECT_EQ(results.frames[f], state.points().local);
  }
  job.options.frames_every = 0;
  EXPECT_EQ(job.run().points.local, results.points.local);
}

TEST(TsneDescent, FromAGivenPIsTheSame) {
  const Job job;
  auto p = joint_probabilities(test::comm(), job.graph, job.options);
  EXPECT_EQ(tsne(test::comm(), std::move(p), job.start, job.options).points.local, job.run().points.local);
}

TEST(TsneDescent, OfOtherDegreesOfFreedomIsEqualOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  const RowMatrix x = test::random_rows(n, 4, 61);
  for (const auto repulsion : {RepulsionMethod::exact, RepulsionMethod::barnes_hut, RepulsionMethod::fft}) {
    Job job;
    job.options.dof = 0.6;
    job.options.repulsion = repulsion;
    job.options.perplexity = {3, 10};
    const auto single =
        tsne(alone, test::graph_of(alone, x, 30), random_start(RowPartition(n, 1), 0, 2, 9), job.options);
    EXPECT_EQ(all_gather_rows(test::comm(), job.run().points), single.points.local);
  }
}

TEST(TsneOptions, PresetsAreTheOtherProgramsDefaults) {
  const auto of = [](Preset preset) {
    Options options;
    options.perplexity = {50};
    options.seed = 4;
    apply(preset, options);
    EXPECT_EQ(options.perplexity, (std::vector<double>{50}));
    EXPECT_EQ(options.seed, 4u);
    return options;
  };
  const auto opentsne = of(Preset::opentsne), fitsne = of(Preset::fitsne), sklearn = of(Preset::scikit_learn),
             bhtsne = of(Preset::bhtsne);
  for (const auto& o : {opentsne, fitsne, sklearn, bhtsne}) {
    EXPECT_EQ(o.early_exaggeration, 12);
    EXPECT_EQ(o.early_exaggeration_iterations, 250);
    EXPECT_EQ(o.momentum, 0.8);
  }
  EXPECT_EQ(opentsne.iterations, 500);
  EXPECT_EQ(fitsne.iterations, 500);
  EXPECT_EQ(sklearn.iterations, 750);
  EXPECT_EQ(bhtsne.iterations, 750);
  EXPECT_EQ(opentsne.initial_momentum, 0.8);
  EXPECT_EQ(fitsne.initial_momentum, 0.5);
  EXPECT_EQ(sklearn.initial_momentum, 0.5);
  EXPECT_EQ(opentsne.max_step_norm, 5);
  EXPECT_EQ(fitsne.max_step_norm, 5);
  EXPECT_EQ(bhtsne.max_step_norm, 0);
  EXPECT_EQ(sklearn.iterations_without_progress, 300);
  EXPECT_EQ(sklearn.min_gradient_norm, 1e-7);
  // Learning rates: 36,000 points; 600 points.
  EXPECT_EQ(opentsne.learning_rate_at(0, 36000), 3000);
  EXPECT_EQ(opentsne.learning_rate_at(250, 36000), 36000);
  EXPECT_EQ(fitsne.learning_rate_at(0, 36000), 3000);
  EXPECT_EQ(fitsne.learning_rate_at(250, 36000), 3000);
  EXPECT_EQ(fitsne.learning_rate_at(250, 600), 200);
  EXPECT_EQ(sklearn.learning_rate_at(250, 36000), 4 * 36000 / 12.0 / 4);  // their factor 4
  EXPECT_EQ(sklearn.learning_rate_at(0, 600), 4 * 50);
  EXPECT_EQ(bhtsne.learning_rate_at(500, 36000), 200);
}

TEST(TsneOptions, NameWhatIsWrongWithTheAffinities) {
  const auto place = [](auto change) {
    Options options;
    change(options);
    try {
      options.validate(100);
    } catch (const InputError& error) {
      return error.place() + ": " + error.hint();
    }
    return std::string("fine");
  };
  EXPECT_EQ(place([](Options& o) { o.perplexity = {5, 40}; }), "--perplexity: choose at most 33");
  EXPECT_EQ(place([](Options& o) { o.perplexity = {}; }), "--perplexity: choose 1 or more");
  EXPECT_EQ(place([](Options& o) {
              o.perplexity = {40};
              o.affinity_neighbors = 60;
            }),
            "fine");
  EXPECT_EQ(place([](Options& o) { o.affinity_neighbors = 20; }),
            "--perplexity: choose at most --affinity-neighbors, 20");
  EXPECT_EQ(place([](Options& o) { o.affinity_neighbors = 100; }), "--affinity-neighbors: choose 1 to 99, or 0");
  EXPECT_EQ(place([](Options& o) { o.affinities = AffinityKind::gaussian; }),
            "--sigma: choose a positive number, in units of neighbor distances");
  EXPECT_EQ(place([](Options& o) {
              o.affinities = AffinityKind::uniform;
              o.perplexity = {80};
            }),
            "fine");
  EXPECT_EQ(place([](Options& o) { o.dof = 0; }), "--dof: choose a number from 0.1 to 100");
  EXPECT_EQ(place([](Options& o) { o.exaggeration = 0; }), "--exaggeration: choose a positive number");
}

TEST(TsneMemory, NodesThatWouldDo) {
  const MemoryNeed need{1, 100};  // 1 a rank, 100 shared
  EXPECT_EQ(need.on_node(2, 4), 52);
  EXPECT_EQ(nodes_needed(need, 4, 1000), 1);
  EXPECT_EQ(nodes_needed(need, 4, 104), 1);
  EXPECT_EQ(nodes_needed(need, 4, 54), 2);
  EXPECT_EQ(nodes_needed(need, 4, 29), 4);
  EXPECT_EQ(nodes_needed(need, 4, 4), 0);
}

TEST(TsneMemory, IsToldOnAllRanksWithWhatWouldDo) {
  const MemoryNeed need = memory_need(1000000, 50, Options(), test::comm().size());
  EXPECT_GT(need.shared, 44.0 * 90e6);  // the graph and the lists of its search
  EXPECT_LT(need.shared, 8e9);
  EXPECT_NO_THROW(require_memory(test::comm(), need, 1e12));
  try {
    require_memory(test::comm(), need, 2e9);
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "memory");
    const Index nodes = nodes_needed(need, test::comm().size(), 2e9);
    ASSERT_GT(nodes, 1);
    EXPECT_NE(error.hint().find("use " + std::to_string(nodes) + " such nodes"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace replearn::tsne
