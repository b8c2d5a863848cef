#pragma once
#include <vector>

#include "base/log.hpp"
#include "data/array_box.hpp"
#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

namespace replearn::pdist {

enum class Form {
  condensed,  ///< d(0,1), d(0,2) ... d(n-2,n-1): n (n - 1) / 2 numbers, as scipy.spatial.distance.pdist
  square      ///< n x n, symmetric, 0 on the diagonal, as its squareform
};

struct Options {
  Metric metric = Metric::euclidean;
  Form form = Form::square;
  double buffer_memory = 64e6;  ///< bytes per rank for distances to be written

  /// Throws InputError naming the option. n: rows of the data.
  void validate(Index n) const;
};

/// Shape of the result: {n, n} or {n (n - 1) / 2}.
std::vector<Index> extent(Form form, Index n);

/// Computes the distances between all pairs of rows of x (n x d), float32, and passes them to `write` part by part,
/// each entry of the array of extent(form, n) once. Parts are distributed over the ranks, each of which calls its own
/// `write`. Every unordered pair is measured once, from the differences of its two rows (numerics/panel_distances.hpp),
/// so that it is accurate to float32 rounding however close the rows are and however far from the origin; and equal to
/// the bit on any number of ranks, for any buffer size. With cosine or correlation, pairs nearer than 1e-3 are measured
/// again in float64.
///
/// All ranks. Throws InputError if a value of x, or a distance as float32, is not finite; exceptions of `write` are
/// rethrown on all ranks. Cost: n^2 d / p flops per rank and as many subtractions. Bytes sent per rank: x once, 4 n d.
/// Memory: all rows once per node, 4 n d bytes; buffer_memory per rank, never anything of order n^2.
void pdist(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options, const WriteBox& write,
           const Log& log = Log());

}  // namespace replearn::pdist
