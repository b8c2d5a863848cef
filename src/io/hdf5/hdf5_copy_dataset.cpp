// Implements hdf5_copy.hpp: datasets.
#include <algorithm>
#include <optional>
#include <vector>

#include "io/hdf5/hdf5_copy.hpp"
#include "io/hdf5/hdf5_errors.hpp"
#include "io/hdf5/hdf5_filters.hpp"

namespace replearn::io {
namespace {

constexpr Index immediate_bytes = Index{1} << 20;  // copied immediately by one process
constexpr Index piece_bytes = Index{64} << 20;     // values read at a time

/// Registers placeholders for filters that are not installed while a dataset is created: HDF5 then looks up each
/// filter, although already compressed chunks never pass through it.
class StandInFilters {
 public:
  explicit StandInFilters(hid_t creation) {
    for (const auto& filter : filters_of_creation(creation)) {
      if (filter.can_decode()) continue;
      const H5Z_class2_t stand_in = {
          H5Z_CLASS_T_VERS,
          filter.number,
          1,
          1,
          "stand-in",
          nullptr,
          nullptr,
          [](unsigned, std::size_t, const unsigned*, std::size_t, std::size_t*, void**) -> std::size_t { return 0; }};
      if (H5Zregister(&stand_in) >= 0) registered_.push_back(filter.number);
    }
  }
  ~StandInFilters() {
    for (const auto filter : registered_) H5Zunregister(filter);
  }
  StandInFilters(const StandInFilters&) = delete;
  StandInFilters& operator=(const StandInFilters&) = delete;

 private:
  std::vector<H5Z_filter_t> registered_;
};

bool can_encode(hid_t creation) {
  const auto filters = filters_of_creation(creation);
  return std::all_of(filters.begin(), filters.end(), [](const auto& filter) { return filter.can_encode(); });
}

/// Calls use(first element) for each chunk of a grid, in row-major order.
template <class Use>
void for_each_chunk(const std::vector<Index>& extent, const std::vector<hsize_t>& chunk, Use use) {
  std::vector<hsize_t> at(extent.size(), 0);
  for (;;) {
    use(at);
    std::size_t axis = at.size();
    while (axis > 0) {
      --axis;
      at[axis] += chunk[axis];
      if (at[axis] < static_cast<hsize_t>(extent[axis])) break;
      at[axis] = 0;
      if (axis == 0) return;
    }
  }
}

/// Number of chunks if all were stored; the largest double on overflow.
double chunks_of_grid(const std::vector<Index>& extent, const std::vector<hsize_t>& chunk) {
  double count = 1;
  for (std::size_t axis = 0; axis < extent.size(); ++axis) {
    count *= static_cast<double>((static_cast<hsize_t>(extent[axis]) + chunk[axis] - 1) / chunk[axis]);
  }
  return count;
}

/// Reason why HDF5 cannot create such a dataset even in memory, where the disk cannot be the cause; empty if it can.
std::string refused_anywhere(hid_t stored_type, hid_t space, hid_t stored_creation) {
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.id(), std::size_t{1} << 16, false);
  const Hdf5Handle file(H5Fcreate("replearn", H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  const Hdf5Handle type(H5Tcopy(stored_type), H5Tclose), creation(H5Pcopy(stored_creation), H5Pclose);
  if (H5Pget_layout(creation.id()) == H5D_CONTIGUOUS) H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_LATE);
  if (!file.ok() || !type.ok() || !creation.ok()) return {};
  const Hdf5Handle made(H5Dcreate2(file.id(), "dataset", type.id(), space, H5P_DEFAULT, creation.id(), H5P_DEFAULT),
                        H5Dclose);
  return made.ok() ? std::string{} : hdf5_reason();
}

}  // namespace

void Hdf5Copier::copy_dataset(const std::string& path) {
  const auto source = from_.dataset_at(path);
  const Hdf5Handle creation(H5Dget_create_plist(source.id()), H5Pclose);
  const auto layout = H5Pget_layout(creation.id());
  const bool by_value = holds_variable_length(source.type()) || holds_references(source.type());
  const bool is_stored = source.stored_bytes() > 0;

  // Space is allocated early only for contiguous data, which are written at their file offset.
  if (layout == H5D_CHUNKED) H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_INCR);
  if (by_value) {
    if (!can_encode(creation.id())) H5Premove_filter(creation.id(), H5Z_FILTER_ALL);
    H5Pset_fill_time(creation.id(), H5D_FILL_TIME_IFSET);
  } else if (layout == H5D_CONTIGUOUS && is_stored) {
    H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER);
  }

  std::optional<StandInFilters> stand_ins;
  if (!by_value) stand_ins.emplace(creation.id());
  {
    const auto target = make_like(source, path, creation.id());
    if (holds_references(source.type())) {
      references_.push_back({path, ""});
    } else if (!is_stored || source.shape().size() == 0) {
      // Nothing was written to the source; the copy has the same fill value.
    } else if (by_value || layout == H5D_COMPACT) {
      copy_values(source, target.id());
    } else if (layout == H5D_CHUNKED) {
      copy_chunks(source, target.id(), creation.id());
    } else if (source.stored_bytes() <= immediate_bytes) {
      copy_values(source, target.id());
    } else {
      left_to_ranks_.push_back(path);
    }
  }
  copy_attributes(path);
}

