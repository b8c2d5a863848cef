#include "io/hdf5/hdf5_heap.hpp"

#include <unistd.h>

#include <cstring>

namespace replearn::io {
namespace {

constexpr std::size_t smallest_collection = 4096, max_collections_kept = 4096;
constexpr std::uint64_t largest_collection = std::uint64_t{1} << 30;

std::uint64_t little_endian(const unsigned char* bytes, unsigned width) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < width; ++i) number |= std::uint64_t{bytes[i]} << (8 * i);
  return number;
}

std::uint64_t aligned(std::uint64_t size) {
  return (size + 7) / 8 * 8;
}

bool read_exactly(int file, std::vector<unsigned char>& bytes, std::uint64_t size, std::uint64_t offset) {
  bytes.resize(size);
  std::size_t done = 0;
  while (done < size) {
    const auto got = ::pread(file, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

std::string GlobalHeap::check(const unsigned char* reference, std::uint64_t item_bytes) {
  const std::uint64_t length = little_endian(reference, 4);
  const std::uint64_t address = little_endian(reference + 4, address_width_);
  const std::uint64_t index = little_endian(reference + 4 + address_width_, 4);
  if (address == 0) return "";
  const Collection& heap = collection(address);
  if (!heap.problem.empty()) return heap.problem;
  if (index >= heap.sizes.size() || heap.sizes[index] < 0) return "refers to an object that does not exist in its heap";
  const auto size = static_cast<std::uint64_t>(heap.sizes[index]);
  if (item_bytes != 0 && size != length * item_bytes) return "the lengths of an element and of its heap object differ";
  return "";
}

const GlobalHeap::Collection& GlobalHeap::collection(std::uint64_t address) {
  if (last_ && last_address_ == address) return *last_;
  auto at = collections_.find(address);
  if (at == collections_.end()) {
    if (collections_.size() >= max_collections_kept) collections_.clear();
    at = collections_.emplace(address, read_collection(address)).first;
  }
  last_address_ = address;
  last_ = &at->second;
  return *last_;
}

GlobalHeap::Collection GlobalHeap::read_collection(std::uint64_t address) {
  Collection result;
  const auto damaged = [&](const char* what) {
    result.problem = what;
    return result;
  };
  const std::uint64_t header = aligned(8 + length_width_);  // same for a collection and an object
  if (!read_exactly(file_, bytes_, smallest_collection, base_ + address))
    return damaged("refers to an address beyond the end of the file");
  if (std::memcmp(bytes_.data(), "GCOL\1", 5) != 0) return damaged("refers to an address without a heap");
  const std::uint64_t size = little_endian(bytes_.data() + 8, length_width_);
  if (size < smallest_collection || size > largest_collection) return damaged("a heap of impossible size");
  if (size > smallest_collection && !read_exactly(file_, bytes_, size, base_ + address))
    return damaged("a heap extends beyond the end of the file");
  for (std::uint64_t at = header; at + header <= size;) {
    const std::uint64_t index = little_endian(bytes_.data() + at, 2);
    const std::uint64_t object = little_endian(bytes_.data() + at + 8, length_width_);
    if (index == 0) {  // free space, including its header
      if (object < header || object > size - at) return damaged("a heap with free space of impossible size");
      at += object;
      continue;
    }
    if (object > size - at - header) return damaged("a heap with an object larger than itself");
    if (index >= result.sizes.size()) result.sizes.resize(index + 1, -1);
    if (result.sizes[index] >= 0) return damaged("a heap with two objects of the same index");
    result.sizes[index] = static_cast<std::int64_t>(object);
    at += header + aligned(object);
  }
  return result;
}

}  // namespace replearn::io
