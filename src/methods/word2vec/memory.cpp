#include "methods/word2vec/memory.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/memory.hpp"
#include "base/random.hpp"
#include "methods/word2vec/model.hpp"
#include "mpi/collectives.hpp"

namespace replearn::word2vec {

RowMatrix drawn_rows(const Options& options, Index begin, Index count) {
  RowMatrix rows(count, options.dimensions);
  for (Index i = 0; i < count; ++i) {
    RandomStream random(options.seed, Purpose::word2vec_start, static_cast<std::uint64_t>(begin + i));
    for (Index k = 0; k < options.dimensions; ++k) {
      rows(i, k) = static_cast<float>((2 * random.uniform() - 1) / static_cast<double>(options.dimensions));
    }
  }
  return rows;
}

void require_memory(const mpi::Communicator& comm, Index words, const Options& options, Index ranks_per_model,
                    const Log& log) {
  const auto node = comm.node();
  const Index models = ranks_per_model > 0 ? ceil_div(node.size(), ranks_per_model) : 1;
  const double v = static_cast<double>(words);
  // Per node and word: 8 bytes for sampling, 4 for subsampling, about 22 code bits at 5 bytes, and on one node a string
  // when writing. Per rank: private rows if deterministic. The vocabulary is already allocated.
  const double sampler_bytes = (12 + 48) * v + (options.hierarchical_softmax ? 118 * v : 0);
  const double rank_bytes = options.deterministic ? 4 * 8 * v * (options.negative > 0 ? 2 : 1) : 0;
  const double needed =
      static_cast<double>(models) * model_bytes(words, options) + sampler_bytes + node.size() * rank_bytes;
  const double there = available_memory_bytes();
  log.line(fmt::format(
      "word2vec: the model takes {} per node, {} in total with the data of its {} rank{} that hold{} it; {} are free",
      bytes_text(static_cast<double>(models) * model_bytes(words, options)).c_str(), bytes_text(needed), node.size(),
      node.size() == 1 ? "" : "s", node.size() == 1 ? "s" : "", bytes_text(there)));
  const bool enough = mpi::agree(comm, needed <= there);
  if (!enough) {
    throw InputError("", "--dimensions",
                     bytes_text(needed) + " of memory are needed on each node, but one has less free",
                     "choose fewer dimensions, a larger --min-count, or larger nodes");
  }
}

}  // namespace replearn::word2vec
