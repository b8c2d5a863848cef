#include "io/hdf5/hdf5_links.hpp"

#include <algorithm>

namespace replearn::io {
bool is_too_deep(const std::string& path) {
  return std::count(path.begin(), path.end(), '/') > max_levels + (path.starts_with('/') ? 1 : 0);
}

void require_not_too_deep(const std::string& file, const std::string& path) {
  if (is_too_deep(path)) Hdf5Origin{file, beginning_of(path)}.refuse(too_deep, hint_too_deep);
}

std::string beginning_of(const std::string& path) {
  return path.substr(path.starts_with('/') ? 1 : 0, 40) + "...";
}

ExternalLinkGuard::ExternalLinkGuard()
    : access_(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose), blocked_(std::make_unique<BlockedLink>()) {
  H5Pset_elink_cb(
      access_.id(),
      [](const char*, const char*, const char* file, const char* object, unsigned*, hid_t, void* blocked) -> herr_t {
        *static_cast<BlockedLink*>(blocked) = {file, object};
        return -1;
      },
      blocked_.get());
}

void ExternalLinkGuard::require_none(const Hdf5Origin& origin) const {
  if (blocked_->file.empty() && blocked_->object.empty()) return;
  const auto [file, object] = std::exchange(*blocked_, {});
  origin.refuse("is an external link to " + object + " in another file, " + file + ", which is not followed",
                "merge both into one file first (h5copy -f ext, or read and write it in Python)");
}

void require_own_storage(hid_t dataset, const Hdf5Origin& origin) {
  const Hdf5Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  if (const int files = H5Pget_external_count(creation.id()); files > 0) {
    char name[1024] = "";
    off_t offset = 0;
    hsize_t size = 0;
    H5Pget_external(creation.id(), 0, sizeof name - 1, name, &offset, &size);
    origin.refuse("stores its values in another file, " + std::string(name) + " (external storage), which is not read",
                  "write it as an ordinary dataset first");
  }
  if (H5Pget_layout(creation.id()) == H5D_VIRTUAL) {
    std::size_t count = 0;
    char name[1024] = "";
    if (H5Pget_virtual_count(creation.id(), &count) >= 0 && count > 0) {
      H5Pget_virtual_filename(creation.id(), 0, name, sizeof name);
    }
    origin.refuse("is a virtual dataset whose values lie in other files (" + std::string(name) + "), which is not read",
                  "write it as an ordinary dataset first");
  }
}

}  // namespace replearn::io
