#pragma once
#include <string>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn {

/// A vector for each word, the most frequent first.
struct WordVectors {
  std::vector<std::string> words;  ///< on root; empty elsewhere
  std::vector<Index> counts;       ///< on root; empty if they are not known
  DistributedMatrix vectors;       ///< V x d, my rows
  // The output layer, for training to go on with; empty if it is not known.
  DistributedMatrix noise;  ///< V x d, of negative sampling
  DistributedMatrix tree;   ///< (V - 1) x d, of the inner nodes of hierarchical softmax, the root first
};

/// The same to be written, from where the rows lie. What it looks at must outlive it.
struct WordVectorsView {
  const std::vector<std::string>& words;
  const std::vector<Index>& counts;
  RowsView vectors, noise, tree;

  WordVectorsView(const std::vector<std::string>& the_words, const std::vector<Index>& the_counts)
      : words(the_words), counts(the_counts) {}
  WordVectorsView(const WordVectors& v)  // NOLINT: of word vectors, as a span of a vector
      : words(v.words), counts(v.counts), vectors(v.vectors), noise(v.noise), tree(v.tree) {}
};

/// My rows' words, of those that root holds. Collective.
std::vector<std::string> my_words(const mpi::Communicator& comm, const std::vector<std::string>& on_root,
                                  const RowPartition& partition);

/// The rows scaled to length 1; what has no length stays 0. Local.
void normalize_rows(RowMatrix& rows);

}  // namespace replearn
