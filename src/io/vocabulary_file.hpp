#pragma once
#include <string>

#include "data/vocabulary.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// The C program's vocabulary: a line "word count" for each, "</s> sentences" first. Root writes, under a temporary
/// name, then renames. Collective. Throws InputError if it cannot be written.
void write_vocabulary(const mpi::Communicator& comm, const std::string& path, const Vocabulary& vocabulary);

/// The same read, by root, and what the options leave of it. Its words may be in any order. Collective; throws
/// InputError on all ranks, naming the line.
Vocabulary read_vocabulary(const mpi::Communicator& comm, const std::string& path, const VocabularyOptions& options);

}  // namespace replearn::io
