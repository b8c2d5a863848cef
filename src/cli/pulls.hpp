#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cli/workspace.hpp"

namespace replearn::cli {

/// "cell_type=B:0.01" taken apart: the labels of an obs column, and how hard they pull.
struct PullOption {
  std::string column, label;
  double weight = 0;
};
/// Throws InputError naming the option ("--pull") if it is not of that form, or the weight is not a positive number.
/// Local.
PullOption parse_pull(const std::string& option, const std::string& text);

/// The cells that a wish is about.
struct PulledCells {
  std::string name;  ///< "cell_type=B"
  double weight = 0;
  std::vector<std::uint8_t> members;  ///< of my rows, 1 where it is one
};
/// Of each wish. All ranks. Throws InputError with the nearest name if there is no such column or label.
std::vector<PulledCells> find_pulls(Workspace& work, const std::string& option, const std::vector<std::string>& wishes);

/// The same as a method has them.
template <class Pull>
std::vector<Pull> pulls_as(std::vector<PulledCells> cells) {
  std::vector<Pull> pulls;
  for (auto& its : cells) pulls.push_back({std::move(its.name), its.weight, std::move(its.members)});
  return pulls;
}

}  // namespace replearn::cli
