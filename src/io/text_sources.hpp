#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/text_shards.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// The files of text that one name stands for, as below, unsorted. One process. Throws InputError for a name that
/// stands for nothing.
std::vector<std::string> text_paths(const std::string& name);

/// The files of text that `names` stand for: a file, a folder (all files below it but hidden ones), or a glob
/// ("news/*.txt.gz"). Sorted by path, each once; empty files are left out. Root looks, all ranks know.
/// What is UTF-16 or UTF-32 is told to the log; it is read as UTF-8.
/// Collective. Throws InputError on all ranks for a name that stands for nothing, and if no file has any text.
std::vector<TextSource> find_text(const mpi::Communicator& comm, const std::vector<std::string>& names,
                                  const Log& log = Log());

}  // namespace replearn::io
