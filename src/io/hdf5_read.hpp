#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "data/array_box.hpp"
#include "io/hdf5_errors.hpp"
#include "io/hdf5_types.hpp"

/// The one door through which values leave an HDF5 file: nothing else calls H5Dread or H5Aread. Rank, extents and type
/// are known before anything is read; buffers are sized by what is selected, never by what a caller expects; what a
/// file merely claims to hold is compared with what it stores and with this node's memory before it is allocated.
/// Everything here is done by one rank; errors are InputErrors naming file and object.
namespace replearn::io {

/// Elements in the memory form of their type, what they point to (variable-length strings and sequences) included,
/// which is freed with them. Local.
class Hdf5Values {
 public:
  /// Zeros. Takes over `type`, a type in memory.
  Hdf5Values(Hdf5Handle type, Index count);
  Hdf5Values(Hdf5Values&&) noexcept = default;
  Hdf5Values& operator=(Hdf5Values&&) = delete;
  ~Hdf5Values();
  hid_t type() const { return type_.id(); }
  Index count() const { return count_; }
  Index element_bytes() const { return static_cast<Index>(H5Tget_size(type_.id())); }
  std::span<std::byte> bytes() { return bytes_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  /// The texts, if these are strings: up to the first zero byte, without padding.
  std::vector<std::string> texts() const;

 private:
  Hdf5Handle type_;
  Index count_;
  std::vector<std::byte> bytes_;
};

/// Whether elements hold addresses (variable-length parts) or references: those mean nothing in another file.
bool holds_variable_length(hid_t type);
bool holds_references(hid_t type);

/// A dataset, open; its shape known and checked. Boxes have as many axes as the dataset; a scalar's is empty.
class Hdf5Dataset {
 public:
  /// Takes over an open dataset. Throws for one whose values lie in other files, or whose extents no file can hold.
  Hdf5Dataset(Hdf5Handle dataset, Hdf5Origin origin);

  const Hdf5Shape& shape() const { return shape_; }
  const Hdf5Origin& origin() const { return origin_; }
  hid_t id() const { return dataset_.id(); }
  /// As it is stored.
  hid_t type() const { return type_.id(); }
  /// All of it; elements [begin, begin + count) along the first axis and all of the others (of a scalar: itself).
  ArrayBox whole() const;
  ArrayBox rows(Index begin, Index count) const;
  /// Bytes that its values take in the file, compressed as they are; 0 if none was written yet.
  Index stored_bytes() const;

  /// Throws unless it has one axis / one axis of this length.
  void require_vector() const;
  void require_length(Index length) const;
  /// Throws unless `elements` of so many bytes, read by so many ranks of this node, fit in its memory, and the file
  /// does not promise far more than it stores. Read functions ask it by themselves, for one rank.
  void require_room(Index elements, Index element_bytes, int ranks = 1) const;

  /// Numbers (integers, reals, booleans as 0 and 1) of a box, row-major, converted as HDF5 does: what the type cannot
  /// hold becomes its nearest value. Throws if they are no numbers or the box reaches beyond the extents.
  template <class T>
  std::vector<T> read(const ArrayBox& box) const {
    std::vector<T> values(room_for(box, sizeof(T)));
    read_into(box, std::span<T>(values));
    return values;
  }
  /// The same into memory of the caller, which must be as long as the box.
  template <class T>
  void read_into(const ArrayBox& box, std::span<T> values) const {
    if (shape_.kind == Hdf5Kind::boolean) {
      const auto flags = read_flags(box, values.size());
      for (std::size_t i = 0; i < flags.size(); ++i) values[i] = static_cast<T>(flags[i]);
    } else {
      read_numbers(box, hdf5_type<T>(), std::as_writable_bytes(values));
    }
  }
  /// Strings of any form. Throws if they are none.
  std::vector<std::string> read_strings(const ArrayBox& box) const;
  /// Values of any type in its native memory form (float16 as float, compounds with their paddings).
  Hdf5Values read_raw(const ArrayBox& box) const;
  /// The bytes of the stored type, converted to nothing, into memory of the caller, which must be as long as the box.
  /// Not for strings of variable length and references.
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

/// An attribute, open. Attributes are small and read whole.
class Hdf5Attribute {
 public:
  /// Takes over an open attribute. name: for errors.
  Hdf5Attribute(Hdf5Handle attribute, Hdf5Origin origin, std::string name);

  const Hdf5Shape& shape() const { return shape_; }
  hid_t id() const { return attribute_.id(); }
  hid_t type() const { return type_.id(); }
  hid_t space() const { return space_.id(); }
  /// Whole numbers or booleans (0 and 1), as many as there are. Throws if they are anything else.
  std::vector<Index> whole_numbers() const;
  /// Throws if they are no strings.
  std::vector<std::string> strings() const;
  Hdf5Values raw() const;
  /// Of an object reference: the path of what it points to; "" if this holds no reference. Throws for several, and for
  /// one that leads nowhere.
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
