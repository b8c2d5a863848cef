#pragma once
#include <string>
#include <vector>

#include "app/workspace.hpp"
#include "methods/vae/data.hpp"

namespace replearn::app {

/// obs columns that a model is conditioned on, and their labels known to the model. The same on every rank.
struct ConditionLabels {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> labels;
  std::vector<Index> levels() const;
};

/// The labels of the input in these columns. All ranks. Throws InputError if a column does not exist or is not
/// categorical.
ConditionLabels labels_of(Workspace& work, const std::vector<std::string>& columns);

/// Labels of the local cells as levels of `known`. All ranks. Throws InputError naming the first cell with a missing or
/// unknown label.
vae::Conditions conditions_of(Workspace& work, const ConditionLabels& known);

}  // namespace replearn::app
