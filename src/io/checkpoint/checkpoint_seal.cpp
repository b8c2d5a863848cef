#include "io/checkpoint/checkpoint_seal.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/checkpoint/checksum.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

static_assert(std::endian::native == std::endian::little, "the seal is written in native byte order");

constexpr char magic[] = "RPLSEAL1";
constexpr std::size_t word = sizeof(std::uint64_t);

/// A file open for reading, closed on destruction.
class Opened {
 public:
  explicit Opened(const std::string& path) : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_ < 0) throw SystemError("it cannot be opened: " + std::generic_category().message(errno));
  }
  ~Opened() { ::close(file_); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  Index bytes() const {
    struct stat found {};
    return ::fstat(file_, &found) == 0 ? static_cast<Index>(found.st_size) : 0;
  }
  void forget(Index begin, Index count) const { ::posix_fadvise(file_, begin, count, POSIX_FADV_DONTNEED); }
  std::uint64_t checksum(Index begin, Index count) const {
    Checksum sum;
    add_file_bytes(sum, file_, path_, begin, count);
    return sum.value();
  }
  /// Checksum of everything except the matrix rows.
  std::uint64_t checksum_of_rest(const CheckpointSeal& seal) const {
    auto holes = seal.matrices;
    std::sort(holes.begin(), holes.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    Checksum sum;
    Index at = 0;
    for (const auto& hole : holes) {
      if (hole.rows * hole.row_bytes == 0) continue;
      add_file_bytes(sum, file_, path_, at, hole.offset - at);
      at = hole.offset + hole.rows * hole.row_bytes;
    }
    add_file_bytes(sum, file_, path_, at, seal.bytes - at);
    return sum.value();
  }
  std::string read(Index begin, std::size_t count) const {
    std::string bytes(count, '\0');
    for (std::size_t done = 0; done < count;) {
      const auto got =
          ::pread(file_, bytes.data() + done, count - done, static_cast<off_t>(begin) + static_cast<off_t>(done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) throw SystemError("it cannot be read to its end");
      done += static_cast<std::size_t>(got);
    }
    return bytes;
  }

 private:
  std::string path_;
  int file_;
};

void put(std::string& bytes, std::uint64_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::uint64_t number_at(const std::string& bytes, std::size_t at) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

std::string bytes_of(const CheckpointSeal& seal) {
  std::string bytes;
  put(bytes, static_cast<std::uint64_t>(seal.bytes));
  put(bytes, seal.rest);
  for (std::size_t m = 0; m < seal.matrices.size(); ++m) {
    const auto& matrix = seal.matrices[m];
    for (const Index number : {matrix.offset, matrix.rows, matrix.row_bytes, matrix.block_rows})
      put(bytes, static_cast<std::uint64_t>(number));
    for (const auto sum : seal.blocks[m]) put(bytes, sum);
  }
  put(bytes, checksum_of(bytes.data(), bytes.size()));
  put(bytes, bytes.size() + 2 * word);
  return bytes.append(magic, word);
}

/// Throws SystemError describing the damage. A seal that passes its own checksum was written by append_seal.
CheckpointSeal read_seal(const Opened& file) {
  const Index size = file.bytes();
  const auto smallest = static_cast<Index>(5 * word);
  if (size < smallest) throw SystemError("it is truncated");
  const auto end = file.read(size - static_cast<Index>(2 * word), 2 * word);
  if (end.compare(word, word, magic, word) != 0)
    throw SystemError("its seal is missing: the file is truncated, modified, or from an earlier version of replearn");
  const auto own = static_cast<Index>(number_at(end, 0));
  if (own < smallest || own > size) throw SystemError("its checksums were modified");
  const auto bytes = file.read(size - own, static_cast<std::size_t>(own));
  const std::size_t body = bytes.size() - 3 * word;
  if (checksum_of(bytes.data(), body) != number_at(bytes, body)) throw SystemError("its checksums were modified");
  CheckpointSeal seal;
  seal.bytes = static_cast<Index>(number_at(bytes, 0));
  seal.rest = number_at(bytes, word);
  if (seal.bytes != size - own) throw SystemError("its length has changed");
  for (std::size_t at = 2 * word; at < body;) {
    Index numbers[4];
    for (auto& number : numbers) {
      number = static_cast<Index>(number_at(bytes, at));
      at += word;
    }
    const auto& matrix = seal.matrices.emplace_back(RowsInFile{numbers[0], numbers[1], numbers[2], numbers[3]});
    auto& blocks = seal.blocks.emplace_back();
    for (Index block = 0; block < matrix.blocks(); ++block, at += word) blocks.push_back(number_at(bytes, at));
  }
  return seal;
}

void share(const mpi::Communicator& comm, CheckpointSeal& seal) {
  seal.matrices = mpi::broadcast(comm, std::move(seal.matrices));
  seal.blocks.resize(seal.matrices.size());
  for (auto& blocks : seal.blocks) blocks = mpi::broadcast(comm, std::move(blocks));
}

/// This rank's share of the blocks of all matrices.
void check_my_blocks(const mpi::Communicator& comm, const std::string& path, const CheckpointSeal& seal,
                     bool past_cache) {
  const Opened file(path);
  for (std::size_t m = 0; m < seal.matrices.size(); ++m) {
    const auto& matrix = seal.matrices[m];
    const Index blocks = matrix.blocks(), begin = blocks * comm.rank() / comm.size(),
                end = blocks * (comm.rank() + 1) / comm.size();
    if (past_cache && begin < end) {
      const Index from = matrix.block_offset(begin);
      file.forget(from, matrix.block_offset(end - 1) + matrix.block_bytes(end - 1) - from);
    }
    for (Index block = begin; block < end; ++block) {
      if (file.checksum(matrix.block_offset(block), matrix.block_bytes(block)) == seal.blocks[m][block]) continue;
      throw SystemError(fmt::format("bytes {} to {} differ from those that were written", matrix.block_offset(block),
                                    matrix.block_offset(block) + matrix.block_bytes(block)));
    }
  }
}

}  // namespace

void append_seal(const std::string& path, CheckpointSeal seal) {
  Index size = 0;
  {
    const Opened file(path);
    size = seal.bytes = file.bytes();
    seal.rest = file.checksum_of_rest(seal);
  }
  const auto bytes = bytes_of(seal);
  PositionalWriter writer(path);
  writer.write(size, bytes.data(), bytes.size());
  writer.synchronize();
}

bool ends_with_seal(const std::string& path) {
  try {
    const Opened file(path);
    return file.bytes() >= static_cast<Index>(word) &&
           file.read(file.bytes() - static_cast<Index>(word), word) == std::string(magic, word);
  } catch (const SystemError&) {
    return false;
  }
}

std::string find_damage(const mpi::Communicator& comm, const std::string& path, bool past_cache) {
  try {
    CheckpointSeal seal;
    mpi::on_root(comm, [&] {
      const Opened file(path);
      if (past_cache) file.forget(0, 0);
      seal = read_seal(file);
      if (file.checksum_of_rest(seal) != seal.rest)
        throw SystemError("its contents other than matrix rows differ from those that were written");
    });
    share(comm, seal);
    mpi::run_collectively(comm, [&] { check_my_blocks(comm, path, seal, past_cache); });
    return "";
  } catch (const SystemError& error) {
    return error.what();
  }
}

}  // namespace replearn::io
