#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/h5ad_reader.hpp"
#include "io/input_options.hpp"

namespace replearn::io {

/// tenx_h5: 10x Genomics HDF5, versions 2 and 3. matrix_market: a 10x or STARsolo folder, or the .mtx file in one.
/// numpy: .npy, .npz.
enum class Format { h5ad, old_anndata, loom, tenx_h5, matrix_market, numpy, delimited };

/// "AnnData (.h5ad)", ...
std::string to_string(Format format);

/// What a path is, by its content. One rank. Throws InputError when it is missing, empty, or none of the formats,
/// saying what was looked for.
Format detect_format(const std::string& path);

/// Throws InputError for options that would do nothing for this format: giving one is a mistake. Local.
void check_options(const std::string& path, Format format, const InputOptions& options);

/// Warns of what is lost where a matrix of float64 becomes float32. All ranks; root reads some rows.
void warn_of_float32(const mpi::Communicator& comm, const H5adReader& reader, const std::string& element,
                     const Log& log);

/// Reads any format: each rank its own rows and no more. For .h5ad: X, obs and var. Values become float32 (whole
/// numbers above 2^24 are rounded). Gene names that occur twice are made unique. What was found out or changed is told
/// to the log. Collective; throws InputError on all ranks, also for options that do not apply to the format.
ExpressionMatrix read_expression(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                 const Log& log = Log());

/// A line-per-item description (format, rows, columns, stored values, type, elements with their encodings, names of
/// obs columns, ...) without reading the matrix. One rank.
std::vector<std::string> inspect(const std::string& path, const InputOptions& options);

/// Joins a table (CSV or TSV, header, first column the observation's name) to obs by name, which must match exactly.
/// Columns that read as numbers throughout become numbers (with NaN where one is missing), the others categoricals.
/// Returns lines that say how many matched and name examples of what did not. Throws InputError when nothing matches
/// or names are duplicate. One rank (root).
std::vector<std::string> join_obs(Annotations& obs, const std::string& table_path);

}  // namespace replearn::io
