#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace replearn {

struct ValueTree;

/// One entry of `uns`: a scalar, an array or a dictionary.
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<double>, std::vector<float>,
                           std::vector<std::int64_t>, std::vector<std::string>, std::shared_ptr<ValueTree>>;

/// A dictionary as anndata keeps in `uns`: names in order, values as above. Small; the same on every rank.
struct ValueTree {
  std::vector<std::pair<std::string, Value>> entries;

  /// Adds the entry, or replaces the one of this name. Returns *this, so that calls chain.
  ValueTree& set(const std::string& name, Value value);
  ValueTree& set(const std::string& name, const char* text) { return set(name, Value(std::string(text))); }
  /// A number or truth value keeps its kind. (Named here, for C++ would rather turn a double into an int than into a
  /// Value.)
  template <class T>
  requires std::is_arithmetic_v<T> ValueTree& set(const std::string& name, T number) {
    if constexpr (std::is_same_v<T, bool>)
      return set(name, Value(number));
    else if constexpr (std::is_integral_v<T>)
      return set(name, Value(static_cast<std::int64_t>(number)));
    else
      return set(name, Value(static_cast<double>(number)));
  }
  ValueTree& set(const std::string& name, ValueTree tree);
  /// nullptr if there is no such entry.
  const Value* find(const std::string& name) const;
};

}  // namespace replearn
