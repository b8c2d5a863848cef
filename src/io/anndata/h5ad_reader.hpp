#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/array_box.hpp"
#include "data/expression_matrix.hpp"
#include "data/neighbor_graph.hpp"
#include "data/stored_rows.hpp"

namespace replearn::io {

/// Reads an AnnData .h5ad file of anndata 0.7 or later. All ranks open it; each rank reads only its own rows (CSC is
/// read by columns and sent to the owners of the rows). The file is never modified. Members are collective unless
/// stated otherwise; errors are InputErrors with file, element and hint.
class H5adReader {
 public:
  /// Opens the file and reads its shape. Throws if it is missing, not HDF5 or not AnnData, or has fewer rows than there
  /// are ranks.
  H5adReader(const mpi::Communicator& comm, const std::string& path);
  ~H5adReader();
  H5adReader(H5adReader&&) noexcept;

  const std::string& path() const;
  Index rows() const;
  Index columns() const;
  const RowPartition& partition() const;

  /// X, or another matrix of the same rows: "X", "layers/counts", "raw/X". Values become float32. Throws if an index is
  /// out of range, indptr decreases, or a value is not finite. keep_missing: NaN is allowed in dense matrices.
  Matrix matrix(const std::string& element = "X", bool keep_missing = false) const;
  /// Reads blocks of rows of such a matrix instead; nullptr if it is stored by columns (CSC). Valid while this reader
  /// exists.
  std::shared_ptr<const RowReader> rows_of(const std::string& element) const;
  /// Precision lost by reading a dense float64 matrix as float32, for the log; empty if none. Local; see float32_loss.
  std::string float32_loss(const std::string& element) const;
  bool has(const std::string& element) const;
  /// Names below a group ("obsm"), empty if there is none. Local after opening.
  std::vector<std::string> names(const std::string& group) const;

  /// Number of values that a matrix or dense array stores: the nonzeros of a sparse one; 0 if there is none. Local.
  Index stored_values(const std::string& element) const;
  /// Columns of a matrix or two-dimensional array; 0 if there is none. Local.
  Index width(const std::string& element) const;

  /// A dense array of obsm as float32, n x columns. Throws, suggesting the nearest key, if it does not exist, or if a
  /// value is not finite. keep_missing: NaN is allowed.
  DistributedMatrix obsm(const std::string& key, bool keep_missing = false) const;
  /// A dense array of varm as float32, all rows on every rank.
  RowMatrix varm(const std::string& key) const;
  /// A numeric array of any shape, in uns or elsewhere, row-major, on every rank. Throws if it does not exist.
  std::vector<double> numbers(const std::string& element) const;
  /// A sparse square matrix of obsp as a graph, neighbors ascending by distance, zeros on the diagonal dropped.
  NeighborGraph graph(const std::string& key) const;

  /// Returns a function that reads boxes of a dense n x n array of obsp too large for memory; valid while this reader
  /// exists. Throws, suggesting the nearest key, if it does not exist.
  ReadBox obsp_boxes(const std::string& key) const;

  /// The index and the columns of obs / var (of raw/var for "raw/var"), on root; empty elsewhere.
  /// A nullable column becomes numbers with NaN, or a Categorical for strings.
  Annotations annotations(const std::string& element) const;
  /// A boolean column of var as a mask on every rank; empty if there is none.
  std::vector<std::uint8_t> var_flags(const std::string& name) const;
  /// A string or number of uns, on every rank; nothing if it does not exist or has another type.
  std::optional<std::string> text(const std::string& element) const;
  std::optional<double> number(const std::string& element) const;
  /// An array of strings, on every rank; empty if it does not exist.
  std::vector<std::string> texts(const std::string& element) const;
  /// A column of the matrix by gene name (of raw if present, else of X, as in Scanpy's plots), on root. Throws,
  /// suggesting the nearest name, if there is none.
  std::vector<float> gene(const std::string& name) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::io
