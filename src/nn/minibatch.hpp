#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/index.hpp"
#include "base/random.hpp"
#include "mpi/communicator.hpp"

namespace replearn::nn {

/// Marks held-out rows among `rows` rows starting at row first_row of the data: each with probability `share`, drawn
/// from (seed, purpose, row). 0 <= share < 1. Local.
std::vector<std::uint8_t> held_out_rows(std::uint64_t seed, Purpose purpose, Index first_row, Index rows, double share);

/// Assigns rows to minibatches, by (seed, purpose, epoch) over the whole data set, independent of the number of ranks.
///
/// The N training rows are divided, in order, into strata of S consecutive rows, where S = ceil(N / batch) is the
/// number of steps per epoch. In every epoch each stratum distributes its rows randomly over the steps, one to each. A
/// step thus has one row of each stratum, at most `batch` and at least ceil(N / S) - 1 in total, every row occurs once
/// per epoch, and each rank, which owns consecutive rows, has its share of every step: 4 strata of 3 rows, 2 ranks,
///
///     rows           0 1 2 | 3 4 5 | 6 7 8 | 9 10 11
///     go into step   2 0 1 | 1 0 2 | 0 1 2 | 1  2  0        step 0: rows 1 4 6 11, two of them of each rank
class Minibatches {
 public:
  Minibatches() = default;
  /// rows: number of local rows. held_out: mask of local rows to exclude; empty: none. batch >= 1, limited to N. All
  /// ranks.
  Minibatches(const mpi::Communicator& comm, Index rows, std::span<const std::uint8_t> held_out, Index batch,
              std::uint64_t seed, Purpose purpose);

  /// N, the total over all ranks.
  Index rows() const { return rows_; }
  Index steps_per_epoch() const { return steps_per_epoch_; }
  /// Number of rows of the step over all ranks.
  Index size(Index step);
  struct Step {
    std::vector<Index> rows;           ///< local row indices, ascending
    std::vector<std::uint64_t> place;  ///< position of each row in the global step: its stratum
  };
  /// Steps are numbered consecutively over the epochs. Local: ranks may request different steps. O(N / p) at the first
  /// step of an epoch.
  const Step& at(Index step);

 private:
  void begin_epoch(Index epoch);
  std::uint64_t seed_ = 0;
  Purpose purpose_ = Purpose::test;
  Index rows_ = 0, first_ = 0, steps_per_epoch_ = 1,
        epoch_ = -1;                 // first_: global index of the first local training row
  std::vector<Index> mine_;          // local indices of the training rows
  std::vector<Step> steps_;          // of the epoch
  std::vector<Index> last_stratum_;  // steps of the last, incomplete stratum
};

}  // namespace replearn::nn
