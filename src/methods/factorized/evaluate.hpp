#pragma once
#include "methods/factorized/factorized.hpp"
#include "methods/factorized/training_data.hpp"

namespace replearn::factorized {

/// On the held-out entries; NaN if there are none. samples: my rows' embeddings. All ranks, one reduction.
HeldOut evaluate(const mpi::Communicator& comm, const TrainingData& data, const Model& model, const RowMatrix& samples);

}  // namespace replearn::factorized
