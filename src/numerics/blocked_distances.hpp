#pragma once
#include <string>

#include "data/distributed_matrix.hpp"

namespace replearn {

enum class Metric { euclidean, sqeuclidean, cosine };

/// "euclidean", "sqeuclidean", "cosine".
std::string metric_name(Metric metric);

/// Distances between the rows of a (a_rows x d) and of b (b_rows x d), row-major float32, written to
/// out[i * stride + j]. Each is computed straight from its two rows ((x - y)^2 summed in float32 lanes of a fixed
/// number), so it is exact to float32 rounding, symmetric to the bit, 0 for equal rows, and independent of which tile
/// it falls in. cosine: 1 - x.y / (|x| |y|), in [0, 2]; a zero row is at distance 1 from all. Local.
/// Cost: 3 d flops a pair; the matrix product is faster but cancels, see product_distances.
void direct_distances(Metric metric, const float* a, Index a_rows, const float* b, Index b_rows, Index d, float* out,
                      Index stride);

}  // namespace replearn
