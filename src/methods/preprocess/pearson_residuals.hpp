#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn::preprocess {

/// The null model of Pearson residuals (Lause, Berens and Kobak 2021, "Analytic Pearson residuals for normalization of
/// single-cell RNA-seq UMI data"): the expected count of a gene in a cell is mu = total of the cell x total of the gene
/// / total of all, and counts have a negative binomial distribution with overdispersion theta.
struct PearsonModel {
  std::vector<double> fraction;  ///< total of each gene / total of all
  double theta = 100;
  double clip = 0;  ///< maximum |residual|

  /// The clipped residual (x - mu) / sqrt(mu + mu^2 / theta) of eq. 5; 0 if mu is 0.
  double residual(double x, double mu) const {
    if (!(mu > 0)) return 0;
    return std::clamp((x - mu) / std::sqrt(mu + mu * mu / theta), -clip, clip);
  }
};

/// The default of clip: the square root of the number of cells.
double default_clip(Index cells);

/// The residuals of a block of rows, dense: rows x genes float32 at `to`. Local.
void compute_residuals(const PearsonModel& model, const Matrix& block, float* to);

/// Pearson residuals of all values, with the results of Scanpy's normalize_pearson_residuals. Totals are those of the
/// genes in `counts`, so genes are selected first. Cells and genes without counts get zeros. clip 0: the default.
/// Bitwise identical on any number of ranks. Collective; three passes over the local values. Memory: 4 n m bytes over
/// all ranks.
DistributedMatrix pearson_residuals(const mpi::Communicator& comm, const Matrix& counts, double theta, double clip);

}  // namespace replearn::preprocess
