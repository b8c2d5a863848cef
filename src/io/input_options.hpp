#pragma once
#include <string>

namespace replearn::io {

/// What the reader of an input cannot always find out by itself.
struct InputOptions {
  std::string genome;              ///< 10x with several genomes: which; empty: the only one, or (version 3) all
  bool transpose = false;          ///< delimited: rows of the file are genes
  std::string delimiter = "auto";  ///< "auto", "tab", "comma", or one character; " " is any run of blanks
  std::string header = "auto";     ///< delimited: "auto", "yes", "no"
  bool keep_missing = false;       ///< NaN, NA and empty fields stay in a dense matrix as NaN; else they are errors
  std::string row_names = "auto";  ///< delimited: "auto", "yes", "no"
};

}  // namespace replearn::io
