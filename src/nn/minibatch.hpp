#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "data/expression_matrix.hpp"
#include "nn/batch.hpp"

namespace replearn::nn {

/// Of `rows` rows that begin at row first_row of the data, whether each is kept from training: it is with probability
/// `share`, by (seed, purpose, row) alone. 0 <= share < 1. Local.
std::vector<std::uint8_t> held_out_rows(std::uint64_t seed, Purpose purpose, Index first_row, Index rows, double share);

/// Which rows make up each step, by (seed, purpose, epoch) over the whole data, whatever the number of ranks.
///
/// The N rows trained on, in their order, are cut into strata of S neighbors, S = ceil(N / batch) being the steps of
/// an epoch. In every epoch each stratum deals its rows out to the steps at random, one to each. So a step has a row of
/// each stratum, at most `batch` and at least ceil(N / S) - 1 of them, every row comes once an epoch, and each rank,
/// which owns neighboring rows, has its share of every step: 4 strata of 3 rows, 2 ranks,
///
///     rows           0 1 2 | 3 4 5 | 6 7 8 | 9 10 11
///     go into step   2 0 1 | 1 0 2 | 0 1 2 | 1  2  0        step 0: rows 1 4 6 11, two of them of each rank
class Minibatches {
 public:
  Minibatches() = default;
  /// rows: mine. held_out: of each of them, whether steps leave it out; empty: none. batch >= 1; one of more than N
  /// rows is one of N. All ranks.
  Minibatches(const mpi::Communicator& comm, Index rows, std::span<const std::uint8_t> held_out, Index batch,
              std::uint64_t seed, Purpose purpose);

  /// N, over all ranks.
  Index rows() const { return rows_; }
  Index steps_per_epoch() const { return steps_per_epoch_; }
  /// Rows of the step over all ranks.
  Index size(Index step);
  struct Step {
    std::vector<Index> rows;           ///< my rows of it, counted from my first, ascending
    std::vector<std::uint64_t> place;  ///< of each, its place in the step over all ranks: its stratum
  };
  /// Steps count on over the epochs. Local: ranks need not ask for the same. O(N / p) at the first step of an epoch.
  const Step& at(Index step);

 private:
  void begin_epoch(Index epoch);
  std::uint64_t seed_ = 0;
  Purpose purpose_ = Purpose::test;
  Index rows_ = 0, first_ = 0, steps_per_epoch_ = 1, epoch_ = -1;  // first_: of mine, among those trained on
  std::vector<Index> mine_;                                        // trained on, counted from my first row
  std::vector<Step> steps_;                                        // of the epoch
  std::vector<Index> last_stratum_;                                // of the last, cut short, one: the steps it deals to
};

/// Some of my rows (counted from my first) without their zeros, or with them. Local.
template <class Scalar>
void gather(const Matrix& x, std::span<const Index> rows, SparseBatch<Scalar>& batch);
template <class Scalar>
void gather(const Matrix& x, std::span<const Index> rows, Batch<Scalar>& batch);

}  // namespace replearn::nn
