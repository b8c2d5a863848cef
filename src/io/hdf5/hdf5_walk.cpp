#include "io/hdf5/hdf5_walk.hpp"

#include <fcntl.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/hdf5_heap.hpp"
#include "io/hdf5/hdf5_links.hpp"

namespace replearn::io {
namespace {

/// Bytes read at once; larger elements and attributes are skipped.
constexpr std::size_t max_bytes_at_once = std::size_t{1} << 22;
/// Indices of more chunks are not visited, since the time would grow with the amount of data.
constexpr std::uint64_t max_chunks_visited = 50000;
constexpr int deepest_type = 8;

bool is_vlen(hid_t type) {
  return H5Tget_class(type) == H5T_VLEN || H5Tis_variable_str(type) > 0;
}

bool holds_vlen(hid_t type, int depth = 0) {
  if (is_vlen(type)) return true;
  if (depth > deepest_type) return false;
  if (H5Tget_class(type) == H5T_ARRAY) return holds_vlen(Hdf5Handle(H5Tget_super(type), H5Tclose).id(), depth + 1);
  if (H5Tget_class(type) != H5T_COMPOUND) return false;
  for (int i = 0; i < H5Tget_nmembers(type); ++i) {
    if (holds_vlen(Hdf5Handle(H5Tget_member_type(type, static_cast<unsigned>(i)), H5Tclose).id(), depth + 1))
      return true;
  }
  return false;
}

/// Bytes per item of a sequence; 0 if not determined by its type.
std::uint64_t item_bytes(hid_t type) {
  if (H5Tis_variable_str(type) > 0) return 1;
  const Hdf5Handle item(H5Tget_super(type), H5Tclose);
  return item.ok() && !holds_vlen(item.id()) ? H5Tget_size(item.id()) : 0;
}

Hdf5Handle reference_type(std::size_t bytes) {
  return {H5Tcreate(H5T_OPAQUE, bytes), H5Tclose};
}

/// The type in memory that has the stored heap reference in place of variable-length data.
Hdf5Handle with_references(hid_t type, std::size_t reference_bytes) {
  if (is_vlen(type)) return reference_type(reference_bytes);
  if (!holds_vlen(type)) return {H5Tcopy(type), H5Tclose};
  if (H5Tget_class(type) == H5T_ARRAY) {
    const Hdf5Handle item(H5Tget_super(type), H5Tclose);
    std::vector<hsize_t> extent(std::max(H5Tget_array_ndims(type), 0));
    H5Tget_array_dims2(type, extent.data());
    const auto items = with_references(item.id(), reference_bytes);
    return {H5Tarray_create2(items.id(), static_cast<unsigned>(extent.size()), extent.data()), H5Tclose};
  }
  std::vector<Hdf5Handle> members;
  std::size_t bytes = 0;
  const auto count = static_cast<unsigned>(std::max(H5Tget_nmembers(type), 0));
  for (unsigned i = 0; i < count; ++i) {
    const Hdf5Handle member(H5Tget_member_type(type, i), H5Tclose);
    members.push_back(with_references(member.id(), reference_bytes));
    bytes += H5Tget_size(members.back().id());
  }
  Hdf5Handle whole(H5Tcreate(H5T_COMPOUND, std::max<std::size_t>(bytes, 1)), H5Tclose);
  bytes = 0;
  for (unsigned i = 0; i < count; ++i) {
    char* name = H5Tget_member_name(type, i);
    if (name) H5Tinsert(whole.id(), name, bytes, members[i].id());
    H5free_memory(name);
    bytes += H5Tget_size(members[i].id());
  }
  return whole;
}

/// While this object exists, HDF5 reads the stored heap references of variable-length data into a buffer of type
/// `with_references`, each validated against the heap. Only one at a time, since HDF5's conversions receive nothing but
/// the types.
class ReferenceReader {
 public:
  ReferenceReader(GlobalHeap& heap, std::string& problem) {
    current() = this;
    heap_ = &heap;
    problem_ = &problem;
    opaque_ = reference_type(heap.reference_bytes());
    sequence_ = Hdf5Handle(H5Tvlen_create(H5T_NATIVE_INT8), H5Tclose);
    H5Tregister(H5T_PERS_SOFT, "references", sequence_.id(), opaque_.id(), convert);
  }
  ~ReferenceReader() { H5Tunregister(H5T_PERS_SOFT, "references", H5I_INVALID_HID, H5I_INVALID_HID, convert); }
  ReferenceReader(const ReferenceReader&) = delete;
  ReferenceReader& operator=(const ReferenceReader&) = delete;

