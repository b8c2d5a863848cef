#pragma once
#include <string>
#include <vector>

#include "app/workspace.hpp"
#include "numerics/pull.hpp"

namespace replearn::app {

/// "cell_type=B:0.01", parsed: obs column, label and weight.
struct PullOption {
  std::string column, label;
  double weight = 0;
};
/// Throws InputError naming the option ("--pull") if the text has another form or the weight is not positive.
/// Local.
PullOption parse_pull(const std::string& option, const std::string& text);

/// Resolves each option. All ranks. Throws InputError with the nearest name if the column or label does not exist.
std::vector<Pull> find_pulls(Workspace& work, const std::string& option, const std::vector<std::string>& options);

}  // namespace replearn::app
