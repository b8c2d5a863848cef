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

/// A dictionary, as anndata stores in `uns`: ordered names, values as above. Small; identical on every rank.
struct ValueTree {
  std::vector<std::pair<std::string, Value>> entries;

  /// Adds or replaces an entry. Returns *this, so that calls chain.
  ValueTree& set(const std::string& name, Value value);
  ValueTree& set(const std::string& name, const char* text) { return set(name, Value(std::string(text))); }
  // One overload per number type, so that none is converted on its way into the variant.
  ValueTree& set(const std::string& name, bool truth) { return set(name, Value(truth)); }
  ValueTree& set(const std::string& name, int number) { return set(name, Value(std::int64_t{number})); }
  ValueTree& set(const std::string& name, std::int64_t number) { return set(name, Value(number)); }
  ValueTree& set(const std::string& name, double number) { return set(name, Value(number)); }
  ValueTree& set(const std::string& name, ValueTree tree);
  /// nullptr if the entry does not exist.
  const Value* find(const std::string& name) const;
};

}  // namespace replearn
