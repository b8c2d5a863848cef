#pragma once
#include <span>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "data/word_ids.hpp"

namespace replearn::word_queries {

/// How a document's vector is made of its words': their mean; or, after Arora et al. 2017 ("A simple but
/// tough-to-beat baseline for sentence embeddings"), the mean of a / (a + p(w)) times each, p(w) the word's share of
/// the counts, less its part along the first principal direction of all documents (about 0).
enum class Weighting { mean, sif };

struct DocumentOptions {
  Weighting weighting = Weighting::mean;
  double sif_a = 1e-3;
  /// Throws InputError naming the option.
  void validate() const;
};

struct Documents {
  DistributedMatrix vectors;  ///< n x d, in the order of the text; 0 where no word is known
  std::vector<Index> words;   ///< known words of each of my rows
};

/// A document ends at each line_end of `mine`; one may be without words. `mine`: my stretch of the text, those of the ranks one
/// behind the other; words: V x d; counts: of each word, on all ranks; empty will do for the mean.
/// All ranks; equal to the bit on any number of them. Memory: all word vectors once a node.
/// Throws on all ranks what `mine` throws, and InputError if there is no document.
Documents documents(const mpi::Communicator& comm, const NextWords& mine, const DistributedMatrix& words,
                    std::span<const Index> counts, const DocumentOptions& options);

}  // namespace replearn::word_queries
