#pragma once
#include <string>

#include "base/log.hpp"
#include "cli/option_set.hpp"

namespace replearn::cli {

/// Lowers the value of an option that the user did not give to `largest`, the most that the data allow, with a line in
/// the log that says `why`. A value that was given stays, for the method to refuse. Local, the same on every rank.
template <class Number>
void lower_default(const GivenOptions& given, const std::string& verb, const std::string& option, Number& value,
                   Number largest, const std::string& why, const Log& log) {
  if (value <= largest || given.contains(option)) return;
  log.line(format("%s: --%s %g instead of the default of %g: %s", verb.c_str(), option.c_str(),
                  static_cast<double>(largest), static_cast<double>(value), why.c_str()));
  value = largest;
}

/// "12 cells", for `why`.
inline std::string counted(Index number, const std::string& what) {
  return std::to_string(number) + " " + what;
}

}  // namespace replearn::cli
