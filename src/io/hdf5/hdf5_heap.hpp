#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace replearn::io {

/// Validates variable-length data in HDF5's global heap (File Format Specification III.E) without the library, since
/// HDF5 1.10 copies an object of the length stated by the heap into a buffer of the length stated by the element.
/// Reading a string with HDF5 takes a microsecond; this check takes a twentieth of that. Local.
class GlobalHeap {
 public:
  /// base: file offset of address 0; widths: bytes per address and per length in this file.
  GlobalHeap(int file, std::uint64_t base, unsigned address_width, unsigned length_width)
      : file_(file), base_(base), address_width_(address_width), length_width_(length_width) {}

  /// Size of an element's heap reference in a dataset: length, address and object index.
  std::size_t reference_bytes() const { return 8 + address_width_; }

  /// Describes the error in a reference to a sequence of items of `item_bytes` each; "" if valid. item_bytes 0:
  /// unknown.
  std::string check(const unsigned char* reference, std::uint64_t item_bytes);

 private:
  /// Size in bytes of each object of a collection, by index; -1: no such object.
  struct Collection {
    std::vector<std::int64_t> sizes;
    std::string problem;
  };
  const Collection& collection(std::uint64_t address);
  Collection read_collection(std::uint64_t address);

  int file_;
  std::uint64_t base_;
  unsigned address_width_, length_width_;
  std::uint64_t last_address_ = 0;
  const Collection* last_ = nullptr;
  std::unordered_map<std::uint64_t, Collection> collections_;
  std::vector<unsigned char> bytes_;
};

}  // namespace replearn::io
