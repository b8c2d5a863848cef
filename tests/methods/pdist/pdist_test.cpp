#include "methods/pdist/pdist.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/reference/exact_distance.hpp"
#include "support/test_comm.hpp"

namespace replearn::pdist {
namespace {

using test::comm;

/// What all ranks write, put together; each entry by one rank, once.
std::vector<float> written(const mpi::Communicator& ranks, const RowMatrix& x, const Options& options) {
  const auto size = extent(options.form, x.rows());
  Index entries = 1;
  for (const Index e : size) entries *= e;
  std::vector<float> array(static_cast<std::size_t>(entries), 0);
  std::vector<Index> times(array.size(), 0);
  const WriteBox write = [&](const ArrayBox& box, std::span<const float> values) {
    const Index columns = box.count.size() == 2 ? box.count[1] : 1;
    EXPECT_EQ(static_cast<Index>(values.size()), box.count[0] * columns);
    for (std::size_t v = 0; v < values.size(); ++v) {
      const Index i = box.begin[0] + static_cast<Index>(v) / columns;
      const Index at = box.count.size() == 2 ? i * size[1] + box.begin[1] + static_cast<Index>(v) % columns : i;
      array[static_cast<std::size_t>(at)] = values[v];
      ++times[static_cast<std::size_t>(at)];
    }
  };
  pdist(ranks, my_rows_of(x, ranks), options, write);
  mpi::all_reduce(ranks, std::span<float>(array), mpi::Reduction::sum);
  mpi::all_reduce(ranks, std::span<Index>(times), mpi::Reduction::sum);
  for (const Index t : times) EXPECT_EQ(t, 1);
  return array;
}

constexpr Metric metrics[] = {Metric::euclidean,      Metric::sqeuclidean,     Metric::cosine,
                              Metric::correlation,    Metric::manhattan,       Metric::chebyshev,
                              Metric::hamming,        {Metric::minkowski, 0},  {Metric::minkowski, 0.5},
                              {Metric::minkowski, 3}, {Metric::minkowski, 2.7}};

/// Far from the origin, with duplicates, near-duplicates and equal entries.
RowMatrix hostile(Index rows, Index columns) {
  RowMatrix x = test::random_rows(rows, columns, 31);
  for (Index i = 0; i < rows; ++i) {
    x.row(i).array() += static_cast<float>(1000 * (i % 3));
    x(i, 0) = static_cast<float>(i % 4);
    if (i % 10 == 7) x.row(i) = x.row(i - 3);
    if (i % 10 == 9) (x.row(i) = x.row(i - 3))(columns - 1) *= 1 + 0x1p-22f;
  }
  return x;
}

TEST(Pdist, IsTheFormulasInTheOrderOfBothForms) {
  const RowMatrix x = hostile(130, 9);
  for (const Metric metric : metrics) {
    SCOPED_TRACE(metric_text(metric));
    const auto condensed = written(comm(), x, {metric, Form::condensed});
    const auto square = written(comm(), x, {metric, Form::square});
    std::size_t at = 0;
    for (Index i = 0; i < x.rows(); ++i) {
      EXPECT_EQ(square[static_cast<std::size_t>(i * x.rows() + i)], 0);
      for (Index j = i + 1; j < x.rows(); ++j, ++at) {
        const double truth = test::exact_distance(metric, x, i, j);
        EXPECT_NEAR(static_cast<double>(condensed[at]), truth, 3e-6 * truth + 1e-15) << i << " " << j;
        EXPECT_EQ(square[static_cast<std::size_t>(i * x.rows() + j)], condensed[at]);
        EXPECT_EQ(square[static_cast<std::size_t>(j * x.rows() + i)], condensed[at]);
      }
    }
  }
}

TEST(Pdist, IsEqualToTheBitOnAnyNumberOfRanksWithAnyBuffer) {
  const RowMatrix x = hostile(500, 5);
  const auto alone = comm().split(comm().rank());
  for (const Form form : {Form::condensed, Form::square}) {
    for (const Metric metric : {Metric(Metric::euclidean), Metric(Metric::minkowski, 1.7)}) {
      const auto single = written(alone, x, {metric, form, 1e5});
      EXPECT_EQ(written(comm(), x, {metric, form, 1e5}), single);
      EXPECT_EQ(written(comm(), x, {metric, form, 64e6}), single);
    }
  }
}

TEST(Pdist, OfFewRowsOnManyRanks) {
  for (const Index n : {2, 3, 49}) {
    const RowMatrix x = hostile(n, 3);
    for (const Form form : {Form::condensed, Form::square}) {
      const auto found = written(comm(), x, {Metric::manhattan, form});
      EXPECT_NEAR(static_cast<double>(found[form == Form::square ? 1 : 0]),
                  test::exact_distance(Metric::manhattan, x, 0, 1), 1e-3);
    }
  }
}

TEST(Pdist, NeitherOverflowsNorLosesTinyDifferences) {
  for (const float scale : {1e-25f, 1e25f}) {
    const RowMatrix x = scale * test::random_rows(60, 5, 32);
    const auto found = written(comm(), x, {Metric::euclidean, Form::condensed});
    const double truth = test::exact_distance(Metric::euclidean, x, 0, 1);
    EXPECT_NEAR(static_cast<double>(found[0]), truth, 1e-6 * truth);
  }
}

TEST(Pdist, ThrowsOnAllRanksWhatOneCannotWrite) {
  const auto full = [](const ArrayBox& box, std::span<const float>) {
    if (box.begin[0] == 0) throw SystemError("the disk is full");
  };
  const RowMatrix x = hostile(300, 4);
  EXPECT_THROW(pdist(comm(), my_rows_of(x, comm()), {}, full), SystemError);
}

TEST(Pdist, NamesWhatIsWrong) {
  RowMatrix x = hostile(40, 3);
  x(33, 1) = std::numeric_limits<float>::infinity();
  try {
    pdist(comm(), my_rows_of(x, comm()), {}, [](const ArrayBox&, std::span<const float>) {});
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "row 33, column 1");
  }
  const auto place_of = [](const Options& options, Index n) {
    try {
      options.validate(n);
      return std::string();
    } catch (const InputError& error) {
      return error.place();
    }
  };
  EXPECT_EQ(place_of({{Metric::minkowski, -1}}, 9), "--p");
  EXPECT_EQ(place_of({{Metric::minkowski, std::numeric_limits<double>::quiet_NaN()}}, 9), "--p");
  EXPECT_EQ(place_of({{Metric::cosine, 3}}, 9), "--p");
  EXPECT_EQ(place_of({{Metric::minkowski, 0}}, 9), "");
  EXPECT_EQ(place_of({}, 1), "the data");
  EXPECT_EQ(place_of({{}, Form::square, 1}, 9), "--buffer-memory");
}

}  // namespace
}  // namespace replearn::pdist
