#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/array_box.hpp"
#include "io/hdf5/hdf5_links.hpp"
#include "io/hdf5/hdf5_read.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// An HDF5 file whose objects are addressed by path. For reading, errors are InputErrors naming file and object, and
/// each rank opens the file on its own: only the opening is collective. For writing, errors are SystemErrors, all ranks
/// use MPI-IO (opening and closing are collective; writes state whether they are), and names and strings are UTF-8
/// (Hdf5Texts). h5py's LZF filter is supported.
class Hdf5File {
 public:
  /// Opens a file for reading, by this process / by all ranks. Throws InputError for a missing, empty or damaged file.
  static Hdf5File open(const std::string& path);
  static Hdf5File open(const mpi::Communicator& comm, const std::string& path);
  /// Opens a file for writing: a new file by this process; an existing one by this process or by all ranks.
  static Hdf5File create(const std::string& path);
  static Hdf5File modify(const std::string& path);
  static Hdf5File modify(const mpi::Communicator& comm, const std::string& path);
  Hdf5File(Hdf5File&&) noexcept = default;
  Hdf5File& operator=(Hdf5File&&) noexcept = default;
  ~Hdf5File();
  /// Throws SystemError if the data could not be flushed to disk.
  void close();
  const std::string& path() const { return path_; }
  hid_t id() const { return file_.id(); }
  /// Converts a path or attribute name to the form passed to HDF5: UTF-8 when writing (Hdf5Texts).
  std::string link_name(const std::string& object) const;

  // --- listing. External links are never followed: every member throws an InputError that names them.
  bool exists(const std::string& object) const;
  bool is_group(const std::string& object) const;
  bool is_dataset(const std::string& object) const;
  /// Sorted member names of a group; empty if it is not a group.
  std::vector<std::string> children(const std::string& group) const;
  /// Every group below the root, each once regardless of the number of links to it; soft links are not followed. Throws
  /// if they are nested too deeply.
  std::vector<std::string> groups() const;
  Hdf5Shape shape(const std::string& dataset) const { return dataset_at(dataset).shape(); }
  /// Storage size in bytes of an element's datasets, including all members, each counted once; 0 if the element does
  /// not exist. Links to other places are not followed.
  Index stored_bytes(const std::string& element) const;

  // --- reading, by hdf5_read.hpp
  /// Opens a dataset. Throws if it does not exist.
  Hdf5Dataset dataset_at(const std::string& dataset) const;
  Hdf5Attribute attribute_at(const std::string& object, const std::string& name) const;
  /// Elements [begin, begin + count) along the first axis, all of the others, in row-major order.
  template <class T>
  std::vector<T> read_rows(const std::string& dataset, Index begin, Index count) const {
    const auto open = dataset_at(dataset);
    return open.read<T>(open.rows(begin, count));
  }
  /// Reads a whole dataset of any number of axes, row-major.
  template <class T>
  std::vector<T> read(const std::string& dataset) const {
    const auto open = dataset_at(dataset);
    return open.read<T>(open.whole());
  }
  /// Reads a whole one-dimensional dataset. Throws if it has another number of axes.
  template <class T>
  std::vector<T> read_vector(const std::string& dataset) const {
    const auto open = dataset_at(dataset);
    open.require_vector();
    return open.read<T>(open.whole());
  }
  template <class T>
  T read_scalar(const std::string& dataset) const {
    const auto open = dataset_at(dataset);
    if (open.shape().size() != 1) open.origin().refuse("is not a single value", "write the file again");
    return open.read<T>(open.whole())[0];
  }
  /// Reads the strings of a one-dimensional or scalar dataset. Throws if it has more axes.
  std::vector<std::string> read_strings(const std::string& dataset) const;
  std::vector<std::string> read_strings(const std::string& dataset, Index begin, Index count) const;

  /// Reads a box of a numeric dataset as float32, row-major.
  void read_box(const std::string& dataset, const ArrayBox& box, std::span<float> values) const;

  bool has_attribute(const std::string& object, const std::string& name) const;
  /// The first string; "" if there is none or it is not a string.
  std::string string_attribute(const std::string& object, const std::string& name) const;
  /// Empty if these are not strings: h5py writes an empty list as a numeric array.
  std::vector<std::string> strings_attribute(const std::string& object, const std::string& name) const;
  /// All integers of the attribute. Throws if it is not an integer type.
  std::vector<Index> index_attribute(const std::string& object, const std::string& name) const;
  /// A single boolean or integer; false if the attribute does not exist. Throws for any other type.
  bool bool_attribute(const std::string& object, const std::string& name) const;
  /// Path of the object referenced by an attribute (old categoricals); "" if it is not a reference. Throws for several
  /// references and for a dangling one.
  std::string reference_attribute(const std::string& object, const std::string& name) const;

  std::vector<std::string> attribute_names(const std::string& object) const;

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
  /// Creates a numeric dataset without values, with its space in the file reserved.
  void make_dataset(const std::string& dataset, hid_t type, const std::vector<Index>& extent);
  /// File offset of such a dataset.
  Index byte_offset(const std::string& dataset) const;
  void set_attribute(const std::string& object, const std::string& name, const std::string& text);
  void set_attribute(const std::string& object, const std::string& name, const char* text) {
    set_attribute(object, name, std::string(text));  // else it would be converted to bool
  }
  void set_attribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts);
  void set_attribute(const std::string& object, const std::string& name, const std::vector<Index>& numbers);
  void set_attribute(const std::string& object, const std::string& name, bool value);

  // --- writing rows, each rank its own, not collective
  template <class T>
  void write_rows(const std::string& dataset, Index begin, Index count, std::span<const T> values) {
    write_from(dataset, begin, count, hdf5_type<T>(), values.data(), sizeof(T));
  }

  /// Writes a box of a float32 dataset, row-major.
  void write_box(const std::string& dataset, const ArrayBox& box, std::span<const float> values);

 private:
  Hdf5File(Hdf5Handle file, std::string path, bool writing)
      : file_(std::move(file)), path_(std::move(path)), writing_(writing) {}
  Hdf5Origin origin(const std::string& object) const { return {path_, object, writing_}; }
  [[noreturn]] void fail(const std::string& object, const std::string& what) const { origin(object).fail(what); }
  Hdf5Handle open_object(const std::string& object) const;
  Hdf5Handle open_dataset(const std::string& dataset) const;
  std::string flush_or_abandon();  // reason for a failed flush; "" on success
  void write_values(const std::string& dataset, hid_t type, const void* values);
  void write_from(const std::string& dataset, Index begin, Index count, hid_t type, const void* values,
                  std::size_t element_bytes);

  Hdf5Handle file_;
  std::string path_;
  bool writing_ = false;
  ExternalLinkGuard links_;
};

/// Link creation property list that creates intermediate groups.
Hdf5Handle create_intermediate_groups();

/// Whether the file system does not support locks (Lustre and NFS are often mounted this way). Files are then opened
/// without locks, which is safe since no file has two writers. One process.
bool refuses_locks(const std::string& path);

/// Whether the file starts (or may start) with an HDF5 signature. One process.
bool looks_like_hdf5(const std::string& path);

}  // namespace replearn::io
