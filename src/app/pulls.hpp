#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "app/workspace.hpp"

namespace replearn::app {

/// "cell_type=B:0.01", parsed: obs column, label and weight.
struct PullOption {
  std::string column, label;
  double weight = 0;
};
/// Throws InputError naming the option ("--pull") if the text has another form or the weight is not positive.
/// Local.
PullOption parse_pull(const std::string& option, const std::string& text);

/// The cells that an option pulls together.
struct PulledCells {
  std::string name;  ///< "cell_type=B"
  double weight = 0;
  std::vector<std::uint8_t> members;  ///< mask over the local rows
};
/// Resolves each option. All ranks. Throws InputError with the nearest name if the column or label does not exist.
std::vector<PulledCells> find_pulls(Workspace& work, const std::string& option,
                                    const std::vector<std::string>& options);

/// Conversion to a method's own type.
template <class Pull>
std::vector<Pull> pulls_as(std::vector<PulledCells> cells) {
  std::vector<Pull> pulls;
  for (auto& its : cells) pulls.push_back({std::move(its.name), its.weight, std::move(its.members)});
  return pulls;
}

}  // namespace replearn::app
