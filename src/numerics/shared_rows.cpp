#include "numerics/shared_rows.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "mpi/collectives.hpp"
#include "mpi/ring.hpp"
#include "numerics/blocked_distances.hpp"
#include "numerics/require_finite.hpp"

namespace replearn {
namespace {

/// Gathers the rows of all ranks into an array per node. Each block visits every rank; one rank per node stores it.
void share_rows(const mpi::Communicator& comm, const mpi::Communicator& node, const DistributedMatrix& x,
                const std::vector<Index>& places, const mpi::NodeSharedArray<float>& all) {
  const Index d = x.columns();
  mpi::Ring<float> ring(comm, {x.local.data(), static_cast<std::size_t>(x.local.size())});
  do {
    if (ring.owner() % node.size() != node.rank()) continue;
    const auto block = ring.block();
    const Index first = x.partition.begin(ring.owner()), count = x.partition.count(ring.owner());
    for (Index i = 0; i < count; ++i) {
      const Index place = places.empty() ? first + i : places[first + i];
      if (place >= 0) std::copy_n(block.data() + i * d, d, all.values().data() + place * d);
    }
  } while (ring.advance());
  all.synchronize();
}

/// Multiplication by 2^e is exact: with the largest entry near 1, squared differences neither overflow nor underflow,
/// except beside much larger ones.
int exponent_of(const mpi::Communicator& comm, const DistributedMatrix& x) {
  const float mine = x.local.size() > 0 ? x.local.cwiseAbs().maxCoeff() : 0;
  const float largest = mpi::all_reduce(comm, mine, mpi::Reduction::max);
  return largest > 0 ? -std::ilogb(largest) : 0;
}

}  // namespace

struct SharedRows::Shared {
  Shared(const mpi::Communicator& comm, Index size) : node(comm.node()), array(node, size) {}
  mpi::Communicator node;
  mpi::NodeSharedArray<float> array;
};

SharedRows::SharedRows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric)
    : SharedRows(comm, x, metric, {}, x.rows()) {}

SharedRows::SharedRows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric,
                       const std::vector<Index>& places, Index count)
    : rows_(count), columns_(x.columns()), metric_(metric) {
  require_finite(comm, x);
  shared_ = std::make_unique<Shared>(comm, rows_ * columns_);
  share_rows(comm, shared_->node, x, places, shared_->array);
  values_ = shared_->array.values().data();
  const auto form = metric.form();
  squares_ = form == Metric::euclidean || form == Metric::sqeuclidean;
  directions_ = form == Metric::cosine || form == Metric::correlation;
  if (squares_) exponent_ = exponent_of(comm, x);
  if (form == Metric::euclidean) scale_back_ = std::ldexp(1.0, -exponent_);
  if (form == Metric::sqeuclidean) scale_back_ = std::ldexp(1.0, -2 * exponent_);
}
SharedRows::~SharedRows() = default;
SharedRows::SharedRows(SharedRows&&) noexcept = default;

PanelRows SharedRows::build_panels(Index begin, Index count) const { return build_panels_from(row(begin), count); }

PanelRows SharedRows::build_panels(std::span<const Index> rows) const {
  RowMatrix chosen(std::ssize(rows), columns_);
  for (Index i = 0; i < chosen.rows(); ++i) std::copy_n(row(rows[i]), columns_, chosen.row(i).data());
  return build_panels_from(chosen.data(), chosen.rows());
}

PanelRows SharedRows::build_panels_from(const float* rows, Index count) const {
  RowMatrix prepared = prepare_rows(metric_, rows, count, columns_);
  if (squares_ && exponent_ != 0) prepared = (prepared.cast<double>() * std::ldexp(1.0, exponent_)).cast<float>();
  return {prepared.data(), count, prepared.cols()};
}

void SharedRows::measure(const PanelRows& a, Index a_panel, Index a_row, const PanelRows& b, Index b_panel, Index b_row,
                         float* out, Index stride) const {
  panel_distances(metric_, a, a_panel, b, b_panel, out, stride);
  for (Index i = 0; i < a.rows_in(a_panel); ++i) {
    float* distances = out + i * stride;
    const Index count = b.rows_in(b_panel);
    if (squares_ && exponent_ != 0) {
      for (Index j = 0; j < count; ++j) {
        distances[j] = static_cast<float>(static_cast<double>(distances[j]) * scale_back_);
      }
    }
    // Entries of unit rows have rounding errors of up to 2^-25, which affect small distances.
    for (Index j = 0; directions_ && j < count; ++j) {
      if (distances[j] > 0 && distances[j] < 1e-3f) {
        distances[j] = direction_distance(metric_, row(a_row + i), row(b_row + j), columns_);
      }
    }
  }
}

}  // namespace replearn
