#pragma once
#include <exception>
#include <string>

namespace replearn::cli {

enum ExitCode { success = 0, internal_error = 1, input_error = 2, stopped = 75 };

/// An exception as the program reports it.
struct Failure {
  ExitCode code = internal_error;
  std::string text;
};

/// Local. error: not null.
Failure failure_of(const std::exception_ptr& error);

}  // namespace replearn::cli
