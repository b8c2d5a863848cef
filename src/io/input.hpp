#pragma once
#include <string>
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn::io {

enum class Format { h5ad, tenx_h5, matrix_market, delimited };

struct InputOptions {
  std::string genome;              ///< 10x version 2 with several genomes: which; empty: the only one
  bool transpose = false;          ///< delimited: rows of the file are genes
  std::string delimiter = "auto";  ///< "auto", "tab", "comma", or one character
  std::string header = "auto";     ///< delimited: "auto", "yes", "no"
  std::string row_names = "auto";  ///< delimited: "auto", "yes", "no"
};

/// What a path is, by its content (and for delimited text its name). One rank. Throws InputError when it is missing,
/// empty, or none of the formats, saying what was looked for.
Format detect_format(const std::string& path);

/// Reads any format: each rank its own rows and no more. For .h5ad: X, obs and var. All ranks.
ExpressionMatrix read_expression(const mpi::Communicator& comm, const std::string& path, const InputOptions& options);

/// A line-per-item description (format, rows, columns, stored values, type, elements with their encodings, names of
/// obs columns, ...) without reading the matrix. One rank.
std::vector<std::string> inspect(const std::string& path, const InputOptions& options);

/// Joins a table (CSV or TSV, header, first column the observation's name) to obs by name. One rank (root).
/// Columns that read as numbers throughout become numbers, the others categoricals. Returns lines that say how many
/// matched and name examples of what did not. Throws InputError when nothing matches or names are duplicate.
std::vector<std::string> join_obs(Annotations& obs, const std::string& table_path);

}  // namespace replearn::io
