#include "io/anndata/dictionary.hpp"

#include <optional>

#include "base/error.hpp"
#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {
namespace {

/// Dictionaries below one another; deeper ones may be cycles of links.
constexpr int max_depth = 8;

std::optional<Value> dictionary_entry(const Hdf5File& file, const std::string& element, Index max_values) {
  const auto shape = file.shape(element);
  if (shape.extent.size() > 1 || shape.size() > max_values || shape.size() == 0) return {};
  const bool is_scalar = shape.extent.empty();
  switch (shape.kind) {
    case Hdf5Kind::boolean:
      if (is_scalar) return Value(file.read_scalar<double>(element) != 0);
      return Value(file.read<double>(element));
    case Hdf5Kind::integer:
    case Hdf5Kind::unsigned_integer:
      if (is_scalar) return Value(file.read_scalar<std::int64_t>(element));
      return Value(file.read<std::int64_t>(element));
    case Hdf5Kind::real:
      if (is_scalar) return Value(file.read_scalar<double>(element));
      return Value(file.read<double>(element));
    case Hdf5Kind::string:
      if (is_scalar) return Value(file.read_strings(element).at(0));
      return Value(file.read_strings(element));
    default:
      return {};
  }
}

ValueTree dictionary_below(const Hdf5File& file, const std::string& group, Index max_values, int depth) {
  ValueTree tree;
  for (const auto& name : file.children(group)) {
    const std::string element = group + "/" + name;
    try {
      if (file.is_group(element)) {
        const bool is_dictionary = file.string_attribute(element, "encoding-type").find("matrix") == std::string::npos;
        if (depth < max_depth && is_dictionary) {
          tree.set(name, dictionary_below(file, element, max_values, depth + 1));
        }
      } else if (auto value = dictionary_entry(file, element, max_values)) {
        tree.set(name, std::move(*value));
      }
    } catch (const InputError&) {
      continue;
    }
  }
  return tree;
}

}  // namespace

ValueTree read_dictionary(const std::string& path, const std::string& group, Index max_values) {
  const auto file = Hdf5File::open(path);
  return file.is_group(group) ? dictionary_below(file, group, max_values, 0) : ValueTree();
}

}  // namespace replearn::io
