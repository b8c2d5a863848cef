#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// Labels from a small set: codes into `categories`, -1 where missing.
struct Categorical {
  std::vector<std::int32_t> codes;
  std::vector<std::string> categories;
  bool ordered = false;
};

/// Booleans as bytes (vector<bool> has no data()).
struct Flags {
  std::vector<std::uint8_t> values;
};

using Column = std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>, Flags,
                            std::vector<std::string>, Categorical>;

/// Annotations of the observations (obs) or genes (var): unique names and typed columns in order.
///
/// Annotations exist on root only: only root writes strings (parallel HDF5 cannot), and a million barcodes on every
/// rank of a node would take gigabytes. Other ranks hold an empty table. For a method that needs a column, root
/// converts it to numbers and broadcasts these.
struct Annotations {
  std::string index_name = "_index";  ///< name of the index in the file
  std::vector<std::string> names;     ///< the index: barcodes, gene names
  std::vector<std::pair<std::string, Column>> columns;

  Index size() const { return static_cast<Index>(names.size()); }
  /// nullptr if there is no such column.
  const Column* find(std::string_view column) const;
  /// Adds a column, or replaces the one of this name.
  void set(const std::string& column, Column values);
  std::vector<std::string> column_names() const;
};

Index length(const Column& column);
/// The entries where keep is not zero, in order.
Column select(const Column& column, const std::vector<std::uint8_t>& keep);
Annotations select(const Annotations& table, const std::vector<std::uint8_t>& keep);
/// Appends "-1", "-2", ... to repeated names, like anndata's var_names_make_unique; returns the number of changes.
Index make_unique(std::vector<std::string>& names);

/// Strings as a categorical with sorted categories; empty strings and "NA" / "nan" count as missing.
Categorical to_categorical(const std::vector<std::string>& values);

}  // namespace replearn
