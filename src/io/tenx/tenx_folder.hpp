#pragma once
#include <string>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/input_options.hpp"
#include "io/tenx/matrix_market.hpp"

namespace replearn::io {

/// A Matrix Market file with the tables of its two axes, with the file names of Cell Ranger (any version), STARsolo,
/// kb-python, alevin-fry, Parse and GEO, compressed or not.
struct TenxFolder {
  std::string matrix;    ///< matrix.mtx, GSM1_matrix.mtx.gz, cells_x_genes.mtx, quants_mat.mtx, count_matrix.mtx ...
  std::string barcodes;  ///< barcodes.tsv, cells_x_genes.barcodes.txt, quants_mat_rows.txt, cell_metadata.csv ...
  std::string features;  ///< features.tsv, genes.tsv, cells_x_genes.genes.txt, quants_mat_cols.txt, all_genes.csv ...
  std::string symbols;   ///< gene symbols, one per line, if in a separate file (kb-python); else empty
};

/// Throws InputError, listing the expected files, if there is no .mtx in the folder or up to three levels below. One
/// rank.
void require_tenx_folder(const std::string& path);

/// Finds the files of a folder, of the only matrix in its subfolders, or those beside a .mtx file, by the matrix's
/// name. options.genome selects a genome's folder (Cell Ranger 2); options.barcodes and options.features name the
/// tables. One rank. Throws InputError listing the expected files or, if ambiguous, the candidates.
TenxFolder find_tenx_folder(const std::string& path, const InputOptions& options);

/// The tables of both axes, and the axis of the cells.
struct FolderTables {
  Annotations obs, var;
  CellAxis cells = CellAxis::columns;
  Index repeated_genes = 0;  ///< duplicate names that were numbered
};

/// Reads the tables of cells and genes. The axis of the cells follows from the lengths of the tables (columns if both
/// fit). Blank lines at the ends are skipped; a header line is detected by the number of lines or by its words; row
/// numbers written by R's write.table are dropped. Gene symbols become the names (made unique, like those of cells,
/// which is logged), ids the column gene_ids, feature types feature_types; further named columns are kept. One rank.
/// Throws InputError if neither axis fits, or a name is missing.
FolderTables read_folder_tables(const TenxFolder& folder, const MatrixMarketHeader& header, const Log& log);

/// Reads such a folder, each rank its own cells: see read_matrix_market for cost and errors. Collective.
ExpressionMatrix read_tenx_folder(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                  const Log& log);

}  // namespace replearn::io
