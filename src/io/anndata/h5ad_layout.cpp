#include "io/anndata/h5ad_layout.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.hpp"
#include "io/tables/fields.hpp"

namespace replearn::io::layout {

const std::vector<std::string> dictionaries = {"layers", "obsm", "obsp", "uns", "varm", "varp"};

void mark(Hdf5File& file, const std::string& object, const std::string& type, const std::string& version) {
  file.set_attribute(object, "encoding-type", type);
  file.set_attribute(object, "encoding-version", version);
}

void make_dictionary(Hdf5File& file, const std::string& path) {
  file.make_group(path);
  mark(file, path, "dict", "0.1.0");
}

// --- writing

void write_column(Hdf5File& file, const std::string& path, const Column& column) {
  std::visit(
      [&](const auto& values) {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>) {
          file.make_group(path);
          mark(file, path, "categorical", "0.2.0");
          file.set_attribute(path, "ordered", values.ordered);
          // The smallest signed integer type that holds all codes, as in pandas.
          if (values.categories.size() <= 127) {
            file.write<std::int8_t>(path + "/codes", {values.codes.begin(), values.codes.end()});
          } else if (values.categories.size() <= 32767) {
            file.write<std::int16_t>(path + "/codes", {values.codes.begin(), values.codes.end()});
          } else {
            file.write(path + "/codes", values.codes);
          }
          mark(file, path + "/codes", "array", "0.2.0");
          file.write_strings(path + "/categories", values.categories);
          mark(file, path + "/categories", "string-array", "0.2.0");
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          file.write_strings(path, values);
          mark(file, path, "string-array", "0.2.0");
        } else {
          if constexpr (std::is_same_v<T, Flags>)
            file.write_bools(path, values.values);
          else
            file.write(path, values);
          mark(file, path, "array", "0.2.0");
        }
      },
      column);
}

void mark_dataframe(Hdf5File& file, const std::string& path, const std::string& index,
                    const std::vector<std::string>& columns) {
  mark(file, path, "dataframe", "0.2.0");
  file.set_attribute(path, "_index", index);
  file.set_attribute(path, "column-order", columns);
}

void write_dataframe(Hdf5File& file, const std::string& path, const Annotations& table) {
  file.make_group(path);
  mark_dataframe(file, path, table.index_name, table.column_names());
  write_column(file, path + "/" + table.index_name, table.names);
  for (const auto& [name, column] : table.columns) write_column(file, path + "/" + name, column);
}

void write_value(Hdf5File& file, const std::string& path, const Value& value) {
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::shared_ptr<ValueTree>>) {
          make_dictionary(file, path);
          for (const auto& [name, entry] : v->entries) write_value(file, path + "/" + name, entry);
        } else if constexpr (std::is_same_v<T, std::string>) {
          file.write_string(path, v);
          mark(file, path, "string", "0.2.0");
        } else if constexpr (std::is_same_v<T, bool>) {
          file.write_bool(path, v);
          mark(file, path, "numeric-scalar", "0.2.0");
        } else if constexpr (std::is_arithmetic_v<T>) {
          file.write_scalar(path, v);
          mark(file, path, "numeric-scalar", "0.2.0");
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          file.write_strings(path, v);
          mark(file, path, "string-array", "0.2.0");
        } else {
          file.write(path, v);
          mark(file, path, "array", "0.2.0");
        }
      },
      value);
}

// --- reading

void require_codes(const Hdf5Dataset& dataset, std::span<const std::int32_t> codes, Index first_row, Index categories) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] >= -1 && codes[i] < categories) continue;
    dataset.origin().refuse("code " + std::to_string(codes[i]) + " of row " +
                                std::to_string(first_row + static_cast<Index>(i)) + " has no category: there are " +
                                std::to_string(categories),
                            "write the file again");
  }
}

