#include "methods/word2vec/averaging.hpp"

#include <algorithm>

namespace replearn::word2vec {
namespace {

constexpr Index piece_floats = Index{1} << 22;

}  // namespace

Averaging::Averaging(const mpi::Communicator& leaders, const Model& model, const Options& options)
    : leaders_(leaders), model_(model), options_(options), sum_(leaders) {}

void Averaging::plan() {
  ++planned_;
  Index rows = options_.sync_rows;
  for (Index k = planned_; k % 2 == 0 && rows < model_.words(); k /= 2) rows *= 2;
  plan_rows(options_.sync == Sync::full ? model_.words() : rows);
}

void Averaging::plan_rows(Index rows) {
  if (leaders_.size() == 1) return;
  const Index step = std::max<Index>(1, piece_floats / model_.stride());
  std::vector<Piece> pieces;
  for (const Part part : model_.parts()) {
    const Index end = std::min(rows, model_.rows(part));
    for (Index begin = 0; begin < end; begin += step) pieces.push_back({part, begin, std::min(step, end - begin)});
  }
  due_.insert(due_.begin(), pieces.rbegin(), pieces.rend());
}

void Averaging::advance() {
  while (!due_.empty()) {
    if (!under_way_) {
      begin(due_.back());
    } else if (sum_.poll()) {
      apply(due_.back());
    } else {
      return;
    }
  }
}

void Averaging::finish() {
  while (!due_.empty()) {
    if (!under_way_) begin(due_.back());
    sum_.wait();
    apply(due_.back());
  }
}

void Averaging::begin(const Piece& piece) {
  const float* rows = model_.row(piece.part, piece.begin);
  sent_.assign(rows, rows + piece.count * model_.stride());
  sums_ = sent_;
  sum_.start(std::span(sums_));
  under_way_ = true;
  bytes_sent_ += 2.0 * static_cast<double>(sums_.size() * sizeof(float)) * (leaders_.size() - 1) / leaders_.size();
}

/// Completes the pending piece.
void Averaging::apply(const Piece& piece) {
  float* rows = model_.row(piece.part, piece.begin);
  const float share = 1.0f / static_cast<float>(leaders_.size());
  for (std::size_t k = 0; k < sent_.size(); ++k) rows[k] += sums_[k] * share - sent_[k];
  under_way_ = false;
  due_.pop_back();
}

}  // namespace replearn::word2vec
