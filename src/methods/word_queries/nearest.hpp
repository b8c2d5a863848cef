#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::word_queries {

/// A word, by number, and the cosine between its vector and the query.
struct Near {
  Index word;
  float cosine;
};

/// For each query the k words of largest cosine in descending order, ties by number, excluding those in leave_out.
/// unit: V x d, local rows, each of length 1 or 0; queries: q x d, the same on every rank, of any length. Only the
/// first `words` words are searched; 0: all. All ranks; equal to the bit on any number of them.
/// Cost: 2 q V d / p flops, and 16 k q bytes to each other rank.
std::vector<std::vector<Near>> nearest(const mpi::Communicator& comm, const DistributedMatrix& unit,
                                       const RowMatrix& queries, const std::vector<std::vector<Index>>& leave_out,
                                       Index k, Index words = 0);

/// Gathers the rows with these numbers on every rank. All ranks, with the same numbers.
RowMatrix rows_of(const mpi::Communicator& comm, const DistributedMatrix& matrix, const std::vector<Index>& numbers);

}  // namespace replearn::word_queries
