#include "methods/tsne/run.hpp"

#include <gtest/gtest.h>

#include "methods/tsne/affinities.hpp"
#include "methods/tsne/sne.hpp"
#include "mpi/collectives.hpp"
#include "support/graphs.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

using test::comm;

constexpr Index n = 150;

/// A job that computes frames, and by `patience` one that ends early.
struct Job {
  RowMatrix x = test::random_rows(n, 5, 71);
  NeighborGraph graph = test::graph_of(comm(), x, 30);
  DistributedMatrix start = random_start(graph.partition, graph.rank, 2, 3);
  Options options;

  Job() {
    options.perplexity = {10};
    options.early_exaggeration_iterations = 40;
    options.iterations = 160;
    options.frames_every = 35;
    options.dof = 0.8;
  }
  Run run() const { return {State(comm(), joint_probabilities(comm(), graph, options), start, options), options}; }
  SneRun sne() const { return SneRun(SneState(comm(), graph, start, options)); }
};

/// What a checkpoint would keep: the values behind the arrays of one run, put behind those of another.
void hand_over(const NamedArrays& from, const NamedArrays& to) {
  ASSERT_EQ(from.size(), to.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    EXPECT_EQ(from[i].name, to[i].name);
    std::visit(
        [&](auto* place) {
          const auto* source = std::get_if<std::decay_t<decltype(place)>>(&from[i].place);
          if (source)
            *place = **source;
          else
            ADD_FAILURE() << to[i].name << " is of another kind";
        },
        to[i].place);
  }
}

void expect_equal(const Results& a, const Results& b) {
  EXPECT_EQ(a.points.local, b.points.local);
  EXPECT_EQ(a.kl_divergence, b.kl_divergence);
  EXPECT_EQ(a.kl_iterations, b.kl_iterations);
  EXPECT_EQ(a.kl_history, b.kl_history);
  EXPECT_EQ(a.iterations, b.iterations);
  EXPECT_EQ(a.frame_iterations, b.frame_iterations);
  EXPECT_EQ(a.frames, b.frames);
}

TEST(TsneRun, TakenUpAnywhereItEndsTheSame) {
  const Job job;
  const Results whole = tsne(comm(), job.graph, job.start, job.options);
  for (const Index at : {1, 35, 40, 100, 157, 200}) {
    auto first = job.run(), second = job.run();
    first.run_until(at);
    EXPECT_EQ(first.step(), at);
    hand_over(first.arrays(), second.arrays());
    second.resume();
    EXPECT_EQ(second.step(), at);
    while (!second.done()) second.run_until(second.step() + 13);
    expect_equal(second.results(), whole);
  }
}

TEST(TsneRun, PatienceIsHandedOnToo) {
  Job job;
  job.options.iterations_without_progress = 100;
  job.options.iterations = 3000;
  job.options.learning_rate = 1e-30;  // KL stays where it is
  const Results whole = tsne(comm(), job.graph, job.start, job.options);
  EXPECT_EQ(whole.iterations, 200);  // the lowest at 50; 150 - 50 is not more than 100
  for (const Index at : {120, 150, 200}) {
    auto first = job.run(), second = job.run();
    first.run_until(at);
    hand_over(first.arrays(), second.arrays());
    second.resume();
    EXPECT_EQ(second.done(), at == 200);
    second.run_until(3040);
    expect_equal(second.results(), whole);
  }
}

TEST(TsneRun, SneToo) {
  Job job;
  job.options.frames_every = 0;
  job.options.dof = 1;
  const Results whole = sne(comm(), job.graph, job.start, job.options);
  for (const Index at : {50, 77}) {
    SneRun first = job.sne(), second = job.sne();
    first.run_until(at);
    hand_over(first.arrays(), second.arrays());
    second.resume();
    second.run_until(160);
    expect_equal(second.results(), whole);
  }
}

}  // namespace
}  // namespace replearn::tsne
