#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/annotations.hpp"
#include "data/value_tree.hpp"
#include "io/hdf5/hdf5_file.hpp"

/// AnnData's on-disk format in HDF5 (encoding versions of anndata 0.8 and later), and the writing of its small
/// elements. All functions are called by one process.
///
///   element       HDF5 object                               encoding-type / version
///   root          group                                     anndata 0.1.0
///   dense         dataset                                   array 0.2.0
///   sparse        group of data, indices, indptr; shape     csr_matrix 0.1.0 (csc_matrix)
///   obs, var      group; attributes _index, column-order    dataframe 0.2.0
///   strings       dataset of variable-length UTF-8          string-array 0.2.0, scalar: string 0.2.0
///   categorical   group of codes, categories; ordered       categorical 0.2.0
///   truth values  dataset of h5py's enum                    array 0.2.0, scalar: numeric-scalar 0.2.0
///   dictionary    group                                     dict 0.1.0
///   scalar        0-d dataset                               numeric-scalar 0.2.0
///   raw           group of X, var, varm                     raw 0.1.0
namespace replearn::io::layout {

/// The groups of every file, all of them dictionaries.
extern const std::vector<std::string> dictionaries;  // layers, obsm, obsp, uns, varm, varp

/// For files without X, which are valid.
inline constexpr const char* without_x_hint =
    "use the file from which this one was computed; replearn merge adds the results to it";

/// Sets encoding-type and encoding-version.
void mark(Hdf5File& file, const std::string& object, const std::string& type, const std::string& version);
void make_dictionary(Hdf5File& file, const std::string& path);

/// Writes one column of obs or var as `path`.
void write_column(Hdf5File& file, const std::string& path, const Column& column);
/// Marks a group that holds an index and columns as a dataframe.
void mark_dataframe(Hdf5File& file, const std::string& path, const std::string& index,
                    const std::vector<std::string>& columns);
void write_dataframe(Hdf5File& file, const std::string& path, const Annotations& table);
/// An entry of uns, at `path`; dictionaries become groups.
void write_value(Hdf5File& file, const std::string& path, const Value& value);

/// Reads a dataframe column in any form written by anndata 0.7 or later. Throws InputError for other forms.
Column read_column(const Hdf5File& file, const std::string& path);
/// Throws for the first code that is neither -1 nor a valid category. The codes start at row `first_row`.
void require_codes(const Hdf5Dataset& dataset, std::span<const std::int32_t> codes, Index first_row, Index categories);
/// Name of a dataframe's index dataset. Throws InputError if `path` is not a dataframe.
std::string index_of(const Hdf5File& file, const std::string& path);
/// Reads the index, also as nullable strings; its length, without reading it.
std::vector<std::string> read_names(const Hdf5File& file, const std::string& path);
Index count_names(const Hdf5File& file, const std::string& path);
/// The columns in order, without the index.
std::vector<std::string> columns_of(const Hdf5File& file, const std::string& path);

enum class Storage { dense, csr, csc };
/// Throws InputError if the element is not a matrix.
Storage storage_of(const Hdf5File& file, const std::string& element);
/// Whether a group is marked as CSR or CSC, in any of anndata's ways.
bool is_sparse(const Hdf5File& file, const std::string& path);
/// {rows, columns}
std::vector<Index> shape_of(const Hdf5File& file, const std::string& element);

/// Readable version ("anndata 0.7", ...), from the attributes of the root group and obs.
std::string version_of(const Hdf5File& file);

}  // namespace replearn::io::layout
