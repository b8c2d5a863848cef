#pragma once
#include <optional>
#include <string>

#include "app/workspace.hpp"

namespace replearn::app {

/// The matrix of the file that preprocessing starts from.
struct CountsSource {
  std::string element;                ///< "X", "raw/X", "layers/NAME"
  bool is_checked = true;             ///< whether it is known to hold counts
  std::optional<StoredRows> on_disk;  ///< it, if it is not in memory
};

/// Sets data().x to the matrix named by --matrix; raw/X is restricted to the genes of X. "auto": the first of
/// layers/counts, raw/X and X that contains counts, as reported in the log. counts_needed: auto requires counts; else
/// it uses X. on_disk: instead of setting data().x, returns the rows on disk, unless the matrix cannot be read in
/// blocks; if X is the only matrix, it is then not examined. All ranks. Throws InputError, listing the matrices and their values, if no matrix contains counts.
CountsSource take_counts(Workspace& work, const std::string& matrix, bool counts_needed, bool on_disk);

/// The layer in which to store the original values, never an existing one; empty: none. wanted: --counts-layer.
/// All ranks.
std::string free_layer(Workspace& work, const CountsSource& source, const std::string& wanted);

}  // namespace replearn::app
