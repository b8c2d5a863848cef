#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

namespace replearn {

/// Distances between the rows of a (a_rows x d) and of b (b_rows x d), row-major float32, written to out[i * stride +
/// j]. Each is computed directly from its two rows ((x - y)^2 summed in a fixed number of float32 lanes; metrics
/// without a product as in panel_distances.hpp), so it is accurate to float32 rounding, bitwise symmetric, 0 for equal
/// rows, and independent of the tiling. Local. Cost: 3 d flops per pair; the matrix product is faster but suffers
/// cancellation, see product_lower_bounds.
void direct_distances(Metric metric, const float* a, Index a_rows, const float* b, Index b_rows, Index d, float* out,
                      Index stride);

/// Metrics with a product are increasing functions of the squared Euclidean distance between *prepared* rows. cosine:
/// rows scaled to unit length, then 1 - cos = |x - y|^2 / 2, without cancellation for near rows; an additional column
/// is 1 for zero rows and 0 for others, so that their distance is 1. correlation: as cosine, after subtracting row
/// means (in float64). All other metrics: the unchanged rows. Returns a_rows x prepared_columns(metric, d). Local.
RowMatrix prepare_rows(Metric metric, const float* rows, Index count, Index d);
/// d + 1 for cosine and correlation, else d.
Index prepared_columns(Metric metric, Index d);
/// Distance of two prepared rows, bitwise equal to direct_distances for the original rows. Local. For single pairs of
/// metrics with a product; other metrics are computed panel by panel, so a single pair costs as much as a panel.
float prepared_distance(Metric metric, const float* x, const float* y, Index columns);
/// cosine or correlation distance of two original rows, entirely in float64: accurate even where the rounding of
/// prepared rows matters. Bitwise symmetric. Local. Cost: 10 d flops in float64.
float direction_distance(Metric metric, const float* x, const float* y, Index d);
/// The largest squared distance of prepared rows for which prepared_distance <= `distance` (or slightly more); infinity
/// for metrics without a product.
float squared_distance_within(Metric metric, float distance);

/// |row|^2 of each of `count` rows, summed in double. Local.
std::vector<float> squared_norms(const float* rows, Index count, Index d);

/// Lower bounds of the squared distances between the rows of a and of b by one matrix product, written to out[i *
/// b_rows + j]: (1 - c) (|a_i|^2 + |b_j|^2) - 2 a_i.b_j, where c = product_slack(d) is large enough that no bound
/// exceeds the square computed by direct_distances, whatever the order of summation in BLAS. Bounds are at most 2 c
/// (|a_i|^2 + |b_j|^2) below it. A search may therefore skip pairs with large bounds and compute the others directly,
/// with the same result as direct_distances. Overflow gives NaN, which must not be skipped. Local. Cost: 2 d flops per
/// pair.
void product_lower_bounds(const float* a, const float* a_norms, Index a_rows, const float* b, const float* b_norms,
                          Index b_rows, Index d, float* out);
/// The constant c above: slightly more than 3 (d + 16) 2^-24 (Higham 2002, "Accuracy and Stability of Numerical
/// Algorithms", section 3.1).
double product_slack(Index d);

/// out (a_rows x b_rows) -= 2 a b^T, by one matrix product. Local. Cost: 2 d flops per pair.
void subtract_twice_products(const float* a, Index a_rows, const float* b, Index b_rows, Index d, float* out);

}  // namespace replearn
