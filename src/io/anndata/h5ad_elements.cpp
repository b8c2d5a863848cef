#include "io/anndata/h5ad_elements.hpp"

#include <algorithm>

#include "io/anndata/h5ad_layout.hpp"

namespace replearn::io {
namespace {

void add_members(const Hdf5File& file, const std::string& group, std::set<std::string>& elements) {
  for (const auto& name : file.children(group)) {
    const std::string path = group + "/" + name;
    if (path == records_of_jobs && file.is_group(path))
      add_members(file, path, elements);
    else
      elements.insert(path);
  }
}

}  // namespace

std::set<std::string> elements_of(const Hdf5File& file) {
  std::set<std::string> elements;
  for (const auto& name : file.children("/")) {
    if (name == "obs" || name == "var") {
      for (const auto& column : layout::columns_of(file, name)) elements.insert(name + "/" + column);
    } else if (std::ranges::find(layout::dictionaries, name) != layout::dictionaries.end() && file.is_group(name)) {
      add_members(file, name, elements);
    } else {
      elements.insert(name);
    }
  }
  return elements;
}

bool belongs_to_tables(const std::string& element) {
  const std::string top = element.substr(0, element.find('/'));
  if (top == "obs" || top == "var") return true;
  if (top != "uns") return false;
  return element == "uns" || element.substr(0, element.find('/', 4)).ends_with("_colors");
}

}  // namespace replearn::io
