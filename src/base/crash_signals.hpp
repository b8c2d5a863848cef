#pragma once

namespace replearn {

/// From now on a crash of this process (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) writes one line that names rank and
/// signal to stderr, and then ends the process by that signal, as if nothing had caught it; the launcher ends the other
/// ranks. Uses nothing that a damaged heap or a held lock could stop: Open MPI's own handlers print a stack, for which
/// they allocate, and after a heap was overwritten that waits for ever. One setting for the process. Local.
void report_crashes(int rank);

}  // namespace replearn
