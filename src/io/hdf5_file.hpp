#pragma once
#include <hdf5.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/index.hpp"
#include "data/array_box.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// Owns one HDF5 identifier of any kind.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, Close closer) : id_(id), close_(closer) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }
  hid_t id() const { return id_; }
  bool ok() const { return id_ >= 0; }
  /// Leaves the object to the end of the program.
  void abandon() { id_ = H5I_INVALID_HID; }
  /// Closes now and tells whether that went well (a file's last bytes reach the disk here).
  bool close() { return id_ < 0 || close_(std::exchange(id_, H5I_INVALID_HID)) >= 0; }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

enum class Hdf5Kind { boolean, integer, unsigned_integer, real, string, compound, other };

/// What a dataset is, without its values.
struct Hdf5Shape {
  std::vector<Index> extent;  ///< empty for a scalar
  Hdf5Kind kind = Hdf5Kind::other;
  Index element_bytes = 0;
  std::string compression;  ///< "", "gzip", "lzf", ...
  Index size() const;
  /// "float32", "int64", "string", ...
  std::string type_name() const;
};

/// The HDF5 type of a C++ number in memory.
template <class T>
hid_t hdf5_type();

/// An HDF5 file, its objects named by path. Opened for reading, its errors are InputErrors naming file and object; for
/// writing, SystemErrors. Opened with a communicator it goes through MPI-IO; then opening and closing are collective,
/// reads are not, and writes say so. LZF, the filter of h5py, is known.
class Hdf5File {
 public:
  /// For reading, by this process alone / by all ranks. Throws InputError for a missing, empty, or damaged file.
  static Hdf5File open(const std::string& path);
  static Hdf5File open(const mpi::Communicator& comm, const std::string& path);
  /// For writing: a new file by this process alone; an existing one by this process or by all ranks.
  static Hdf5File create(const std::string& path);
  static Hdf5File modify(const std::string& path);
  static Hdf5File modify(const mpi::Communicator& comm, const std::string& path);
  Hdf5File(Hdf5File&&) noexcept = default;
  Hdf5File& operator=(Hdf5File&&) noexcept = default;
  ~Hdf5File();
  /// Throws SystemError if what was written could not be brought to the disk.
  void close();
  const std::string& path() const { return path_; }
  hid_t id() const { return file_.id(); }

  // --- looking around
  bool exists(const std::string& object) const;
  bool is_group(const std::string& object) const;
  bool is_dataset(const std::string& object) const;
  /// Names below a group, sorted; empty if it is none.
  std::vector<std::string> children(const std::string& group) const;
  Hdf5Shape shape(const std::string& dataset) const;

  // --- reading
  /// Elements [begin, begin + count) along the first axis, all of the others, in row-major order.
  /// Bytes that an element's datasets take in the file, all below it included; 0 if there is no such element.
  Index stored_bytes(const std::string& element) const;
  template <class T>
  std::vector<T> read_rows(const std::string& dataset, Index begin, Index count) const {
    std::vector<T> values(static_cast<std::size_t>(count * row_elements(dataset)));
    read_into(dataset, begin, count, hdf5_type<T>(), values.data(), sizeof(T));
    return values;
  }
  template <class T>
  std::vector<T> read(const std::string& dataset) const {
    const auto extent = shape(dataset).extent;
    return read_rows<T>(dataset, 0, extent.empty() ? 1 : extent[0]);
  }
  template <class T>
  T read_scalar(const std::string& dataset) const {
    return read<T>(dataset).at(0);
  }
  std::vector<std::string> read_strings(const std::string& dataset) const;
  std::vector<std::string> read_strings(const std::string& dataset, Index begin, Index count) const;
  void read_into(const std::string& dataset, Index begin, Index count, hid_t type, void* values,
                 std::size_t element_bytes) const;

  /// A box of a numeric dataset of as many axes as float32, row-major.
  void read_box(const std::string& dataset, const ArrayBox& box, std::span<float> values) const;

