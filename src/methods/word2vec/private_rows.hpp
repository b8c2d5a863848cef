#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "methods/word2vec/model.hpp"
#include "numerics/aligned_array.hpp"

namespace replearn::word2vec {

/// Private copies of the rows of a model, made on first access, while the model stays unchanged. Copies of this object
/// share their state (a learner holds one, its owner another).
class PrivateRows {
 public:
  explicit PrivateRows(const Model& model) : self_(std::make_shared<Implementation>(model)) {}

  float* row(Part part, Index i) {
    auto& own = *self_;
    std::int32_t& slot = own.slot_of[static_cast<std::size_t>(part)][i];
    if (slot < 0) slot = own.take(part, i);
    ++own.touched[slot].times;
    return own.at(slot);
  }
  struct Change {
    Part part;
    std::int32_t row;
    std::int32_t times;  ///< number of accesses
    const float* by;     ///< stride floats
  };
  /// Differences between the rows touched since the last call and the model, in the order of first access; then resets.
  /// The floats are valid until the next row is requested.
  std::vector<Change> take_changes();

 private:
  struct Implementation {
    explicit Implementation(const Model& model);
    std::int32_t take(Part part, Index i);
    float* at(std::int32_t slot) { return chunks[slot / rows_per_chunk].data() + slot % rows_per_chunk * stride; }
    static constexpr std::int32_t rows_per_chunk = 256;  // chunks are never moved, so rows stay in place

    const Model& model;
    Index stride;
    std::vector<std::int32_t> slot_of[3];
    std::vector<AlignedArray<float>> chunks;
    struct Touched {
      Part part;
      std::int32_t row, times;
    };
    std::vector<Touched> touched;
  };
  std::shared_ptr<Implementation> self_;
};

}  // namespace replearn::word2vec
