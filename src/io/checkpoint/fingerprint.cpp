#include "io/checkpoint/fingerprint.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/checkpoint/checksum.hpp"
#include "io/tenx/tenx_folder.hpp"
#include "io/text/compressed_file.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

constexpr Index read_whole_up_to = Index{1} << 30;  // total over all files
constexpr Index piece = 4096, pieces = 512;

/// Fingerprints a folder that forms one input as a whole; in any other, at most this many files.
std::vector<std::string> files_below(const fs::path& folder) {
  constexpr std::size_t most = 100'000;
  std::vector<std::string> files;
  std::error_code failed;
  auto walk = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, failed);
  for (; !failed && walk != fs::recursive_directory_iterator() && files.size() < most; walk.increment(failed)) {
    std::error_code gone;
    if (walk->is_regular_file(gone)) files.push_back(walk->path().string());
  }
  return files;
}

struct Close {
  int file;
  ~Close() {
    if (file >= 0) ::close(file);
  }
};

std::string content_of(const std::string& path, bool whole) {
  const Close open{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // does not block on a pipe
  struct stat found {};
  if (open.file < 0 || ::fstat(open.file, &found) != 0) return "unreadable: " + std::generic_category().message(errno);
  const auto bytes = static_cast<Index>(found.st_size);
  Checksum checksum;
  if (whole || bytes <= piece * pieces) {
    add_file_bytes(checksum, open.file, path, 0, bytes);
    return fmt::format("{} bytes, XXH3 {:016x}", bytes, checksum.value());
  }
  for (Index i = 0; i < pieces; ++i) {
    add_file_bytes(checksum, open.file, path, (bytes - piece) / (pieces - 1) * i, piece);
  }
  return fmt::format("{} bytes, XXH3 of samples {:016x}, changed at {}.{:09}, inode {}", bytes, checksum.value(),
                     found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_ino);
}

}  // namespace

std::vector<std::string> matrix_files(const std::string& path) {
  std::error_code failed;
  const bool in_folder = fs::is_directory(path, failed);
  if (!in_folder && !without_compression_extension(path).ends_with(".mtx")) return {path};
  std::vector<std::string> files;
  try {
    const TenxFolder folder = find_tenx_folder(path, InputOptions());
    files = {folder.matrix, folder.barcodes, folder.features, folder.symbols};
    std::erase(files, "");
  } catch (const InputError&) {  // not such a folder, or its tables are named by options; the reader reports errors
    files = in_folder ? files_below(path) : std::vector{path};
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> file_contents(const std::vector<std::string>& paths) {
  Index bytes = 0;
  for (const auto& path : paths) {
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (!failed) bytes += static_cast<Index>(size);
  }
  std::vector<std::string> contents;
  for (const auto& path : paths) contents.push_back(content_of(path, bytes <= read_whole_up_to));
  return contents;
}

}  // namespace replearn::io
