#pragma once
#include <string>
#include <utility>
#include <vector>

namespace replearn {

/// The values of an enumeration by the names that options accept, in the order of the help.
template <class Enum>
using NamedValues = std::vector<std::pair<std::string, Enum>>;

}  // namespace replearn
