#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/word_queries/documents.hpp"
#include "methods/word_queries/evaluation.hpp"
#include "methods/word_queries/nearest.hpp"
#include "mpi/collectives.hpp"
#include "numerics/rank_correlation.hpp"
#include "support/test_comm.hpp"

namespace replearn::word_queries {
namespace {

using test::comm;

RowMatrix random_rows(Index rows, Index columns) {
  RowMatrix all(rows, columns);
  for (Index i = 0; i < rows; ++i) {
    RandomStream random(4, Purpose::test, static_cast<std::uint64_t>(i));
    for (Index k = 0; k < columns; ++k) all(i, k) = static_cast<float>(random.normal());
  }
  return all;
}

TEST(Nearest, IsWhatSortingAllCosinesGives) {
  const Index words = 700, d = 9, k = 5;
  RowMatrix all = random_rows(words, d);
  all.row(500) = all.row(3);  // a tie
  normalize_rows(all);
  const RowMatrix queries = 3 * all.topRows(4) + 0.1f * random_rows(4, d);
  std::vector<std::vector<Index>> leave_out = {{0}, {}, {2, 77}, {}};
  for (const Index limit : {Index{0}, Index{450}}) {
    const auto found = nearest(comm(), my_rows_of(all, comm()), queries, leave_out, k, limit);
    for (std::size_t q = 0; q < 4; ++q) {
      std::vector<std::pair<double, Index>> order;
      for (Index i = 0; i < (limit > 0 ? limit : words); ++i) {
        if (std::count(leave_out[q].begin(), leave_out[q].end(), i) > 0) continue;
        const auto row = queries.row(static_cast<Index>(q)).cast<double>();
        order.emplace_back(-row.dot(all.row(i).cast<double>()) / row.norm(), i);
      }
      std::sort(order.begin(), order.end());
      ASSERT_EQ(found[q].size(), static_cast<std::size_t>(k));
      for (std::size_t i = 0; i < static_cast<std::size_t>(k); ++i) {
        EXPECT_EQ(found[q][i].word, order[i].second);
        EXPECT_NEAR(static_cast<double>(found[q][i].cosine), -order[i].first, 1e-6);
      }
    }
  }
  const auto few = nearest(comm(), my_rows_of(all.topRows(3), comm()), queries.topRows(1), {{1}}, 10);
  EXPECT_EQ(few[0].size(), 2u) << "no more than there are";
}

TEST(Answer, CountsAsTheCProgramDoes) {
  // Capitals stand at (x, 1), their countries at (x, 0): the offset is the same, so every question is right but one.
  WordVectors v;
  const std::vector<std::string> words = {"Paris", "France", "Rome", "Italy", "Bern",
                                          "Chad",  "paris",  "Oslo", "Norway"};
  RowMatrix all(9, 3);
  all << 9, 1, 4, 9, 0, 4, -3, 1, 4, -3, 0, 4, 1, 1, 4, 50, 50, -60, 0, 0, 1, 4, 1, 4, 4, 0, 4;
  v.vectors = my_rows_of(all, comm());
  if (comm().is_root()) v.words = words;
  std::vector<Section> sections;
  if (comm().is_root()) {
    sections = {{"capitals",
                 {{"paris", "FRANCE", "Rome", "italy"},
                  {"Rome", "Italy", "Oslo", "Norway"},
                  {"Rome", "Italy", "Bern", "Chad"},       // wrong
                  {"Rome", "Italy", "Kyiv", "Ukraine"}}},  // not asked
                {"none", {{"Rome", "Italy", "Kyiv", "Ukraine"}}}};
  }
  const auto scores = answer(comm(), v, sections, 0);
  const auto limited = answer(comm(), v, sections, 4);
  if (!comm().is_root()) return;
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[0].right, 2);
  EXPECT_EQ(scores[0].asked, 3);
  EXPECT_EQ(scores[0].in_all, 4);
  EXPECT_EQ(scores[1].asked, 0);
  EXPECT_EQ(limited[0].asked, 1);
}

TEST(Spearman, IsPearsonOfRanks) {
  const double x[] = {1, 2, 3, 4, 5}, up[] = {10, 20, 25, 70, 71}, down[] = {9, 7, 3, 1, 0}, flat[] = {2, 2, 2, 2, 2};
  EXPECT_DOUBLE_EQ(spearman(x, up), 1);
  EXPECT_DOUBLE_EQ(spearman(x, down), -1);
  EXPECT_TRUE(std::isnan(spearman(x, flat)));
  // scipy.stats.spearmanr([1, 2, 2, 3, 0, 4], [3, 1, 4, 1, 5, 9]) of SciPy 1.10.1
  const double a[] = {1, 2, 2, 3, 0, 4}, b[] = {3, 1, 4, 1, 5, 9};
  EXPECT_NEAR(spearman(a, b), 0.014705882352941178, 1e-12);
}

TEST(Compare, TakesThePairsThatAreKnown) {
  WordVectors v;
  RowMatrix all(4, 2);
  all << 1, 0, 1, 0.1f, 1, 1, 0, 1;
  v.vectors = my_rows_of(all, comm());
  if (comm().is_root()) v.words = {"a", "b", "c", "d"};
  const std::vector<Pair> pairs = {{"A", "b", 9}, {"a", "c", 5}, {"a", "d", 1}, {"a", "x", 7}};
  const auto score = compare(comm(), v, comm().is_root() ? pairs : std::vector<Pair>{});
  if (!comm().is_root()) return;
  EXPECT_EQ(score.compared, 3);
  EXPECT_EQ(score.in_all, 4);
  EXPECT_DOUBLE_EQ(score.spearman, 1);
}

/// Documents of words drawn at random, some empty; those of each rank behind those of the ranks below.
NextWords some_documents(Index count, Index words, std::vector<std::vector<WordId>>* truth) {
  std::vector<WordId> mine;
  for (Index i = 0; i < count; ++i) {
    RandomStream random(6, Purpose::test, static_cast<std::uint64_t>(i));
    std::vector<WordId> document;
    for (Index w = 0; w < i % 7; ++w)
      document.push_back(static_cast<WordId>(random.below(static_cast<std::uint32_t>(words))));
    if (truth) truth->push_back(document);
    if (i * comm().size() / count != comm().rank()) continue;
    mine.insert(mine.end(), document.begin(), document.end());
    if (i + 1 < count) mine.push_back(line_end);  // the last line has no end
  }
  return [mine, given = false](std::vector<WordId>& part) mutable {
    part = mine;
    return !std::exchange(given, true);
  };
}

TEST(Documents, AreMeansOfTheirWords) {
  const Index words = 50, d = 6, n = 90;
  const RowMatrix all = random_rows(words, d);
  std::vector<std::vector<WordId>> truth;
  const auto text = some_documents(n, words, &truth);
  const auto result = documents(comm(), text, my_rows_of(all, comm()), {}, {});
  ASSERT_EQ(result.vectors.rows(), n);
  for (Index i = 0; i < result.vectors.local_rows(); ++i) {
    const auto& document = truth[static_cast<std::size_t>(result.vectors.first_row() + i)];
    EXPECT_EQ(result.words[static_cast<std::size_t>(i)], static_cast<Index>(document.size()));
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(d);
    for (const WordId word : document) mean += all.row(word).cast<double>() / static_cast<double>(document.size());
    EXPECT_LT((result.vectors.local.row(i).cast<double>() - mean).norm(), 1e-6);
  }
}

TEST(Documents, SifWeighsByCountsAndTakesOutTheFirstDirection) {
  const Index words = 50, d = 6, n = 90;
  RowMatrix all = random_rows(words, d);
  all.col(2).array() += 5;  // what all share
  std::vector<Index> counts;
  double total = 0;
  for (Index i = 0; i < words; ++i) total += static_cast<double>(counts.emplace_back(1000 / (i + 1)));
  DocumentOptions options;
  options.weighting = Weighting::sif;
  options.sif_a = 0.01;
  std::vector<std::vector<WordId>> truth;
  const auto text = some_documents(n, words, &truth);
  const auto result = documents(comm(), text, my_rows_of(all, comm()), counts, options);
  Eigen::MatrixXd x = Eigen::MatrixXd::Zero(n, d);
  for (Index i = 0; i < n; ++i) {
    const auto& document = truth[static_cast<std::size_t>(i)];
    for (const WordId word : document) {
      const double p = static_cast<double>(counts[static_cast<std::size_t>(word)]) / total;
      x.row(i) += 0.01 / (0.01 + p) * all.row(word).cast<double>() / static_cast<double>(document.size());
    }
  }
  // The first right singular vector, by the power method.
  Eigen::VectorXd direction = Eigen::VectorXd::Ones(d);
  for (int round = 0; round < 500; ++round) direction = (x.transpose() * (x * direction)).normalized();
  x -= x * direction * direction.transpose();
  const RowMatrix found = all_gather_rows(comm(), result.vectors);
  EXPECT_LT((found.cast<double>() - x).norm(), 1e-4);

  const auto alone = comm().split(comm().rank());
  std::vector<WordId> whole;
  for (const auto& document : truth) {
    whole.insert(whole.end(), document.begin(), document.end());
    whole.push_back(line_end);
  }
  bool given = false;
  const auto one = documents(
      alone,
      [&](std::vector<WordId>& part) {
        part = whole;
        return !std::exchange(given, true);
      },
      my_rows_of(all, alone), counts, options);
  EXPECT_TRUE(one.vectors.local == found) << "to the bit";
}

TEST(Documents, NoneIsAnError) {
  EXPECT_THROW(
      documents(comm(), [](std::vector<WordId>&) { return false; }, my_rows_of(random_rows(3, 2), comm()), {}, {}),
      InputError);
}

}  // namespace
}  // namespace replearn::word_queries