 private:
  static ReferenceReader*& current() {
    static ReferenceReader* reader = nullptr;
    return reader;
  }
  static herr_t convert(hid_t from, hid_t to, H5T_cdata_t* data, std::size_t count, std::size_t stride, std::size_t,
                        void* values, void*, hid_t) {
    ReferenceReader& self = *current();
    const std::size_t bytes = self.heap_->reference_bytes();
    data->need_bkg = H5T_BKG_NO;
    if (data->command != H5T_CONV_CONV) return 0;
    if (H5Tget_size(to) != bytes) return -1;
    const std::uint64_t items = item_bytes(from);
    const auto* at = static_cast<const unsigned char*>(values);
    for (std::size_t i = 0; i < count && self.problem_->empty(); ++i) {
      *self.problem_ = self.heap_->check(at + i * (stride ? stride : bytes), items);
    }
    return 0;
  }

  GlobalHeap* heap_;
  std::string* problem_;
  Hdf5Handle opaque_, sequence_;
};

class Walk {
 public:
  Walk(hid_t file, std::uint64_t file_bytes, GlobalHeap& heap, ChildNotes& notes)
      : file_(file), file_bytes_(file_bytes), heap_(heap), notes_(notes), reader_(heap_, problem_) {}

  /// Whether no harmful data were found.
  bool run() {
    H5O_info_t root;
    if (H5Oget_info(file_, &root) < 0) return true;
    pending_.push_back({root.addr, "/"});
    visited_.insert(root.addr);
    while (!pending_.empty() && problem_.empty()) {
      const Place place = std::move(pending_.back());
      pending_.pop_back();
      visit(place);
    }
    return problem_.empty();
  }
  /// Reports an object that could not be opened; "" if there is none.
  const std::string& unreadable() const { return unreadable_; }

 private:
  struct Place {
    haddr_t address;
    std::string path;
  };

  void visit(const Place& place) {
    if (is_too_deep(place.path)) {
      notes_.at(beginning_of(place.path));
      notes_.found(problem_ = too_deep);
      return;
    }
    notes_.at(place.path);
    const Hdf5Handle object(H5Oopen_by_addr(file_, place.address), H5Oclose);
    if (!object.ok()) return open_as_the_program_does(place.path);
    switch (H5Iget_type(object.id())) {
      case H5I_GROUP:
        list(object.id(), place.path);
        break;
      case H5I_DATASET:
        read_dataset(object.id());
        break;
      default:
        break;
    }
    read_attributes(object.id(), place.path);
    if (!problem_.empty()) notes_.found(problem_);
  }

  /// A failed open may leave the library in a state in which it crashes on its own property lists at exit.
  void open_as_the_program_does(const std::string& path) {
    unreadable_ = path;
    const Hdf5Handle dataset(H5Dopen2(file_, path.c_str(), links_.access()), H5Dclose),
        object(H5Oopen(file_, path.c_str(), links_.access()), H5Oclose);
  }

  void list(hid_t group, const std::string& path) {
    struct Context {
      Walk* walk;
      std::string head;
    } context{this, path == "/" ? path : path + "/"};
    // In the order used by the program, since the library has separate code for each. On failure it frees uninitialized
    // pointers, which may happen to be harmless here.
    const auto done = H5Literate(
        group, H5_INDEX_NAME, H5_ITER_INC, nullptr,
        [](hid_t, const char* name, const H5L_info_t* link, void* given) -> herr_t {
          const auto& [walk, head] = *static_cast<Context*>(given);
          if (link->type == H5L_TYPE_HARD && walk->visited_.insert(link->u.address).second)
            walk->pending_.push_back({link->u.address, head + name});
          return 0;
        },
        &context);
    if (done < 0) problem_ = "its members cannot be listed";
  }

  // --- datasets

