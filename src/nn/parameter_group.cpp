#include "nn/parameter_group.hpp"

#include <algorithm>

namespace replearn::nn {
namespace {

std::span<float> numbers(RowMatrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

}  // namespace

ParameterGroup::ParameterGroup(const mpi::Communicator& comm, std::string name, Parameters<float>& weights,
                               Sharding sharding, const OptimizerOptions& options)
    : comm_(comm), name_(std::move(name)) {
  gradient_sum_.emplace(comm, weights, sharding);
  optimizer_ = Optimizer<float>(options, gradient_sum_->shard().size());
}

ParameterGroup::ParameterGroup(const mpi::Communicator& comm, std::string name, RowMatrix& embeddings,
                               RowMatrix& gradients, std::optional<RowPartition> rows, const OptimizerOptions& options)
    : comm_(comm),
      name_(std::move(name)),
      embeddings_(&embeddings),
      gradients_(&gradients),
      rows_(std::move(rows)),
      optimizer_(options, embeddings.size()) {}

std::span<float> ParameterGroup::values() {
  return gradient_sum_ ? gradient_sum_->shard_values() : numbers(*embeddings_);
}

std::span<const float> ParameterGroup::gradients() const {
  return gradient_sum_ ? gradient_sum_->shard_gradients() : numbers(*gradients_);
}

double ParameterGroup::squared_norm() const {
  if (gradient_sum_) return gradient_sum_->squared_norm();
  const double norm = nn::squared_norm(gradients());
  return rows_ ? mpi::all_reduce(comm_, norm, mpi::Reduction::sum) : norm;
}

void ParameterGroup::update(double rate_factor, double gradient_scale) {
  optimizer_.step(values(), gradients(), rate_factor, gradient_scale);
  if (gradient_sum_) gradient_sum_->publish();
}

void ParameterGroup::save_best() {
  const auto now = values();
  best_.assign(now.begin(), now.end());
}

void ParameterGroup::restore_best() {
  std::copy(best_.begin(), best_.end(), values().begin());
  if (gradient_sum_) gradient_sum_->publish();
}

RowMatrix ParameterGroup::stored(std::span<const float> mine) const {
  if (!gradient_sum_) return Eigen::Map<const RowMatrix>(mine.data(), embeddings_->rows(), embeddings_->cols());
  const auto all = gradient_sum_->gather_shards(mine);
  return Eigen::Map<const RowMatrix>(all.data(), 1, static_cast<Index>(all.size()));
}

std::span<const float> ParameterGroup::shard_of(const RowMatrix& stored) const {
  const std::span<const float> all(stored.data(), static_cast<std::size_t>(stored.size()));
  return gradient_sum_ ? gradient_sum_->shard_of(all) : all;
}

NamedArrays ParameterGroup::arrays(bool with_best) {
  copies_.updates = updates();
  NamedArrays all = {{"updates/" + name_, &copies_.updates, {}}};
  const auto add = [&](const std::string& what, std::span<const float> mine, RowMatrix& copy) {
    copy = stored(mine);
    all.push_back({what + "/" + name_, &copy, rows_});
  };
  add("values", values(), copies_.values);
  if (optimizer_.has_first_moment()) add("first_moment", optimizer_.first_moment(), copies_.first_moment);
  if (optimizer_.has_second_moment()) add("second_moment", optimizer_.second_moment(), copies_.second_moment);
  if (with_best) add("best", best_, copies_.best);
  return all;
}

void ParameterGroup::resume(bool with_best) {
  const auto take = [&](const RowMatrix& copy, std::vector<float>& to) {
    const auto mine = shard_of(copy);
    to.assign(mine.begin(), mine.end());
  };
  const auto now = shard_of(copies_.values);
  std::copy(now.begin(), now.end(), values().begin());
  if (gradient_sum_) gradient_sum_->publish();
  if (optimizer_.has_first_moment()) take(copies_.first_moment, optimizer_.first_moment());
  if (optimizer_.has_second_moment()) take(copies_.second_moment, optimizer_.second_moment());
  if (with_best) take(copies_.best, best_);
  optimizer_.set_steps(copies_.updates);
}

}  // namespace replearn::nn
