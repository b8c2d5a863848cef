#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "data/array_box.hpp"
#include "io/hdf5/hdf5_errors.hpp"
#include "io/hdf5/hdf5_types.hpp"

/// All reads of HDF5 values: nothing else calls H5Dread or H5Aread. Number of axes, extents and type are known before
/// reading; buffers are sized by the selection, never by the caller's expectation; declared sizes are compared with the
/// stored size and with the node's memory before allocation. All functions are called by one rank; errors are
/// InputErrors naming file and object.
namespace replearn::io {

/// Elements in the native memory form of their type. Owns the variable-length data they point to. Local.
class Hdf5Values {
 public:
  /// Initialized with zeros. Takes ownership of `type`, a memory type.
  Hdf5Values(Hdf5Handle type, Index count);
  Hdf5Values(Hdf5Values&&) noexcept = default;
  Hdf5Values& operator=(Hdf5Values&&) = delete;
  ~Hdf5Values();
  hid_t type() const { return type_.id(); }
  Index count() const { return count_; }
  Index element_bytes() const { return static_cast<Index>(H5Tget_size(type_.id())); }
  std::span<std::byte> bytes() { return bytes_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  /// The strings, up to the first zero byte, without padding.
  std::vector<std::string> texts() const;

 private:
  Hdf5Handle type_;
  Index count_;
  std::vector<std::byte> bytes_;
};

/// Whether elements contain addresses (variable-length parts) or references, which are invalid in another file.
bool holds_variable_length(hid_t type);
bool holds_references(hid_t type);

/// An open dataset with known and checked shape. Boxes have as many axes as the dataset; the box of a scalar is empty.
class Hdf5Dataset {
 public:
  /// Takes ownership of an open dataset. Throws if its values are stored in other files or its extents exceed any file.
  Hdf5Dataset(Hdf5Handle dataset, Hdf5Origin origin);

  const Hdf5Shape& shape() const { return shape_; }
  const Hdf5Origin& origin() const { return origin_; }
  hid_t id() const { return dataset_.id(); }
  /// The stored type.
  hid_t type() const { return type_.id(); }
  /// The whole dataset; elements [begin, begin + count) along the first axis and all of the others (a scalar itself).
  ArrayBox whole() const;
  ArrayBox rows(Index begin, Index count) const;
  /// Storage size of its values in bytes, compressed; 0 if none was written.
  Index stored_bytes() const;

  /// Throws unless it has one axis / one axis of this length.
  void require_vector() const;
  void require_length(Index length) const;
  /// Throws unless `elements` of the given size, read by the given number of ranks of this node, fit in memory, and the
  /// declared size is plausible for the stored size. Read functions perform this check for one rank.
  void require_room(Index elements, Index element_bytes, int ranks = 1) const;

  /// Numbers (integers, reals, booleans as 0 and 1) of a box, row-major, converted by HDF5: out-of-range values are
  /// clamped. Throws if the type is not numeric or the box exceeds the extents.
  template <class T>
  std::vector<T> read(const ArrayBox& box) const {
    std::vector<T> values(room_for(box, sizeof(T)));
    read_into(box, std::span<T>(values));
    return values;
  }
  /// Reads numbers into the caller's buffer, which must have the size of the box.
  template <class T>
  void read_into(const ArrayBox& box, std::span<T> values) const {
    if (shape_.kind == Hdf5Kind::boolean) {
      const auto flags = read_flags(box, values.size());
      for (std::size_t i = 0; i < flags.size(); ++i) values[i] = static_cast<T>(flags[i]);
    } else {
      read_numbers(box, hdf5_type<T>(), std::as_writable_bytes(values));
    }
  }
  /// Strings of any form. Throws for other types.
  std::vector<std::string> read_strings(const ArrayBox& box) const;
  /// Values of any type in its native memory form (float16 as float, compounds with their paddings).
  Hdf5Values read_raw(const ArrayBox& box) const;
  /// Unconverted bytes of the stored type, into the caller's buffer, which must have the size of the box. Not for
  /// variable-length strings and references.
  void read_stored(const ArrayBox& box, std::span<std::byte> into) const;

 private:
  std::size_t room_for(const ArrayBox& box, std::size_t element_bytes) const;
  std::vector<unsigned char> read_flags(const ArrayBox& box, std::size_t room) const;
  void read_numbers(const ArrayBox& box, hid_t type, std::span<std::byte> into) const;
  void read_bytes(const ArrayBox& box, hid_t type, std::span<std::byte> into) const;

  Hdf5Handle dataset_;
  Hdf5Origin origin_;
  Hdf5Handle space_, type_;
  Hdf5Shape shape_;
};

/// An open attribute. Attributes are small and read as a whole.
class Hdf5Attribute {
 public:
  /// Takes ownership of an open attribute. name: for messages.
  Hdf5Attribute(Hdf5Handle attribute, Hdf5Origin origin, std::string name);

  const Hdf5Shape& shape() const { return shape_; }
  hid_t id() const { return attribute_.id(); }
  hid_t type() const { return type_.id(); }
  hid_t space() const { return space_.id(); }
  /// All integers or booleans (0 and 1). Throws for other types.
  std::vector<Index> whole_numbers() const;
  /// Throws if they are not strings.
  std::vector<std::string> strings() const;
  Hdf5Values raw() const;
  /// Path of the referenced object; "" if this is not a reference. Throws for several references and for a dangling
  /// one.
  std::string referenced_path() const;

 private:
  [[noreturn]] void refuse(const std::string& what) const;

  Hdf5Handle attribute_;
  Hdf5Origin origin_;
  std::string name_;
  Hdf5Handle type_, space_;
  Hdf5Shape shape_;
};

}  // namespace replearn::io
