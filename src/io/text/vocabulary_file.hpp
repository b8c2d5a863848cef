#pragma once
#include <string>

#include "mpi/communicator.hpp"
#include "text/vocabulary.hpp"

namespace replearn::io {

/// Writes the vocabulary in the format of the C program: one line "word count" per word, "</s> sentences" first. Root
/// writes to a temporary file, then renames it. Collective. Throws InputError if it cannot be written.
void write_vocabulary(const mpi::Communicator& comm, const std::string& path, const Vocabulary& vocabulary);

/// Reads such a vocabulary on root and applies the options. Words may be in any order. Collective; throws InputError on
/// all ranks, naming the line.
Vocabulary read_vocabulary(const mpi::Communicator& comm, const std::string& path, const VocabularyOptions& options);

}  // namespace replearn::io
