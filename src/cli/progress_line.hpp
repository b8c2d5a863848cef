#pragma once
#include <string>

#include "base/log.hpp"
#include "methods/progress.hpp"

namespace replearn::cli {

/// Shows how far an iterative method is: on a terminal one line that is written over, in a batch log a plain line
/// every ten seconds, so that a long job's file stays readable. Silent where the log is.
ProgressCallback progress_line(const Log& log, const std::string& name, const std::string& loss_name);

}  // namespace replearn::cli
