#pragma once
#include <optional>
#include <string>

namespace replearn::io {

/// What the reader of an input cannot always find out by itself.
struct InputOptions {
  std::string genome;              ///< 10x with several genomes: which; empty: the only one, or (version 3) all
  std::string barcodes, features;  ///< Matrix Market: the tables of cells and genes; empty: found beside the matrix
  std::optional<bool> transpose;   ///< delimited: rows of the file are genes; nothing: by the names
  std::string delimiter = "auto";  ///< "auto", "tab", "comma", or one character; " " is any run of blanks
  std::string decimal = "auto";    ///< delimited: "auto", "point", "comma"
  std::string header = "auto";     ///< delimited: "auto", "yes", "no"
  std::string row_names = "auto";  ///< delimited: "auto", "yes", "no"
  std::string missing = "auto";    ///< delimited: empty fields and NA: "auto", "zero", "nan", "error"
  bool keep_missing = false;       ///< NaN may stay in a dense matrix: the verb can deal with it
};

}  // namespace replearn::io
