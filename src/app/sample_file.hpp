#pragma once
#include <optional>
#include <string>

#include "app/workspace.hpp"

namespace replearn::app {

/// File for samples from a model: observations sample0, sample1, ... Constructed before any computation, to report
/// invalid names early. All ranks.
class SampleFile {
 public:
  /// count 0: no samples. Empty path: OUTPUT.samples.h5ad. Throws InputError if the path is another file of the job.
  SampleFile(Workspace& work, Index count, const std::string& path);
  bool wanted() const { return writer_.has_value(); }

  /// Throws InputError if the samples do not fit into the memory of the nodes. All ranks.
  void require_memory(Index columns) const;

  /// Only if wanted(). what: for the log, "cells sampled from the model". obs: further obs columns, on root; var:
  /// column names, on root.
  void write(const std::string& what, const Matrix& x, Annotations obs, const std::vector<std::string>& var,
             const std::string& key, const DistributedMatrix& codes);

 private:
  Workspace& work_;
  Index count_;
  std::string path_;
  std::optional<io::H5adWriter> writer_;
};

}  // namespace replearn::app
