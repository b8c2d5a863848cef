#include "methods/map_quality/map_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mpi/collectives.hpp"
#include "numerics/dense_algebra.hpp"

namespace replearn::map_quality {

double procrustes_disparity(const Space& a, const Space& b) {
  const Index columns = std::max(a.columns(), b.columns());
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(columns, columns);
  double squares_a = 0, squares_b = 0;
  const auto value = [](const Space& space, Index row, Index column) {
    return static_cast<double>(space.row(row)[column]) - space.frame().center[column];
  };
  for (Index i = 0; i < a.rows(); ++i) {
    for (Index k = 0; k < a.columns(); ++k) {
      const double x = value(a, i, k);
      squares_a += x * x;
      for (Index l = 0; l < b.columns(); ++l) products(k, l) += x * value(b, i, l);
    }
    for (Index l = 0; l < b.columns(); ++l) squares_b += value(b, i, l) * value(b, i, l);
  }
  if (!(squares_a > 0 && squares_b > 0)) return std::numeric_limits<double>::quiet_NaN();
  products /= std::sqrt(squares_a) * std::sqrt(squares_b);
  const SymmetricEigen eigen(transposed_product<Eigen::MatrixXd>(RowMatrixD(products), RowMatrixD(products)));
  double singular_values = 0;
  for (const double square : eigen.values) singular_values += std::sqrt(std::max(0.0, square));
  return std::clamp(1 - singular_values * singular_values, 0.0, 1.0);
}

std::vector<double> mutual_neighbors(const mpi::Communicator& comm, const NeighborLists& a, const NeighborLists& b,
                                     const std::vector<Index>& k, Index n) {
  std::vector<Index> common(k.size(), 0), first, second, both;
  const auto rows_of = [](std::span<const Neighbor> list, Index count, std::vector<Index>& rows) {
    rows.clear();
    for (const auto& neighbor : list.first(std::min<std::size_t>(count, list.size()))) rows.push_back(neighbor.row);
    std::sort(rows.begin(), rows.end());
  };
  for (Index i = 0; i < a.rows(); ++i) {
    for (std::size_t which = 0; which < k.size(); ++which) {
      rows_of(a.of(i), k[which], first);
      rows_of(b.of(i), k[which], second);
      both.clear();
      std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(both));
      common[which] += std::ssize(both);
    }
  }
  mpi::all_reduce(comm, std::span<Index>(common), mpi::Reduction::sum);
  std::vector<double> fractions;
  for (std::size_t which = 0; which < k.size(); ++which) {
    fractions.push_back(static_cast<double>(common[which]) / (static_cast<double>(n) * static_cast<double>(k[which])));
  }
  return fractions;
}

}  // namespace replearn::map_quality
