#pragma once
#include <cstdint>
#include <vector>

#include "nn/batch.hpp"

namespace replearn::nn {

/// Maxout (Goodfellow et al. 2013): unit k is the greatest of `pieces` numbers beside each other,
/// y_k = max_j x_{k pieces + j}; in backward its gradient goes to that one (the first of equals). Local.
template <class Scalar>
class Maxout {
 public:
  explicit Maxout(Index pieces = 2) : pieces_(pieces) {}

  /// x: B x units * pieces; y: B x units. Keeps who won.
  void forward(ConstBatchRef<Scalar> x, BatchRef<Scalar> y) {
    winner_.resize(static_cast<std::size_t>(y.size()));
    auto winner = winner_.begin();
    for (Index i = 0; i < y.rows(); ++i) {
      for (Index k = 0; k < y.cols(); ++k) {
        Index best;
        y(i, k) = x.row(i).segment(k * pieces_, pieces_).maxCoeff(&best);
        *winner++ = static_cast<std::int32_t>(best);
      }
    }
  }
  /// dy: B x units; dx: B x units * pieces.
  void backward(ConstBatchRef<Scalar> dy, BatchRef<Scalar> dx) const {
    dx.setZero();
    auto winner = winner_.begin();
    for (Index i = 0; i < dy.rows(); ++i) {
      for (Index k = 0; k < dy.cols(); ++k) dx(i, k * pieces_ + *winner++) = dy(i, k);
    }
  }

 private:
  Index pieces_;
  std::vector<std::int32_t> winner_;
};

}  // namespace replearn::nn
