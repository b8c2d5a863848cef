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

/// Whether a path is written as NumPy's: it ends in .npy or .npz.
bool names_numpy(const std::string& path);

/// Whether a file is an .npz: a zip archive with NumPy arrays in it. One rank.
bool is_npz(const std::string& path);

/// Reads a NumPy array of numbers, rows of which are observations; further axes of an array in C order (images) are
/// laid out in one. .npz: its only matrix, or the one called X; or SciPy's sparse matrix (CSR or CSC). Rows and columns
/// are named 0, 1, ... Values become float32. Collective.
///
/// Throws InputError on all ranks, naming the element: no numbers, a value that is not finite (NaN is let pass with
/// options.keep_missing) or beyond float32, a damaged archive or sparse matrix.
///
/// Cost: .npy: each rank reads its rows. .npz: root reads all, keeps it in memory, and sends each rank its rows.
ExpressionMatrix read_numpy(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                            const Log& log);

/// What `replearn inspect` says. One rank.
std::vector<std::string> inspect_numpy(const std::string& path);

/// Writes an array of float32, n x columns; it appears under its name when it is whole. Collective.
void write_npy(const mpi::Communicator& comm, const std::string& path, const DistributedMatrix& matrix);

/// The same of an array of the given extent (one axis or two) that `fill`, called by all ranks, writes box by box. What
/// fill throws must leave it on all ranks alike.
void write_npy(const mpi::Communicator& comm, const std::string& path, const std::vector<Index>& extent,
               const std::function<void(const WriteBox& write)>& fill);

/// Writes a graph as SciPy's sparse matrix (CSR, scipy.sparse.load_npz). Root gathers it. Collective.
void write_npz(const mpi::Communicator& comm, const std::string& path, const NeighborGraph& graph);

}  // namespace replearn::io
