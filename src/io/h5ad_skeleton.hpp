#pragma once
#include <map>
#include <string>
#include <utility>

#include "io/h5ad_carry.hpp"
#include "io/h5ad_parts.hpp"

namespace replearn::io {

/// Root's work: groups, attributes, strings, what is small, and all large arrays, empty.
class H5adSkeleton {
 public:
  /// stored: how many values each sparse part stores. compression: of large arrays.
  H5adSkeleton(Hdf5File& file, const H5adParts& parts, std::map<std::string, Index> stored,
               const Compression& compression)
      : file_(file), parts_(parts), stored_(std::move(stored)), compression_(compression) {}

  /// What the base held; carrier: nullptr without base.
  void carry(H5adCarrier* carrier, const Hdf5File* base);
  /// What is added. The parts that were carried must be there.
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
