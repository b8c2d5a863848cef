#include "io/anndata/float32_loss.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace replearn::io {
namespace {

constexpr Index max_values = 8'000'000, max_rows = 1000;
constexpr double noticeable = 1e-3;  // relative to the spread

}  // namespace

std::string float32_loss(const Hdf5Dataset& dataset) {
  const auto& shape = dataset.shape();
  if (shape.kind != Hdf5Kind::real || shape.element_bytes <= 4 || shape.extent.size() != 2) return {};
  const Index m = shape.extent[1];
  const Index rows = m == 0 ? 0 : std::min({shape.extent[0], max_rows, max_values / m});
  if (rows < 2) return {};
  const auto values = dataset.read<double>(dataset.rows(0, rows));
  Index lossy = 0, first = -1;
  for (Index j = 0; j < m; ++j) {
    const auto value = [&](Index i) { return values[i * m + j]; };
    double largest = 0;
    for (Index i = 0; i < rows; ++i) largest = std::max(largest, std::abs(value(i)));  // skips NaN
    if (largest == 0 || std::isinf(largest)) continue;
    double mean = 0, spread = 0, lost = 0;
    for (Index i = 0; i < rows; ++i) mean += value(i) / largest / static_cast<double>(rows);
    for (Index i = 0; i < rows; ++i) {
      const double apart = value(i) / largest - mean, error = (value(i) - static_cast<float>(value(i))) / largest;
      spread += apart * apart;
      lost += error * error;
    }
    // The only spread of a constant column is the rounding error of its mean.
    const bool varies = spread > 1e-28 * static_cast<double>(rows);
    if (!varies || !(lost > noticeable * noticeable * spread)) continue;
    if (lossy++ == 0) first = j;
  }
  if (lossy == 0) return {};
  return dataset.origin().object + ": float64 values are read as float32, which changes " + std::to_string(lossy) +
         " of " + std::to_string(m) + " columns, the first column " + std::to_string(first) +
         " (from 0), by more than a thousandth of their spread; subtract the column means or rescale the columns first";
}

}  // namespace replearn::io
