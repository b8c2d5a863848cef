#pragma once
#include <cmath>

#include "nn/optimizer.hpp"

namespace replearn::nn {

template <class Scalar>
Optimizer<Scalar>::Optimizer(const OptimizerOptions& options, Index size) : options_(options) {
  const auto count = static_cast<std::size_t>(size);
  if (has_first_moment()) first_.resize(count);
  if (has_second_moment()) second_.resize(count);
}

template <class Scalar>
void Optimizer<Scalar>::step(std::span<Scalar> values, std::span<const Scalar> gradients, double rate_factor,
                             double gradient_scale) {
  ++steps_;
  const auto n = static_cast<Index>(values.size());
  const auto& o = options_;
  const double rate = o.learning_rate * rate_factor;
  Scalar* x = values.data();
  const Scalar* gradient = gradients.data();
  Scalar *first = first_.data(), *second = second_.data();
  const auto scale = static_cast<Scalar>(gradient_scale), l1 = static_cast<Scalar>(o.l1);
  const bool decoupled = o.rule == Rule::adamw;
  const auto decay = static_cast<Scalar>(decoupled ? 0 : o.weight_decay);
  const auto keep = static_cast<Scalar>(decoupled ? 1 - rate * o.weight_decay : 1);
  const auto epsilon = static_cast<Scalar>(o.epsilon);
  const auto regularized = [=](Scalar g, Scalar value) {
    return scale * g + decay * value + (value > 0 ? l1 : value < 0 ? -l1 : Scalar(0));
  };
  switch (o.rule) {
    case Rule::sgd: {
      const auto eta = static_cast<Scalar>(rate), momentum = static_cast<Scalar>(o.momentum);
      if (first_.empty()) {
        for (Index i = 0; i < n; ++i) x[i] -= eta * regularized(gradient[i], x[i]);
      } else {
        for (Index i = 0; i < n; ++i) {
          first[i] = momentum * first[i] + regularized(gradient[i], x[i]);
          x[i] -= eta * first[i];
        }
      }
      return;
    }
    case Rule::rmsprop: {
      const auto eta = static_cast<Scalar>(rate), momentum = static_cast<Scalar>(o.momentum);
      const auto a = static_cast<Scalar>(o.smoothing), b = static_cast<Scalar>(1 - o.smoothing);
      if (first_.empty()) {
#pragma omp simd
        for (Index i = 0; i < n; ++i) {
          const Scalar g = regularized(gradient[i], x[i]);
          second[i] = a * second[i] + b * g * g;
          x[i] -= eta * g / (std::sqrt(second[i]) + epsilon);
        }
      } else {
#pragma omp simd
        for (Index i = 0; i < n; ++i) {
          const Scalar g = regularized(gradient[i], x[i]);
          second[i] = a * second[i] + b * g * g;
          first[i] = momentum * first[i] + g / (std::sqrt(second[i]) + epsilon);
          x[i] -= eta * first[i];
        }
      }
      return;
    }
    case Rule::adam:
    case Rule::adamw: {
      const double t = static_cast<double>(steps_);
      const auto b1 = static_cast<Scalar>(o.beta1), c1 = static_cast<Scalar>(1 - o.beta1);
      const auto b2 = static_cast<Scalar>(o.beta2), c2 = static_cast<Scalar>(1 - o.beta2);
      const auto eta = static_cast<Scalar>(rate / (1 - std::pow(o.beta1, t)));
      const auto unbias = static_cast<Scalar>(1 / std::sqrt(1 - std::pow(o.beta2, t)));
#pragma omp simd
      for (Index i = 0; i < n; ++i) {
        const Scalar g = regularized(gradient[i], x[i]);
        first[i] = b1 * first[i] + c1 * g;
        second[i] = b2 * second[i] + c2 * g * g;
        x[i] = keep * x[i] - eta * first[i] / (std::sqrt(second[i]) * unbias + epsilon);
      }
      return;
    }
  }
}

}  // namespace replearn::nn
