#pragma once
#include <span>
#include <string>
#include <vector>

#include "nn/batch.hpp"

namespace replearn::nn {

/// Location of one layer's weights in the flat parameter array: rows x columns, row-major.
struct Slice {
  Index offset = 0, rows = 0, columns = 0;
  Index size() const { return rows * columns; }
  Index end() const { return offset + size(); }
};

/// All parameters of a model in one flat array and all gradients in another, so that a step is one reduction over ranks
/// (possibly in pieces), one vectorized update and one checkpoint entry. Layers store slices and access the arrays
/// through them. Layers are stored in the order they are added, so backward, from last to first, completes the gradient
/// array from its end (see GradientSum). Copies are deep. Local.
template <class Scalar>
class Parameters {
 public:
  using Matrix = Eigen::Map<Batch<Scalar>>;
  using ConstMatrix = Eigen::Map<const Batch<Scalar>>;

  Parameters() = default;
  Parameters(const Parameters& other)
      : own_values_(other.values_.begin(), other.values_.end()),
        own_gradients_(other.gradients_.begin(), other.gradients_.end()),
        names_(other.names_),
        slices_(other.slices_) {
    reset_views();
  }
  Parameters(Parameters&& other) noexcept = default;
  Parameters& operator=(Parameters other) noexcept {
    std::swap(own_values_, other.own_values_);
    std::swap(own_gradients_, other.own_gradients_);
    std::swap(values_, other.values_);
    std::swap(gradients_, other.gradients_);
    std::swap(names_, other.names_);
    std::swap(slices_, other.slices_);
    return *this;
  }

  /// Appends an array of zeros. Invalidates existing views.
  Slice add(const std::string& name, Index rows, Index columns) {
    const Slice slice{size(), rows, columns};
    names_.push_back(name);
    slices_.push_back(slice);
    own_values_.resize(slice.end());
    own_gradients_.resize(own_values_.size());
    reset_views();
    return slice;
  }

  /// Moves the arrays to memory owned by the caller (e.g. a shared-memory window), size() numbers each, aligned for
  /// Eigen. values may be shared by several ranks, which then must have the same contents.
  void attach(std::span<Scalar> values, std::span<Scalar> gradients) {
    std::copy(values_.begin(), values_.end(), values.begin());
    std::copy(gradients_.begin(), gradients_.end(), gradients.begin());
    values_ = values, gradients_ = gradients;
    own_values_ = decltype(own_values_)(),
    own_gradients_ = decltype(own_gradients_)();  // assigning {} would keep the memory
  }
  /// Moves the arrays back to memory of their own.
  void detach() {
    own_values_.assign(values_.begin(), values_.end());
    own_gradients_.assign(gradients_.begin(), gradients_.end());
    reset_views();
  }

  Index size() const { return static_cast<Index>(values_.size()); }
  std::span<Scalar> values() { return values_; }
  std::span<const Scalar> values() const { return values_; }
  std::span<Scalar> gradients() { return gradients_; }
  std::span<const Scalar> gradients() const { return gradients_; }
  void zero_gradients() { std::fill(gradients_.begin(), gradients_.end(), Scalar(0)); }

  Matrix matrix(const Slice& at) { return {values_.data() + at.offset, at.rows, at.columns}; }
  ConstMatrix matrix(const Slice& at) const { return {values_.data() + at.offset, at.rows, at.columns}; }
  Matrix gradient(const Slice& at) { return {gradients_.data() + at.offset, at.rows, at.columns}; }

  /// Names such as "decoder.0.weight", in array order.
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<Slice>& slices() const { return slices_; }

 private:
  void reset_views() { values_ = own_values_, gradients_ = own_gradients_; }

  // Aligned, since Eigen's loops start at the first aligned element: other addresses would change the rounding of sums.
  std::vector<Scalar, Eigen::aligned_allocator<Scalar>> own_values_, own_gradients_;
  std::span<Scalar> values_, gradients_;
  std::vector<std::string> names_;
  std::vector<Slice> slices_;
};

}  // namespace replearn::nn
