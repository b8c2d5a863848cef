#pragma once
#include <string>
#include <vector>

#include "methods/bigan/outputs.hpp"

namespace replearn::bigan {

/// The squared maximum mean discrepancy of two samples, unbiased (Gretton et al. 2012, lemma 6; it may be below 0), by
/// the mean of Gaussian kernels exp(-|a - b|^2 / (2 s^2)) of these bandwidths s. x: n x q, y: l x q, the same on every
/// rank; n, l >= 2. The same to the bit on any number of ranks. All ranks; (n + l)^2 q / p flops and two reductions.
double mmd_squared(const mpi::Communicator& comm, const RowMatrix& x, const RowMatrix& y,
                   const std::vector<double>& bandwidths);
/// Half, once and twice the square root of q: two draws of the prior are sqrt(2 q) apart.
std::vector<double> prior_bandwidths(Index q);

/// How well it works, looked at on at most `max_evaluated_rows` rows from all over the data and as many samples; of the
/// averaged weights.
struct Evaluation {
  double x_error = 0;   ///< rms |x - G(E(x))|, in units of rms |x - mean x|: 1 is no better than the mean
  double z_error = 0;   ///< rms |z - E(G(z))| over sqrt(q), likewise
  double mmd = 0;       ///< mmd_squared of encodings (drawn, if the encoder is stochastic) and the prior
  double spread = 0;    ///< variance of the samples, over columns, in units of the data's
  double coverage = 0;  ///< share of the rows that have a sample within the distance of their 5th neighbor among the
                        ///< rows (Naeem et al. 2020); 0.97 if samples were distributed as the rows
  double labels = 0;    ///< share of the labels that samples reach: nearest to a row of that label are at least a
                        ///< fifth of as many samples as rows have it. NaN without labels
};
constexpr Index max_evaluated_rows = 1000;

/// The rows that are looked at; a computation on its own beside the training.
class Diagnostics {
 public:
  /// labels: a code for each of my rows, -1: none; empty: no labels. names: of the codes. All ranks.
  Diagnostics(const mpi::Communicator& comm, const Matrix& x, const ColumnScaling& scaling, std::uint64_t seed,
              const std::vector<std::int32_t>& labels, std::vector<std::string> names);
  /// All ranks. 4 k m (weights + k) / p flops for k rows looked at.
  Evaluation evaluate(const Model& model);
  /// Labels that the last look found no samples of.
  const std::vector<std::string>& missing_labels() const { return missing_; }

 private:
  void find_radii();
  const mpi::Communicator& comm_;
  std::uint64_t seed_;
  RowMatrix rows_;                      // scaled, the same on every rank
  std::vector<float> squares_, radii_;  // of rows_: squared lengths, squared distances of the 5th neighbor
  std::vector<std::int32_t> labels_;    // of rows_
  std::vector<std::string> names_, missing_;
  double variance_ = 0;
};

/// What of the last look means that it does not work, each with what to try; empty: nothing. right_*: accuracies of the
/// discriminator since the look before.
struct Findings {
  std::vector<std::string> names;     ///< "generator collapsed", "modes missing", "discriminator saturated", ...
  std::vector<std::string> warnings;  ///< a sentence each
};
Findings find_faults(const Evaluation& evaluation, double right_encoder, double right_generator,
                     const std::vector<std::string>& missing_labels);

}  // namespace replearn::bigan
