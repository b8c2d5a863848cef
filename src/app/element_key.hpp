#pragma once
#include <string>

namespace replearn::app {

/// A key without its group, which users may write as well: "X_pca" for "obsm/X_pca". Local.
inline std::string without_group(const std::string& key, const std::string& group) {
  return key.starts_with(group + "/") ? key.substr(group.size() + 1) : key;
}

}  // namespace replearn::app
