#pragma once
#include <optional>
#include <string>

namespace replearn::io {

/// Genes, layers and obs columns of several inputs: those that all of them have, or any.
enum class Join { inner, outer };
/// What identifies a gene in several inputs: var/gene_ids or its name; automatic: ids if all inputs have them.
enum class JoinBy { automatic, id, name };

/// Properties of an input that its reader cannot always detect.
struct InputOptions {
  std::string genome;  ///< 10x with several genomes: the one to read; empty: the only one, or (version 3) all
  std::string barcodes, features;  ///< Matrix Market: the tables of cells and genes; empty: found beside the matrix
  std::optional<bool> transpose;   ///< delimited: rows of the file are genes; unset: decided by the names
  std::string delimiter = "auto";  ///< "auto", "tab", "comma", or one character; " " is any run of blanks
  std::string decimal = "auto";    ///< delimited: "auto", "point", "comma"
  std::string header = "auto";     ///< delimited: "auto", "yes", "no"
  std::string row_names = "auto";  ///< delimited: "auto", "yes", "no"
  std::string missing = "auto";    ///< delimited: empty fields and NA: "auto", "zero", "nan", "error"
  Join join = Join::inner;         ///< several inputs: which genes are kept
  JoinBy join_by = JoinBy::automatic;
  std::string label = "sample";    ///< several inputs: the obs column for the names of the samples
  bool keep_missing = false;       ///< NaN is allowed in a dense matrix: the step supports it
};

}  // namespace replearn::io
