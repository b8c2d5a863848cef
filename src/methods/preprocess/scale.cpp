#include "methods/preprocess/scale.hpp"

#include <algorithm>
#include <cmath>

#include "numerics/column_statistics.hpp"

namespace replearn::preprocess {

Scaling scale(const mpi::Communicator& comm, Matrix& matrix, double max_value,
              const std::vector<std::uint8_t>& features) {
  auto moments = column_moments(comm, matrix);
  Scaling scaling{std::move(moments.mean), std::move(moments.variance)};
  for (double& deviation : scaling.deviation) deviation = deviation == 0 ? 1.0 : std::sqrt(deviation);

  if (const auto* sparse = std::get_if<SparseRows>(&matrix)) matrix = to_dense(*sparse);
  auto& dense = std::get<DistributedMatrix>(matrix);
  for (Index i = 0; i < dense.local_rows(); ++i) {
    float* row = dense.local.data() + i * dense.columns();
    for (std::size_t j = 0; j < scaling.mean.size(); ++j) {
      if (!features.empty() && features[j] == 0) continue;
      const double x = (row[j] - scaling.mean[j]) / scaling.deviation[j];
      row[j] = static_cast<float>(max_value > 0 ? std::clamp(x, -max_value, max_value) : x);
    }
  }
  return scaling;
}

}  // namespace replearn::preprocess
