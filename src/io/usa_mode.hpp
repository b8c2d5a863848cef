#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/annotations.hpp"
#include "data/sparse_rows.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// alevin-fry's USA mode counts unspliced, spliced and ambiguous molecules apart: its columns are all genes ("g"), then
/// all of them as "g-U", then as "g-A". The number of genes if the names are such; else 0. Local.
Index genes_of_usa_mode(const std::vector<std::string>& names);

/// Turns the three columns of each gene into one: spliced + ambiguous, as fishpond's loadFry and pyroe's load_fry read
/// single cells by default ("scRNA"). Unspliced counts are left out; the log tells what share of all they were.
/// Collective, with the same arguments on all ranks.
void sum_usa_mode(const mpi::Communicator& comm, SparseRows& x, Index genes, const Log& log);

}  // namespace replearn::io