namespace {

std::string number_text(double number) {
  if (number == std::floor(number) && std::abs(number) < 1e15) return std::to_string(static_cast<Index>(number));
  return std::to_string(number);
}

/// Categories may be strings, numbers or booleans; they are converted to strings.
std::vector<std::string> read_categories(const Hdf5File& file, const std::string& path) {
  const auto categories = file.dataset_at(path);
  categories.require_vector();
  if (categories.shape().kind == Hdf5Kind::string) return categories.read_strings(categories.whole());
  std::vector<std::string> texts;
  const bool flags = categories.shape().kind == Hdf5Kind::boolean;
  for (const double value : categories.read<double>(categories.whole())) {
    texts.push_back(flags ? (value != 0 ? "True" : "False") : number_text(value));
  }
  return texts;
}

/// The categories and their ordered flag may be stored in another object.
Categorical read_categorical(const Hdf5File& file, const std::string& codes, const std::string& categories,
                             const std::string& order) {
  const auto dataset = file.dataset_at(codes);
  dataset.require_vector();
  if (!dataset.shape().is_number() || dataset.shape().kind == Hdf5Kind::real) {
    dataset.origin().refuse(
        "holds values of type " + dataset.shape().type_name() + " where category codes are expected",
        "write the file again");
  }
  Categorical column{dataset.read<std::int32_t>(dataset.whole()), read_categories(file, categories),
                     file.bool_attribute(order, "ordered")};
  require_codes(dataset, column.codes, 0, static_cast<Index>(column.categories.size()));
  return column;
}

/// Values with a mask (1: missing). Integers and booleans keep their type if nothing is missing.
Column read_nullable(const Hdf5File& file, const std::string& path) {
  const auto values = file.dataset_at(path + "/values"), missing = file.dataset_at(path + "/mask");
  values.require_vector();
  missing.require_length(values.shape().extent[0]);
  const auto mask = missing.read<std::uint8_t>(missing.whole());
  const bool any_missing = std::any_of(mask.begin(), mask.end(), [](auto m) { return m != 0; });
  const auto kind = values.shape().kind;
  if (kind == Hdf5Kind::string) {
    auto texts = values.read_strings(values.whole());
    if (!any_missing) return texts;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (mask[i]) texts[i].clear();
    }
    return to_categorical(texts);
  }
  if (kind == Hdf5Kind::boolean) {
    auto flags = values.read<std::uint8_t>(values.whole());
    if (!any_missing) return Flags{std::move(flags)};
    Categorical column{{}, {"False", "True"}, false};
    for (std::size_t i = 0; i < flags.size(); ++i) column.codes.push_back(mask[i] ? -1 : flags[i] != 0);
    return column;
  }
  if (!any_missing && kind != Hdf5Kind::real) return values.read<std::int64_t>(values.whole());
  auto numbers = values.read<double>(values.whole());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (mask[i]) numbers[i] = std::numeric_limits<double>::quiet_NaN();
  }
  return numbers;
}

}  // namespace

Column read_column(const Hdf5File& file, const std::string& path) {
  if (file.is_group(path)) {
    if (file.exists(path + "/codes") && file.exists(path + "/categories")) {
      return read_categorical(file, path + "/codes", path + "/categories", path);
    }
    if (file.exists(path + "/values") && file.exists(path + "/mask")) return read_nullable(file, path);
    throw InputError(file.path(), path, "a column of an unknown kind", "remove it, or save it as numbers or strings");
  }
  // anndata 0.7: codes in this dataset, a reference to the categories in an attribute.
  if (const auto categories = file.reference_attribute(path, "categories"); !categories.empty()) {
    return read_categorical(file, path, categories, categories);
  }
  const auto dataset = file.dataset_at(path);
  dataset.require_vector();
  const auto all = dataset.whole();
  switch (dataset.shape().kind) {
    case Hdf5Kind::string:
      return dataset.read_strings(all);
    case Hdf5Kind::boolean:
      return Flags{dataset.read<std::uint8_t>(all)};
    case Hdf5Kind::integer:
    case Hdf5Kind::unsigned_integer:
      return dataset.read<std::int64_t>(all);
    case Hdf5Kind::real:
      if (dataset.shape().element_bytes <= 4) return dataset.read<float>(all);
      return dataset.read<double>(all);
    default:
      break;
  }
  throw InputError(file.path(), path, "a column of type " + dataset.shape().type_name(),
                   "save it as numbers or strings");
}

