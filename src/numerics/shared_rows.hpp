#pragma once
#include <memory>
#include <span>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "mpi/node_shared_array.hpp"
#include "numerics/metric.hpp"
#include "numerics/panel_distances.hpp"

namespace replearn {

/// The rows of all ranks, stored once per node, and the distances between them, computed directly from differences
/// (panel_distances.hpp): accurate to float32 rounding for any distance between rows and from the origin, and dependent
/// only on the two rows. For cosine and correlation, distances below 1e-3 are recomputed in float64. Memory: 4 n d
/// bytes per node.
class SharedRows {
 public:
  /// All ranks. Throws InputError if a value of x is not finite. Each rank sends x once, 4 n d bytes.
  SharedRows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric);
  /// For a subset of rows in another order: row i of x is stored at places[i], or omitted if negative. `count` rows are
  /// stored.
  SharedRows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric, const std::vector<Index>& places,
             Index count);
  ~SharedRows();
  SharedRows(SharedRows&&) noexcept;

  Index rows() const { return rows_; }
  Index columns() const { return columns_; }
  /// The original row i. Local.
  const float* row(Index i) const { return values_ + i * columns_; }

  /// Rows [begin, begin + count), laid out for distance computation. Local.
  PanelRows build_panels(Index begin, Index count) const;
  /// The same for given rows. Local.
  PanelRows build_panels(std::span<const Index> rows) const;
  /// Distances of two panels that start at global rows a_row and b_row: out[i * stride + j]. Local.
  void measure(const PanelRows& a, Index a_panel, Index a_row, const PanelRows& b, Index b_panel, Index b_row,
               float* out, Index stride) const;

 private:
  PanelRows build_panels_from(const float* rows, Index count) const;
  struct Shared;
  std::unique_ptr<Shared> shared_;
  const float* values_ = nullptr;
  Index rows_ = 0, columns_ = 0;
  Metric metric_;
  bool squares_ = false, directions_ = false;
  int exponent_ = 0;
  double scale_back_ = 1;
};

}  // namespace replearn
