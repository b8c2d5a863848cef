#include "nn/trainer.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "nn/clipping.hpp"

namespace replearn::nn {

Trainer::Trainer(const mpi::Communicator& comm, std::vector<ParameterGroup*> groups,
                 std::vector<std::vector<double>*> statistics, std::size_t count, const TrainerOptions& options,
                 const Log& log)
    : sums(comm, count),
      options_(options),
      log_(log),
      groups_(std::move(groups)),
      statistics_(std::move(statistics)),
      best_statistics_(statistics_.size()),
      stopping_(options.patience, options.min_gain) {
  if (options_.patience > 0) save_best();
}

double Trainer::latest(double training_loss) const {
  return std::isnan(training_loss) ? last_training_loss_ : training_loss;
}

bool Trainer::logs_epoch(Index lines) const {
  return epoch() % std::max<Index>(1, epochs() / lines) == 0 || step_ == options_.steps;
}

void Trainer::update(const std::vector<ParameterGroup*>& groups, double scale) {
  if (options_.clip > 0) {
    double squares = 0;
    for (const auto* group : groups) squares += group->squared_norm();
    scale *= clipping_factor(scale * std::sqrt(squares), options_.clip);
  }
  const double rate = rate_factor(options_.schedule, step_, options_.steps);
  for (auto* group : groups) group->update(rate, scale);
}

void Trainer::require_finite(double loss) const {
  if (std::isfinite(loss)) return;
  std::string what = fmt::format("the loss is no longer finite at step {}", step_);
  if (!std::isnan(last_training_loss_)) {
    what += fmt::format(" (its last mean was {:.4g})", last_training_loss_);
  }
  throw InputError("", "--learning-rate", what, options_.hint);
}

void Trainer::end_epoch(double training_loss, double held_out_loss) {
  last_training_loss_ = training_loss;
  sums.clear();
  if (options_.patience == 0 || std::isnan(held_out_loss)) return;
  if (stopping_.is_best(held_out_loss)) save_best();
  if (!stopping_.should_stop() && step_ < options_.steps) return;
  if (step_ < options_.steps) {
    log_.line(fmt::format("{}: stopped after epoch {}, the held-out loss has not decreased for {} epochs",
                          options_.name, epoch(), options_.patience));
    stopped_ = 1;
  }
  if (best_is_earlier()) restore_best();
}

void Trainer::save_best() {
  for (auto* group : groups_) group->save_best();
  for (std::size_t k = 0; k < statistics_.size(); ++k) best_statistics_[k] = *statistics_[k];
}

void Trainer::restore_best() {
  for (auto* group : groups_) group->restore_best();
  for (std::size_t k = 0; k < statistics_.size(); ++k) *statistics_[k] = best_statistics_[k];
}

NamedArrays Trainer::arrays() {
  const bool with_best = options_.patience > 0;
  NamedArrays all = {{"step", &step_, {}},
                     {"stopped", &stopped_, {}},
                     {"epoch/sums", &sums.totals(), {}},
                     {"epoch/last_training_loss", &last_training_loss_, {}}};
  const auto append = [&](const NamedArrays& more) { all.insert(all.end(), more.begin(), more.end()); };
  for (auto* group : groups_) append(group->arrays(with_best));
  for (std::size_t k = 0; k < statistics_.size(); ++k) {
    all.push_back({"statistics/" + std::to_string(k), statistics_[k], {}});
    if (with_best) all.push_back({"best/statistics/" + std::to_string(k), &best_statistics_[k], {}});
  }
  if (with_best) append(stopping_.arrays());
  return all;
}

void Trainer::resume() {
  for (auto* group : groups_) group->resume(options_.patience > 0);
}

void Trainer::release() {
  for (auto* group : groups_) group->release();
}

}  // namespace replearn::nn
