#pragma once
#include <string>
#include <utility>
#include <vector>

#include "data/annotations.hpp"

namespace replearn::io {

/// One of several inputs: a file or folder in any format, with the name of its sample.
struct Sample {
  std::string path, name;
};

struct SampleList {
  std::vector<Sample> samples;
  std::vector<std::pair<std::string, Column>> columns;  ///< further columns of a sheet, an entry per sample
  bool is_one = false;                                  ///< a single path, named as such
};

/// Resolves the names of an input: paths, patterns such as runs/*.h5, and sheets, tables (tab or comma) with the header
/// `path` [`sample`] [further columns ...]; relative paths of a sheet are looked up beside it, then in the working
/// directory. Samples are named by the sheet, or else by what distinguishes their paths. Without a match a name is kept
/// as a path. One process. Throws InputError for a sheet that cannot be read or names that occur twice.
SampleList find_samples(const std::vector<std::string>& names);

/// The paths of find_samples, and of the sheets. One process.
std::vector<std::string> sample_files(const std::vector<std::string>& names);

}  // namespace replearn::io
