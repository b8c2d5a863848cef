#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "data/array_box.hpp"
#include "data/expression_matrix.hpp"
#include "data/neighbor_graph.hpp"
#include "data/value_tree.hpp"
#include "io/compression.hpp"

namespace replearn::io {

/// Writes an .h5ad: what an input .h5ad held, with parts added or replaced. Nothing is on disk under the final name
/// before commit() has written, flushed and renamed it; an existing file of that name stays as it is until then.
///
/// The way of a commit: root makes a temporary file in the same folder: what the base held (all but what is replaced)
/// and what is added; groups, attributes, strings and chunks compressed already with their values, large arrays empty.
/// All ranks then write values to their places in the file, or compress them, and root puts the chunks in. Root flushes
/// to disk and renames. Written in today's encoding (anndata 0.8 and later read it without a warning).
///
/// The put_ functions keep references: what they are given must live until commit(). They are called by all ranks
/// alike; annotations and columns are looked at on root only.
class H5adWriter {
 public:
  /// Checks at once that the folder of `path` is there and may be written to, and that `path` is not the base file
  /// under another name. Collective. Throws InputError.
  H5adWriter(const mpi::Communicator& comm, const std::string& path);
  ~H5adWriter();
  H5adWriter(H5adWriter&&) noexcept;

  /// Carry everything of this .h5ad that is not replaced. Checks at once what would be carried unread (h5ad_check.hpp),
  /// but not what the caller knows to be replaced or dropped later. Collective. Throws InputError.
  void base(const std::string& h5ad_path, const std::function<bool(const std::string& element)>& replaced = {});
  /// Leave this element of the base out ("obsm/X_umap", "uns/neighbors").
  void drop(const std::string& element);
  /// Writes to this path instead, in a folder that can be written to. Collective. Throws InputError.
  void redirect(const std::string& path);
  /// Of the base's observations (variables) keep only those where the mask (root, whole) is not zero; applies to all
  /// carried elements along that axis: annotations, layers, obsm, obsp, raw (observations only).
  void keep_obs(std::vector<std::uint8_t> mask);
  void keep_var(std::vector<std::uint8_t> mask);

  /// Compress all large arrays so, carried ones too. Not called: carried arrays stay as they are, new ones become as
  /// the base's X, or are not compressed without one.
  void compress(const Compression& compression);

  void put_matrix(const std::string& element, const Matrix& matrix);  ///< "X", "layers/counts"
  void put_obs(const Annotations& table);                             ///< the whole of obs, for a new file
  void put_var(const Annotations& table);
  void put_obs_column(const std::string& name, Column column);  ///< adds or replaces one column
  void put_var_column(const std::string& name, Column column);
  void put_obsm(const std::string& key, const DistributedMatrix& matrix);
  void put_varm(const std::string& key, const RowMatrix& matrix);      ///< the same on every rank, m x columns
  void put_graph(const std::string& key, const NeighborGraph& graph);  ///< obsp: CSR of distances
  /// A dense float32 array that is too large for memory: commit() has all ranks call `fill` together, with what writes
  /// a box of it. What fill throws must leave it on all ranks alike.
  void put_computed(const std::string& element, std::vector<Index> extent,
                    std::function<void(const WriteBox& write)> fill);
  void put_uns(const std::string& name, Value value);  ///< replaces uns/<name>; "a/b" goes into uns/a
  /// uns/<name>: frames x n x columns, of each frame my rows. Written after put_uns, whose dictionaries it may go into.
  void put_frames(const std::string& name, const RowPartition& partition, const std::vector<RowMatrix>& frames);

  /// before_appearing: called by root when all is written, just before the file gets its name; what it throws leaves
  /// the name as it was. Collective. Throws SystemError when the disk is full; the temporary file is removed on any
  /// error.
  void commit(const std::function<void()>& before_appearing = {});

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::io
