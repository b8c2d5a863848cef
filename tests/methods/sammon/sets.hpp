#pragma once
#include <string>
#include <vector>

#include "methods/sammon/run.hpp"
#include "mpi/collectives.hpp"
#include "support/read_binary.hpp"
#include "support/test_comm.hpp"

namespace replearn::sammon {

/// Fisher's iris without row 142, which equals row 101: at distance 0 the stress has no value.
inline RowMatrix iris() {
  const RowMatrix all = test::read_matrix("neighbors/iris.f32", 4);
  RowMatrix x(149, 4);
  x << all.topRows(142), all.bottomRows(7);
  return x;
}
inline RowMatrix iris_start() {
  return test::read_matrix("sammon/iris_start.f32", 2);
}

/// 50 principal components of 700 blood cells.
inline RowMatrix cells() {
  return test::read_matrix("tsne/pbmc68k_pca.f32", 50);
}

/// A map, whole, on every rank.
struct Outcome {
  Results results;
  RowMatrix map;
};
inline Outcome run_whole(State state, const Options& options) {
  Outcome outcome{run(std::move(state), options), {}};
  outcome.map = all_gather_rows(test::comm(), outcome.results.points);
  return outcome;
}

inline Outcome run(const mpi::Communicator& comm, const RowMatrix& x, const RowMatrix& start,
                   const Options& options = {}) {
  Outcome outcome{sammon(comm, my_rows_of(x, comm), my_rows_of(start, comm), options), {}};
  outcome.map = all_gather_rows(comm, outcome.results.points);
  return outcome;
}

/// My part of what is the same on every rank.
template <class T>
std::vector<T> my_part(const std::vector<T>& all) {
  const RowPartition partition(static_cast<Index>(all.size()), test::comm().size());
  const auto begin = all.begin() + partition.begin(test::comm().rank());
  return {begin, begin + partition.count(test::comm().rank())};
}

}  // namespace replearn::sammon
