#pragma once
#include <map>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "data/stored_rows.hpp"
#include "io/input_options.hpp"
#include "io/samples/samples.hpp"

namespace replearn::io {

/// Several inputs as one: cells one below the other, genes joined, as by anndata.concat.
struct JoinedInput {
  Annotations obs, var;                                          ///< on root; see joined_tables.hpp
  std::map<std::string, std::shared_ptr<const RowReader>> rows;  ///< "X" and layers, as "layers/NAME"
};

/// Opens the samples, in any formats. Their matrices are read in blocks; a rank opens one file at a time, and holds all
/// of it only if its format cannot be read in blocks (tables, Matrix Market, CSC). Missing genes are 0. Layers that all
/// samples have (inner) or some (outer; 0 in the others) are joined; raw, obsm, obsp and uns are not. comm must outlive
/// the result. Collective. Throws InputError.
JoinedInput open_samples(const mpi::Communicator& comm, const SampleList& list, const InputOptions& options,
                         const Log& log);

}  // namespace replearn::io
