#include "io/anndata/h5ad_carry.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "io/anndata/h5ad_elements.hpp"
#include "io/anndata/h5ad_layout.hpp"
#include "io/anndata/h5ad_sparse_cut.hpp"

namespace replearn::io {
namespace {

constexpr Index small_bytes = Index{1} << 20;  // filtered by root immediately

bool is_soft_link(const Hdf5File& file, const std::string& path) {
  H5L_info_t link{};
  return H5Lget_info(file.id(), path.c_str(), &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_SOFT;
}

}  // namespace

Cut axes_at(const std::string& path) {
  const std::string top = path.substr(0, path.find('/'));
  if (top == "X" || top == "layers") return {Axis::obs, Axis::var};
  if (top == "obs" || top == "obsm") return {Axis::obs, Axis::none};
  if (top == "var" || top == "varm") return {Axis::var, Axis::none};
  if (top == "obsp") return {Axis::obs, Axis::obs};
  if (top == "varp") return {Axis::var, Axis::var};
  if (path == "raw.X" || path == "raw/X" || path.starts_with("raw/X/")) return {Axis::obs, Axis::none};
  return {};
}

bool holds_at_or_above(const std::string& element, const std::function<bool(const std::string&)>& holds) {
  for (auto slash = element.find('/'); slash != std::string::npos; slash = element.find('/', slash + 1)) {
    if (holds(element.substr(0, slash))) return true;
  }
  return holds(element);
}

const Mask& Masks::of(Axis axis) const {
  static const Mask everything;
  return axis == Axis::obs ? obs : axis == Axis::var ? var : everything;
}

H5adCarrier::H5adCarrier(const Hdf5File& from, Hdf5File& to, const Masks& masks,
                         std::function<bool(const std::string&)> replaced, const Compression* recompression)
    : from_(from),
      to_(to),
      masks_(masks),
      replaced_(std::move(replaced)),
      recompression_(recompression),
      copier_(from, to, [this](const auto& path, const auto& target) { return keeps_soft_link(path, target); }) {
  copier_.note("/");
}

std::vector<Transfer> H5adCarrier::transfers() const {
  auto all = transfers_;
  for (const auto& path : copier_.left_to_ranks()) all.push_back({Transfer::Kind::copy, path, {}});
  return all;
}

bool H5adCarrier::is_cut(Cut cut) const {
  return !masks_.of(cut.rows).empty() || !masks_.of(cut.columns).empty();
}

// A soft link is kept if its target is carried to the same path and would be filtered in the same way here.
bool H5adCarrier::keeps_soft_link(const std::string& path, const std::string& target) const {
  namespace fs = std::filesystem;
  const auto led = (fs::path("/") / fs::path(path).parent_path() / target).lexically_normal().string().substr(1);
  return !holds_at_or_above(led, replaced_) && led.find("__categories") == std::string::npos &&
         effective(axes_at(path)).number() == effective(axes_at(led)).number();
}

void H5adCarrier::carry_file() {
  const bool is_first = !to_.has_attribute("/", "encoding-type");
  if (is_first) copier_.copy_attributes("/");
  for (const auto& name : from_.children("/")) {
    const bool is_dictionary =
        std::find(layout::dictionaries.begin(), layout::dictionaries.end(), name) != layout::dictionaries.end();
    if (name == "obs" || name == "var" || (name == "raw" && replaced_(name))) continue;
    if (is_dictionary || name == "raw") {
      carry_dictionary(name);
    } else {
      carry(name, axes_at(name));
    }
  }
  for (const auto& name : layout::dictionaries) {
    if (!to_.exists(name)) layout::make_dictionary(to_, name);
  }
}

/// Created as a group even where the input has a soft link, since other parts of the file are written into it.
void H5adCarrier::carry_dictionary(const std::string& path) {
  if (!from_.is_group(path)) {
    throw InputError(from_.path(), path, "is not a group", "read and write the file with a current version of anndata");
  }
  const bool is_new = !to_.exists(path);
  if (!is_new || is_soft_link(from_, path)) {
    copier_.note(path);
  } else if (copier_.copy_link(path)) {
    return;
  }
  if (is_new) {
    copier_.make_group(path);
    copier_.copy_attributes(path);
    layout::mark(to_, path, path == "raw" ? "raw" : "dict", "0.1.0");
  }
  for (const auto& name : copier_.members(path)) {
    const std::string member = path + "/" + name;
    if (member == records_of_jobs && from_.is_group(member) && !replaced_(member))
      carry_dictionary(member);
    else
      carry(member, axes_at(member));
  }
}

void H5adCarrier::carry(const std::string& path, Cut cut) {
  if (replaced_(path) || to_.exists(path)) return;
  cut = effective(cut);
  if (copier_.copy_link(path, cut.number())) return;
  if (from_.is_group(path)) {
    carry_group(path, cut);
  } else if (from_.is_dataset(path)) {
    carry_dataset(path, cut);
  } else {
    copier_.copy(path);
  }
}

void H5adCarrier::carry_group(const std::string& path, Cut cut) {
  const std::string type = from_.string_attribute(path, "encoding-type");
  if (layout::is_sparse(from_, path)) return carry_sparse(path, cut);
  if (type == "dataframe") {
    const auto names = carry_columns(path, cut.rows);
    return layout::mark_dataframe(to_, path, layout::index_of(from_, path), names);
  }
  if (type == "categorical" || type.starts_with("nullable-")) return carry_parts(path, cut.rows);
  if (type.empty() || type == "dict" || type == "raw") {
    copier_.make_group(path);
    copier_.copy_attributes(path);
    layout::mark(to_, path, type == "raw" ? "raw" : "dict", "0.1.0");
    for (const auto& name : copier_.members(path)) carry(path + "/" + name, cut);
    return;
  }
  if (is_cut(cut)) {
    throw InputError(from_.path(), path, "an element of kind '" + type + "' cannot be filtered by rows",
                     "remove it from the input first");
  }
  copier_.copy(path);
}

void H5adCarrier::mark_dataset(const std::string& path) {
  if (to_.has_attribute(path, "encoding-type")) return;
  const auto shape = to_.shape(path);
  if (shape.kind == Hdf5Kind::compound)
    layout::mark(to_, path, "rec-array", "0.2.0");
  else if (shape.kind == Hdf5Kind::string)
    layout::mark(to_, path, shape.extent.empty() ? "string" : "string-array", "0.2.0");
  else if (shape.is_number())
    layout::mark(to_, path, shape.extent.empty() ? "numeric-scalar" : "array", "0.2.0");
}

void H5adCarrier::carry_dataset(const std::string& path, Cut cut) {
  const auto source = from_.dataset_at(path);
  const bool by_value = holds_variable_length(source.type()) || holds_references(source.type());
  const bool recompression = recompression_ && !by_value && source.shape().is_number() &&
                             !chunk_shape(source.shape().extent, source.shape().element_bytes).empty() &&
                             compression_like(source.id()) != *recompression_;

  // Unchanged: copied in stored form.
  if (!is_cut(cut) && !recompression) {
    copier_.copy_dataset(path);
    return mark_dataset(path);
  }
  if (holds_references(source.type())) {
    throw InputError(from_.path(), path, "references cannot be filtered by rows", "remove it from the input first");
  }

  // The filtered or recompressed array, still empty.
  const ArrayCut part(source, masks_.of(cut.rows), masks_.of(cut.columns));
  const auto extent = part.extent();
  const Hdf5Handle type(H5Tcopy(source.type()), H5Tclose);
  if (by_value) {
    to_.make_dataset(path, type.id(), extent);
  } else {
    make_array(to_, path, type.id(), extent, recompression_ ? *recompression_ : compression_like(source.id()));
  }
  copier_.copy_attributes(path);
  mark_dataset(path);

  // Small arrays are written now, large ones later by all ranks.
  Hdf5Shape written = source.shape();
  written.extent = extent;
  if (by_value || written.size() <= small_bytes / written.element_bytes) {
    part.copy_to(to_, path);
  } else {
    transfers_.push_back({Transfer::Kind::array, path, cut});
  }
}

void H5adCarrier::carry_sparse(const std::string& path, Cut cut) {
  copier_.make_group(path);
  copier_.copy_attributes(path);
  const bool by_rows = layout::storage_of(from_, path) == layout::Storage::csr;
  auto shape = layout::shape_of(from_, path);
  if (is_cut(cut)) {
    shape = cut_shape(from_, path, masks_.of(cut.rows), masks_.of(cut.columns));
    transfers_.push_back({Transfer::Kind::sparse, path, cut});
  } else {
    for (const auto& name : from_.children(path)) carry(path + "/" + name, {});
  }
  if (is_cut(cut) || from_.string_attribute(path, "encoding-type").empty()) {
    layout::mark(to_, path, by_rows ? "csr_matrix" : "csc_matrix", "0.1.0");
    to_.set_attribute(path, "shape", shape);
  }
}

}  // namespace replearn::io
