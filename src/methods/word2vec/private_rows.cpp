#include "methods/word2vec/private_rows.hpp"

#include <algorithm>

namespace replearn::word2vec {

PrivateRows::Implementation::Implementation(const Model& of) : model(of), stride(of.stride()) {
  for (const Part part : model.parts()) {
    slot_of[static_cast<std::size_t>(part)].assign(model.rows(part), -1);
  }
}

std::int32_t PrivateRows::Implementation::take(Part part, Index i) {
  const auto slot = static_cast<std::int32_t>(touched.size());
  touched.push_back({part, static_cast<std::int32_t>(i), 0});
  if (slot / rows_per_chunk == static_cast<std::int32_t>(chunks.size())) chunks.emplace_back(rows_per_chunk * stride);
  std::copy_n(model.row(part, i), stride, at(slot));
  return slot;
}

std::vector<PrivateRows::Change> PrivateRows::take_changes() {
  auto& own = *self_;
  std::vector<Change> changes;
  changes.reserve(own.touched.size());
  for (std::size_t slot = 0; slot < own.touched.size(); ++slot) {
    const auto [part, i, times] = own.touched[slot];
    float* const mine = own.at(static_cast<std::int32_t>(slot));
    const float* const theirs = own.model.row(part, i);
    for (Index k = 0; k < own.stride; ++k) mine[k] -= theirs[k];
    changes.push_back({part, i, times, mine});
    own.slot_of[static_cast<std::size_t>(part)][i] = -1;
  }
  own.touched.clear();
  return changes;
}

}  // namespace replearn::word2vec
