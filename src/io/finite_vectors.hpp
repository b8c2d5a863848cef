#pragma once
#include <string>

#include "data/word_vectors.hpp"

namespace replearn::io {

/// Throws InputError, on all ranks alike, naming the first word whose vector holds NaN or infinity: cosines with it
/// mean nothing, and what sorts by them comes out in no order. path: of the file that they come from or go to. All
/// ranks; one pass over my rows.
void require_finite_vectors(const mpi::Communicator& comm, const std::string& path, const WordVectorsView& vectors,
                            const std::string& hint);

}  // namespace replearn::io
