#pragma once
#include <cstdint>
#include <vector>

#include "nn/batch.hpp"

namespace replearn::nn {

/// Maxout (Goodfellow et al. 2013): unit k is the maximum of `pieces` adjacent numbers, y_k = max_j x_{k pieces + j};
/// backward passes the gradient to the maximum (the first in case of ties). Local.
template <class Scalar>
class Maxout {
 public:
  explicit Maxout(Index pieces = 2) : pieces_(pieces) {}

  /// x: B x units * pieces; y: B x units. Stores the argmax.
  void forward(ConstBatchRef<Scalar> x, BatchRef<Scalar> y) {
    winner_.resize(y.size());
    std::int32_t* winner = winner_.data();
    for (Index i = 0; i < y.rows(); ++i) {
      const Scalar* from = x.data() + i * x.outerStride();
      Scalar* to = y.data() + i * y.outerStride();
      for (Index k = 0; k < y.cols(); ++k, from += pieces_) {
        Scalar best = from[0];
        std::int32_t at = 0;
        for (Index j = 1; j < pieces_; ++j) {
          const bool more = from[j] > best;
          best = more ? from[j] : best;
          at = more ? static_cast<std::int32_t>(j) : at;
        }
        to[k] = best;
        *winner++ = at;
      }
    }
  }
  /// Selects the entries of another x by the argmax of the last forward, from row first_row of that batch on: the
  /// linear map of which backward is the transpose.
  void select(ConstBatchRef<Scalar> x, BatchRef<Scalar> y, Index first_row = 0) const {
    const std::int32_t* winner = winner_.data() + first_row * y.cols();
    for (Index i = 0; i < y.rows(); ++i) {
      const Scalar* from = x.data() + i * x.outerStride();
      for (Index k = 0; k < y.cols(); ++k, from += pieces_) y(i, k) = from[*winner++];
    }
  }
  /// dy: B x units; dx: B x units * pieces; for the rows from first_row of that batch on.
  void backward(ConstBatchRef<Scalar> dy, BatchRef<Scalar> dx, Index first_row = 0) const {
    dx.setZero();
    const std::int32_t* winner = winner_.data() + first_row * dy.cols();
    for (Index i = 0; i < dy.rows(); ++i) {
      Scalar* to = dx.data() + i * dx.outerStride();
      const Scalar* from = dy.data() + i * dy.outerStride();
      for (Index k = 0; k < dy.cols(); ++k, to += pieces_) to[*winner++] = from[k];
    }
  }

 private:
  Index pieces_;
  std::vector<std::int32_t> winner_;
};

}  // namespace replearn::nn
