#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/npy.hpp"

namespace replearn::io {

/// An array of an .npz, whole.
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
  /// Throws InputError if it is no zip archive.
  explicit NumpyArchive(const std::string& path);

  /// Names of the arrays, without .npy.
  const std::vector<std::string>& names() const { return names_; }
  bool has(const std::string& name) const;
  /// Reads no further than the piece that ends the header: damage behind it is not seen.
  NpyHeader header(const std::string& name) const;
  /// Reads all arrays to their ends. Throws InputError if one does not have the checksum that the archive keeps of it.
  void check() const;
  /// Throws InputError if the archive is damaged, or the array larger than the node's memory.
  NumpyArray read(const std::string& name) const;
  /// An array of one text, such as SciPy's `format`.
  std::string text(const std::string& name) const;

 private:
  struct Close {
    void operator()(void* archive) const;
  };
  /// take: called with each piece in turn, until it wants no more. Throws InputError if the array is damaged: by its
  /// checksum if it is read to the end.
  void read_through(const std::string& name,
                    const std::function<bool(const char* bytes, std::size_t count)>& take) const;
  Index size_of(const std::string& name) const;

  std::string path_;
  std::unique_ptr<void, Close> archive_;
  std::vector<std::string> names_;
};

/// Adds arrays to a new .npz at `path`, which is written when it is closed. One rank.
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
