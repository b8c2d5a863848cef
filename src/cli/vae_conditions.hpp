#pragma once
#include <string>
#include <vector>

#include "cli/workspace.hpp"
#include "methods/vae/data.hpp"

namespace replearn::cli {

/// Columns of obs that a model is conditioned on, and the labels it knows of each. The same on every rank.
struct ConditionLabels {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> labels;
  std::vector<Index> levels() const;
};

/// The labels that the input has in these columns. All ranks. Throws InputError if a column is not there or is no
/// category.
ConditionLabels labels_of(Workspace& work, const std::vector<std::string>& columns);

/// Each of my cells' labels as levels of `known`. All ranks. Throws InputError naming the first cell without a label,
/// or with one that is not known.
vae::Conditions conditions_of(Workspace& work, const ConditionLabels& known);

}  // namespace replearn::cli