  bool has_attribute(const std::string& object, const std::string& name) const;
  /// "" if there is none.
  std::string string_attribute(const std::string& object, const std::string& name) const;
  std::vector<std::string> strings_attribute(const std::string& object, const std::string& name) const;
  std::vector<Index> index_attribute(const std::string& object, const std::string& name) const;
  bool bool_attribute(const std::string& object, const std::string& name) const;
  /// The path of the object that an object-reference attribute points to (old categoricals); "" if it is none.
  std::string reference_attribute(const std::string& object, const std::string& name) const;

  // --- writing, by one process (a file opened by all ranks cannot take strings)
  void make_group(const std::string& path);
  void write_strings(const std::string& dataset, const std::vector<std::string>& values);
  void write_string(const std::string& dataset, const std::string& value);  ///< scalar
  template <class T>
  void write(const std::string& dataset, std::span<const T> values, const std::vector<Index>& extent) {
    make_dataset(dataset, hdf5_type<T>(), extent);
    write_values(dataset, hdf5_type<T>(), values.data());
  }
  template <class T>
  void write(const std::string& dataset, const std::vector<T>& values) {
    write<T>(dataset, values, {static_cast<Index>(values.size())});
  }
  template <class T>
  void write_scalar(const std::string& dataset, T value) {
    write<T>(dataset, std::span<const T>(&value, 1), {});
  }
  void write_bools(const std::string& dataset, const std::vector<std::uint8_t>& values);
  void write_bool(const std::string& dataset, bool value);  ///< scalar
  /// An empty numeric dataset, its place in the file reserved.
  void make_dataset(const std::string& dataset, hid_t type, const std::vector<Index>& extent);
  /// Where in the file the bytes of such a dataset begin.
  Index byte_offset(const std::string& dataset) const;
  void set_attribute(const std::string& object, const std::string& name, const std::string& text);
  void set_attribute(const std::string& object, const std::string& name, const char* text) {
    set_attribute(object, name, std::string(text));  // else it would be taken for a truth value
  }
  void set_attribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts);
  void set_attribute(const std::string& object, const std::string& name, const std::vector<Index>& numbers);
  void set_attribute(const std::string& object, const std::string& name, bool value);

  // --- writing rows, by each rank its own, not collective
  template <class T>
  void write_rows(const std::string& dataset, Index begin, Index count, std::span<const T> values) {
    write_from(dataset, begin, count, hdf5_type<T>(), values.data(), sizeof(T));
  }

  /// A box of a float32 dataset of as many axes, row-major.
  void write_box(const std::string& dataset, const ArrayBox& box, std::span<const float> values);

 private:
  Hdf5File(Hdf5Handle file, std::string path, bool writing)
      : file_(std::move(file)), path_(std::move(path)), writing_(writing) {}
  [[noreturn]] void fail(const std::string& object, const std::string& what) const;
  Hdf5Handle open_object(const std::string& object) const;
  Hdf5Handle open_dataset(const std::string& dataset) const;
  Hdf5Handle open_attribute(const std::string& object, const std::string& name) const;
  bool flush_or_abandon();
  Index row_elements(const std::string& dataset) const;
  void read_flags_into(const std::string& dataset, Index begin, Index count, hid_t type, void* values,
                       std::size_t element_bytes) const;
  void write_values(const std::string& dataset, hid_t type, const void* values);
  void write_from(const std::string& dataset, Index begin, Index count, hid_t type, const void* values,
                  std::size_t element_bytes);

  Hdf5Handle file_;
  std::string path_;
  bool writing_ = false;
};

/// Variable-length UTF-8, and h5py's boolean.
Hdf5Handle hdf5_string_type();
Hdf5Handle hdf5_bool_type();
/// For making an object: groups on the way to it are made as well.
Hdf5Handle hdf5_groups_on_the_way();

/// Whether the file system has no locks to give (Lustre and NFS are often mounted so). Files there are opened without:
/// nothing here has two writers. One process.
bool refuses_locks(const std::string& path);

/// Whether the file begins (or may begin) as HDF5 does. One process.
bool looks_like_hdf5(const std::string& path);

}  // namespace replearn::io
