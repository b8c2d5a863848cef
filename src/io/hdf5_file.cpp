#include "io/hdf5_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <numeric>

#include "base/error.hpp"
#include "io/lzf_filter.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// Independent transfers of more than 2 GiB fail in MPI-IO; this stays well below.
constexpr Index most_bytes_a_call = Index{1} << 30;

/// What every process does once: errors are thrown, not printed; LZF can be read.
void prepare_library() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  register_lzf_filter();
}

Hdf5Handle parallel_access(const mpi::Communicator& comm) {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_mpio(access.id(), comm.raw(), MPI_INFO_NULL);
  return access;
}

/// Latest format only where it is needed; objects may have more than 64 kB of attributes (column-order of many
/// columns).
Hdf5Handle serial_access() {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_LATEST);
  return access;
}

void unlock_if_refused(const Hdf5Handle& access, const std::string& path) {
  if (refuses_locks(path)) H5Pset_file_locking(access.id(), false, true);
}

void check_before_opening(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) throw InputError(path, "", "no such file", "check the path given to --input");
  if (!fs::is_regular_file(status)) throw InputError(path, "", "is not a file", "name an HDF5 file");
  if (fs::file_size(path, error) == 0) throw InputError(path, "", "the file is empty", "write or copy it again");
  if (!looks_like_hdf5(path))
    throw InputError(path, "", "is not an HDF5 file", "replearn inspect tells what a file is");
}

[[noreturn]] void damaged(const std::string& path) {
  throw InputError(path, "", "cannot be opened: truncated, damaged, or not readable", "copy the file again");
}

/// What HDF5 writes to a file of one process from now on goes to memory. False for files of all ranks.
bool turn_into_memory(hid_t file) {
  const Hdf5Handle access(H5Fget_access_plist(file), H5Pclose);
  void* handle = nullptr;
  if (H5Pget_driver(access.id()) != H5FD_SEC2 || H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0) return false;
  const int memory = ::memfd_create("replearn", 0);
  if (memory < 0) return false;
  const bool turned = ::dup2(memory, *static_cast<int*>(handle)) >= 0;
  ::close(memory);
  return turned;
}

SystemError cannot_write(const std::string& path) {
  return SystemError(path + ": cannot be written; is the disk full?");
}

Hdf5Handle space_of(const std::vector<Index>& extent) {
  if (extent.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  const std::vector<hsize_t> dimensions(extent.begin(), extent.end());
  return {H5Screate_simple(static_cast<int>(dimensions.size()), dimensions.data(), nullptr), H5Sclose};
}

std::vector<Index> extent_of(hid_t space) {
  const int rank = std::max(H5Sget_simple_extent_ndims(space), 0);
  std::vector<hsize_t> dimensions(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space, dimensions.data(), nullptr);
  return {dimensions.begin(), dimensions.end()};
}

bool is_h5py_bool(hid_t type) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2) return false;
  char* name = H5Tget_member_name(type, 0);
  const std::string first = name ? name : "";
  H5free_memory(name);
  return first == "FALSE";
}

Hdf5Kind kind_of(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return H5Tget_sign(type) == H5T_SGN_NONE ? Hdf5Kind::unsigned_integer : Hdf5Kind::integer;
    case H5T_FLOAT:
      return Hdf5Kind::real;
    case H5T_STRING:
      return Hdf5Kind::string;
    case H5T_COMPOUND:
      return Hdf5Kind::compound;
    case H5T_ENUM:
      return is_h5py_bool(type) ? Hdf5Kind::boolean : Hdf5Kind::integer;
    default:
      return Hdf5Kind::other;
  }
}

std::string compression_of(hid_t dataset) {
  const Hdf5Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  std::string names;
  for (int i = 0; i < std::max(H5Pget_nfilters(creation.id()), 0); ++i) {
    unsigned flags = 0, config = 0;
    std::size_t values = 0;
    char name[64] = "";
    const auto filter =
        H5Pget_filter2(creation.id(), static_cast<unsigned>(i), &flags, &values, nullptr, sizeof name, name, &config);
    if (filter == H5Z_FILTER_SHUFFLE || filter == H5Z_FILTER_FLETCHER32) continue;
    names += (names.empty() ? "" : " ") + std::string(filter == H5Z_FILTER_DEFLATE ? "gzip" : name);
  }
  return names;
}

