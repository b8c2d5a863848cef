#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

namespace replearn {

/// Distances between the rows of a (a_rows x d) and of b (b_rows x d), row-major float32, written to
/// out[i * stride + j]. Each is computed straight from its two rows ((x - y)^2 summed in float32 lanes of a fixed
/// number; forms without a product as in panel_distances.hpp), so it is exact to float32 rounding, symmetric to the
/// bit, 0 for equal rows, and independent of which tile it falls in. Local. Cost: 3 d flops a pair; the matrix product
/// is faster but cancels, see product_lower_bounds.
void direct_distances(Metric metric, const float* a, Index a_rows, const float* b, Index b_rows, Index d, float* out,
                      Index stride);

/// Metrics that have a product are rising functions of the squared Euclidean distance between *prepared* rows. cosine:
/// rows scaled to length 1, then 1 - cos = |x - y|^2 / 2, which does not cancel for near rows; one more column holds 1
/// for a zero row and 0 for others, which puts it at distance 1 from them. correlation: the same of rows less their
/// means (in float64). All other metrics: the rows as they are.
/// Returns a_rows x prepared_columns(metric, d). Local.
RowMatrix prepare_rows(Metric metric, const float* rows, Index count, Index d);
/// d + 1 for cosine and correlation, else d.
Index prepared_columns(Metric metric, Index d);
/// The distance of two prepared rows: what direct_distances gives for the rows they come from, to the bit. Local.
/// For single pairs of metrics with a product; others are measured panels at a time, and one pair costs as many.
float prepared_distance(Metric metric, const float* x, const float* y, Index columns);
/// cosine or correlation of two rows as they are, in float64 throughout: right where they are so near that the rounding
/// of prepared rows tells. Symmetric to the bit. Local. Cost: 10 d flops in float64.
float direction_distance(Metric metric, const float* x, const float* y, Index d);
/// The largest squared distance of prepared rows at which prepared_distance is still <= `distance` (or a little more);
/// infinity for metrics without a product.
float squared_distance_within(Metric metric, float distance);

/// |row|^2 of each of `count` rows, summed in double. Local.
std::vector<float> squared_norms(const float* rows, Index count, Index d);

/// Lower bounds of the squared distances between the rows of a and of b by one matrix product, written to
/// out[i * b_rows + j]: (1 - c) (|a_i|^2 + |b_j|^2) - 2 a_i.b_j, where c = product_slack(d) is so large that no bound
/// is above the square that direct_distances sums, whatever the order in which BLAS adds. Bounds are at most
/// 2 c (|a_i|^2 + |b_j|^2) below it. So a search may leave out what is bounded away and measure the rest directly:
/// its answer then is that of direct_distances. Overflow gives NaN: not bounded away. Local. Cost: 2 d flops a pair.
void product_lower_bounds(const float* a, const float* a_norms, Index a_rows, const float* b, const float* b_norms,
                          Index b_rows, Index d, float* out);
/// c above: 3 (d + 16) 2^-24 and a little (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 3.1).
double product_slack(Index d);

/// out (a_rows x b_rows) -= 2 a b^T, by one matrix product. Local. Cost: 2 d flops a pair.
void subtract_twice_products(const float* a, Index a_rows, const float* b, Index b_rows, Index d, float* out);

}  // namespace replearn
