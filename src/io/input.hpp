#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/anndata/h5ad_reader.hpp"
#include "io/input_options.hpp"

namespace replearn::io {

/// tenx_h5: 10x Genomics HDF5, versions 2 and 3. matrix_market: a 10x or STARsolo folder, or the .mtx file in one.
/// numpy: .npy, .npz.
enum class Format { h5ad, old_anndata, loom, tenx_h5, matrix_market, numpy, delimited };

/// "AnnData (.h5ad)", ...
std::string to_string(Format format);

/// Detects the format of a path by its content. One rank. Throws InputError if it is missing, empty, or in none of the
/// formats, listing these.
Format detect_format(const std::string& path);

/// Throws InputError for options that do not apply to this format. Local.
void check_options(const std::string& path, Format format, const InputOptions& options);

/// Warns about precision lost by reading a float64 matrix as float32. All ranks; root reads some rows.
void warn_of_float32(const mpi::Communicator& comm, const H5adReader& reader, const std::string& element,
                     const Log& log);

/// Reads any format; each rank reads only its own rows. For .h5ad: X, obs and var. Values become float32 (integers
/// above 2^24 are rounded). Duplicate gene names are made unique. Assumptions and changes are logged. Collective;
/// throws InputError on all ranks, also for options that do not apply to the format.
ExpressionMatrix read_expression(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                 const Log& log = Log());

/// Describes a file, one item per line (format, rows, columns, stored values, type, elements with their encodings,
/// names of obs columns, ...), without reading the matrix. One rank.
std::vector<std::string> inspect(const std::string& path, const InputOptions& options);

/// Joins a table (CSV or TSV, header, first column the observation's name) to obs by name, which must match exactly.
/// Numeric columns become numbers (NaN where missing), all others categoricals. Returns lines with the number of
/// matches and examples of names without a match. Throws InputError if nothing matches or names are duplicated. One
/// rank (root).
std::vector<std::string> join_obs(Annotations& obs, const std::string& table_path);

}  // namespace replearn::io
