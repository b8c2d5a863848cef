#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "data/array_box.hpp"
#include "data/row_blocks.hpp"
#include "data/neighbor_graph.hpp"
#include "data/value_tree.hpp"
#include "io/hdf5/compression.hpp"

namespace replearn::io {

/// Writes an .h5ad: the contents of an input .h5ad with elements added or replaced. Nothing appears under the final
/// name until commit() has written, flushed and renamed the file; an existing file of that name stays unchanged until
/// then.
///
/// Steps of commit(): root creates a temporary file in the same folder with the elements of the base that are not
/// replaced and the new ones; groups, attributes, strings and already compressed chunks are complete, large arrays are
/// empty. All ranks then write values to their offsets, or compress them for root to write the chunks. Root flushes to
/// disk and renames. The encoding is the current one (anndata 0.8 and later read it without a warning).
///
/// The put_ functions keep references: their arguments must live until commit(). They are called by all ranks;
/// annotations and columns are used on root only.
class H5adWriter {
 public:
  /// Checks immediately that the folder of `path` exists and is writable, and that `path` is not the base file under
  /// another name. Collective. Throws InputError.
  H5adWriter(const mpi::Communicator& comm, const std::string& path);
  ~H5adWriter();
  H5adWriter(H5adWriter&&) noexcept;

  /// Copies everything of this .h5ad that is not replaced. Immediately checks elements that will be copied without
  /// being read (h5ad_check.hpp), except those the caller will replace or drop. Collective. Throws InputError.
  void base(const std::string& h5ad_path, const std::function<bool(const std::string& element)>& replaced = {});
  /// Of the base, copies obs and var only.
  void carry_tables_only();
  /// Copies the elements of a further .h5ad; they replace those of the base and of files added before. Returns them, on
  /// root. obs, var: the names it must have (root). Collective. Throws InputError.
  std::set<std::string> add(const std::string& h5ad_path, const std::vector<std::string>& obs,
                            const std::vector<std::string>& var);
  /// Omits this element of the base ("obsm/X_umap", "uns/neighbors").
  void drop(const std::string& element);
  /// Writes to this path instead, in a folder that can be written to. Collective. Throws InputError.
  void redirect(const std::string& path);
  /// Keeps only the base's observations (variables) whose mask entry (root, full length) is nonzero. Applies to all
  /// copied elements along that axis: annotations, layers, obsm, obsp, raw (observations only).
  void keep_obs(std::vector<std::uint8_t> mask);
  void keep_var(std::vector<std::uint8_t> mask);

  /// Sets the compression of all large arrays, including copied ones. By default copied arrays keep theirs, and new
  /// arrays use that of the base's X, or none without a base.
  void compress(const Compression& compression);

  void put_matrix(const std::string& element, const Matrix& matrix);  ///< "X", "layers/counts"
  /// The same for a matrix that may be on disk; commit() visits its rows twice.
  void put_rows(const std::string& element, std::shared_ptr<const RowBlocks> rows);
  void put_obs(const Annotations& table);                             ///< all of obs, for a new file
  void put_var(const Annotations& table);
  void put_obs_column(const std::string& name, Column column);  ///< adds or replaces one column
  void put_var_column(const std::string& name, Column column);
  void put_obsm(const std::string& key, const DistributedMatrix& matrix);
  void put_varm(const std::string& key, const RowMatrix& matrix);      ///< identical on every rank, m x columns
  void put_graph(const std::string& key, const NeighborGraph& graph);  ///< obsp: CSR of distances
  /// A dense float32 array that is too large for memory: commit() calls `fill` collectively with a function that writes
  /// a box. Exceptions of fill must be thrown on all ranks.
  void put_computed(const std::string& element, std::vector<Index> extent,
                    std::function<void(const WriteBox& write)> fill);
  void put_uns(const std::string& name, Value value);  ///< replaces uns/<name>; "a/b" belongs to uns/a
  /// uns/<name>: frames x n x columns; each rank passes its rows of each frame. Written after put_uns, so it may belong
  /// to a dictionary created there.
  void put_frames(const std::string& name, const RowPartition& partition, const std::vector<RowMatrix>& frames);

  /// Whether an element has been passed to one of these functions. Local.
  bool is_given(const std::string& element) const;

  /// before_appearing: called by root after writing, just before the rename; if it throws, an existing file stays
  /// unchanged. Collective. Throws SystemError if the disk is full; the temporary file is removed on any error.
  void commit(const std::function<void()>& before_appearing = {});

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::io