/// Strings of a dataset or attribute, whatever their HDF5 form. read(type, buffer) < 0 tells of failure.
template <class Read>
bool read_text(hid_t file_type, hid_t memory_space, std::size_t count, std::vector<std::string>& texts, Read read) {
  texts.clear();
  if (count == 0) return true;
  if (H5Tis_variable_str(file_type) > 0) {
    Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), H5T_VARIABLE);
    H5Tset_cset(type.id(), H5Tget_cset(file_type));
    std::vector<char*> pointers(count, nullptr);
    if (read(type.id(), static_cast<void*>(pointers.data())) < 0) return false;
    for (const char* text : pointers) texts.emplace_back(text ? text : "");
    H5Dvlen_reclaim(type.id(), memory_space, H5P_DEFAULT, pointers.data());
    return true;
  }
  const std::size_t width = H5Tget_size(file_type);
  std::vector<char> bytes(count * width);
  if (read(file_type, static_cast<void*>(bytes.data())) < 0) return false;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text(bytes.data() + i * width, width);
    text.erase(std::find(text.begin(), text.end(), '\0'), text.end());
    if (H5Tget_strpad(file_type) == H5T_STR_SPACEPAD) text.erase(text.find_last_not_of(' ') + 1);
    texts.push_back(std::move(text));
  }
  return true;
}

std::size_t product(const std::vector<Index>& extent) {
  return static_cast<std::size_t>(std::accumulate(extent.begin(), extent.end(), Index{1}, std::multiplies<>()));
}

/// The rows [begin, begin + count) of a dataset, in pieces that MPI-IO can take:
/// piece(file space, memory space, first row, rows).
template <class Piece>
void in_row_pieces(hid_t file_space, Index begin, Index count, std::size_t element_bytes, Piece piece) {
  const auto extent = extent_of(file_space);
  if (extent.empty()) return piece(H5S_ALL, H5S_ALL, Index{0});
  std::vector<hsize_t> start(extent.size(), 0), size(extent.begin(), extent.end());
  size[0] = 1;
  const Index row_bytes = static_cast<Index>(
      element_bytes * std::accumulate(size.begin(), size.end(), std::size_t{1}, std::multiplies<>()));
  const Index rows_a_piece = std::max<Index>(1, most_bytes_a_call / std::max<Index>(row_bytes, 1));
  for (Index done = 0; done < count; done += rows_a_piece) {
    start[0] = static_cast<hsize_t>(begin + done);
    size[0] = static_cast<hsize_t>(std::min(rows_a_piece, count - done));
    H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
    const Hdf5Handle memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
    piece(file_space, memory.id(), done * row_bytes);
  }
}

}  // namespace

Index Hdf5Shape::size() const {
  return static_cast<Index>(product(extent));
}

bool refuses_locks(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto folder = fs::path(path).parent_path();
  const fs::path there = fs::exists(path, error) ? fs::path(path) : folder.empty() ? fs::path(".") : folder;
  const int file = ::open(there.c_str(), O_RDONLY);
  if (file < 0) return false;
  const bool refused = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno != EWOULDBLOCK && errno != EINTR;
  ::close(file);
  return refused;
}

bool looks_like_hdf5(const std::string& path) {
  prepare_library();
  return H5Fis_hdf5(path.c_str()) > 0;
}

Hdf5File Hdf5File::open(const std::string& path) {
  prepare_library();
  check_before_opening(path);
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  unlock_if_refused(access, path);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!file.ok()) damaged(path);
  return {std::move(file), path, false};
}

Hdf5File Hdf5File::open(const mpi::Communicator& comm, const std::string& path) {
  prepare_library();
  // Root tries first and alone: a file that HDF5 refuses may leave MPI-IO's collective open half-way.
  mpi::on_root(comm, [&] { Hdf5File::open(path); });
  const auto access = parallel_access(comm);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!mpi::agree(comm, file.ok())) damaged(path);
  return {std::move(file), path, false};
}

