#include "methods/tsne/conditionals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "methods/tsne/elementary.hpp"

namespace replearn::tsne {
namespace {

/// sum_j exp(-beta e_j), and the sums weighted with e_j and e_j^2.
struct Moments {
  double sum = 0, first = 0, second = 0;
  /// log(sum) + beta (mean of e), and its derivative with respect to log(beta), -beta^2 (variance of e).
  double entropy(double beta) const { return std::log(sum) + beta * first / sum; }
  double slope(double beta) const { return -beta * beta * (second / sum - (first / sum) * (first / sum)); }
};

/// exp(-beta e_j) into weights. e_0 = 0, so the sum is at least 1.
Moments weigh(std::span<const double> excess, double beta, double* weights) {
  constexpr double least = -708;
  double sum = 0, first = 0, second = 0;
  const auto count = static_cast<Index>(excess.size());
  const double* e = excess.data();
#pragma omp simd reduction(+ : sum, first, second)
  for (Index j = 0; j < count; ++j) {
    const double x = -beta * e[j];
    const double weight = exponential(x > least ? x : least), weighted = weight * e[j];
    weights[j] = weight;
    sum += weight;
    first += weighted;
    second += weighted * e[j];
  }
  return {sum, first, second};
}

void scale(std::span<double> values, double factor) {
  for (double& value : values) value *= factor;
}

}  // namespace

Conditionals::Conditionals(const Options& options)
    : kind_(options.affinities), perplexities_(options.perplexity), sigma_(options.sigma) {}

void Conditionals::take(std::span<const float> distances) {
  excess_.resize(distances.size());
  const auto count = static_cast<Index>(distances.size());
  const double nearest = static_cast<double>(distances.front());
  const float* from = distances.data();
  double* to = excess_.data();
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index j = 0; j < count; ++j) {
    const double d = static_cast<double>(from[j]);
    to[j] = (d - nearest) * (d + nearest);
    sum += to[j];
  }
  mean_ = sum / static_cast<double>(count);
  if (mean_ > 0) scale(excess_, 1 / mean_);
}

void Conditionals::at_perplexity(double perplexity, std::span<double> probabilities) const {
  constexpr double tolerance = 1e-8, largest_factor = 16;
  constexpr int max_steps = 200;
  const double wanted = std::log(perplexity);
  const auto ties = std::upper_bound(excess_.begin(), excess_.end(), 0.0) - excess_.begin();
  if (std::log(static_cast<double>(ties)) >= wanted) {
    const double share = 1 / static_cast<double>(ties);
    std::fill(probabilities.begin(), probabilities.begin() + ties, share);
    std::fill(probabilities.begin() + ties, probabilities.end(), 0.0);
    return;
  }
  // The entropy decreases with beta, from log(k) at 0 to log(ties).
  double low = 0, high = std::numeric_limits<double>::infinity(), beta = 1;
  for (int step = 0; step < max_steps; ++step) {
    const Moments moments = weigh(excess_, beta, probabilities.data());
    const double above = moments.entropy(beta) - wanted;
    if (std::abs(above) < tolerance || step + 1 == max_steps) {
      scale(probabilities, 1 / moments.sum);
      return;
    }
    (above > 0 ? low : high) = beta;
    const double factor = std::exp(-above / moments.slope(beta));
    const double newton = beta * std::clamp(factor, 1 / largest_factor, largest_factor);
    if (newton > low && newton < high) {
      beta = newton;
    } else {
      beta = std::isinf(high) ? 2 * beta : (low + high) / 2;
    }
  }
}

void Conditionals::of_row(std::span<const float> distances, std::span<double> probabilities) {
  const double alike = 1 / static_cast<double>(distances.size());
  if (kind_ != AffinityKind::uniform) take(distances);
  if (kind_ == AffinityKind::uniform || mean_ == 0) {
    std::fill(probabilities.begin(), probabilities.end(), alike);
  } else if (kind_ == AffinityKind::gaussian) {
    const double beta = std::min(mean_ / (2 * sigma_ * sigma_), std::numeric_limits<double>::max());
    scale(probabilities, 1 / weigh(excess_, beta, probabilities.data()).sum);
  } else if (perplexities_.size() == 1) {
    at_perplexity(perplexities_.front(), probabilities);
  } else {
    one_.resize(distances.size());
    std::fill(probabilities.begin(), probabilities.end(), 0.0);
    for (const double perplexity : perplexities_) {
      at_perplexity(perplexity, one_);
      for (std::size_t j = 0; j < one_.size(); ++j) probabilities[j] += one_[j];
    }
    scale(probabilities, 1 / static_cast<double>(perplexities_.size()));
  }
}

void conditional_probabilities(std::span<const float> distances, double perplexity, std::span<double> probabilities) {
  Options options;
  options.perplexity = {perplexity};
  Conditionals(options).of_row(distances, probabilities);
}

}  // namespace replearn::tsne
