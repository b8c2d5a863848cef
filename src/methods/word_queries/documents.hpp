#pragma once
#include <span>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "text/word_ids.hpp"

namespace replearn::word_queries {

/// Weighting of the word vectors in a document: the mean; or SIF, after Arora et al. 2017 ("A simple but tough-to-beat
/// baseline for sentence embeddings"): the mean of the vectors weighted by a / (a + p(w)), p(w) the relative frequency
/// of the word, minus its projection on the first principal direction of all documents (uncentered).
enum class Weighting { mean, sif };

struct DocumentOptions {
  Weighting weighting = Weighting::mean;
  double sif_a = 1e-3;
  /// Throws InputError naming the option.
  void validate() const;
};

struct Documents {
  DistributedMatrix vectors;  ///< n x d, in the order of the text; 0 where no word is known
  std::vector<Index> words;   ///< number of known words for each local row
};

/// Computes document vectors. A document ends at each line_end of `mine`; it may be empty. `mine`: the local part of
/// the text, in rank order; words: V x d; counts: of each word, on all ranks; may be empty for the mean. All ranks;
/// equal to the bit on any number of them.
/// Memory: all word vectors once per node.
/// Throws on all ranks what `mine` throws, and InputError if there is no document.
Documents documents(const mpi::Communicator& comm, const NextWords& mine, const DistributedMatrix& words,
                    std::span<const Index> counts, const DocumentOptions& options);

}  // namespace replearn::word_queries
