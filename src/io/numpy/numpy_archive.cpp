#include "io/numpy/numpy_archive.hpp"

#include <zip.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/memory.hpp"
#include "io/tables/fields.hpp"

namespace replearn::io {
namespace {

constexpr std::string_view extension = ".npy";
constexpr std::size_t piece_bytes = std::size_t{1} << 22;

/// For data read only to verify the checksum.
bool everything(const char*, std::size_t) {
  return true;
}

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

std::string message_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace

void NumpyArchive::Close::operator()(void* archive) const {
  zip_discard(static_cast<zip_t*>(archive));
}

NumpyArchive::NumpyArchive(const std::string& path) : path_(path) {
  int code = 0;
  archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive_) {
    throw InputError(path, "", "cannot be read as a zip archive (.npz): " + message_of(code), "write or copy it again");
  }
  auto* const archive = static_cast<zip_t*>(archive_.get());
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    const char* const raw = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
    const std::string name = raw ? raw : "";
    if (name.ends_with(extension)) names_.push_back(name.substr(0, name.size() - extension.size()));
  }
}

bool NumpyArchive::has(const std::string& name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

Index NumpyArchive::size_of(const std::string& name) const {
  zip_stat_t status;
  zip_stat_init(&status);
  const bool known = zip_stat(static_cast<zip_t*>(archive_.get()), (name + ".npy").c_str(), 0, &status) == 0 &&
                     (status.valid & ZIP_STAT_SIZE) && status.size < (zip_uint64_t{1} << 62);
  if (!known) throw InputError(path_, name, "the archive does not contain its length", "write or copy it again");
  return static_cast<Index>(status.size);
}

void NumpyArchive::read_through(const std::string& name,
                                const std::function<bool(const char* bytes, std::size_t count)>& take) const {
  auto* const archive = static_cast<zip_t*>(archive_.get());
  const std::unique_ptr<zip_file_t, CloseEntry> entry(zip_fopen(archive, (name + ".npy").c_str(), 0));
  if (!entry) throw InputError(path_, name, std::string("cannot be read: ") + zip_strerror(archive), "copy it again");
  const auto total = static_cast<std::size_t>(size_of(name));
  std::vector<char> bytes(std::min(total + 1, piece_bytes));
  for (std::size_t done = 0;;) {
    // libzip verifies the checksum in the read that reaches the end.
    const auto got = zip_fread(entry.get(), bytes.data(), bytes.size());
    if (got == 0 && done < total) throw InputError(path_, name, "the archive ends prematurely", "copy it again");
    if (got == 0) return;
    if (got > 0) {
      done += static_cast<std::size_t>(got);
      // A few compressed bytes may unpack to more than the available memory.
      if (done > total) {
        throw InputError(
            path_, name,
            "damaged: unpacks to more than the " + bytes_text(static_cast<double>(total)) + " stated in the archive",
            "copy it again, or write it again");
      }
      if (!take(bytes.data(), static_cast<std::size_t>(got))) return;
      continue;
    }
    const bool checksum = zip_error_code_zip(zip_file_get_error(entry.get())) == ZIP_ER_CRC;
    const std::string cause =
        checksum ? "its checksum (CRC-32) differs from the one in the archive" : zip_file_strerror(entry.get());
    throw InputError(path_, name, "damaged: " + cause, "copy it again, or write it again");
  }
}

void NumpyArchive::check() const {
  for (const auto& name : names_) read_through(name, everything);
}

NpyHeader NumpyArchive::header(const std::string& name) const {
  const Index total = size_of(name);
  const auto wanted = static_cast<std::size_t>(std::min(total, npy_header_reach));
  std::string start;
  read_through(name, [&](const char* bytes, std::size_t count) {
    start.append(bytes, std::min(count, wanted - start.size()));
    return start.size() < wanted;
  });
  try {
    return parse_npy_header(path_, name, start, total);
  } catch (const InputError&) {
    read_through(name, everything);  // damage is reported in preference to a header error that it causes
    throw;
  }
}

NumpyArray NumpyArchive::read(const std::string& name) const {
  const Index total = size_of(name);
  if (static_cast<double>(total) > available_memory_bytes()) {
    throw InputError(path_, name, bytes_text(static_cast<double>(total)) + ", more than this node has memory for",
                     "write it with numpy.save: each rank reads its own rows of a .npy");
  }
  NumpyArray array{name, {}, {}};
  array.bytes.reserve(total);
  read_through(name, [&](const char* bytes, std::size_t count) {
    array.bytes.insert(array.bytes.end(), bytes, bytes + count);
    return true;
  });
  array.header = parse_npy_header(path_, name, {array.bytes.data(), array.bytes.size()}, total);
  return array;
}

std::string NumpyArchive::text(const std::string& name) const {
  const auto array = read(name);
  if ((array.header.kind != 'S' && array.header.kind != 'U') || array.header.size() != 1) {
    throw InputError(path_, name, "is not text", "write it with scipy.sparse.save_npz");
  }
  std::string text;
  for (Index i = 0; i < array.header.item_bytes; ++i) {
    if (const char c = array.values()[i]) text += c;
  }
  return text;
}

NumpyArchiveWriter::NumpyArchiveWriter(const std::string& path) : path_(path) {
  int code = 0;
  archive_ = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (!archive_) throw SystemError(path + ": cannot be written: " + message_of(code));
}

NumpyArchiveWriter::~NumpyArchiveWriter() {
  if (archive_) zip_discard(static_cast<zip_t*>(archive_));
}

void NumpyArchiveWriter::add(const std::string& name, const std::string& header, std::string values) {
  auto* const archive = static_cast<zip_t*>(archive_);
  kept_.push_back(std::make_unique<std::string>(header + std::move(values)));
  zip_source_t* const source = zip_source_buffer(archive, kept_.back()->data(), kept_.back()->size(), 0);
  const auto place = source ? zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_OVERWRITE) : -1;
  if (place < 0) {
    if (source) zip_source_free(source);
    throw SystemError(path_ + ": cannot be written: " + zip_strerror(archive));
  }
  zip_set_file_compression(archive, static_cast<zip_uint64_t>(place), ZIP_CM_STORE, 0);
}

void NumpyArchiveWriter::close() {
  auto* const archive = static_cast<zip_t*>(archive_);
  if (zip_close(archive) != 0) throw SystemError(path_ + ": cannot be written: " + zip_strerror(archive));
  archive_ = nullptr;
}

}  // namespace replearn::io
