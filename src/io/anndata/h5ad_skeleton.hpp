#pragma once
#include <map>
#include <string>
#include <utility>

#include "io/anndata/h5ad_carry.hpp"
#include "io/anndata/h5ad_parts.hpp"

namespace replearn::io {

/// Root's part of writing a file: groups, attributes, strings, small arrays, and all large arrays, still empty.
class H5adSkeleton {
 public:
  /// stored: number of stored values of each sparse element. compression: of large arrays.
  H5adSkeleton(Hdf5File& file, const H5adParts& parts, std::map<std::string, Index> stored,
               const Compression& compression)
      : file_(file), parts_(parts), stored_(std::move(stored)), compression_(compression) {}

  /// Copies the elements of the base file; carrier: nullptr without a base.
  void carry(H5adCarrier* carrier, const Hdf5File* base);
  /// Copies the elements of a further file. After carry().
  void carry_more(H5adCarrier& carrier);
  /// Adds new elements. Copied elements must exist already.
  void add();

 private:
  void write_table(const std::string& name, Axis axis, H5adCarrier* carrier, const Hdf5File* base);
  void write_uns();
  void make_dense(const std::string& element, const std::vector<Index>& extent);
  void make_sparse(const std::string& element, Index rows, Index columns);

  Hdf5File& file_;
  const H5adParts& parts_;
  std::map<std::string, Index> stored_;
  Compression compression_;
};

}  // namespace replearn::io
