#pragma once
#include <string>

#include "base/error.hpp"

namespace replearn::cli {

/// Throws InputError, before any work, if a layer cannot have this name: layers/a/b would lie in a group, which other
/// programs do not read; "" (if the option means "none" by it) is fine.
inline void check_layer_name(const std::string& option, const std::string& name) {
  if (name.find('/') == std::string::npos && name != ".") return;
  throw InputError("", option, "'" + name + "' is no name for a layer", "take a plain word");
}

}  // namespace replearn::cli
