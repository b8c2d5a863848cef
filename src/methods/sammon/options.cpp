#include "methods/sammon/options.hpp"

#include <fmt/core.h>

#include <cmath>
#include <string>

#include "base/error.hpp"

namespace replearn::sammon {

void Options::validate() const {
  if (iterations < 0)
    throw InputError("", "--iterations", std::to_string(iterations) + " is negative", "2000 is the default");
  if (!(magic_factor > 0 && magic_factor <= 1)) {
    throw InputError("", "--magic-factor", fmt::format("{:g} is not in (0, 1]", magic_factor),
                     "the paper uses 0.3 to 0.4");
  }
  if (relaxations < 0)
    throw InputError("", "--relaxations", std::to_string(relaxations) + " is negative", "use 1, or 0 for none");
  metric.validate();
  if (!(tolerance >= 0))
    throw InputError("", "--tolerance", fmt::format("{:g} is negative", tolerance), "1e-8 is the default");
  if (!(learning_rate > 0) || !std::isfinite(learning_rate)) {
    throw InputError("", "--learning-rate", fmt::format("{:g} is not a positive number", learning_rate),
                     "0.5 is the default");
  }
  if (!(momentum >= 0 && momentum < 1)) {
    throw InputError("", "--momentum", fmt::format("{:g} is not in [0, 1)", momentum), "use 0.9, or 0 for none");
  }
  if (rounds < 1) throw InputError("", "--rounds", std::to_string(rounds) + " is less than 1", "600 is the default");
  if (!std::isfinite(weight.a) || !(weight.b >= 0) || !std::isfinite(weight.b)) {
    throw InputError("", "--weight-a, --weight-b",
                     fmt::format("1 / (d^{:g} + {:g}) is not a weight", weight.a, weight.b),
                     "use any power and an addend of at least 0");
  }
  if (!(storage.memory >= 0)) {
    throw InputError("", "--distance-memory", fmt::format("{:g} is negative", storage.memory),
                     "use 0 for the available memory");
  }
}

}  // namespace replearn::sammon
