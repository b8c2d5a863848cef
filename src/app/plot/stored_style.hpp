#pragma once
#include <string>
#include <vector>

#include "data/value_tree.hpp"
#include "report/palette.hpp"

namespace replearn::app {

/// The colors that Scanpy or another program has stored for the categories of a column, uns/<column>_colors; empty if
/// there are none, if one is not a color, or if their number is not `categories`, since they then belong to other
/// categories. Local.
std::vector<report::Color> stored_colors(const ValueTree& uns, const std::string& column, std::size_t categories);

/// Percent of the variance along a principal component, from uns/pca/variance_ratio; " (12.3 %)", or "" if the ratio is
/// not known. component: from 1. Local.
std::string explained_variance(const ValueTree& uns, int component);

}  // namespace replearn::app
