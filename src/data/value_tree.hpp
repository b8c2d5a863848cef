#pragma once
#include <cstdint>
#include <memory>
#include <string>
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
  // Spelt out for each kind of number, so that none is converted to another on its way into the variant.
  ValueTree& set(const std::string& name, bool truth) { return set(name, Value(truth)); }
  ValueTree& set(const std::string& name, int number) { return set(name, Value(std::int64_t{number})); }
  ValueTree& set(const std::string& name, std::int64_t number) { return set(name, Value(number)); }
  ValueTree& set(const std::string& name, double number) { return set(name, Value(number)); }
  ValueTree& set(const std::string& name, ValueTree tree);
  /// nullptr if there is no such entry.
  const Value* find(const std::string& name) const;
};

}  // namespace replearn