Hdf5File Hdf5File::create(const std::string& path) {
  prepare_library();
  const auto access = serial_access();
  unlock_if_refused(access, path);
  Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  if (!file.ok()) throw cannot_write(path);
  return {std::move(file), path, true};
}

Hdf5File Hdf5File::modify(const std::string& path) {
  prepare_library();
  const auto access = serial_access();
  unlock_if_refused(access, path);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose);
  if (!file.ok()) throw cannot_write(path);
  return {std::move(file), path, true};
}

Hdf5File Hdf5File::modify(const mpi::Communicator& comm, const std::string& path) {
  prepare_library();
  const auto access = parallel_access(comm);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose);
  if (!mpi::agree(comm, file.ok())) throw cannot_write(path);
  return {std::move(file), path, true};
}

// H5Fclose of a file that cannot be written (the disk is full) fails half-way and leaves an identifier over which HDF5
// falls when the program ends. So what cannot be flushed is first turned away into memory, where writing succeeds; a
// file that all ranks have open stays open.
bool Hdf5File::flush_or_abandon() {
  if (!writing_ || !file_.ok() || H5Fflush(file_.id(), H5F_SCOPE_GLOBAL) >= 0) return true;
  if (turn_into_memory(file_.id()))
    file_.close();
  else
    file_.abandon();
  return false;
}

Hdf5File::~Hdf5File() {
  flush_or_abandon();
}

void Hdf5File::close() {
  if (!flush_or_abandon() || !file_.close()) throw cannot_write(path_);
}

void Hdf5File::fail(const std::string& object, const std::string& what) const {
  if (writing_) throw SystemError(path_ + ": " + object + ": " + what + "; is the disk full?");
  throw InputError(path_, object, what, "the file may be truncated or damaged: copy it again");
}

// --- looking around

