#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/array_box.hpp"
#include "data/expression_matrix.hpp"
#include "data/neighbor_graph.hpp"
#include "io/input_options.hpp"

namespace replearn::io {

/// Whether a path ends in .npy or .npz.
bool names_numpy(const std::string& path);

/// Whether a file is an .npz: a zip archive with NumPy arrays in it. One rank.
bool is_npz(const std::string& path);

/// Reads a numeric NumPy array whose rows are observations; further axes of an array in C order (images) are flattened.
/// .npz: its only matrix, or the one named X; or a SciPy sparse matrix (CSR or CSC). Rows and columns are named 0, 1,
/// ... Values become float32. Collective.
///
/// Throws InputError on all ranks, naming the element: not numeric, a value that is not finite (NaN is allowed with
/// options.keep_missing) or exceeds float32, a damaged archive or sparse matrix.
///
/// Cost: .npy: each rank reads its rows. .npz: root reads everything into memory and sends each rank its rows.
ExpressionMatrix read_numpy(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                            const Log& log);

/// Description for `replearn inspect`. One rank.
std::vector<std::string> inspect_numpy(const std::string& path);

/// Writes a float32 array, n x columns; it appears under its name when complete. Collective.
void write_npy(const mpi::Communicator& comm, const std::string& path, const DistributedMatrix& matrix);

/// Writes an array of the given extent (one or two axes) in boxes written by `fill`, which is called by all ranks.
/// Exceptions of fill must be thrown on all ranks.
void write_npy(const mpi::Communicator& comm, const std::string& path, const std::vector<Index>& extent,
               const std::function<void(const WriteBox& write)>& fill);

/// Writes a graph as SciPy's sparse matrix (CSR, scipy.sparse.load_npz). Root gathers it. Collective.
void write_npz(const mpi::Communicator& comm, const std::string& path, const NeighborGraph& graph);

}  // namespace replearn::io
