#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/stored_rows.hpp"
#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {

/// One matrix of a 10x Genomics HDF5 file: features x barcodes by columns (CSC), which is cells x genes by rows.
/// Version 2 (Cell Ranger 1 and 2) has a group per genome; version 3 has the group "matrix", with all genomes in it.
struct TenxMatrix {
  std::string group;  ///< "matrix", or the genome of version 2
  bool version_3 = true;
  Index cells = 0, genes = 0, stored = 0;

  std::string dataset(const std::string& name) const { return group + "/" + name; }
  std::string gene_names() const { return dataset(version_3 ? "features/name" : "gene_names"); }
  std::string gene_ids() const { return dataset(version_3 ? "features/id" : "genes"); }
};

/// Whether the file has a 10x matrix of either version. One rank.
bool is_tenx(const Hdf5File& file);

/// The genomes of a file of version 2; empty for version 3. One rank.
std::vector<std::string> tenx_genomes(const Hdf5File& file);

/// Finds the matrix and checks that all its datasets exist and their lengths agree. `genome` selects a group of version
/// 2 and may be empty if there is only one; it is unused here for version 3. One rank. Throws InputError naming the
/// dataset.
TenxMatrix find_tenx_matrix(const Hdf5File& file, const std::string& genome);

/// The table of cells, with unchanged names. One rank.
Annotations read_tenx_barcodes(const Hdf5File& file, const TenxMatrix& matrix);
/// The table of genes: symbols as names (not yet unique), columns gene_ids and, for version 3, feature_types, genome
/// and all other string columns of the features. One rank.
Annotations read_tenx_features(const Hdf5File& file, const TenxMatrix& matrix);

/// Reads such a file, each rank its own cells: its slice of indptr, then of indices and data. All features are kept,
/// except that with version 3 and a genome only its features are. Gene symbols are made unique, which is logged.
/// Collective. Throws InputError on all ranks, naming the dataset: a decreasing indptr, an index out of range or twice
/// in a cell, a value that is not finite.
///
/// Cost: O(nnz / p) bytes read per rank; only the shape is communicated.
ExpressionMatrix read_tenx(const mpi::Communicator& comm, const std::string& path, const std::string& genome,
                           const Log& log);

/// Such a file, its matrix to be read by blocks of cells. `features`: mask of the rows of the matrix that the genome
/// has, on every rank; empty: all. obs and var are on root. Collective; throws InputError.
struct StoredTenx {
  std::shared_ptr<const RowReader> cells;
  std::vector<std::uint8_t> features;
  Annotations obs, var;
};
StoredTenx open_tenx(const mpi::Communicator& comm, const std::string& path, const std::string& genome,
                     const Log& log);

}  // namespace replearn::io
