#include "io/hdf5/hdf5_errors.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "base/regular_expression.hpp"
#include "io/hdf5/hdf5_filters.hpp"

namespace replearn::io {
namespace {

const char* const may_be_damaged =
    "check whether other programs can read it (h5dump -d); if not, it is damaged: copy or write it again";

std::vector<std::string> reasons() {
  std::vector<std::string> found;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* error, void* list) -> herr_t {
        if (error->desc && *error->desc) static_cast<std::vector<std::string>*>(list)->emplace_back(error->desc);
        return 0;
      },
      &found);
  return found;
}

/// Comma-separated list of a dataset's filters that are not available.
std::string missing_filters(hid_t dataset) {
  std::string names;
  for (const auto& filter : filters_of(dataset)) {
    if (!filter.can_decode()) names += (names.empty() ? "" : ", ") + filter.name();
  }
  return names;
}

}  // namespace

std::string hdf5_write_reason(const std::string& file) {
  const auto found = reasons();
  for (const auto& text : found) {
    // "file write failed: time = ..., errno = 28, error message = 'No space left on device', ..."
    if (const auto message = RegularExpression("error message = '([^']*)'").search(text)) return message->at(1);
  }
  struct statvfs status {};
  if (::statvfs(file.c_str(), &status) == 0 && status.f_bavail == 0) return "the disk is full";
  return found.empty() ? "HDF5 gives no reason" : "HDF5: " + found.front();
}

std::string hdf5_reason() {
  const auto found = reasons();
  return found.empty() ? "" : found.front();
}

void Hdf5Origin::refuse(const std::string& what, const std::string& hint) const {
  if (writing) throw SystemError(file + ": " + object + ": " + what);
  throw InputError(file, object, what, hint);
}

void Hdf5Origin::fail(const std::string& what, const std::string& why) const {
  if (writing) throw SystemError(file + ": " + object + ": " + what + ": " + why);
  throw InputError(file, object, what + (why.empty() ? "" : " (HDF5: " + why + ")"), may_be_damaged);
}

void Hdf5Origin::fail_to_read(hid_t dataset) const {
  const auto why = reason();
  if (const auto filters = missing_filters(dataset); !filters.empty()) {
    refuse("is compressed by a filter that is not installed here: " + filters,
           "install its HDF5 plugin (Debian: hdf5-filter-plugin; or: pip install hdf5plugin) and set HDF5_PLUGIN_PATH "
           "to the plugin's folder, or write the file again with gzip");
  }
  fail("cannot be read", why);
}

void fail_to_open(const std::string& path) {
  const auto found = reasons();
  const auto among = [&](const char* part) -> const std::string* {
    const auto at =
        std::find_if(found.begin(), found.end(), [&](const auto& text) { return text.find(part) != text.npos; });
    return at == found.end() ? nullptr : &*at;
  };
  if (const auto* text = among("truncated file")) {
    // "truncated file: eof = 1000, sblock->base_addr = 0, stored_eof = 2000"
    std::string sizes;
    if (const auto numbers = RegularExpression("eof = (\\d+).*stored_eof = (\\d+)").search(*text)) {
      sizes = ": it has " + numbers->at(1) + " of " + numbers->at(2) + " bytes";
    }
    throw InputError(path, "", "the file is truncated" + sizes, "copy it again, or rerun the program that wrote it");
  }
  if (among("unable to lock file")) {
    throw InputError(path, "", "is locked by another program that has it open for writing",
                     "wait for it, or set HDF5_USE_FILE_LOCKING=FALSE if there is none");
  }
  if (among("file is already open for")) {
    throw InputError(path, "", "is marked as open for writing: its writer is still running or was killed",
                     "wait for the writer; if it was killed, h5clear -s FILE removes the mark");
  }
  if (among("bad superblock version number")) {
    throw InputError(path, "", "has a newer HDF5 format than this program's HDF5 library reads",
                     "h5repack --low=0 --high=1 writes the earlier format");
  }
  const std::string reason = found.empty() ? "" : " (HDF5: " + found.front() + ")";
  throw InputError(path, "", "cannot be opened" + reason,
                   "check whether other programs can open it (h5dump -H); if not, it is damaged: copy it again");
}

}  // namespace replearn::io
