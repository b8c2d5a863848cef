#pragma once
#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "methods/word2vec/options.hpp"
#include "mpi/communicator.hpp"

namespace replearn::word2vec {

/// Initial input rows [begin, begin + count) of a new model: uniform in +-1 / d, drawn by (seed, row), as in gensim and
/// twice the range of the C program. It gives better results after one epoch (README.md).
RowMatrix drawn_rows(const Options& options, Index begin, Index count);

/// Logs the memory that training needs on each node, and throws InputError on all ranks if a node has less. All ranks.
void require_memory(const mpi::Communicator& comm, Index words, const Options& options, Index ranks_per_model,
                    const Log& log);

}  // namespace replearn::word2vec
