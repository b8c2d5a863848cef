#pragma once
#include <string>

#include "app/workspace.hpp"

namespace replearn::app {

/// The matrix of the file that preprocessing starts from.
struct CountsSource {
  std::string element;       ///< "X", "raw/X", "layers/NAME"
  bool holds_counts = true;  ///< false: named by the user in spite of its values
};

/// Sets data().x to the matrix named by --matrix; raw/X is restricted to the genes of X. "auto": the first of
/// layers/counts, raw/X and X that contains counts, as reported in the log. counts_needed: auto requires counts; else
/// it uses X. All ranks. Throws InputError, listing the matrices and their values, if no matrix contains counts.
CountsSource take_counts(Workspace& work, const std::string& matrix, bool counts_needed);

/// The layer in which to store the original values, never an existing one; empty: none. wanted: --counts-layer.
/// All ranks.
std::string free_layer(Workspace& work, const CountsSource& source, const std::string& wanted);

}  // namespace replearn::app
