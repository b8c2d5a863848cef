#pragma once
#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "methods/word2vec/options.hpp"
#include "mpi/communicator.hpp"

namespace replearn::word2vec {

/// Input rows [begin, begin + count) as a new model has them: uniform in +-1 / d, by (seed, row): gensim's, twice
/// the C program's. After one epoch the better one (README.md).
RowMatrix drawn_rows(const Options& options, Index begin, Index count);

/// Tells the log what training takes of each node, and throws InputError on all ranks if one of them has less.
/// All ranks.
void require_memory(const mpi::Communicator& comm, Index words, const Options& options, Index ranks_per_model,
                    const Log& log);

}  // namespace replearn::word2vec
