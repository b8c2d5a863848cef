#include "app/sammon/inputs.hpp"

#include <fmt/core.h>

#include <cmath>

#include "app/element_key.hpp"
#include "app/principal_start.hpp"
#include "app/pulls.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// A numeric obs column. Root.
std::vector<float> numbers_of(const Annotations& labels, const std::string& file, const std::string& name) {
  const Column* column = labels.find(name);
  if (!column) throw InputError(file, "obs/" + name, "no such column", suggest(name, labels.column_names()));
  return std::visit(
      [&](const auto& values) -> std::vector<float> {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Flags> || std::is_same_v<T, Categorical> ||
                      std::is_same_v<T, std::vector<std::string>>) {
          throw InputError(file, "obs/" + name, "is not numeric", "choose a numeric column");
        } else {
          std::vector<float> numbers;
          for (const auto value : values) numbers.push_back(static_cast<float>(value));
          return numbers;
        }
      },
      *column);
}

DistributedMatrix first_columns(const DistributedMatrix& points, Index q) {
  DistributedMatrix first(points.partition, points.rank, q);
  first.local = points.local.leftCols(q);
  return first;
}

}  // namespace

sammon::PenaltyTerms sammon_penalties(Workspace& work, const SammonSettings& settings) {
  sammon::PenaltyTerms penalties;
  penalties.pulls = find_pulls(work, "--pull", settings.pull);
  penalties.pushes = find_pulls(work, "--push", settings.push);
  penalties.l2 = settings.l2;
  if (!settings.anchor_points.empty()) {
    const auto anchors = work.partial_embedding(without_group(settings.anchor_points, "obsm"));
    if (anchors.columns() != settings.dimensions) {
      throw InputError(work.input_path(), "obsm/" + without_group(settings.anchor_points, "obsm"),
                       fmt::format("has {} columns for a map of {} dimensions", anchors.columns(), settings.dimensions),
                       "provide one column per dimension");
    }
    penalties.anchors = anchors.local;
  }
  return penalties;
}

std::vector<float> sammon_point_weights(Workspace& work, const SammonSettings& settings) {
  if (settings.point_weights.empty()) return {};
  const Annotations& labels = work.obs();
  std::vector<float> all;
  mpi::on_root(work.comm(), [&] { all = numbers_of(labels, work.input_path(), settings.point_weights); });
  all = mpi::broadcast(work.comm(), std::move(all));
  const RowPartition partition(work.rows(), work.comm().shares());
  return {all.begin() + partition.begin(work.comm().rank()), all.begin() + partition.end(work.comm().rank())};
}

sammon::DistanceSource stored_distances(Workspace& work, const std::string& key) {
  sammon::DistanceSource given;
  given.points = work.rows();
  given.symmetric = false;
  given.measure = [read = work.pairwise_reader(without_group(key, "obsp"))](Index a, Index a_count, Index b,
                                                                            Index b_count, float* out, Index stride) {
    std::vector<float> block(a_count * b_count);
    read({{a, b}, {a_count, b_count}}, block);
    for (Index i = 0; i < a_count; ++i) std::copy_n(block.data() + i * b_count, b_count, out + i * stride);
  };
  return given;
}

DistributedMatrix sammon_start(Workspace& work, const SammonSettings& settings, const DistributedMatrix* x) {
  const Index q = settings.dimensions;
  if (!settings.start_key.empty()) {
    const auto key = without_group(settings.start_key, "obsm");
    const auto& points = work.representation(key);
    if (points.columns() < q) {
      throw InputError(work.input_path(), "obsm/" + key,
                       fmt::format("has {} columns for a map of {} dimensions", points.columns(), q),
                       "choose another key or fewer --dimensions");
    }
    return first_columns(points, q);
  }
  if (settings.start == SammonStart::random || !x) {
    // Standard normal, a function of (seed, row); the first iterations adapt the scale.
    DistributedMatrix points(RowPartition(work.rows(), work.comm().shares()), work.comm().rank(), q);
    for (Index i = 0; i < points.local_rows(); ++i) {
      RandomStream draw(settings.method.seed, Purpose::sammon_start,
                        static_cast<std::uint64_t>(points.first_row() + i));
      for (Index p = 0; p < q; ++p) points.local(i, p) = static_cast<float>(draw.normal());
    }
    return points;
  }
  const bool is_pca = x == work.embedding("X_pca");
  if (is_pca && x->columns() >= q) return first_columns(*x, q);
  return principal_start(work, "sammon", *x, q, settings.method.seed, Purpose::sammon_start);
}

}  // namespace replearn::app
