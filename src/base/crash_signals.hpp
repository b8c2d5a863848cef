#pragma once

namespace replearn {

/// Installs handlers for SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT that write one line with rank and signal to stderr
/// and then end the process by the same signal, as if uncaught; the launcher ends the other ranks. The handlers neither
/// allocate nor lock, unlike those of Open MPI, which print a stack trace and may deadlock on a corrupted heap. A
/// process-wide setting. Local.
void report_crashes(int rank);

}  // namespace replearn
