#pragma once
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn::test {

/// simulated() of tests/data/highly_variable/make_reference.py, this rank's rows of 420 x 600 counts; annotations with
/// the column batch on root. with_few: whether the batch of 21 cells is among them.
ExpressionMatrix simulated_batches(const mpi::Communicator& comm, bool with_few);

/// Adds the column batch of pbmc68k() in that script to obs. Root.
void add_batches(Annotations& obs);

}  // namespace replearn::test
