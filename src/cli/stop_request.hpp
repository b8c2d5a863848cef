#pragma once

namespace replearn::cli {

/// While this lives, SIGTERM and SIGUSR1, by which schedulers tell that the end is near, do not end the process but are
/// taken down. A second one, more than a second later, ends it at once as if this were not there (launchers and
/// schedulers both pass a signal on: what comes within a second is one). One at a time. Local.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  /// Whether one came.
  static bool came();
};

}  // namespace replearn::cli
