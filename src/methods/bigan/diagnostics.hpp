#pragma once
#include <string>
#include <vector>

#include "methods/bigan/outputs.hpp"

namespace replearn::bigan {

/// Squared maximum mean discrepancy (MMD) of two samples, unbiased (Gretton et al. 2012, lemma 6; it may be negative),
/// with the mean of Gaussian kernels exp(-|a - b|^2 / (2 s^2)) of the given bandwidths s. x: n x q, y: l x q, the same
/// on every rank; n, l >= 2. Equal to the bit on any number of ranks. All ranks; (n + l)^2 q / p flops and two
/// reductions.
double mmd_squared(const mpi::Communicator& comm, const RowMatrix& x, const RowMatrix& y,
                   const std::vector<double>& bandwidths);
/// Half, once and twice sqrt(q): two draws from the prior are about sqrt(2 q) apart.
std::vector<double> prior_bandwidths(Index q);

/// Quality measures of the averaged weights, on up to `max_evaluated_rows` rows from all over the data and as many
/// samples.
struct Evaluation {
  double x_error = 0;   ///< rms |x - G(E(x))|, relative to rms |x - mean x|: 1 is no better than the mean
  double z_error = 0;   ///< rms |z - E(G(z))| / sqrt(q), likewise
  double mmd = 0;       ///< mmd_squared of codes (drawn, if the encoder is stochastic) and the prior
  double spread = 0;    ///< variance of the samples, over columns, relative to the data's
  double coverage = 0;  ///< fraction of rows with a sample within the distance of their 5th nearest row (Naeem et al.
                        ///< 2020); 0.97 if samples were distributed as the rows
  double label_coverage = 0;  ///< fraction of labels covered by samples: those whose rows are the nearest row of at
                              ///< least a fifth as many samples as the label has rows; NaN without labels
};
constexpr Index max_evaluated_rows = 1000;

/// The evaluated rows. Their computations do not interfere with the training.
class Diagnostics {
 public:
  /// labels: a code for each local row, -1: none; empty: no labels. names: of the codes. All ranks.
  Diagnostics(const mpi::Communicator& comm, const Matrix& x, const ColumnScaling& scaling, std::uint64_t seed,
              const std::vector<std::int32_t>& labels, std::vector<std::string> names);
  /// All ranks. Cost: 4 k m (weights + k) / p flops for k rows.
  Evaluation evaluate(const Model& model);
  /// Labels without samples in the last evaluation.
  const std::vector<std::string>& missing_labels() const { return missing_; }

 private:
  void find_radii();
  const mpi::Communicator& comm_;
  std::uint64_t seed_;
  RowMatrix rows_;                      // scaled, the same on every rank
  std::vector<float> squares_, radii_;  // of rows_: squared lengths, squared distances to the 5th neighbor
  std::vector<std::int32_t> labels_;    // of rows_
  std::vector<std::string> names_, missing_;
  double variance_ = 0;
};

/// Signs in the last evaluation that training has failed, each with a suggestion; empty if there are none. correct_*:
/// accuracies of the discriminator since the previous evaluation.
struct Findings {
  std::vector<std::string> names;     ///< "generator collapsed", "modes missing", "discriminator saturated", ...
  std::vector<std::string> warnings;  ///< one sentence each
};
Findings find_faults(const Evaluation& evaluation, double correct_encoder, double correct_generator,
                     const std::vector<std::string>& missing_labels);

}  // namespace replearn::bigan
