#pragma once
#include <string>
#include <vector>

#include "cli/workspace.hpp"

namespace replearn::cli {

/// The features of a panel that a step is about, as --feature-types says: "auto" (Gene Expression where
/// var/feature_types names several types, all where it does not), "all", or some of the types. One entry per column of
/// X, the same on every rank; empty: all of them. Said in the log where any is left out. All ranks. Throws InputError
/// naming the types there are.
std::vector<std::uint8_t> chosen_features(Workspace& work, const std::string& step,
                                          const std::vector<std::string>& types);

/// Warns where a step takes all features of a panel of several types. All ranks.
void warn_of_all_features(Workspace& work, const std::string& step, const std::string& element);

/// The help line of --feature-types.
extern const char* const feature_types_help;

}  // namespace replearn::cli
