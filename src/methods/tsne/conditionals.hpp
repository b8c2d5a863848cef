#pragma once
#include <span>
#include <vector>

#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// Conditional probabilities p_{j|i} over the neighbors of one row at a time, by the kernel chosen in the options:
///
///     perplexity   exp(-beta d_j^2), normalized, with beta such that the entropy is log(perplexity) to 1e-8 nats
///                  (van der Maaten and Hinton 2008, eq. 1); with several perplexities, their mean
///     uniform      1 / k
///     gaussian     exp(-d_j^2 / (2 sigma^2)), normalized
///
/// If no beta reaches the entropy (more neighbors are tied for the nearest than the perplexity, for example
/// duplicates), the nearest neighbors share the probability equally. Float64 throughout. beta is found by Newton's
/// method on log(beta), with bisection where a Newton step would leave the bracket: about 5 exponentials per neighbor
/// and perplexity, vectorized.
class Conditionals {
 public:
  explicit Conditionals(const Options& options);

  /// distances: not squared, ascending, finite. The result depends on them and the options alone. Local.
  void of_row(std::span<const float> distances, std::span<double> probabilities);

 private:
  void take(std::span<const float> distances);
  void at_perplexity(double perplexity, std::span<double> probabilities) const;

  AffinityKind kind_;
  std::vector<double> perplexities_;
  double sigma_;
  std::vector<double> excess_;  // (squared distance - smallest squared distance) / mean_
  double mean_ = 0;             // mean of (squared distance - smallest squared distance)
  std::vector<double> one_;     // probabilities for one perplexity
};

/// Probabilities of one row for a single perplexity.
void conditional_probabilities(std::span<const float> distances, double perplexity, std::span<double> probabilities);

}  // namespace replearn::tsne
