#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/annotations.hpp"
#include "data/sparse_rows.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// Detects alevin-fry's USA mode, which counts unspliced, spliced and ambiguous molecules separately: the columns are
/// all genes ("g"), then all as "g-U", then as "g-A". Returns the number of genes, or 0 for other names. Local.
Index genes_of_usa_mode(const std::vector<std::string>& names);

/// Merges the three columns of each gene into one: spliced + ambiguous, the default of fishpond's loadFry and pyroe's
/// load_fry for single cells ("scRNA"). Unspliced counts are dropped; their percentage is logged. Collective, with the
/// same arguments on all ranks.
void sum_usa_mode(const mpi::Communicator& comm, SparseRows& x, Index genes, const Log& log);

}  // namespace replearn::io
