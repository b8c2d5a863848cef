#pragma once
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/index.hpp"
#include "io/hdf5/hdf5_handle.hpp"

namespace replearn::io {

/// MPI-IO, which is used for files that all ranks write, accepts less than 2 GiB per call.
constexpr Index max_bytes_per_call = Index{1} << 30;

enum class Hdf5Kind { boolean, integer, unsigned_integer, real, string, compound, other };

/// Type and extents of a dataset or attribute.
struct Hdf5Shape {
  std::vector<Index> extent;  ///< empty for a scalar; {0} for h5py's Empty, which holds nothing
  Hdf5Kind kind = Hdf5Kind::other;
  Index element_bytes = 0;
  std::string compression;  ///< "", "gzip", "lzf", ...
  /// Number of elements; the largest Index on overflow.
  Index size() const;
  /// Integers, reals and booleans.
  bool is_number() const;
  /// "float32", "int64", "string", ...
  std::string type_name() const;
};

/// "2700 x 32738", "a single value".
std::string extent_text(const std::vector<Index>& extent);

/// The HDF5 type of a C++ number in memory.
template <class T>
hid_t hdf5_type();

/// Strings in the form written to HDF5; all names, categories and string values pass through it. Text that is not UTF-8
/// is read as Latin-1, as for names of tables, because h5py cannot read files with other bytes and the computation is
/// already done.
class Hdf5Texts {
 public:
  explicit Hdf5Texts(std::span<const std::string> texts);
  explicit Hdf5Texts(const std::string& text) : Hdf5Texts(std::span(&text, 1)) {}
  /// One pointer per string; valid as long as this object and the strings.
  const char* const* data() const { return pointers_.data(); }

 private:
  std::deque<std::string> converted_;
  std::vector<const char*> pointers_;
};

/// Variable-length UTF-8, and h5py's boolean.
Hdf5Handle hdf5_string_type();
Hdf5Handle hdf5_bool_type();

bool is_h5py_bool(hid_t type);
Hdf5Kind kind_of(hid_t type);
std::vector<Index> extent_of(hid_t space);
/// Names of the compression filters, separated by blanks.
std::string compression_of(hid_t dataset);

}  // namespace replearn::io
