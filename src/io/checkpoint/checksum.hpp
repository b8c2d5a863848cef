#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/index.hpp"

struct XXH3_state_s;

namespace replearn::io {

/// 64-bit XXH3 hash of bytes given in pieces. Detects accidental damage, not deliberate tampering. About 10 GB/s.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;
  void add(const void* bytes, std::size_t count);
  std::uint64_t value() const;

 private:
  XXH3_state_s* state_;
};

std::uint64_t checksum_of(const void* bytes, std::size_t count);

/// Adds the bytes [begin, begin + count) of an open file. Throws SystemError, also if it is shorter. path: for
/// messages.
void add_file_bytes(Checksum& checksum, int file, const std::string& path, Index begin, Index count);

}  // namespace replearn::io
