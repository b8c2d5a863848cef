#include "io/checkpoint/checksum.hpp"

#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <vector>

#include "base/error.hpp"

namespace replearn::io {

Checksum::Checksum() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_64bits_reset(state_);
}
Checksum::~Checksum() {
  XXH3_freeState(state_);
}
void Checksum::add(const void* bytes, std::size_t count) {
  XXH3_64bits_update(state_, bytes, count);
}
std::uint64_t Checksum::value() const {
  return XXH3_64bits_digest(state_);
}

std::uint64_t checksum_of(const void* bytes, std::size_t count) {
  return XXH3_64bits(bytes, count);
}

void add_file_bytes(Checksum& checksum, int file, const std::string& path, Index begin, Index count) {
  constexpr Index buffer_bytes = Index{1} << 20;
  std::vector<char> buffer(std::min(count, buffer_bytes));
  while (count > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<Index>(count, buffer_bytes));
    const auto got = ::pread(file, buffer.data(), wanted, static_cast<off_t>(begin));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw SystemError(path + ": cannot be read: " + std::generic_category().message(errno));
    if (got == 0) throw SystemError(path + ": is shorter than expected");
    checksum.add(buffer.data(), static_cast<std::size_t>(got));
    begin += got;
    count -= got;
  }
}

}  // namespace replearn::io
