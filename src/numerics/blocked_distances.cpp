#include "numerics/blocked_distances.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace replearn {
namespace {

float squared_distance(const float* x, const float* y, Index d) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index k = 0; k < d; ++k) sum += (x[k] - y[k]) * (x[k] - y[k]);
  return sum;
}

float inner_product(const float* x, const float* y, Index d) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index k = 0; k < d; ++k) sum += x[k] * y[k];
  return sum;
}

std::vector<float> norms(const float* rows, Index count, Index d) {
  std::vector<float> result(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) {
    result[static_cast<std::size_t>(i)] = std::sqrt(inner_product(rows + i * d, rows + i * d, d));
  }
  return result;
}

}  // namespace

std::string metric_name(Metric metric) {
  switch (metric) {
    case Metric::euclidean:
      return "euclidean";
    case Metric::sqeuclidean:
      return "sqeuclidean";
    case Metric::cosine:
      return "cosine";
  }
  return "";
}

void direct_distances(Metric metric, const float* a, Index a_rows, const float* b, Index b_rows, Index d, float* out,
                      Index stride) {
  if (metric == Metric::cosine) {
    const auto a_norms = norms(a, a_rows, d), b_norms = norms(b, b_rows, d);
    for (Index i = 0; i < a_rows; ++i) {
      for (Index j = 0; j < b_rows; ++j) {
        const float product = a_norms[static_cast<std::size_t>(i)] * b_norms[static_cast<std::size_t>(j)];
        const float cosine = product > 0 ? inner_product(a + i * d, b + j * d, d) / product : 0.0f;
        out[i * stride + j] = std::clamp(1.0f - cosine, 0.0f, 2.0f);
      }
    }
    return;
  }
  for (Index i = 0; i < a_rows; ++i) {
    for (Index j = 0; j < b_rows; ++j) out[i * stride + j] = squared_distance(a + i * d, b + j * d, d);
  }
  if (metric == Metric::euclidean) {
    for (Index i = 0; i < a_rows; ++i) {
      for (Index j = 0; j < b_rows; ++j) out[i * stride + j] = std::sqrt(out[i * stride + j]);
    }
  }
}

}  // namespace replearn