  void read_dataset(hid_t dataset) {
    const Hdf5Handle type(H5Dget_type(dataset), H5Tclose), space(H5Dget_space(dataset), H5Sclose),
        creation(H5Dget_create_plist(dataset), H5Pclose);
    if (!type.ok() || !space.ok() || !creation.ok() || H5Pget_external_count(creation.id()) > 0) return;
    if (H5Pget_layout(creation.id()) == H5D_VIRTUAL) return;
    const int rank = H5Sget_simple_extent_ndims(space.id());
    std::vector<hsize_t> extent(std::max(rank, 0));
    if (rank < 0 || H5Sget_simple_extent_type(space.id()) == H5S_NULL) return;
    H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
    if (std::find(extent.begin(), extent.end(), hsize_t{0}) != extent.end()) return;
    if (H5Pget_layout(creation.id()) == H5D_CHUNKED) visit_chunk_index(dataset, space.id(), creation.id(), extent);
    if (H5Dget_storage_size(dataset) == 0) return;
    if (holds_vlen(type.id()))
      read_references(dataset, type.id(), space.id(), extent);
    else
      read_first_element(dataset, type.id(), space.id(), extent);
  }

  void visit_chunk_index(hid_t dataset, hid_t space, hid_t creation, const std::vector<hsize_t>& extent) {
    std::vector<hsize_t> chunk(extent.size());
    if (H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data()) != static_cast<int>(chunk.size())) return;
    double chunks = 1;
    for (std::size_t i = 0; i < extent.size(); ++i) {
      if (chunk[i] == 0) return;
      chunks *= static_cast<double>((extent[i] - 1) / chunk[i] + 1);
    }
    if (chunks > static_cast<double>(max_chunks_visited - chunks_visited_)) return;
    chunks_visited_ += static_cast<std::uint64_t>(chunks);
    hsize_t stored = 0;
    H5Dget_num_chunks(dataset, space, &stored);
  }

  /// Reads one element with the conversions used for numbers.
  void read_first_element(hid_t dataset, hid_t type, hid_t space, const std::vector<hsize_t>& extent) {
    const std::size_t bytes = H5Tget_size(type);
    if (bytes == 0 || bytes > max_bytes_at_once) return;
    if (!extent.empty()) {
      const std::vector<hsize_t> start(extent.size(), 0), one(extent.size(), 1);
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, one.data(), nullptr);
    }
    const Hdf5Handle memory(H5Screate(H5S_SCALAR), H5Sclose);
    std::vector<unsigned char> room(std::max<std::size_t>(bytes, sizeof(double)));
    H5Dread(dataset, type, memory.id(), space, H5P_DEFAULT, room.data());
    const H5T_class_t kind = H5Tget_class(type);
    if (kind != H5T_INTEGER && kind != H5T_FLOAT) return;
    for (const hid_t number : {H5T_NATIVE_INT64, H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE})
      H5Dread(dataset, number, memory.id(), space, H5P_DEFAULT, room.data());
  }

  /// Reads all rows in slabs; their references are validated against the heap on the way.
  void read_references(hid_t dataset, hid_t type, hid_t space, const std::vector<hsize_t>& extent) {
    const auto memory_type = with_references(type, heap_.reference_bytes());
    const std::size_t bytes = std::max(H5Tget_size(memory_type.id()), H5Tget_size(type));
    if (!memory_type.ok() || bytes == 0) return;
    std::vector<hsize_t> start(extent.size(), 0), count = extent;
    double row_bytes = static_cast<double>(bytes);
    for (std::size_t i = 1; i < extent.size(); ++i) row_bytes *= static_cast<double>(extent[i]);
    if (row_bytes > static_cast<double>(max_bytes_at_once)) return;
    // A dataset may declare more elements than the file can hold; the reader checks that.
    const hsize_t all = extent.empty() ? 1 : std::min<hsize_t>(extent[0], file_bytes_);
    const auto rows_at_once = static_cast<hsize_t>(static_cast<double>(max_bytes_at_once) / row_bytes);
    std::vector<unsigned char> room(static_cast<std::size_t>(row_bytes) * std::min(all, rows_at_once));
    for (hsize_t done = 0; done < all && problem_.empty(); done += rows_at_once) {
      if (extent.empty()) {
        H5Dread(dataset, memory_type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, room.data());
        return;
      }
      start[0] = done;
      count[0] = std::min(rows_at_once, all - done);
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
      const Hdf5Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
      if (H5Dread(dataset, memory_type.id(), memory.id(), space, H5P_DEFAULT, room.data()) < 0) return;
    }
  }

