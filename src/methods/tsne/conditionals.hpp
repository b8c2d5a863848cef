#pragma once
#include <span>
#include <vector>

#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// p_{j|i} of one row's neighbors after another, as the options say:
///
///     perplexity   exp(-beta d_j^2), normalized, with the beta at which the entropy is log(perplexity) to 1e-8 nats
///                  (van der Maaten and Hinton 2008, eq. 1); of several perplexities the mean
///     uniform      1 / k
///     gaussian     exp(-d_j^2 / (2 sigma^2)), normalized
///
/// Where no beta does it (more neighbors tie for the nearest than the perplexity asks, duplicates say) the nearest
/// share alike. In float64 throughout. beta is found by Newton's method for log(beta), with bisection where that would
/// leave the bracket: some 5 exponentials a neighbor and perplexity, vectorized.
class Conditionals {
 public:
  explicit Conditionals(const Options& options);

  /// distances: not squared, ascending, finite. A function of them and the options alone. Local.
  void of_row(std::span<const float> distances, std::span<double> probabilities);

 private:
  void take(std::span<const float> distances);
  void at_perplexity(double perplexity, std::span<double> probabilities) const;

  AffinityKind kind_;
  std::vector<double> perplexities_;
  double sigma_;
  std::vector<double> excess_;  // squared distances less the least of them, over their mean
  double mean_ = 0;             // of squared distances less the least
  std::vector<double> one_;     // of one perplexity
};

/// The same of one row and one perplexity.
void conditional_probabilities(std::span<const float> distances, double perplexity, std::span<double> probabilities);

}  // namespace replearn::tsne
