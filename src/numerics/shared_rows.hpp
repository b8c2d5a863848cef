#pragma once
#include <memory>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "mpi/node_shared_array.hpp"
#include "numerics/metric.hpp"
#include "numerics/panel_distances.hpp"

namespace replearn {

/// The rows of all ranks in the memory of each node, and the distances between them, straight from their differences
/// (panel_distances.hpp): right to float32 rounding however near rows are and however far from the origin, the same
/// bits in any company. By cosine or correlation, pairs nearer than 1e-3 are measured again in float64.
/// Memory: 4 n d bytes a node.
class SharedRows {
 public:
  /// All ranks. Throws InputError if a value of x is not finite. Bytes sent a rank: x once, 4 n d.
  SharedRows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric);
  /// The same of some rows in another order: row i of x stands at places[i], nowhere if that is below 0. `count` rows
  /// stand somewhere.
  SharedRows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric, const std::vector<Index>& places,
             Index count);
  ~SharedRows();
  SharedRows(SharedRows&&) noexcept;

  Index rows() const { return rows_; }
  Index columns() const { return columns_; }
  /// Row i as it was given. Local.
  const float* row(Index i) const { return values_ + i * columns_; }

  /// Rows [begin, begin + count) ready to be measured. Local.
  PanelRows lay_out(Index begin, Index count) const;
  /// The distances of two panels whose first rows are rows a_row and b_row of all: out[i * stride + j]. Local.
  void measure(const PanelRows& a, Index a_panel, Index a_row, const PanelRows& b, Index b_panel, Index b_row,
               float* out, Index stride) const;

 private:
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