  // --- attributes

  void read_attributes(hid_t object, const std::string& path) {
    H5O_info_t info;
    if (H5Oget_info(object, &info) < 0) return;
    for (hsize_t i = 0; i < info.num_attrs && problem_.empty(); ++i) {
      const Hdf5Handle attribute(
          H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_NATIVE, i, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
      if (!attribute.ok()) return;
      char name[256] = "";
      H5Aget_name(attribute.id(), sizeof name, name);
      notes_.at(path + ": attribute '" + name + "'");
      read_attribute(attribute.id());
    }
  }

  void read_attribute(hid_t attribute) {
    const Hdf5Handle type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
    if (!type.ok() || !space.ok()) return;
    const hssize_t count = H5Sget_simple_extent_npoints(space.id());
    const std::size_t bytes = H5Tget_size(type.id());
    if (count <= 0 || bytes == 0 || static_cast<double>(count) * static_cast<double>(bytes) > max_bytes_at_once) return;
    const auto elements = static_cast<std::size_t>(count);
    if (holds_vlen(type.id())) {
      const auto references = with_references(type.id(), heap_.reference_bytes());
      std::vector<unsigned char> room(elements * std::max(H5Tget_size(references.id()), bytes));
      if (H5Aread(attribute, references.id(), room.data()) < 0 || !problem_.empty()) return;
    }
    const Hdf5Handle native(H5Tget_native_type(type.id(), H5T_DIR_ASCEND), H5Tclose);
    if (!native.ok()) return;
    std::vector<unsigned char> room(elements * std::max(H5Tget_size(native.id()), bytes));
    if (H5Aread(attribute, native.id(), room.data()) < 0) return;
    if (H5Tget_class(type.id()) == H5T_REFERENCE && H5Tequal(type.id(), H5T_STD_REF_OBJ) > 0) follow(attribute, room);
    if (holds_vlen(type.id())) H5Dvlen_reclaim(native.id(), space.id(), H5P_DEFAULT, room.data());
  }

  void follow(hid_t attribute, const std::vector<unsigned char>& room) {
    for (std::size_t at = 0; at + sizeof(hobj_ref_t) <= room.size(); at += sizeof(hobj_ref_t)) {
      const Hdf5Handle target(H5Rdereference2(attribute, H5P_DEFAULT, H5R_OBJECT, room.data() + at), H5Oclose);
    }
  }

  hid_t file_;
  std::uint64_t file_bytes_, chunks_visited_ = 0;
  GlobalHeap& heap_;
  ChildNotes& notes_;
  std::string problem_;
  ReferenceReader reader_;
  const ExternalLinkGuard links_;
  std::string unreadable_;
  std::vector<Place> pending_;
  std::set<haddr_t> visited_;
};

}  // namespace

void walk_hdf5_file(const std::string& path, ChildNotes& notes) {
  const int bytes = ::open(path.c_str(), O_RDONLY);
  struct stat status {};
  if (bytes < 0 || ::fstat(bytes, &status) != 0) return;
  bool harmless = true;
  {
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_file_locking(access.id(), false, true);
    const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
    if (file.ok()) {
      const Hdf5Handle creation(H5Fget_create_plist(file.id()), H5Pclose);
      hsize_t base = 0;
      std::size_t address_width = 8, length_width = 8;
      H5Pget_userblock(creation.id(), &base);
      H5Pget_sizes(creation.id(), &address_width, &length_width);
      GlobalHeap heap(bytes, base, static_cast<unsigned>(address_width), static_cast<unsigned>(length_width));
      Walk walk(file.id(), static_cast<std::uint64_t>(status.st_size), heap, notes);
      harmless = walk.run();
      if (harmless) notes.at(walk.unreadable().empty() ? "/" : walk.unreadable());
    }
  }
  ::close(bytes);
  if (!harmless) return;
  // Unnoticed memory corruption may surface when the library frees everything, as at program exit. This would also
  // close files of the parent by MPI calls, so it is done only if there are none.
  H5garbage_collect();
  if (H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_FILE) == 0) {
    H5close();
  }
}

}  // namespace replearn::io
