#include "methods/sammon/distance_source.hpp"

#include <algorithm>
#include <memory>

#include "numerics/shared_rows.hpp"

namespace replearn::sammon {
namespace {

/// Tiles of one tile row are processed consecutively, so its rows are laid out once.
struct RowsInUse {
  explicit RowsInUse(SharedRows shared) : all(std::move(shared)) {}
  SharedRows all;
  Index begin = -1, count = 0;
  PanelRows panels;

  const PanelRows& panels_of(Index from, Index rows) {
    if (from != begin || rows != count) panels = all.build_panels(from, rows);
    begin = from;
    count = rows;
    return panels;
  }
};

DistanceSource between(SharedRows all) {
  const auto rows = std::make_shared<RowsInUse>(std::move(all));
  DistanceSource given;
  given.points = rows->all.rows();
  given.bytes_of_node = 4.0 * static_cast<double>(rows->all.rows() * rows->all.columns());
  given.measure = [rows](Index a, Index a_count, Index b, Index b_count, float* out, Index stride) {
    constexpr Index panel = PanelRows::panel;
    const PanelRows& of_a = rows->panels_of(a, a_count);
    const PanelRows of_b = rows->all.build_panels(b, b_count);
    for (Index p = 0; p < of_a.panels(); ++p) {
      for (Index q = 0; q < of_b.panels(); ++q) {
        rows->all.measure(of_a, p, a + p * panel, of_b, q, b + q * panel, out + p * panel * stride + q * panel, stride);
      }
    }
  };
  return given;
}

}  // namespace

DistanceSource between_rows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric) {
  return between(SharedRows(comm, x, metric));
}

DistanceSource between_rows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric,
                            const std::vector<Index>& points) {
  std::vector<Index> places(x.rows(), -1);
  for (std::size_t k = 0; k < points.size(); ++k) places[points[k]] = static_cast<Index>(k);
  return between(SharedRows(comm, x, metric, places, static_cast<Index>(points.size())));
}

DistanceSource subset_of(DistanceSource all, std::vector<Index> points) {
  DistanceSource some;
  some.points = static_cast<Index>(points.size());
  some.symmetric = all.symmetric;
  some.bytes_of_node = all.bytes_of_node;
  some.measure = [all = std::move(all), points = std::move(points)](Index a, Index a_count, Index b, Index b_count,
                                                                    float* out, Index stride) {
    if (a_count <= 0 || b_count <= 0) return;
    // Extracted from the smallest block that contains all of them.
    const auto span = [&points](Index first, Index count) {
      const auto begin = points.begin() + first;
      const auto [low, high] = std::minmax_element(begin, begin + count);
      return std::pair(*low, *high + 1 - *low);
    };
    const auto [row, rows] = span(a, a_count);
    const auto [column, columns] = span(b, b_count);
    std::vector<float> block(rows * columns);
    all.measure(row, rows, column, columns, block.data(), columns);
    for (Index i = 0; i < a_count; ++i) {
      const float* from = block.data() + (points[a + i] - row) * columns;
      for (Index j = 0; j < b_count; ++j) out[i * stride + j] = from[points[b + j] - column];
    }
  };
  return some;
}

}  // namespace replearn::sammon
