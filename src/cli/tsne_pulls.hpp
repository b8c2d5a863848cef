#pragma once
#include "cli/workspace.hpp"
#include "methods/tsne/pull.hpp"

namespace replearn::cli {

/// "cell_type=B:0.01" taken apart: the labels of an obs column, and how hard they pull.
struct PullWish {
  std::string column, label;
  double weight = 0;
};
/// Throws InputError naming the option if it is not of that form, or the weight is not a positive number. Local.
PullWish parse_pull(const std::string& text);

/// The cells that each wish is about. All ranks. Throws InputError with the nearest name if there is no such column or
/// label.
std::vector<tsne::Pull> find_pulls(Workspace& work, const std::vector<std::string>& wishes);

}  // namespace replearn::cli
