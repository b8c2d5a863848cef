#include "methods/word2vec/model.hpp"

#include <algorithm>

#include "methods/word2vec/logistic_kernel.hpp"
#include "methods/word2vec/memory.hpp"

namespace replearn::word2vec {
namespace {

constexpr Index line_floats = 16;

std::vector<Part> parts_of(const Options& options) {
  std::vector<Part> parts{Part::input};
  if (options.negative > 0) parts.push_back(Part::output);
  if (options.hierarchical_softmax) parts.push_back(Part::inner);
  return parts;
}

Index floats_of(Index words, const Options& options) {
  return static_cast<Index>(parts_of(options).size()) * words * LogisticUpdates::stride_of(options.dimensions);
}

}  // namespace

double model_bytes(Index words, const Options& options) {
  return static_cast<double>(floats_of(words, options)) * sizeof(float);
}

Model::Model(const mpi::Communicator& node, Index words, const Options& options)
    : node_(node),
      words_(words),
      columns_(options.dimensions),
      stride_(LogisticUpdates::stride_of(options.dimensions)),
      parts_(parts_of(options)),
      memory_(node, floats_of(words, options) + line_floats) {
  // The window may not start at a cache line, but has the same alignment on every rank, since whole pages are mapped.
  float* at = memory_.values().data();
  while (reinterpret_cast<std::uintptr_t>(at) % (line_floats * sizeof(float)) != 0) ++at;
  for (const Part part : parts_) {
    start_[static_cast<std::size_t>(part)] = at;
    const Index n = rows(part) * stride_, begin = n * node.rank() / node.size(),
                end = n * (node.rank() + 1) / node.size();
    std::fill(at + begin, at + end, 0.0f);
    at += words_ * stride_;
  }
  synchronize();
}

void Model::start(const Options& options) {
  const Index begin = words_ * node_.rank() / node_.size(), end = words_ * (node_.rank() + 1) / node_.size();
  constexpr Index rows_per_piece = 1024;
  for (Index i = begin; i < end; i += rows_per_piece) {
    write(Part::input, i, drawn_rows(options, i, std::min(rows_per_piece, end - i)));
  }
  synchronize();
}

void Model::write(Part part, Index begin, const RowMatrix& rows) {
  for (Index i = 0; i < rows.rows(); ++i) std::copy_n(rows.row(i).data(), columns_, row(part, begin + i));
}

}  // namespace replearn::word2vec
