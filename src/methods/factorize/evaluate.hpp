#pragma once
#include "methods/factorize/factorize.hpp"
#include "methods/factorize/training_data.hpp"

namespace replearn::factorize {

/// Evaluates a model on the held-out entries; NaN if there are none. samples: embeddings of the local rows. All ranks,
/// one reduction.
HeldOut evaluate(const mpi::Communicator& comm, const TrainingData& data, const Model& model, const RowMatrix& samples);

}  // namespace replearn::factorize
