#pragma once
#include <string>
#include <vector>

#include "data/annotations.hpp"

namespace replearn::io {

/// A column of texts as what they are: whole numbers, numbers (NaN where one is missing), else labels. Missing are the
/// empty text, NA and NaN; "007" is a label. Local.
Column typed_column(const std::vector<std::string>& texts);

}  // namespace replearn::io
