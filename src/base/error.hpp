#pragma once
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace replearn {

/// The user's input or options are wrong: the program ends with exit code 2.
///
/// A message has four parts, and reads "FILE: PLACE: WHAT; MEND". `file` may be empty (options), `place` names a
/// dataset, a line or an option, `what` says what is wrong with it, `hint` what to do about it (may be empty).
///
/// By convention an InputError leaves a collective function on all ranks alike (see mpi::run_collectively), so that the
/// program can print it once.
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

/// The machine failed us (a full disk, a lost file system): the program ends with exit code 1 and this message.
/// Like InputError it leaves collective functions on all ranks alike.
class SystemError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The candidate with the smallest edit distance to `name`, upper and lower case alike, the first of equals; "" if none
/// is near (more than two letters and more than a third of the name differ, or every letter does).
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// The mend for a name that is not there: "did you mean 'X'?", or, if none is near, a list of up to `most` candidates.
std::string suggest(std::string_view name, std::span<const std::string> candidates, std::size_t most = 10);

}  // namespace replearn
