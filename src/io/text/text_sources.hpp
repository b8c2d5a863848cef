#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "mpi/communicator.hpp"
#include "text/text_shards.hpp"

namespace replearn::io {

/// Resolves one name to text files, as below, unsorted. One process. Throws InputError if nothing matches.
std::vector<std::string> text_paths(const std::string& name);

/// Resolves `names` to text files: a file, a folder (all files below it except hidden ones), or a glob
/// ("news/*.txt.gz"). Sorted by path without duplicates; empty files are skipped. Root searches and broadcasts. Files
/// in UTF-16 or UTF-32 are logged; they are read as UTF-8. Collective. Throws InputError on all ranks if a name matches
/// nothing, or if no file contains text.
std::vector<TextSource> find_text(const mpi::Communicator& comm, const std::vector<std::string>& names,
                                  const Log& log = Log());

}  // namespace replearn::io
