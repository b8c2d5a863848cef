#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/annotations.hpp"

namespace replearn::io {

/// Converts a text column to integers, to real numbers (NaN where missing), or else to labels. The empty string, NA and
/// NaN are missing values; "007" is a label. Local.
Column typed_column(const std::vector<std::string>& texts);

/// Converts a column to booleans. Accepts booleans, 0 and 1 of any type, True and False; missing values become false.
/// Throws InputError for any other column. Local.
std::vector<std::uint8_t> flags_of(const Column& column, const std::string& file, const std::string& element);

}  // namespace replearn::io
