#pragma once
#include <set>
#include <string>

#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {

/// Holds a dictionary for each job that wrote results.
inline constexpr const char* records_of_jobs = "uns/replearn";

/// The parts of an .h5ad that are replaced one by one: X, raw, columns of obs and var ("obs/leiden"), entries of layers,
/// obsm, obsp, varm, varp and uns, records of jobs ("uns/replearn/tsne"), and other members of the root group. One
/// process.
std::set<std::string> elements_of(const Hdf5File& file);

/// Whether an element is obs, var, part of them, or the colors of a column ("uns/leiden_colors").
bool belongs_to_tables(const std::string& element);

}  // namespace replearn::io
