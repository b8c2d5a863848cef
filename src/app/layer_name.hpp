#pragma once
#include <string>

#include "base/error.hpp"

namespace replearn::app {

/// Throws InputError if this is not a valid layer name: layers/a/b would be a nested group, which other programs cannot
/// read. "" is accepted, as options use it for "none".
inline void check_layer_name(const std::string& option, const std::string& name) {
  if (name.find('/') == std::string::npos && name != ".") return;
  throw InputError("", option, "'" + name + "' is no name for a layer", "take a plain word");
}

}  // namespace replearn::app
