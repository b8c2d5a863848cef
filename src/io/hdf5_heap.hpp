#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace replearn::io {

/// Checks data of variable length where HDF5 keeps it, the global heap (File Format Specification III.E), without
/// HDF5: the library 1.10 copies an object of whatever length the heap states into a buffer of the length that the
/// element states. Reading strings by HDF5 takes a microsecond each, this a twentieth. Local.
class GlobalHeap {
 public:
  /// base: where in the file addresses count from; widths: bytes of an address and of a length in this file.
  GlobalHeap(int file, std::uint64_t base, unsigned address_width, unsigned length_width)
      : file_(file), base_(base), address_width_(address_width), length_width_(length_width) {}

  /// Bytes of an element's reference in a dataset: its length, the address and the index of what it refers to.
  std::size_t reference_bytes() const { return 8 + address_width_; }

  /// What is wrong with such a reference to a sequence of items of `item_bytes` each; "" if nothing is.
  /// item_bytes 0: unknown.
  std::string check(const unsigned char* reference, std::uint64_t item_bytes);

 private:
  /// By index, the bytes of each object of a collection; -1: no such object.
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
