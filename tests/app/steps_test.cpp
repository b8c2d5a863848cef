// Steps called from a program, on data in memory: what a library user does.
#include <gtest/gtest.h>

#include "app/bigan/bigan.hpp"
#include "app/neighbors/neighbors.hpp"
#include "app/pca/pca.hpp"
#include "app/ppca/ppca.hpp"
#include "app/preprocess/preprocess.hpp"
#include "app/sammon/sammon.hpp"
#include "app/tsne/tsne.hpp"
#include "base/error.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::app {
namespace {

ExpressionMatrix in_memory(const mpi::Communicator& comm, const RowMatrix& rows) {
  DistributedMatrix x(RowPartition(rows.rows(), comm.shares()), comm.rank(), rows.cols());
  x.local = rows.middleRows(x.first_row(), x.local_rows());
  return {std::move(x), {}, {}};
}

/// Rows with four columns of decreasing variance among eight.
RowMatrix example(Index n) {
  RowMatrix x = test::random_rows(n, 8, 5);
  for (Index j = 0; j < 4; ++j) x.col(j) *= static_cast<float>(10 - 2 * j);
  return x;
}

TEST(Steps, PcaIsThatOfTheMethod) {
  const auto& comm = test::comm();
  Session session(comm, {.quiet = true});
  auto data = in_memory(comm, example(60));
  const Matrix x = data.x;
  Workspace work(session, std::move(data));
  PcaSettings settings;
  settings.given = {"components"};
  settings.method.components = 3;
  pca_step(work, settings);
  const auto expected = pca::pca(comm, x, settings.method);
  ASSERT_NE(work.embedding("X_pca"), nullptr);
  EXPECT_EQ(work.embedding("X_pca")->local, expected.scores.local);
  ASSERT_NE(work.gene_embedding("PCs"), nullptr);
  EXPECT_EQ(*work.gene_embedding("PCs"), expected.loadings);
  ASSERT_NE(work.uns("pca"), nullptr);
}

TEST(Steps, ReturnTheSettingsUsed) {
  Session session(test::comm(), {.quiet = true});
  Workspace work(session, in_memory(test::comm(), example(12)));
  EXPECT_EQ(pca_step(work, {}).method.components, 8);  // the rank of the data, not the default of 50
  const auto used = neighbors_step(work, {});
  EXPECT_EQ(used.method.neighbors, 11);
  EXPECT_EQ(used.use_rep, "X_pca");
  EXPECT_EQ(used.method.method, neighbors::Method::exact);
}

TEST(Steps, AnExplicitValueTooLargeIsRefused) {
  Session session(test::comm(), {.quiet = true});
  Workspace work(session, in_memory(test::comm(), example(12)));
  NeighborsSettings settings;
  settings.given = {"neighbors"};
  settings.method.neighbors = 12;
  EXPECT_THROW(neighbors_step(work, settings), InputError);
}

TEST(Steps, MapsAreTheSameBitsAsOnOneRank) {
  const auto& comm = test::comm();
  const auto maps = [](const mpi::Communicator& ranks) {
    Session session(ranks, {.quiet = true});
    Workspace work(session, in_memory(ranks, example(80)));
    TsneSettings tsne;
    tsne.method.perplexity = {10};
    tsne.method.iterations = 50;
    tsne_step(work, tsne);
    sammon_step(work, {});
    ppca_step(work, {});
    RowMatrix all(80, 4);
    all << all_gather_rows(ranks, *work.embedding("X_tsne")), all_gather_rows(ranks, *work.embedding("X_sammon"));
    return all;
  };
  const RowMatrix together = maps(comm);
  const auto alone = comm.split(comm.rank());
  EXPECT_EQ(together, maps(alone));
}

TEST(Steps, CountsInMemoryArePreprocessed) {
  const auto& comm = test::comm();
  RowMatrix counts = RowMatrix::Constant(6, 4, 1);
  counts.row(2).setZero();  // dropped
  counts(0, 0) = 5;
  Session session(comm, {.quiet = true});
  Workspace work(session, in_memory(comm, counts));
  PreprocessSettings settings;
  settings.method.min_genes = 1;
  settings.method.target_sum = 8;
  settings.method.log1p = false;
  settings.method.counts_layer = "counts";
  preprocess_step(work, settings);
  const auto dense = [](const Matrix& x) {
    return std::holds_alternative<SparseRows>(x) ? to_dense(std::get<SparseRows>(x)) : std::get<DistributedMatrix>(x);
  };
  RowMatrix expected(5, 4), kept(5, 4);
  expected << 5, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2;
  kept << 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1;
  EXPECT_EQ(all_gather_rows(comm, dense(work.matrix("X"))), expected);
  EXPECT_EQ(all_gather_rows(comm, dense(work.matrix("layers/counts"))), kept);
}

TEST(Steps, WhatNeedsAnOutputSaysSo) {
  Session session(test::comm(), {.quiet = true});
  Workspace work(session, in_memory(test::comm(), example(12)));
  BiganSettings bigan;
  bigan.sample = 3;
  EXPECT_THROW(bigan_step(work, bigan), InputError);
  EXPECT_THROW(work.commit("pca"), InputError);
  EXPECT_THROW(work.matrix("layers/counts"), InputError);
}

}  // namespace
}  // namespace replearn::app
