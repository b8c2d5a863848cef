#include "numerics/blocked_distances.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "numerics/panel_distances.hpp"

namespace replearn {
namespace {

// Sixteen lanes, summed pairwise: the same order of summation on every processor, except for fused operations. Not
// inlined, so that all callers execute the same machine code and these agree as well.
[[gnu::noinline]] float squared_distance(const float* x, const float* y, Index d) {
  constexpr Index width = 16;
  float lanes[width] = {};
  Index k = 0;
  for (; k + width <= d; k += width) {
#pragma omp simd
    for (Index l = 0; l < width; ++l) lanes[l] += (x[k + l] - y[k + l]) * (x[k + l] - y[k + l]);
  }
  if (k < d) {
#pragma omp simd
    for (Index l = 0; l < width; ++l) {
      const float difference = l < d - k ? x[k + l] - y[k + l] : 0.0f;
      lanes[l] += difference * difference;
    }
  }
  for (Index half = width / 2; half > 0; half /= 2) {
#pragma omp simd
    for (Index l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

double squared_norm(const float* row, Index d) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index k = 0; k < d; ++k) sum += static_cast<double>(row[k]) * static_cast<double>(row[k]);
  return sum;
}

/// Whether the metric depends only on the direction of rows.
bool has_direction(Metric metric) {
  const auto form = metric.form();
  return form == Metric::cosine || form == Metric::correlation;
}

/// The mean to subtract (0 if the row is not centered) and the norm of the rest; 0 for a zero row.
struct Direction {
  double mean = 0, length = 0;
  double operator()(float value) const { return length > 0 ? (static_cast<double>(value) - mean) / length : 0; }
};
Direction direction_of(Metric metric, const float* row, Index d) {
  Direction direction;
  if (metric.form() == Metric::correlation) {
    // The mean of equal entries may have a rounding error, so a tiny remainder counts as zero.
    if (std::all_of(row, row + d, [&](float value) { return value == row[0]; })) return direction;
    for (Index k = 0; k < d; ++k) direction.mean += static_cast<double>(row[k]);
    direction.mean /= static_cast<double>(d);
  }
  double square = 0;
  for (Index k = 0; k < d; ++k) {
    const double value = static_cast<double>(row[k]) - direction.mean;
    square += value * value;
  }
  direction.length = std::sqrt(square);
  return direction;
}

void panel_by_panel(Metric metric, const float* a, Index a_rows, const float* b, Index b_rows, Index d, float* out,
                    Index stride) {
  constexpr Index panel = PanelRows::panel, together = 20 * panel;  // rows of b copied at once
  const PanelRows x(a, a_rows, d);
  for (Index begin = 0; begin < b_rows; begin += together) {
    const PanelRows y(b + begin * d, std::min(together, b_rows - begin), d);
    for (Index i = 0; i < x.panels(); ++i) {
      for (Index j = 0; j < y.panels(); ++j) {
        panel_distances(metric, x, i, y, j, out + i * panel * stride + begin + j * panel, stride);
      }
    }
  }
}

}  // namespace

void direct_distances(Metric metric, const float* a, Index a_rows, const float* b, Index b_rows, Index d, float* out,
                      Index stride) {
  if (!metric.has_product()) return panel_by_panel(metric, a, a_rows, b, b_rows, d, out, stride);
  if (has_direction(metric)) {
    const RowMatrix x = prepare_rows(metric, a, a_rows, d), y = prepare_rows(metric, b, b_rows, d);
    for (Index i = 0; i < a_rows; ++i) {
      for (Index j = 0; j < b_rows; ++j) {
        out[i * stride + j] = prepared_distance(metric, x.data() + i * x.cols(), y.data() + j * y.cols(), x.cols());
      }
    }
    return;
  }
  for (Index i = 0; i < a_rows; ++i) {
    for (Index j = 0; j < b_rows; ++j) out[i * stride + j] = prepared_distance(metric, a + i * d, b + j * d, d);
  }
}

Index prepared_columns(Metric metric, Index d) {
  return has_direction(metric) ? d + 1 : d;
}

RowMatrix prepare_rows(Metric metric, const float* rows, Index count, Index d) {
  RowMatrix prepared(count, prepared_columns(metric, d));
  for (Index i = 0; i < count; ++i) {
    const float* from = rows + i * d;
    float* to = prepared.data() + i * prepared.cols();
    if (!has_direction(metric)) {
      std::copy(from, from + d, to);
      continue;
    }
    const Direction direction = direction_of(metric, from, d);
    for (Index k = 0; k < d; ++k) to[k] = static_cast<float>(direction(from[k]));
    to[d] = direction.length > 0 ? 0.0f : 1.0f;
  }
  return prepared;
}

float prepared_distance(Metric metric, const float* x, const float* y, Index columns) {
  switch (metric.form()) {
    case Metric::euclidean:
      return std::sqrt(squared_distance(x, y, columns));
    case Metric::sqeuclidean:
      return squared_distance(x, y, columns);
    case Metric::cosine:
    case Metric::correlation:
      return std::min(squared_distance(x, y, columns) / 2, 2.0f);
    default:
      break;
  }
  float distance = 0;
  panel_by_panel(metric, x, 1, y, 1, columns, &distance, 1);
  return distance;
}

float direction_distance(Metric metric, const float* x, const float* y, Index d) {
  const Direction of_x = direction_of(metric, x, d), of_y = direction_of(metric, y, d);
  if (!(of_x.length > 0) || !(of_y.length > 0)) return of_x.length == of_y.length ? 0.0f : 1.0f;
  double square = 0;
  for (Index k = 0; k < d; ++k) {
    const double difference = of_x(x[k]) - of_y(y[k]);
    square += difference * difference;
  }
  return static_cast<float>(std::min(square / 2, 2.0));
}

float squared_distance_within(Metric metric, float distance) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  switch (metric.form()) {
    case Metric::euclidean:  // slightly larger squares still round to this root
      return std::nextafter(
          static_cast<float>(static_cast<double>(distance) * static_cast<double>(distance) * (1 + 0x1p-21)), infinity);
    case Metric::sqeuclidean:
      return distance;
    case Metric::cosine:
    case Metric::correlation:
      return distance < 2 ? 2 * distance : infinity;
    default:
      return infinity;
  }
}

std::vector<float> squared_norms(const float* rows, Index count, Index d) {
  std::vector<float> norms(count);
  for (Index i = 0; i < count; ++i) norms[i] = static_cast<float>(squared_norm(rows + i * d, d));
  return norms;
}

double product_slack(Index d) {
  // Unit roundoff u = 2^-24. The product's error is at most gamma_d (|a|^2 + |b|^2) with gamma_d = d u / (1 - d u); the
  // direct sum's at most gamma_(d + 2) times the true square, itself at most 2 (|a|^2 + |b|^2); norms and the sums of
  // three numbers here add a few u.
  const double roundings = static_cast<double>(d + 16) * 0x1p-24;
  return roundings < 0.25 ? 3 * roundings / (1 - roundings) : std::numeric_limits<double>::infinity();
}

void product_lower_bounds(const float* a, const float* a_norms, Index a_rows, const float* b, const float* b_norms,
                          Index b_rows, Index d, float* out) {
  const float share = static_cast<float>(1 - product_slack(d));
  // Products below float32's normal range have an absolute, not a relative error.
  const float lost = static_cast<float>(d + 16) * std::numeric_limits<float>::min();
  for (Index i = 0; i < a_rows; ++i) {
    const float a_norm = a_norms[i];
    float* row = out + i * b_rows;
#pragma omp simd
    for (Index j = 0; j < b_rows; ++j) row[j] = share * (a_norm + b_norms[j]) - lost;
  }
  subtract_twice_products(a, a_rows, b, b_rows, d, out);
}

void subtract_twice_products(const float* a, Index a_rows, const float* b, Index b_rows, Index d, float* out) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(a_rows), static_cast<int>(b_rows),
              static_cast<int>(d), -2.0f, a, static_cast<int>(d), b, static_cast<int>(d), 1.0f, out,
              static_cast<int>(b_rows));
}

}  // namespace replearn
