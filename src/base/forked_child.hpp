#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace replearn {

/// What a child may use before the kernel or its parent ends it.
struct ChildLimits {
  double processor_seconds = 0;
  double wall_seconds = 0;
  std::size_t memory_bytes = 0;  ///< address space beyond what the parent has mapped
};

/// Memory that the child shares with its parent: what it was at survives its death.
class ChildNotes {
 public:
  /// What the child is about to do. Costs a copy of the text, no system call.
  void at(std::string_view text);
  /// What the child found out. The last call counts.
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
    finished,   ///< the work returned, or threw: an error that was reported is none of memory
    signaled,   ///< a signal ended it
    timed_out,  ///< it used up its time
    not_run     ///< no child could be made
  };
  How how = How::not_run;
  int signal = 0;
  std::string at, found;  ///< as noted last
};

/// Runs `work` in a forked child of this process, which shares nothing with it but the notes: a crash, an endless loop
/// or a corrupted heap there stays there. Its output goes to /dev/null, its signal handlers are the default ones, it
/// leaves no core file, runs no destructors or atexit handlers, and dies with its parent. `work` must not call MPI.
/// Local; waits for the end without using the processor. Costs some milliseconds.
///
/// A fork rather than another program: users of the library have no such program installed. glibc's fork leaves a
/// usable heap and usable streams in the child though threads of MPI may be running, and OpenBLAS registers its own
/// handlers; nothing else that threads may hold locked is used by a `work` that reads a file. The call belongs before
/// long computations: memory registered with a network adapter is not to be written while the child lives.
ChildEnd run_in_child(const ChildLimits& limits, const std::function<void(ChildNotes&)>& work);

}  // namespace replearn