Hdf5Handle Hdf5Copier::make_like(const Hdf5Dataset& source, const std::string& path, hid_t creation) {
  const auto type = type_for(source.type());
  const Hdf5Handle space(H5Dget_space(source.id()), H5Sclose);
  const auto links = create_intermediate_groups();
  Hdf5Handle target(
      H5Dcreate2(to_.id(), to_.link_name(path).c_str(), type.id(), space.id(), links.id(), creation, H5P_DEFAULT),
      H5Dclose);
  if (!target.ok()) {
    const Hdf5Origin written{to_.path(), path, true};
    const auto why = written.reason();
    if (const auto reason = refused_anywhere(type.id(), space.id(), creation); !reason.empty()) {
      source.origin().fail("its type, shape and layout contradict each other", reason);
    }
    written.fail("cannot be made", why);
  }
  return target;
}

void Hdf5Copier::copy_chunks(const Hdf5Dataset& source, hid_t target, hid_t creation) {
  const auto& extent = source.shape().extent;
  std::vector<hsize_t> chunk(extent.size());
  H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
  std::vector<char> bytes;
  const Hdf5Origin written{to_.path(), source.origin().object, true};
  const auto copy = [&](const std::vector<hsize_t>& at) {
    hsize_t length = 0;
    if (H5Dget_chunk_storage_size(source.id(), at.data(), &length) < 0) {
      H5Eclear2(H5E_DEFAULT);  // a chunk that was never written
      return;
    }
    if (length == 0) return;
    if (static_cast<Index>(length) > source.stored_bytes()) source.origin().fail("a chunk is larger than the dataset");
    bytes.resize(length);
    std::uint32_t mask = 0;
    if (H5Dread_chunk(source.id(), H5P_DEFAULT, at.data(), &mask, bytes.data()) < 0) {
      source.origin().fail("a chunk cannot be read");
    }
    if (H5Dwrite_chunk(target, H5P_DEFAULT, mask, at.data(), bytes.size(), bytes.data()) < 0) {
      written.fail("a chunk cannot be written");
    }
  };

  // Visits either all chunks of the grid or the list of stored chunks.
  hsize_t stored = 0;
  const Hdf5Handle space(H5Dget_space(source.id()), H5Sclose);  // HDF5 1.10 does not accept H5S_ALL here
  if (H5Dget_num_chunks(source.id(), space.id(), &stored) < 0) source.origin().fail("its chunks cannot be listed");
  // For few chunks in a large grid, the list of stored chunks is shorter, although each step along it costs more.
  if (chunks_of_grid(extent, chunk) <= 1000 + 100 * static_cast<double>(stored)) {
    return for_each_chunk(extent, chunk, copy);
  }
  std::vector<hsize_t> at(extent.size());
  for (hsize_t i = 0; i < stored; ++i) {
    unsigned mask = 0;
    haddr_t address = 0;
    hsize_t length = 0;
    if (H5Dget_chunk_info(source.id(), space.id(), i, at.data(), &mask, &address, &length) < 0) {
      source.origin().fail("its chunks cannot be listed");
    }
    copy(at);
  }
}

void Hdf5Copier::copy_values(const Hdf5Dataset& source, hid_t target) {
  const Hdf5Origin written{to_.path(), source.origin().object, true};
  const auto& shape = source.shape();
  if (shape.extent.empty()) {
    const auto values = source.read_raw(source.whole());
    if (H5Dwrite(target, values.type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.bytes().data()) < 0) {
      written.fail("cannot be written");
    }
    return;
  }
  // Strings are assumed to take 64 bytes.
  const Index element = shape.element_bytes + (holds_variable_length(source.type()) ? 64 : 0);
  const Index row = std::max<Index>(1, shape.size() / shape.extent[0]) * element;
  const Index rows_per_piece = std::max<Index>(1, piece_bytes / row);
  const Hdf5Handle space(H5Dget_space(target), H5Sclose);
  for (Index begin = 0; begin < shape.extent[0]; begin += rows_per_piece) {
    const auto box = source.rows(begin, std::min(rows_per_piece, shape.extent[0] - begin));
    const auto values = source.read_raw(box);
    const std::vector<hsize_t> start(box.begin.begin(), box.begin.end()), size(box.count.begin(), box.count.end());
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
    const Hdf5Handle memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
    if (H5Dwrite(target, values.type(), memory.id(), space.id(), H5P_DEFAULT, values.bytes().data()) < 0) {
      written.fail("cannot be written");
    }
  }
}

}  // namespace replearn::io
