#pragma once
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace replearn {

/// Invalid input or options: the program ends with exit code 2.
///
/// A message has four parts and reads "FILE: PLACE: WHAT; HINT". `file` may be empty (options), `place` names a
/// dataset, a line or an option, `what` describes the error, `hint` suggests a remedy (may be empty).
///
/// By convention collective functions throw an InputError on all ranks (see mpi::run_collectively), so that the program
/// prints it once.
class InputError : public std::runtime_error {
 public:
  InputError(std::string file, std::string place, std::string what, std::string hint = "");

  const std::string& file() const { return file_; }
  const std::string& place() const { return place_; }
  const std::string& problem() const { return problem_; }
  const std::string& hint() const { return hint_; }

 private:
  std::string file_, place_, problem_, hint_;
};

/// A system failure (full disk, lost file system): the program ends with exit code 1 and this message. Like InputError,
/// thrown by collective functions on all ranks.
class SystemError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws InputError about an option unless `holds`.
void require(bool holds, const std::string& option, const std::string& what, const std::string& hint);
/// The same about its value: "is 0.5".
void require(bool holds, const std::string& option, double value, const std::string& hint);

/// The candidate with the smallest case-insensitive edit distance to `name`, the first in case of ties; "" if none is
/// near (more than two letters and more than a third of the name differ, or all letters differ).
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// Hint for an unknown name: "did you mean 'X'?" or, if none is near, a list of up to `most` candidates.
std::string suggest(std::string_view name, std::span<const std::string> candidates, std::size_t most = 10);

}  // namespace replearn
