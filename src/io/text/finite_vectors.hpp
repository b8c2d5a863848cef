#pragma once
#include <string>

#include "text/word_vectors.hpp"

namespace replearn::io {

/// Throws InputError, on all ranks alike, naming the first word whose vector holds NaN or infinity: its cosines are
/// undefined and cannot be sorted. path: the file that is read or written. All ranks; one pass over the local rows.
void require_finite_vectors(const mpi::Communicator& comm, const std::string& path, const WordVectorsView& vectors,
                            const std::string& hint);

}  // namespace replearn::io
