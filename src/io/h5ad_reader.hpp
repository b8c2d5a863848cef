#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/array_box.hpp"
#include "data/expression_matrix.hpp"
#include "data/neighbor_graph.hpp"

namespace replearn::io {

/// Reads an AnnData .h5ad, on-disk versions 0.7 to today's. Opened by all ranks; each rank reads its own
/// rows and no more (CSC is read by columns and sent to the rows' owners). The file is never written to.
/// Every member is collective unless it says otherwise; every error is an InputError naming file, element and mend.
class H5adReader {
 public:
  /// Opens the file and looks at its shape. Throws when it is missing, not HDF5 or not AnnData, or when it has fewer
  /// rows than there are ranks.
  H5adReader(const mpi::Communicator& comm, const std::string& path);
  ~H5adReader();
  H5adReader(H5adReader&&) noexcept;

  const std::string& path() const;
  Index rows() const;
  Index columns() const;
  const RowPartition& partition() const;

  /// X, or another matrix of the same rows: "X", "layers/counts", "raw/X". Values become float32.
  /// Throws if an index is out of range, indptr does not rise, or a value is not finite.
  /// keep_missing: NaN stays where the matrix is dense.
  Matrix matrix(const std::string& element = "X", bool keep_missing = false) const;
  /// What reading it as float32 loses of a dense matrix of float64, for the log; empty: nothing. Local; see
  /// float32_loss.
  std::string float32_loss(const std::string& element) const;
  bool has(const std::string& element) const;
  /// Names below a group ("obsm"), empty if there is none. Local after opening.
  std::vector<std::string> names(const std::string& group) const;

  /// A dense array of obsm as float32, n x columns. Throws with the nearest key if there is none, or if a value is not
  /// finite; keep_missing: NaN stays.
  DistributedMatrix obsm(const std::string& key, bool keep_missing = false) const;
  /// A dense array of varm as float32, all rows on every rank.
  RowMatrix varm(const std::string& key) const;
  /// Numbers of uns or elsewhere, of any shape, row-major. On every rank. Throws if there are none.
  std::vector<double> numbers(const std::string& element) const;
  /// A sparse square matrix of obsp as a graph, neighbors ascending by distance, zeros on the diagonal dropped.
  NeighborGraph graph(const std::string& key) const;

  /// A dense n x n array of obsp too large for memory: what reads a box of it, for as long as this reader lives. Throws
  /// with the nearest key if there is none.
  ReadBox obsp_boxes(const std::string& key) const;

  /// The index and the columns of obs / var (of raw/var for "raw/var"), on root; empty elsewhere.
  /// A nullable column becomes numbers with NaN, or a Categorical for strings.
  Annotations annotations(const std::string& element) const;
  /// A boolean column of var as a mask on every rank; empty if there is none.
  std::vector<std::uint8_t> var_flags(const std::string& name) const;
  /// A text or a number of uns, on every rank; nothing if there is none or it is something else.
  std::optional<std::string> text(const std::string& element) const;
  std::optional<double> number(const std::string& element) const;
  /// An array of texts, on every rank; empty if there is none.
  std::vector<std::string> texts(const std::string& element) const;
  /// A column of the matrix by gene name (of raw if there is one, else of X, as Scanpy draws), on root. Throws with the
  /// nearest name.
  std::vector<float> gene(const std::string& name) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::io
