#pragma once

namespace replearn::app {

/// During the lifetime of this object, SIGTERM and SIGUSR1, which schedulers send before the time limit, are recorded
/// instead of ending the process. A second signal more than a second later ends it immediately (signals within a second
/// count as one, since launchers and schedulers both forward them). One object at a time. Local.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  /// Whether a signal arrived.
  static bool received();
};

}  // namespace replearn::app
