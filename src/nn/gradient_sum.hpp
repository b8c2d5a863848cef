#pragma once
#include "mpi/sum_in_flight.hpp"
#include "nn/parameters.hpp"

namespace replearn::nn {

/// Sums a model's flat gradient over ranks while backward is still at work on earlier layers:
///
///     backward of the last layer;     sum.start(last.whole());
///     backward of the one before;     sum.start(before.whole());
///     ...
///     sum.wait();                     every rank now holds the same gradient
///
/// Pieces are started by all ranks in the same order, each once a step, and not written to until wait(). The sum is in
/// float32 in an order that follows the number of ranks: see README.md for what that means. Small pieces are put
/// together with the next ones, down to `least` numbers a message.
template <class Scalar>
class GradientSum {
 public:
  GradientSum(const mpi::Communicator& comm, Parameters<Scalar>& parameters, Index least = 1 << 14)
      : sum_(comm), parameters_(parameters), least_(least) {}

  /// A finished piece; pieces come from the end of the array to its beginning, without gaps between them.
  void start(const Slice& piece) {
    if (pending_.size() == 0)
      pending_ = piece;
    else
      pending_ = {piece.offset, 1, pending_.end() - piece.offset};
    if (pending_.size() >= least_) flush();
    sum_.poll();
  }
  /// Moves what is under way along; to be called now and then between pieces of work.
  void poll() { sum_.poll(); }
  void wait() {
    flush();
    sum_.wait();
  }

 private:
  void flush() {
    if (pending_.size() == 0) return;
    sum_.start(parameters_.gradients().subspan(static_cast<std::size_t>(pending_.offset),
                                               static_cast<std::size_t>(pending_.size())));
    pending_ = {};
  }
  mpi::SumInFlight<Scalar> sum_;
  Parameters<Scalar>& parameters_;
  Index least_;
  Slice pending_;
};

}  // namespace replearn::nn
