#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/annotations.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// Throws InputError if a name stands there twice: names are numbered from `first` and called e.g. "line 7". One rank.
void require_unique(const std::vector<std::string>& names, const std::string& file, const std::string& place,
                    Index first);

/// Makes gene names unique as anndata does, and tells the log how many there were and one of them. Returns how many.
/// One rank.
Index make_genes_unique(std::vector<std::string>& names, const Log& log);

/// The same for names of cells, with a warning: they should have been unique. One rank.
void make_cells_unique(std::vector<std::string>& names, const Log& log);

/// Names (or labels) that are no UTF-8 are taken for Latin-1 (Windows-1252) and turned into UTF-8; the log is told how
/// many there were and one of them. One rank.
void make_names_valid(std::vector<std::string>& names, const std::string& file, const Log& log);

/// "0", "1", ...: the names of what has none, as anndata gives them.
std::vector<std::string> numbered_names(Index count);

/// The names of all ranks one behind the other, on root. A name holds no line end. Collective.
std::vector<std::string> gather_names(const mpi::Communicator& comm, const std::vector<std::string>& mine);

}  // namespace replearn::io
