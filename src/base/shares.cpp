#include "base/shares.hpp"

#include <algorithm>
#include <cmath>

namespace replearn {

Shares::Shares(const std::vector<double>& weights) : ranks_(static_cast<int>(weights.size())) {
  double total = 0;
  for (const double weight : weights) total += weight;
  std::vector<double> bounds = {0};
  double so_far = 0;
  for (const double weight : weights) bounds.push_back((so_far += weight) / total);
  bounds.back() = 1;
  bounds_ = std::make_shared<const std::vector<double>>(std::move(bounds));
}

Index Shares::rounded(Index items, int rank) const {
  return std::llround(static_cast<double>(items) * (*bounds_)[rank]);
}

Index Shares::max_count(Index items) const {
  Index largest = 0;
  for (int r = 0; r < ranks_; ++r) largest = std::max(largest, count(items, r));
  return largest;
}

int Shares::owner(Index items, Index item) const {
  if (are_equal())
    return static_cast<int>(((item + 1) * ranks_ - 1) / items);  // the inverse of floor(items * r / ranks)
  int low = 0, high = ranks_;                                    // begin(low) <= item < begin(high)
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (begin(items, middle) <= item ? low : high) = middle;
  }
  return low;
}

double Shares::of(int rank) const {
  if (are_equal()) return 1.0 / ranks_;
  const auto r = static_cast<std::size_t>(rank);
  return (*bounds_)[r + 1] - (*bounds_)[r];
}

bool Shares::operator==(const Shares& other) const {
  if (ranks_ != other.ranks_ || are_equal() != other.are_equal()) return false;
  return bounds_ == other.bounds_ || *bounds_ == *other.bounds_;
}

Shares shares_by_speed(std::vector<double> speeds) {
  constexpr double same = 1.1, slowest = 1.0 / 20;
  const auto [least, most] = std::minmax_element(speeds.begin(), speeds.end());
  const double fastest = *most;
  if (!(fastest > 0) || *least * same > fastest) return Shares(static_cast<int>(speeds.size()));
  for (double& speed : speeds) speed = std::max(speed, slowest * fastest);
  return Shares(speeds);
}

}  // namespace replearn
