#include "methods/umap/umap.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/umap/edge_sampler.hpp"
#include "methods/umap/moves.hpp"
#include "mpi/collectives.hpp"
#include "numerics/node_map.hpp"
#include "numerics/require_finite.hpp"

namespace replearn::umap {
namespace {

constexpr float width_of_start = 10;
constexpr double noise_of_start = 1e-4;

}  // namespace

DistributedMatrix scaled_start(const mpi::Communicator& comm, const DistributedMatrix& start, std::uint64_t seed) {
  const auto q = static_cast<std::size_t>(start.columns());
  std::vector<float> lowest(q, std::numeric_limits<float>::max()), highest(q, std::numeric_limits<float>::lowest());
  for (Index i = 0; i < start.local_rows(); ++i) {
    for (std::size_t k = 0; k < q; ++k) {
      lowest[k] = std::min(lowest[k], start.local(i, static_cast<Index>(k)));
      highest[k] = std::max(highest[k], start.local(i, static_cast<Index>(k)));
    }
  }
  mpi::all_reduce(comm, std::span<float>(lowest), mpi::Reduction::min);
  mpi::all_reduce(comm, std::span<float>(highest), mpi::Reduction::max);
  DistributedMatrix scaled = start;
  for (Index i = 0; i < start.local_rows(); ++i) {
    RandomStream noise(seed, Purpose::umap_start, static_cast<std::uint64_t>(start.first_row() + i));
    for (std::size_t k = 0; k < q; ++k) {
      const float width = highest[k] - lowest[k];
      float& value = scaled.local(i, static_cast<Index>(k));
      value = width > 0 ? width_of_start * ((value - lowest[k]) / width) : 0;
      value += static_cast<float>(noise_of_start * noise.normal());
    }
  }
  return scaled;
}

DistributedMatrix random_start(const RowPartition& partition, int rank, Index dimensions, std::uint64_t seed) {
  DistributedMatrix start(partition, rank, dimensions);
  for (Index i = 0; i < start.local_rows(); ++i) {
    RandomStream draw(seed, Purpose::umap_start, static_cast<std::uint64_t>(start.first_row() + i));
    for (Index k = 0; k < dimensions; ++k) {
      start.local(i, k) = width_of_start * static_cast<float>(2 * draw.uniform() - 1);
    }
  }
  return start;
}

struct Run::Implementation {
  Implementation(const mpi::Communicator& communicator, SparseRows graph, const DistributedMatrix& start,
                 const Options& given)
      : comm(communicator),
        options(given),
        epochs(given.epochs_for(start.rows())),
        sampler(communicator, std::move(graph), epochs, given.seed),
        mine(start),
        maps{NodeMap(communicator, start.partition, start.columns()),
             NodeMap(communicator, start.partition, start.columns())} {
    current().all_gather(mine.local);
  }

  void run_epoch() {
    const double rate = options.learning_rate * (1 - static_cast<double>(epoch) / static_cast<double>(epochs));
    const Moves moves(options, static_cast<float>(rate), epoch);
    for (const auto& part : sampler.draw(epoch)) {
      moves.apply(part, current().points(), mine.first_row(), mine.local);
      now = 1 - now;  // what other ranks still read is the other copy
      current().all_gather_unread(mine.local);
    }
    ++epoch;
  }

  NodeMap& current() { return maps[now]; }

  void require_finite_points() const {
    const bool finite = mine.local.array().isFinite().all();
    if (mpi::agree(comm, finite)) return;
    throw InputError("", "--learning-rate", "the points are no longer finite after epoch " + std::to_string(epoch),
                     "choose a smaller learning rate");
  }

  const mpi::Communicator& comm;
  Options options;
  Index epochs, epoch = 0;
  EdgeSampler sampler;
  DistributedMatrix mine;
  std::array<NodeMap, 2> maps;  // the points at the beginning of a part, and those after it
  std::size_t now = 0;
};

Run::Run(const mpi::Communicator& comm, SparseRows graph, const DistributedMatrix& start, const Options& options) {
  options.validate();
  if (start.rows() != graph.rows() || start.columns() != options.dimensions) {
    throw InputError("", "start", fmt::format("is {} x {} for {} points in {} dimensions", start.rows(),
                                              start.columns(), graph.rows(), options.dimensions),
                     "use a start of that shape");
  }
  require_finite(comm, start);
  self_ = std::make_unique<Implementation>(comm, std::move(graph), start, options);
}

Run::~Run() = default;
Run::Run(Run&&) noexcept = default;

void Run::run_until(Index step) {
  while (self_->epoch < std::min(step, self_->epochs)) self_->run_epoch();
  self_->require_finite_points();
}

Index Run::step() const {
  return self_->epoch;
}

Index Run::steps() const {
  return self_->epochs;
}

Progress Run::progress() const {
  return {"", self_->epoch, self_->epochs, std::numeric_limits<double>::quiet_NaN()};
}

DistributedMatrix Run::points() const {
  return self_->mine;
}

NamedArrays Run::arrays() {
  return {{"epoch", &self_->epoch, {}}, {"points", &self_->mine.local, self_->mine.partition}};
}

void Run::resume() {
  self_->current().all_gather(self_->mine.local);
}

}  // namespace replearn::umap
