#pragma once

namespace replearn {

/// Installs handlers for SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT that write one line with rank and signal to stderr
/// and then end the process by the same signal, as if uncaught; the launcher ends the other ranks. The handlers neither
/// allocate nor lock, unlike those of Open MPI, which print a stack trace and may deadlock on a corrupted heap. A
/// process-wide setting. Local.
void report_crashes(int rank);

/// From now on the process is ending: its work is done and its messages are printed. A crash of a library while it shuts
/// down (MPI_Finalize, exit handlers) then says so, and the process ends with this code instead of by the signal. Local.
void set_exit_code(int code);

}  // namespace replearn
