#pragma once
#include <optional>
#include <string>

#include "cli/workspace.hpp"

namespace replearn::cli {

/// What a verb draws from its model, in a file of its own: observations sample0, sample1, ... Made before anything is
/// computed, so that a name that will not do is told then. All ranks.
class SampleFile {
 public:
  /// count 0: none is wanted. path: empty: OUTPUT.samples.h5ad. Throws InputError if that is another file of the job.
  SampleFile(Workspace& work, Index count, const std::string& path);
  bool wanted() const { return writer_.has_value(); }

  /// Throws InputError if so many samples of so many columns do not fit into the memory of the nodes. All ranks.
  void require_memory(Index columns) const;

  /// Only if wanted(). what: "cells drawn from the model". obs: more of the observations, on root; var: names of the
  /// columns, on root.
  void write(const std::string& what, const Matrix& x, Annotations obs, const std::vector<std::string>& var,
             const std::string& key, const DistributedMatrix& codes);

 private:
  Workspace& work_;
  Index count_;
  std::string path_;
  std::optional<io::H5adWriter> writer_;
};

}  // namespace replearn::cli
