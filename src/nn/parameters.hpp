#pragma once
#include <span>
#include <string>
#include <vector>

#include "nn/batch.hpp"

namespace replearn::nn {

/// Where one layer's weights lie in the flat array of all parameters: rows x columns, row-major.
struct Slice {
  Index offset = 0, rows = 0, columns = 0;
  Index size() const { return rows * columns; }
  Index end() const { return offset + size(); }
};

/// All parameters of a model in one flat array and all gradients in another, so that a step is one reduction over ranks
/// (in as many pieces as one likes), one vectorised update and one entry of a checkpoint. Layers hold slices and look
/// through them. Layers added first lie first: backward, which runs from the last to the first, finishes the array from
/// its end, piece by piece (see GradientSum). Local.
template <class Scalar>
class Parameters {
 public:
  using Matrix = Eigen::Map<Batch<Scalar>>;
  using ConstMatrix = Eigen::Map<const Batch<Scalar>>;

  /// Room for one more array, zeros. Views taken before are no longer valid.
  Slice add(const std::string& name, Index rows, Index columns) {
    const Slice slice{size(), rows, columns};
    names_.push_back(name);
    slices_.push_back(slice);
    values_.resize(static_cast<std::size_t>(slice.end()));
    gradients_.resize(values_.size());
    return slice;
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

  /// "decoder.0.weight", in the order of the array.
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<Slice>& slices() const { return slices_; }

 private:
  // Aligned, since Eigen's loops begin at the first aligned element: at other addresses sums would have other bits.
  std::vector<Scalar, Eigen::aligned_allocator<Scalar>> values_, gradients_;
  std::vector<std::string> names_;
  std::vector<Slice> slices_;
};

}  // namespace replearn::nn
