#include "data/value_tree.hpp"

namespace replearn {

ValueTree& ValueTree::set(const std::string& name, Value value) {
  for (auto& [existing, old] : entries) {
    if (existing == name) {
      old = std::move(value);
      return *this;
    }
  }
  entries.emplace_back(name, std::move(value));
  return *this;
}

ValueTree& ValueTree::set(const std::string& name, ValueTree tree) {
  return set(name, Value(std::make_shared<ValueTree>(std::move(tree))));
}

const Value* ValueTree::find(const std::string& name) const {
  for (const auto& [existing, value] : entries) {
    if (existing == name) return &value;
  }
  return nullptr;
}

}  // namespace replearn
