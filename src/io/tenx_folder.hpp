#pragma once
#include <string>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/matrix_market.hpp"

namespace replearn::io {

/// The three files of a 10x Genomics matrix folder, as Cell Ranger (any version) and STARsolo write it, gzip or not.
struct TenxFolder {
  std::string matrix;    ///< matrix.mtx
  std::string barcodes;  ///< barcodes.tsv: the cells' names in the first column
  std::string features;  ///< features.tsv (version 3), genes.tsv (version 2): id, symbol and perhaps type
};

/// Throws InputError, saying what was looked for, if there is no matrix in the folder nor in a genome's folder below.
/// One rank.
void require_tenx_folder(const std::string& path);

/// The files of a folder, or those beside a .mtx file (GEO's "GSM1_matrix.mtx.gz" has "GSM1_barcodes.tsv.gz").
/// A folder of version 2 has a folder per genome: `genome` chooses; it may be empty if there is one. One rank.
/// Throws InputError saying what was looked for.
TenxFolder find_tenx_folder(const std::string& path, const std::string& genome);

/// The table of observations from barcodes.tsv. One rank. Throws if a barcode is missing or stands there twice.
Annotations read_barcodes(const std::string& path);

/// The table of genes: symbols as names (not yet unique), columns gene_ids and, if the file has it, feature_types.
/// One rank.
Annotations read_features(const std::string& path);

/// The axis of the matrix the cells are on, from the lengths of the two tables; columns if both fit. Throws InputError
/// if neither fits.
CellAxis cell_axis(const TenxFolder& folder, const MatrixMarketHeader& header, Index barcodes, Index features);

/// Reads such a folder, each rank its own cells: see read_matrix_market for cost and errors. Gene symbols are made
/// unique, which the log is told. Collective.
ExpressionMatrix read_tenx_folder(const mpi::Communicator& comm, const std::string& path, const std::string& genome,
                                  const Log& log);

}  // namespace replearn::io