std::string index_of(const Hdf5File& file, const std::string& path) {
  if (file.is_dataset(path) && file.shape(path).kind != Hdf5Kind::compound) {
    throw InputError(file.path(), path, "is an array where a table is expected: a group of columns",
                     "write the file with anndata");
  }
  if (file.is_dataset(path)) {
    throw InputError(file.path(), path, "is a compound table, as anndata before 0.7 wrote it",
                     "read and write the file with a current version of anndata");
  }
  if (!file.is_group(path))
    throw InputError(file.path(), path, "is missing: this is not an AnnData file",
                     "replearn inspect shows what the file contains");
  std::string index = file.string_attribute(path, "_index");
  if (index.empty()) index = "_index";
  if (!file.exists(path + "/" + index)) {
    throw InputError(file.path(), path + "/" + index, "the names are missing", "write the file again with its index");
  }
  return index;
}

namespace {

/// Opens the dataset of a dataframe's names. anndata under pandas 3 may write them as nullable strings, in a group.
Hdf5Dataset names_dataset(const Hdf5File& file, const std::string& path) {
  const std::string index = path + "/" + index_of(file, path);
  auto names = file.dataset_at(file.is_group(index) ? index + "/values" : index);
  names.require_vector();
  if (names.shape().kind != Hdf5Kind::string) {
    names.origin().refuse("the names are not strings", "in Python: set obs_names and var_names to strings");
  }
  return names;
}

}  // namespace

std::vector<std::string> read_names(const Hdf5File& file, const std::string& path) {
  const auto names = names_dataset(file, path);
  return names.read_strings(names.whole());
}

Index count_names(const Hdf5File& file, const std::string& path) {
  return names_dataset(file, path).shape().extent[0];
}

std::vector<std::string> columns_of(const Hdf5File& file, const std::string& path) {
  const std::string index = index_of(file, path);
  if (!file.has_attribute(path, "column-order")) {
    auto names = file.children(path);
    std::erase_if(names, [&](const auto& name) { return name == index || name == "__categories"; });
    return names;
  }
  std::vector<std::string> names;
  std::set<std::string> seen{index};  // SeuratDisk lists the index among the columns
  for (auto& name : file.strings_attribute(path, "column-order")) {
    if (!seen.insert(name).second) continue;
    if (!file.exists(path + "/" + name)) {
      throw InputError(file.path(), path,
                       "attribute 'column-order' names " + in_quotes(name) + ", which does not exist",
                       "write the file again");
    }
    names.push_back(std::move(name));
  }
  return names;
}

Storage storage_of(const Hdf5File& file, const std::string& element) {
  if (!file.exists(element)) {
    throw InputError(file.path(), element, "is missing",
                     element == "X" ? without_x_hint : "replearn inspect shows what the file contains");
  }
  if (file.is_dataset(element)) {
    const auto shape = file.shape(element);
    if (shape.extent.size() == 2 && shape.is_number()) return Storage::dense;
    throw InputError(file.path(), element, "is not a matrix of numbers",
                     "choose another matrix, such as layers/counts");
  }
  std::string type = file.string_attribute(element, "encoding-type");
  if (type.empty()) type = file.string_attribute(element, "h5sparse_format");
  if (type.starts_with("csr")) return Storage::csr;
  if (type.starts_with("csc")) return Storage::csc;
  throw InputError(file.path(), element,
                   "is neither dense nor CSR nor CSC" + (type.empty() ? "" : " but '" + type + "'"),
                   "save it as one of these formats");
}

bool is_sparse(const Hdf5File& file, const std::string& path) {
  const auto type = file.string_attribute(path, "encoding-type");
  return type == "csr_matrix" || type == "csc_matrix" || file.has_attribute(path, "h5sparse_format");
}

std::vector<Index> shape_of(const Hdf5File& file, const std::string& element) {
  if (storage_of(file, element) == Storage::dense) return file.shape(element).extent;
  const auto shape = file.index_attribute(element, file.has_attribute(element, "shape") ? "shape" : "h5sparse_shape");
  if (shape.size() != 2 || shape[0] < 0 || shape[1] < 0) {
    throw InputError(file.path(), element, "its shape is not two numbers", "write the file again");
  }
  return shape;
}

std::string version_of(const Hdf5File& file) {
  if (file.string_attribute("/", "encoding-type") == "anndata") return "anndata 0.8 or later";
  if (file.string_attribute("obs", "encoding-type") == "dataframe") return "anndata 0.7";
  return "unknown";
}

}  // namespace replearn::io::layout
