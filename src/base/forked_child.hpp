#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace replearn {

/// Resource limits of a child process.
struct ChildLimits {
  double processor_seconds = 0;
  double wall_seconds = 0;
  std::size_t memory_bytes = 0;  ///< address space in addition to the parent's mappings
};

/// Memory shared between child and parent; it survives a crash of the child.
class ChildNotes {
 public:
  /// Records what the child is about to do. Costs a copy of the text, no system call.
  void at(std::string_view text);
  /// Records a result. The last call counts.
  void found(std::string_view text);

 private:
  friend struct ChildEnd run_in_child(const ChildLimits&, const std::function<void(ChildNotes&)>&);
  static constexpr std::size_t text_bytes = 2000;
  char at_[text_bytes] = "";
  char found_[text_bytes] = "";
};

/// How a child ended.
struct ChildEnd {
  enum class How {
    finished,   ///< `work` returned or threw; an exception is an ordinary error, not a crash
    signaled,   ///< ended by a signal
    timed_out,  ///< exceeded its time limit
    not_run     ///< the child could not be created
  };
  How how = How::not_run;
  int signal = 0;
  std::string at, found;  ///< as last recorded
};

/// Runs `work` in a forked child process that shares only the notes with its parent, so that a crash, an infinite loop
/// or heap corruption stays in the child. Its output goes to /dev/null, signal handlers are reset to their defaults, it
/// leaves no core file, runs no destructors or atexit handlers, and is killed with its parent. `work` must not call
/// MPI. Local; waits without using the CPU. Costs a few milliseconds.
///
/// A fork rather than a separate program, since users of the library may not have one installed. After fork, glibc's
/// heap and streams are usable in the child even if MPI threads are running, and OpenBLAS registers its own handlers; a
/// `work` that reads a file uses no other locks. Should be called before long computations, since memory registered
/// with a network adapter must not be written while the child exists.
ChildEnd run_in_child(const ChildLimits& limits, const std::function<void(ChildNotes&)>& work);

}  // namespace replearn
