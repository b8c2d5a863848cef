#pragma once
#include <string>
#include <vector>

#include "app/step.hpp"

namespace replearn::app {

struct MergeSettings {
  std::vector<std::string> results;  ///< .h5ad files with the cells and genes of the input, in the same order
  void validate() const;             ///< throws InputError
};
/// Copies the elements of the files to the output. They replace elements of the same name of the input and of the files
/// before: columns of obs and var, X, raw, entries of layers, obsm, obsp, varm, varp and uns, records of jobs. Arrays are
/// copied by all ranks in stored form; memory does not depend on their size. All ranks. Returns the settings as used.
/// Throws InputError if cells or genes differ.
MergeSettings merge_step(Workspace& work, const MergeSettings& settings);

}  // namespace replearn::app
