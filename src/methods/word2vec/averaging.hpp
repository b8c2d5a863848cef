#pragma once
#include <vector>

#include "methods/word2vec/model.hpp"
#include "mpi/sum_in_flight.hpp"

namespace replearn::word2vec {

/// Keeps the models of several nodes together while each of them is trained on. Average k takes the first rows of each
/// part, which are those of the most frequent words:
///
///     k        1    2    3    4    5    6    7    8 ...
///     rows     r   2r    r   4r    r   2r    r   8r        r = sync_rows; all, with Sync::full
///
/// so that each doubling of the rows costs as much as the one before (Ji et al. 2016, section on distributed word2vec).
/// A row x becomes x + mean - x', where x' is what was sent and mean the mean of all nodes' x': what training has done
/// in the meantime is kept.
///
/// One rank a node; all of them plan the same averages in the same order. Sent: twice the rows, 4 stride bytes each,
/// per average and node. Memory: 2 pieces of at most 4 million floats.
class Averaging {
 public:
  /// across: the ranks that hold a node's model each. Both must outlive it.
  Averaging(const mpi::Communicator& across, const Model& model, const Options& options);

  /// One more average is due. Local.
  void plan();
  /// All rows are due. Local.
  void plan_all() { plan_rows(model_.words()); }
  /// Goes on with what is due, as far as that takes no waiting. Local; to be called every millisecond or so.
  void advance();
  /// Comes to the end of what is due. All ranks of across.
  void finish();
  /// By this rank so far: twice what it gives away, as the best all-reduce does.
  double bytes_sent() const { return bytes_sent_; }

 private:
  struct Piece {
    Part part;
    Index begin, count;
  };
  void plan_rows(Index rows);
  void begin(const Piece& piece);
  void apply(const Piece& piece);

  const mpi::Communicator& across_;
  const Model& model_;
  const Options& options_;
  Index planned_ = 0;
  std::vector<Piece> due_;  ///< the next one last; it may be under way
  std::vector<float> sent_, sums_;
  mpi::SumInFlight<float> sum_;
  bool under_way_ = false;
  double bytes_sent_ = 0;
};

}  // namespace replearn::word2vec
