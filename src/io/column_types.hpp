#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/annotations.hpp"

namespace replearn::io {

/// A column of texts as what they are: whole numbers, numbers (NaN where one is missing), else labels. Missing are the
/// empty text, NA and NaN; "007" is a label. Local.
Column typed_column(const std::vector<std::string>& texts);

/// Truth values of a column: booleans, 0 and 1 of any type, True and False; what is missing is false. Throws InputError
/// for any other column. Local.
std::vector<std::uint8_t> flags_of(const Column& column, const std::string& file, const std::string& element);

}  // namespace replearn::io
