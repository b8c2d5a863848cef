#pragma once
#include <string>

#include "base/log.hpp"
#include "methods/progress.hpp"

namespace replearn::app {

/// The prefix of log lines of a computation, verb or phase: its name, with "t-SNE" for "tsne".
std::string log_prefix(std::string name);

/// Progress of an iterative method: on a terminal one line that is overwritten, else one line every ten seconds, to
/// keep the log of a batch job readable. Silent if the log is.
ProgressCallback progress_line(const Log& log, const std::string& name, const std::string& loss_name);

}  // namespace replearn::app
