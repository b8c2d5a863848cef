#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/numpy/npy.hpp"

namespace replearn::io {

/// A complete array of an .npz.
struct NumpyArray {
  std::string name;
  NpyHeader header;
  std::vector<char> bytes;  ///< header and values

  const char* values() const { return bytes.data() + header.offset; }
  double value(Index i) const { return npy_value(header, values(), i); }
};

/// An .npz: a zip archive of NumPy arrays. One rank.
class NumpyArchive {
 public:
  /// Throws InputError if it is not a zip archive.
  explicit NumpyArchive(const std::string& path);

  /// Names of the arrays, without .npy.
  const std::vector<std::string>& names() const { return names_; }
  bool has(const std::string& name) const;
  /// Reads only up to the end of the header; later damage is not detected.
  NpyHeader header(const std::string& name) const;
  /// Reads all arrays completely. Throws InputError if a checksum does not match.
  void check() const;
  /// Throws InputError if the archive is damaged or the array exceeds the node's memory.
  NumpyArray read(const std::string& name) const;
  /// A scalar string array, such as SciPy's `format`.
  std::string text(const std::string& name) const;

 private:
  struct Close {
    void operator()(void* archive) const;
  };
  /// take: called with each piece in turn until it returns false. Throws InputError if the array is damaged; the
  /// checksum is verified if it is read to the end.
  void read_through(const std::string& name,
                    const std::function<bool(const char* bytes, std::size_t count)>& take) const;
  Index size_of(const std::string& name) const;

  std::string path_;
  std::unique_ptr<void, Close> archive_;
  std::vector<std::string> names_;
};

/// Adds arrays to a new .npz at `path`, which is written by close(). One rank.
class NumpyArchiveWriter {
 public:
  explicit NumpyArchiveWriter(const std::string& path);
  ~NumpyArchiveWriter();
  NumpyArchiveWriter(const NumpyArchiveWriter&) = delete;
  NumpyArchiveWriter& operator=(const NumpyArchiveWriter&) = delete;
  /// header: as npy_header makes it; values: bytes, kept until close().
  void add(const std::string& name, const std::string& header, std::string values);
  /// Throws SystemError.
  void close();

 private:
  std::string path_;
  void* archive_ = nullptr;
  std::vector<std::unique_ptr<std::string>> kept_;
};

}  // namespace replearn::io
