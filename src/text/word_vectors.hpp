#pragma once
#include <string>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn {

/// Word vectors, most frequent words first.
struct WordVectors {
  std::vector<std::string> words;  ///< on root; empty elsewhere
  std::vector<Index> counts;       ///< on root; empty if unknown
  DistributedMatrix vectors;       ///< V x d, my rows
  // The output layer, needed to continue training; empty if unknown.
  DistributedMatrix output;  ///< V x d, output vectors of negative sampling
  DistributedMatrix inner;   ///< (V - 1) x d, vectors of the inner nodes of hierarchical softmax, root first
};

/// A view of word vectors for writing, without a copy. The viewed objects must outlive it.
struct WordVectorsView {
  const std::vector<std::string>& words;
  const std::vector<Index>& counts;
  RowsView vectors, output, inner;

  WordVectorsView(const std::vector<std::string>& the_words, const std::vector<Index>& the_counts)
      : words(the_words), counts(the_counts) {}
  WordVectorsView(const WordVectors& v)  // NOLINT: implicit, like a span of a vector
      : words(v.words), counts(v.counts), vectors(v.vectors), output(v.output), inner(v.inner) {}
};

/// The words of the local rows, sent by root. Collective.
std::vector<std::string> my_words(const mpi::Communicator& comm, const std::vector<std::string>& on_root,
                                  const RowPartition& partition);

/// The rows scaled to unit length; zero rows stay zero. Local.
void normalize_rows(RowMatrix& rows);

}  // namespace replearn
