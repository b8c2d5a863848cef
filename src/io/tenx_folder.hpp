#pragma once
#include <string>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/input_options.hpp"
#include "io/matrix_market.hpp"

namespace replearn::io {

/// A Matrix Market file with the tables of its two axes, as Cell Ranger (any version), STARsolo, kb-python, alevin-fry,
/// Parse and GEO name them, compressed or not.
struct TenxFolder {
  std::string matrix;    ///< matrix.mtx, GSM1_matrix.mtx.gz, cells_x_genes.mtx, quants_mat.mtx, count_matrix.mtx ...
  std::string barcodes;  ///< barcodes.tsv, cells_x_genes.barcodes.txt, quants_mat_rows.txt, cell_metadata.csv ...
  std::string features;  ///< features.tsv, genes.tsv, cells_x_genes.genes.txt, quants_mat_cols.txt, all_genes.csv ...
  std::string symbols;   ///< gene symbols, a line each, where they have a file of their own (kb-python); else empty
};

/// Throws InputError, saying what was looked for, if there is no .mtx in the folder nor up to three folders below.
/// One rank.
void require_tenx_folder(const std::string& path);

/// The files of a folder, of the only matrix in the folders below, or those beside a .mtx file, by the matrix's name.
/// options.genome chooses a genome's folder (Cell Ranger 2); options.barcodes and options.features name the tables.
/// One rank. Throws InputError saying what was looked for, and, where several would do, which there are.
TenxFolder find_tenx_folder(const std::string& path, const InputOptions& options);

/// The tables of both axes, and the axis that the cells are on.
struct FolderTables {
  Annotations obs, var;
  CellAxis cells = CellAxis::columns;
  Index repeated_genes = 0;  ///< names that stood there already, and got a number
};

/// Reads the tables of cells and genes. Which axis the cells are on follows from the lengths of the tables (columns if
/// both fit). Blank lines at the ends are skipped; a line of column names is found by the number of lines, or by its
/// words; row numbers as R's write.table writes them are left out. Gene symbols are names (made unique, as cells' are;
/// the log is told), ids the column gene_ids, the type of feature feature_types; further named columns are kept.
/// One rank. Throws InputError if neither axis fits, or a name is missing.
FolderTables read_folder_tables(const TenxFolder& folder, const MatrixMarketHeader& header, const Log& log);

/// Reads such a folder, each rank its own cells: see read_matrix_market for cost and errors. Collective.
ExpressionMatrix read_tenx_folder(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                  const Log& log);

}  // namespace replearn::io
