#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/array_box.hpp"
#include "io/hdf5_links.hpp"
#include "io/hdf5_read.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// An HDF5 file, its objects named by path. For reading, errors are InputErrors naming file and object, and all ranks
/// open it each for itself: only the opening is collective. For writing, errors are SystemErrors, all ranks go through
/// MPI-IO (opening and closing are collective, writes say whether they are), and names and texts are UTF-8 (Hdf5Texts).
/// LZF, the filter of h5py, is known.
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
  /// A path, or the name of an attribute, as HDF5's functions are to be given it: what is written is UTF-8 (Hdf5Texts).
  std::string link_name(const std::string& object) const;

  // --- looking around. External links are never followed: every member throws an InputError that names them.
  bool exists(const std::string& object) const;
  bool is_group(const std::string& object) const;
  bool is_dataset(const std::string& object) const;
  /// Names below a group, sorted; empty if it is none.
  std::vector<std::string> children(const std::string& group) const;
  /// Every group below the root, each once, however many links lead to it; soft links are not followed. Throws if
  /// they lie too deep.
  std::vector<std::string> groups() const;
  Hdf5Shape shape(const std::string& dataset) const { return dataset_at(dataset).shape(); }
  /// Bytes that an element's datasets take in the file, all below it included, each once; 0 if there is no such
  /// element. Links to other places are not followed.
  Index stored_bytes(const std::string& element) const;

  // --- reading, through the door of hdf5_read.hpp
  /// A dataset, open. Throws if there is none.
  Hdf5Dataset dataset_at(const std::string& dataset) const;
  Hdf5Attribute attribute_at(const std::string& object, const std::string& name) const;
  /// Elements [begin, begin + count) along the first axis, all of the others, in row-major order.
  template <class T>
  std::vector<T> read_rows(const std::string& dataset, Index begin, Index count) const {
    const auto open = dataset_at(dataset);
    return open.read<T>(open.rows(begin, count));
  }
  /// All of a dataset of any number of axes, row-major.
  template <class T>
  std::vector<T> read(const std::string& dataset) const {
    const auto open = dataset_at(dataset);
    return open.read<T>(open.whole());
  }
  /// All of a dataset of one axis. Throws if it has more or fewer.
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
  /// All of a dataset of one axis, or the one text of a scalar. Throws if it has more axes.
  std::vector<std::string> read_strings(const std::string& dataset) const;
  std::vector<std::string> read_strings(const std::string& dataset, Index begin, Index count) const;

  /// A box of a numeric dataset of as many axes as float32, row-major.
  void read_box(const std::string& dataset, const ArrayBox& box, std::span<float> values) const;

  bool has_attribute(const std::string& object, const std::string& name) const;
  /// The first text; "" if there is none or it is no text.
  std::string string_attribute(const std::string& object, const std::string& name) const;
  /// Empty if these are no texts: h5py writes an empty list as an array of numbers.
  std::vector<std::string> strings_attribute(const std::string& object, const std::string& name) const;
  /// As many whole numbers as there are. Throws if they are none.
  std::vector<Index> index_attribute(const std::string& object, const std::string& name) const;
  /// A single boolean or whole number; false if there is none. Throws if it is anything else.
  bool bool_attribute(const std::string& object, const std::string& name) const;
  /// The path of the object that an object-reference attribute points to (old categoricals); "" if it is none. Throws
  /// for several references, and for one that leads nowhere.
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
  Hdf5Origin origin(const std::string& object) const { return {path_, object, writing_}; }
  [[noreturn]] void fail(const std::string& object, const std::string& what) const { origin(object).fail(what); }
  Hdf5Handle open_object(const std::string& object) const;
  Hdf5Handle open_dataset(const std::string& dataset) const;
  std::string flush_or_abandon();  // why it could not be flushed; "" if it was
  void write_values(const std::string& dataset, hid_t type, const void* values);
  void write_from(const std::string& dataset, Index begin, Index count, hid_t type, const void* values,
                  std::size_t element_bytes);

  Hdf5Handle file_;
  std::string path_;
  bool writing_ = false;
  ExternalLinkGuard links_;
};

/// For making an object: groups on the way to it are made as well.
Hdf5Handle create_intermediate_groups();

/// Whether the file system has no locks to give (Lustre and NFS are often mounted so). Files there are opened without:
/// nothing here has two writers. One process.
bool refuses_locks(const std::string& path);

/// Whether the file begins (or may begin) as HDF5 does. One process.
bool looks_like_hdf5(const std::string& path);

}  // namespace replearn::io
