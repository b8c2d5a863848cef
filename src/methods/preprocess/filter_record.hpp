#pragma once
#include <string>
#include <vector>

#include "data/annotations.hpp"
#include "data/value_tree.hpp"
#include "mpi/communicator.hpp"

namespace replearn::preprocess {

/// What the filters did, for reports: "cells" and "genes", each with the number "before" and "kept"; and for each
/// metric of the cells (column of obs) a histogram of 60 bins, "edges" (61 numbers), "before" and "kept" (60 counts).
/// The last bin ends at the 99.5th percentile and includes all larger values. obs: all cells with their metrics, and
/// kept_cells, a mask of them, on root. The same result on every rank. Collective; broadcasts 2 kB per metric.
ValueTree filter_record(const mpi::Communicator& comm, const Annotations& obs,
                        const std::vector<std::uint8_t>& kept_cells, Index genes_before, Index genes_kept,
                        const std::vector<std::string>& metrics);

}  // namespace replearn::preprocess
