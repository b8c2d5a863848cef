#pragma once
#include <string>

#include "cli/workspace.hpp"

namespace replearn::cli {

/// Which matrix of the file preprocessing takes.
struct CountsSource {
  std::string element;       ///< "X", "raw/X", "layers/NAME"
  bool holds_counts = true;  ///< else it was named, whatever it holds
};

/// Makes data().x the matrix that --matrix names, of raw/X the columns of X's genes; "auto": the first of
/// layers/counts, raw/X and X that holds counts, said in the log. counts_needed: whether auto may not take what is no
/// counts; else it takes X. All ranks. Throws InputError if there is none, saying what was found where.
CountsSource take_counts(Workspace& work, const std::string& matrix, bool counts_needed);

/// The layer to keep the values as they were given in, never one that is there already; empty: none. wanted:
/// --counts-layer. All ranks.
std::string free_layer(Workspace& work, const CountsSource& source, const std::string& wanted);

}  // namespace replearn::cli
