#pragma once
#include <string>

#include "base/index.hpp"
#include "data/value_tree.hpp"

namespace replearn::io {

/// Reads a dictionary such as "uns" of an .h5ad, with those below it. What does not fit the types of Value is left out:
/// arrays of more than one axis, tables, sparse matrices; so are arrays of more than max_values values and anything that
/// cannot be read, since this is for reports, which must not fail because of another program's entry. Empty if there is
/// no such group. One process.
ValueTree read_dictionary(const std::string& path, const std::string& group, Index max_values);

}  // namespace replearn::io
