#pragma once
#include <vector>

#include "methods/word2vec/model.hpp"
#include "mpi/nonblocking_sum.hpp"

namespace replearn::word2vec {

/// Averages the models of several nodes during training. Average k covers the first rows of each part, those of the
/// most frequent words:
///
///     k        1    2    3    4    5    6    7    8 ...
///     rows     r   2r    r   4r    r   2r    r   8r        r = sync_rows; all, with Sync::full
///
/// so that each tier of twice as many rows costs as much as the previous one (Ji et al. 2016, section on distributed
/// word2vec). A row x becomes x + mean - x', where x' is the row as sent and mean the mean of x' over all nodes, so
/// that updates made in the meantime are kept.
///
/// One rank per node; all of them plan the same averages in the same order. Sent: twice the rows, 4 stride bytes each,
/// per average and node. Memory: 2 pieces of at most 4 million floats.
class Averaging {
 public:
  /// leaders: one rank of each model. Both must outlive it.
  Averaging(const mpi::Communicator& leaders, const Model& model, const Options& options);

  /// Schedules the next average. Local.
  void plan();
  /// Schedules an average of all rows. Local.
  void plan_all() { plan_rows(model_.words()); }
  /// Progresses scheduled averages without waiting. Local; to be called about every millisecond.
  void advance();
  /// Completes all scheduled averages. All ranks of leaders.
  void finish();
  /// Bytes sent by this rank so far: twice its share, as in an optimal all-reduce.
  double bytes_sent() const { return bytes_sent_; }

 private:
  struct Piece {
    Part part;
    Index begin, count;
  };
  void plan_rows(Index rows);
  void begin(const Piece& piece);
  void apply(const Piece& piece);

  const mpi::Communicator& leaders_;
  const Model& model_;
  const Options& options_;
  Index planned_ = 0;
  std::vector<Piece> due_;  ///< scheduled pieces, the next one last; it may be in progress
  std::vector<float> sent_, sums_;
  mpi::NonblockingSum<float> sum_;
  bool under_way_ = false;
  double bytes_sent_ = 0;
};

}  // namespace replearn::word2vec
