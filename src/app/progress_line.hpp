#pragma once
#include <string>

#include "app/session.hpp"
#include "methods/progress.hpp"

namespace replearn::app {

/// The prefix of log lines of a computation, verb or phase: its name, with "t-SNE" for "tsne".
std::string log_prefix(std::string name);

/// Progress of an iterative method: on a terminal one line that is overwritten, else one line per interval of the
/// session (ten seconds, which keeps the log of a batch job readable). Also written to the log file, if there is one.
/// Silent if the log is.
ProgressCallback progress_line(const Session& session, const std::string& name, const std::string& loss_name);

}  // namespace replearn::app