bool Hdf5File::exists(const std::string& object) const {
  // H5Lexists wants every step of the way to be there.
  for (std::size_t slash = object.find('/', 1); slash != std::string::npos; slash = object.find('/', slash + 1)) {
    if (H5Lexists(file_.id(), object.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) return false;
  }
  return object == "/" || (H5Lexists(file_.id(), object.c_str(), H5P_DEFAULT) > 0 &&
                           H5Oexists_by_name(file_.id(), object.c_str(), H5P_DEFAULT) > 0);
}

bool Hdf5File::is_group(const std::string& object) const {
  return exists(object) && H5Iget_type(open_object(object).id()) == H5I_GROUP;
}

bool Hdf5File::is_dataset(const std::string& object) const {
  return exists(object) && H5Iget_type(open_object(object).id()) == H5I_DATASET;
}

std::vector<std::string> Hdf5File::children(const std::string& group) const {
  std::vector<std::string> names;
  if (!is_group(group)) return names;
  const auto object = open_object(group);
  H5Literate(
      object.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr,
      [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->emplace_back(name);
        return 0;
      },
      &names);
  return names;
}

Hdf5Shape Hdf5File::shape(const std::string& dataset) const {
  const auto object = open_dataset(dataset);
  const Hdf5Handle space(H5Dget_space(object.id()), H5Sclose), type(H5Dget_type(object.id()), H5Tclose);
  return {extent_of(space.id()), kind_of(type.id()), static_cast<Index>(H5Tget_size(type.id())),
          compression_of(object.id())};
}

Hdf5Handle Hdf5File::open_object(const std::string& object) const {
  Hdf5Handle handle(H5Oopen(file_.id(), object.c_str(), H5P_DEFAULT), H5Oclose);
  if (!handle.ok()) fail(object, "cannot be opened");
  return handle;
}

Hdf5Handle Hdf5File::open_dataset(const std::string& dataset) const {
  Hdf5Handle handle(H5Dopen2(file_.id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!handle.ok()) fail(dataset, "is not a dataset");
  return handle;
}

Index Hdf5File::row_elements(const std::string& dataset) const {
  const auto extent = shape(dataset).extent;
  return std::accumulate(extent.begin() + (extent.empty() ? 0 : 1), extent.end(), Index{1}, std::multiplies<>());
}

// --- reading

void Hdf5File::read_into(const std::string& dataset, Index begin, Index count, hid_t type, void* values,
                         std::size_t element_bytes) const {
  if (count == 0) return;
  const auto object = open_dataset(dataset);
  const Hdf5Handle space(H5Dget_space(object.id()), H5Sclose), stored(H5Dget_type(object.id()), H5Tclose);
  // h5py's booleans are an enum, which HDF5 does not turn into numbers: as bytes they are read as they are.
  const Hdf5Handle base(is_h5py_bool(stored.id()) ? H5Tget_native_type(stored.id(), H5T_DIR_ASCEND) : H5I_INVALID_HID,
                        H5Tclose);
  if (base.ok() && element_bytes != 1) return read_flags_into(dataset, begin, count, type, values, element_bytes);
  const hid_t memory_type = base.ok() ? base.id() : type;
  in_row_pieces(space.id(), begin, count, element_bytes, [&](hid_t file_space, hid_t memory_space, Index offset) {
    if (H5Dread(object.id(), memory_type, memory_space, file_space, H5P_DEFAULT, static_cast<char*>(values) + offset) <
        0) {
      fail(dataset, "cannot be read");
    }
  });
}

void Hdf5File::read_flags_into(const std::string& dataset, Index begin, Index count, hid_t type, void* values,
                               std::size_t element_bytes) const {
  const auto flags = read_rows<std::int8_t>(dataset, begin, count);
  std::vector<char> room(flags.size() * element_bytes);
  std::copy(flags.begin(), flags.end(), room.begin());
  if (H5Tconvert(H5T_NATIVE_INT8, type, flags.size(), room.data(), nullptr, H5P_DEFAULT) < 0)
    fail(dataset, "cannot be read");
  std::copy(room.begin(), room.end(), static_cast<char*>(values));
}

std::vector<std::string> Hdf5File::read_strings(const std::string& dataset) const {
  const auto extent = shape(dataset).extent;
  return read_strings(dataset, 0, extent.empty() ? 1 : extent[0]);
}

std::vector<std::string> Hdf5File::read_strings(const std::string& dataset, Index begin, Index count) const {
  const auto object = open_dataset(dataset);
  const Hdf5Handle type(H5Dget_type(object.id()), H5Tclose), space(H5Dget_space(object.id()), H5Sclose);
  if (H5Tget_class(type.id()) != H5T_STRING) fail(dataset, "does not hold strings");
  Hdf5Handle memory(H5Scopy(space.id()), H5Sclose);
  if (H5Sget_simple_extent_ndims(space.id()) == 1) {
    const auto start = static_cast<hsize_t>(begin), size = static_cast<hsize_t>(count);
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &start, nullptr, &size, nullptr);
    memory = Hdf5Handle(H5Screate_simple(1, &size, nullptr), H5Sclose);
  }
  std::vector<std::string> texts;
  const bool ok = read_text(
      type.id(), memory.id(), static_cast<std::size_t>(count), texts,
      [&](hid_t as, void* buffer) { return H5Dread(object.id(), as, memory.id(), space.id(), H5P_DEFAULT, buffer); });
  if (!ok) fail(dataset, "cannot be read");
  return texts;
}

Index Hdf5File::stored_bytes(const std::string& element) const {
  if (!exists(element)) return 0;
  if (is_dataset(element)) return static_cast<Index>(H5Dget_storage_size(open_dataset(element).id()));
  Index bytes = 0;
  for (const auto& name : children(element)) bytes += stored_bytes(element + "/" + name);
  return bytes;
}

bool Hdf5File::has_attribute(const std::string& object, const std::string& name) const {
  return H5Aexists_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

Hdf5Handle Hdf5File::open_attribute(const std::string& object, const std::string& name) const {
  Hdf5Handle handle(H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!handle.ok()) fail(object, "attribute '" + name + "' is missing");
  return handle;
}

std::vector<std::string> Hdf5File::strings_attribute(const std::string& object, const std::string& name) const {
  const auto attribute = open_attribute(object, name);
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose), space(H5Aget_space(attribute.id()), H5Sclose);
  std::vector<std::string> texts;
  if (H5Tget_class(type.id()) != H5T_STRING) return texts;  // h5py writes an empty list as an array of numbers
  const auto count = static_cast<std::size_t>(std::max<hssize_t>(H5Sget_simple_extent_npoints(space.id()), 0));
  if (!read_text(type.id(), space.id(), count, texts,
                 [&](hid_t as, void* buffer) { return H5Aread(attribute.id(), as, buffer); })) {
    fail(object, "attribute '" + name + "' cannot be read");
  }
  return texts;
}

std::string Hdf5File::string_attribute(const std::string& object, const std::string& name) const {
  if (!has_attribute(object, name)) return "";
  const auto texts = strings_attribute(object, name);
  return texts.empty() ? "" : texts.front();
}

std::vector<Index> Hdf5File::index_attribute(const std::string& object, const std::string& name) const {
  const auto attribute = open_attribute(object, name);
  const Hdf5Handle space(H5Aget_space(attribute.id()), H5Sclose);
  std::vector<Index> numbers(static_cast<std::size_t>(std::max<hssize_t>(H5Sget_simple_extent_npoints(space.id()), 0)));
  if (H5Aread(attribute.id(), H5T_NATIVE_INT64, numbers.data()) < 0)
    fail(object, "attribute '" + name + "' is no number");
  return numbers;
}

bool Hdf5File::bool_attribute(const std::string& object, const std::string& name) const {
  if (!has_attribute(object, name)) return false;
  const auto attribute = open_attribute(object, name);
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  const Hdf5Handle native(H5Tget_native_type(type.id(), H5T_DIR_ASCEND), H5Tclose);
  std::vector<std::uint8_t> bytes(std::max<std::size_t>(H5Tget_size(native.id()), 16), 0);
  return H5Aread(attribute.id(), native.id(), bytes.data()) >= 0 && bytes[0] != 0;
}

std::string Hdf5File::reference_attribute(const std::string& object, const std::string& name) const {
  if (!has_attribute(object, name)) return "";
  const auto attribute = open_attribute(object, name);
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  hobj_ref_t reference{};
  if (H5Tget_class(type.id()) != H5T_REFERENCE || H5Aread(attribute.id(), H5T_STD_REF_OBJ, &reference) < 0) return "";
  const Hdf5Handle target(H5Rdereference2(attribute.id(), H5P_DEFAULT, H5R_OBJECT, &reference), H5Oclose);
  char path[1024] = "";
  H5Iget_name(target.id(), path, sizeof path);
  return path;
}

// --- writing

void Hdf5File::make_group(const std::string& path) {
  const auto links = hdf5_groups_on_the_way();
  const Hdf5Handle group(H5Gcreate2(file_.id(), path.c_str(), links.id(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  if (!group.ok()) fail(path, "cannot be made");
}

void Hdf5File::make_dataset(const std::string& dataset, hid_t type, const std::vector<Index>& extent) {
  const auto space = space_of(extent);
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY);
  // Every number is written later; strings of variable length must be filled, or HDF5 would follow stray pointers.
  if (H5Tdetect_class(type, H5T_VLEN) <= 0 && H5Tis_variable_str(type) <= 0) {
    H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER);
  }
  const auto links = hdf5_groups_on_the_way();
  const Hdf5Handle object(
      H5Dcreate2(file_.id(), dataset.c_str(), type, space.id(), links.id(), creation.id(), H5P_DEFAULT), H5Dclose);
  if (!object.ok()) fail(dataset, "cannot be made");
}

Index Hdf5File::byte_offset(const std::string& dataset) const {
  const haddr_t offset = H5Dget_offset(open_dataset(dataset).id());
  if (offset == HADDR_UNDEF) fail(dataset, "has no place in the file");
  return static_cast<Index>(offset);
}

void Hdf5File::write_values(const std::string& dataset, hid_t type, const void* values) {
  if (shape(dataset).size() == 0) return;
  const auto object = open_dataset(dataset);
  if (H5Dwrite(object.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) fail(dataset, "cannot be written");
}

void Hdf5File::write_from(const std::string& dataset, Index begin, Index count, hid_t type, const void* values,
                          std::size_t element_bytes) {
  if (count == 0) return;
  const auto object = open_dataset(dataset);
  const Hdf5Handle space(H5Dget_space(object.id()), H5Sclose), stored(H5Dget_type(object.id()), H5Tclose);
  const hid_t memory_type = is_h5py_bool(stored.id()) && element_bytes == 1 ? stored.id() : type;
  in_row_pieces(space.id(), begin, count, element_bytes, [&](hid_t file_space, hid_t memory_space, Index offset) {
    if (H5Dwrite(object.id(), memory_type, memory_space, file_space, H5P_DEFAULT,
                 static_cast<const char*>(values) + offset) < 0) {
      fail(dataset, "cannot be written");
    }
  });
}

void Hdf5File::write_box(const std::string& dataset, const ArrayBox& box, std::span<const float> values) {
  if (values.empty()) return;
  const auto object = open_dataset(dataset);
  const Hdf5Handle space(H5Dget_space(object.id()), H5Sclose);
  std::vector<hsize_t> start(box.begin.begin(), box.begin.end()), size(box.count.begin(), box.count.end());
  const Index rows = box.count[0], row_elements = static_cast<Index>(values.size()) / rows;
  const Index rows_a_piece = std::max<Index>(1, most_bytes_a_call / (row_elements * static_cast<Index>(sizeof(float))));
  for (Index done = 0; done < rows; done += rows_a_piece) {
    start[0] = static_cast<hsize_t>(box.begin[0] + done);
    size[0] = static_cast<hsize_t>(std::min(rows_a_piece, rows - done));
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
    const Hdf5Handle memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
    if (H5Dwrite(object.id(), H5T_NATIVE_FLOAT, memory.id(), space.id(), H5P_DEFAULT,
                 values.data() + done * row_elements) < 0) {
      fail(dataset, "cannot be written");
    }
  }
}

void Hdf5File::read_box(const std::string& dataset, const ArrayBox& box, std::span<float> values) const {
  if (values.empty()) return;
  const auto object = open_dataset(dataset);
  const Hdf5Handle space(H5Dget_space(object.id()), H5Sclose);
  const std::vector<hsize_t> start(box.begin.begin(), box.begin.end()), size(box.count.begin(), box.count.end());
  const Hdf5Handle memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
  if (H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr) < 0 ||
      H5Dread(object.id(), H5T_NATIVE_FLOAT, memory.id(), space.id(), H5P_DEFAULT, values.data()) < 0) {
    fail(dataset, "cannot be read");
  }
}

void Hdf5File::write_strings(const std::string& dataset, const std::vector<std::string>& values) {
  const auto type = hdf5_string_type();
  const std::vector<Index> extent = {static_cast<Index>(values.size())};
  make_dataset(dataset, type.id(), extent);
  std::vector<const char*> pointers;
  for (const auto& value : values) pointers.push_back(value.c_str());
  write_values(dataset, type.id(), pointers.data());
}

void Hdf5File::write_string(const std::string& dataset, const std::string& value) {
  const auto type = hdf5_string_type();
  make_dataset(dataset, type.id(), {});
  const char* pointer = value.c_str();
  write_values(dataset, type.id(), &pointer);
}

void Hdf5File::write_bools(const std::string& dataset, const std::vector<std::uint8_t>& values) {
  const auto type = hdf5_bool_type();
  make_dataset(dataset, type.id(), {static_cast<Index>(values.size())});
  write_values(dataset, type.id(), values.data());
}

void Hdf5File::write_bool(const std::string& dataset, bool value) {
  const auto type = hdf5_bool_type();
  make_dataset(dataset, type.id(), {});
  const std::uint8_t byte = value;
  write_values(dataset, type.id(), &byte);
}

}  // namespace replearn::io
