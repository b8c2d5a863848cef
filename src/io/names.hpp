#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/annotations.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// Throws InputError if a name occurs twice; names are located from `first` on as, e.g., "line 7". One rank.
void require_unique(const std::vector<std::string>& names, const std::string& file, const std::string& place,
                    Index first);

/// Makes gene names unique as anndata does, and logs the number of duplicates and one of them. Returns the number. One
/// rank.
Index make_genes_unique(std::vector<std::string>& names, const Log& log);

/// Makes cell names unique, with a warning, since they should already be unique. One rank.
void make_cells_unique(std::vector<std::string>& names, const Log& log);

/// Converts names (or labels) that are not UTF-8 from Latin-1 (Windows-1252) to UTF-8, and logs their number and one of
/// them. One rank.
void make_names_valid(std::vector<std::string>& names, const std::string& file, const Log& log);

/// "0", "1", ...: default names, as in anndata.
std::vector<std::string> numbered_names(Index count);

/// Concatenates the names of all ranks on root. Names must not contain line ends. Collective.
std::vector<std::string> gather_names(const mpi::Communicator& comm, const std::vector<std::string>& mine);

}  // namespace replearn::io
