#pragma once
#include <functional>
#include <set>
#include <string>

namespace replearn::app {

/// Names of the options that the user gave, as opposed to defaults. Values of these that the data do not allow are
/// refused; other options are defaults and are lowered (see lower_default.hpp).
using GivenOptions = std::set<std::string, std::less<>>;

}  // namespace replearn::app
