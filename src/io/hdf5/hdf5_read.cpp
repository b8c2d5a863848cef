#include "io/hdf5/hdf5_read.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "io/hdf5/deflated_chunks.hpp"
#include "io/hdf5/hdf5_filters.hpp"
#include "io/hdf5/hdf5_links.hpp"
#include "io/hdf5/lzf_filter.hpp"
#include "io/text/compressed_file.hpp"

namespace replearn::io {
namespace {

/// Memory is not checked for reads smaller than this.
constexpr Index unchecked_bytes = Index{64} << 20;

/// a * b for a, b >= 0; the largest Index on overflow.
Index product(Index a, Index b) {
  Index result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::numeric_limits<Index>::max() : result;
}

Index elements_of(const ArrayBox& box) {
  if (std::find(box.count.begin(), box.count.end(), 0) != box.count.end()) return 0;
  Index elements = 1;
  for (const Index count : box.count) elements = product(elements, count);
  return elements;
}

/// Divides a box into pieces of at most max_bytes_per_call (or one element), each contiguous in memory, and calls
/// take(piece, elements before it).
template <class Take>
void in_pieces(const ArrayBox& box, Index element_bytes, Take&& take, Index before = 0) {
  const auto axis = static_cast<std::size_t>(
      std::find_if(box.count.begin(), box.count.end(), [](Index count) { return count > 1; }) - box.count.begin());
  if (axis == box.count.size() || product(elements_of(box), element_bytes) <= max_bytes_per_call) {
    return take(box, before);
  }
  ArrayBox piece = box;
  piece.count[axis] = 1;
  const Index inner = elements_of(piece);
  const Index per_piece = std::max<Index>(1, max_bytes_per_call / product(inner, element_bytes));
  for (Index done = 0; done < box.count[axis]; done += per_piece) {
    piece.begin[axis] = box.begin[axis] + done;
    piece.count[axis] = std::min(per_piece, box.count[axis] - done);
    in_pieces(piece, element_bytes, take, before + done * inner);
  }
}

/// Whether a filter may expand data without a known limit.
bool may_inflate_without_limit(const std::vector<Hdf5Filter>& filters) {
  return std::any_of(filters.begin(), filters.end(), [](const auto& filter) {
    return filter.compresses() && filter.number != H5Z_FILTER_DEFLATE && filter.number != lzf_filter;
  });
}

/// Upper bound of the decompressed size, from the layout and filters (LZF expands less than deflate); the largest Index
/// if there is no limit.
Index max_bytes_stored(hid_t dataset, Index stored) {
  const auto filters = filters_of(dataset);
  if (may_inflate_without_limit(filters)) return std::numeric_limits<Index>::max();
  return filters.empty() ? stored : product(stored, max_inflation);
}

}  // namespace

bool holds_variable_length(hid_t type) {
  return H5Tdetect_class(type, H5T_VLEN) > 0 || H5Tis_variable_str(type) > 0;
}

bool holds_references(hid_t type) {
  return H5Tdetect_class(type, H5T_REFERENCE) > 0;
}

// --- values

Hdf5Values::Hdf5Values(Hdf5Handle type, Index count)
    : type_(std::move(type)),
      count_(count),
      bytes_(static_cast<std::size_t>(product(count, static_cast<Index>(H5Tget_size(type_.id()))))) {}

Hdf5Values::~Hdf5Values() {
  if (bytes_.empty()) return;
  const auto size = static_cast<hsize_t>(count_);
  const Hdf5Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  H5Dvlen_reclaim(type_.id(), space.id(), H5P_DEFAULT, bytes_.data());  // no effect without variable-length parts
}

std::vector<std::string> Hdf5Values::texts() const {
  std::vector<std::string> texts;
  texts.reserve(count_);
  if (H5Tis_variable_str(type_.id()) > 0) {
    const auto* pointers = reinterpret_cast<const char* const*>(bytes_.data());
    for (Index i = 0; i < count_; ++i) texts.emplace_back(pointers[i] ? pointers[i] : "");
    return texts;
  }
  const auto width = H5Tget_size(type_.id());
  const bool padded = H5Tget_strpad(type_.id()) == H5T_STR_SPACEPAD;
  for (Index i = 0; i < count_; ++i) {
    const auto* begin = reinterpret_cast<const char*>(bytes_.data()) + static_cast<std::size_t>(i) * width;
    std::string text(begin, std::find(begin, begin + width, '\0'));
    if (padded) text.erase(text.find_last_not_of(' ') + 1);
    texts.push_back(std::move(text));
  }
  return texts;
}

// --- datasets

Hdf5Dataset::Hdf5Dataset(Hdf5Handle dataset, Hdf5Origin origin)
    : dataset_(std::move(dataset)), origin_(std::move(origin)) {
  require_own_storage(dataset_.id(), origin_);
  space_ = Hdf5Handle(H5Dget_space(dataset_.id()), H5Sclose);
  if (!space_.ok()) origin_.fail("its extents cannot be read");
  type_ = Hdf5Handle(H5Dget_type(dataset_.id()), H5Tclose);
  if (!type_.ok()) origin_.fail("its type cannot be read");
  shape_ = {extent_of(space_.id()), kind_of(type_.id()), static_cast<Index>(H5Tget_size(type_.id())),
            compression_of(dataset_.id())};
  if (product(shape_.size(), shape_.element_bytes) == std::numeric_limits<Index>::max()) {
    origin_.refuse("has the extents " + extent_text(shape_.extent) + ", more than any file can hold",
                   "its extents are damaged: copy or write the file again");
  }
}

ArrayBox Hdf5Dataset::whole() const {
  return {std::vector<Index>(shape_.extent.size(), 0), shape_.extent};
}

ArrayBox Hdf5Dataset::rows(Index begin, Index count) const {
  auto box = whole();
  if (box.count.empty()) return box;
  box.begin[0] = begin;
  box.count[0] = count;
  return box;
}

Index Hdf5Dataset::stored_bytes() const {
  return static_cast<Index>(H5Dget_storage_size(dataset_.id()));
}

void Hdf5Dataset::require_vector() const {
  if (shape_.extent.size() == 1) return;
  origin_.refuse("is " + extent_text(shape_.extent) + " where a one-dimensional array is expected",
                 "write the file again with a one-dimensional array here");
}

void Hdf5Dataset::require_length(Index length) const {
  require_vector();
  if (shape_.extent[0] == length) return;
  origin_.refuse("has " + std::to_string(shape_.extent[0]) + " entries instead of " + std::to_string(length),
                 "write the file again");
}

void Hdf5Dataset::require_room(Index elements, Index element_bytes, int ranks) const {
  const Index declared_bytes = product(shape_.size(), shape_.element_bytes);
  const Index bytes = product(product(elements, element_bytes), ranks);
  if (std::max(declared_bytes, bytes) <= unchecked_bytes) return;
  const double memory = available_memory_bytes();
  const auto text = [](Index count) { return bytes_text(static_cast<double>(count)); };
  // Chunks that were never written hold the fill value, so a file may store less than it declares, within limits. Never
  // more than the file size.
  std::error_code error;
  const auto file_bytes = static_cast<Index>(std::filesystem::file_size(origin_.file, error));
  const Index stored = error ? stored_bytes() : std::min(stored_bytes(), file_bytes);
  if (static_cast<double>(declared_bytes) > memory && max_bytes_stored(dataset_.id(), stored) < declared_bytes) {
    origin_.refuse("claims to be " + extent_text(shape_.extent) + ", " + text(declared_bytes) + " (" +
                       std::to_string(declared_bytes) + " bytes), but the file stores " + std::to_string(stored) +
                       " bytes of it, and this node has " + text(static_cast<Index>(memory)) + " of memory left",
                   "its extents are damaged, or most of it was never written: copy or write the file again");
  }
  if (static_cast<double>(bytes) > memory) {
    origin_.refuse("takes " + text(bytes) + " (" + std::to_string(bytes) + " bytes) in memory, more than the " +
                       text(static_cast<Index>(memory)) + " that this node has left",
                   "use a node with more memory, or more nodes");
  }
}

std::size_t Hdf5Dataset::room_for(const ArrayBox& box, std::size_t element_bytes) const {
  const Index elements = elements_of(box);
  require_room(elements, static_cast<Index>(element_bytes));
  return static_cast<std::size_t>(elements);
}

void Hdf5Dataset::read_bytes(const ArrayBox& box, hid_t type, std::span<std::byte> into) const {
  bool within = box.begin.size() == shape_.extent.size() && box.count.size() == shape_.extent.size();
  for (std::size_t axis = 0; within && axis < box.begin.size(); ++axis) {
    within = box.begin[axis] >= 0 && box.count[axis] >= 0 && box.begin[axis] <= shape_.extent[axis] &&
             box.count[axis] <= shape_.extent[axis] - box.begin[axis];
  }
  if (!within) {
    origin_.refuse("is " + extent_text(shape_.extent) + ", too small according to other parts of the file",
                   "write the file again");
  }
  const auto element_bytes = static_cast<Index>(H5Tget_size(type));
  const auto check_room = [&](hssize_t selected, std::size_t room) {
    if (selected < 0 || product(selected, element_bytes) != static_cast<Index>(room)) {
      throw std::logic_error("HDF5 read: " + origin_.object + ": the buffer is not as long as what is selected");
    }
  };
  if (into.empty() && elements_of(box) == 0) return;
  if (box.count.empty()) {  // scalar
    check_room(H5Sget_select_npoints(space_.id()), into.size());
    if (H5Dread(dataset_.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, into.data()) < 0) {
      origin_.fail_to_read(dataset_.id());
    }
    return;
  }
  const Hdf5Handle selection(H5Scopy(space_.id()), H5Sclose);
  // Stored elements may be larger than those in memory and also count towards the transfer size.
  in_pieces(box, std::max(element_bytes, shape_.element_bytes), [&](const ArrayBox& piece, Index before) {
    const std::vector<hsize_t> start(piece.begin.begin(), piece.begin.end());
    const std::vector<hsize_t> size(piece.count.begin(), piece.count.end());
    H5Sselect_hyperslab(selection.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
    const Hdf5Handle memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
    const Index elements = elements_of(piece);
    const auto room = into.subspan(static_cast<std::size_t>(before * element_bytes),
                                   static_cast<std::size_t>(elements * element_bytes));
    check_room(H5Sget_select_npoints(selection.id()), room.size());
    if (shape_.is_number() && piece.count.size() == 1 &&
        read_deflated_chunks(dataset_.id(), type, piece.begin[0], room)) {
      return;
    }
    if (H5Dread(dataset_.id(), type, memory.id(), selection.id(), H5P_DEFAULT, room.data()) < 0) {
      origin_.fail_to_read(dataset_.id());
    }
  });
}

void Hdf5Dataset::read_numbers(const ArrayBox& box, hid_t type, std::span<std::byte> into) const {
  if (!shape_.is_number()) {
    origin_.refuse("holds values of type " + shape_.type_name() + " where numbers are expected",
                   "write the file again with numbers here");
  }
  read_bytes(box, type, into);
}

// HDF5 does not convert h5py's booleans, an enumeration, to numbers, so they are read without conversion.
std::vector<unsigned char> Hdf5Dataset::read_flags(const ArrayBox& box, std::size_t room) const {
  const auto values = read_raw(box);
  if (static_cast<std::size_t>(values.count()) != room) {
    throw std::logic_error("HDF5 read: " + origin_.object + ": the buffer is not as long as what is selected");
  }
  std::vector<unsigned char> flags(room);
  const auto width = static_cast<std::size_t>(values.element_bytes());
  for (std::size_t i = 0; i < room; ++i) {
    const auto element = values.bytes().subspan(i * width, width);
    flags[i] = std::any_of(element.begin(), element.end(), [](std::byte b) { return b != std::byte{0}; });
  }
  return flags;
}

std::vector<std::string> Hdf5Dataset::read_strings(const ArrayBox& box) const {
  if (shape_.kind != Hdf5Kind::string) {
    origin_.refuse("holds values of type " + shape_.type_name() + " where strings are expected",
                   "write the file again with strings here");
  }
  constexpr Index text_bytes = sizeof(std::string) + sizeof(char*);
  require_room(elements_of(box), text_bytes);
  return read_raw(box).texts();
}

Hdf5Values Hdf5Dataset::read_raw(const ArrayBox& box) const {
  Hdf5Handle native(H5Tget_native_type(type_.id(), H5T_DIR_ASCEND), H5Tclose);
  if (!native.ok()) origin_.fail("its type has no form in memory");
  const auto width = static_cast<std::size_t>(H5Tget_size(native.id()));
  Hdf5Values values(std::move(native), static_cast<Index>(room_for(box, width)));
  read_bytes(box, values.type(), values.bytes());
  return values;
}

void Hdf5Dataset::read_stored(const ArrayBox& box, std::span<std::byte> into) const {
  read_bytes(box, type_.id(), into);
}

// --- attributes

Hdf5Attribute::Hdf5Attribute(Hdf5Handle attribute, Hdf5Origin origin, std::string name)
    : attribute_(std::move(attribute)),
      origin_(std::move(origin)),
      name_(std::move(name)),
      type_(H5Aget_type(attribute_.id()), H5Tclose),
      space_(H5Aget_space(attribute_.id()), H5Sclose) {
  if (!type_.ok() || !space_.ok()) refuse("cannot be read");
  shape_ = {extent_of(space_.id()), kind_of(type_.id()), static_cast<Index>(H5Tget_size(type_.id())), ""};
  const Index bytes = product(shape_.size(), shape_.element_bytes);
  if (bytes > unchecked_bytes && static_cast<double>(bytes) > available_memory_bytes()) {
    refuse("claims to be " + extent_text(shape_.extent) + ", more than this node has memory for");
  }
}

void Hdf5Attribute::refuse(const std::string& what) const {
  origin_.refuse("attribute '" + name_ + "' " + what, "write the file again");
}

std::vector<Index> Hdf5Attribute::whole_numbers() const {
  if (!shape_.is_number() || shape_.kind == Hdf5Kind::real) {
    refuse("holds values of type " + shape_.type_name() + " where whole numbers are expected");
  }
  std::vector<Index> numbers(shape_.size());
  if (numbers.empty()) return numbers;
  if (shape_.kind == Hdf5Kind::boolean) {
    const auto values = raw();
    const auto width = static_cast<std::size_t>(values.element_bytes());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto element = values.bytes().subspan(i * width, width);
      numbers[i] = std::any_of(element.begin(), element.end(), [](std::byte b) { return b != std::byte{0}; });
    }
  } else if (H5Aread(attribute_.id(), H5T_NATIVE_INT64, numbers.data()) < 0) {
    refuse("cannot be read");
  }
  return numbers;
}

std::vector<std::string> Hdf5Attribute::strings() const {
  if (shape_.kind != Hdf5Kind::string) {
    refuse("holds values of type " + shape_.type_name() + " where strings are expected");
  }
  return raw().texts();
}

Hdf5Values Hdf5Attribute::raw() const {
  Hdf5Handle native(H5Tget_native_type(type_.id(), H5T_DIR_ASCEND), H5Tclose);
  if (!native.ok()) refuse("is of a type that has no form in memory");
  Hdf5Values values(std::move(native), shape_.size());
  if (values.count() > 0 && H5Aread(attribute_.id(), values.type(), values.bytes().data()) < 0)
    refuse("cannot be read");
  return values;
}

std::string Hdf5Attribute::referenced_path() const {
  if (H5Tget_class(type_.id()) != H5T_REFERENCE) return "";
  if (shape_.size() != 1 || H5Tequal(type_.id(), H5T_STD_REF_OBJ) <= 0) refuse("is not one reference to an object");
  hobj_ref_t reference{};
  if (H5Aread(attribute_.id(), H5T_STD_REF_OBJ, &reference) < 0) refuse("cannot be read");
  const Hdf5Handle target(H5Rdereference2(attribute_.id(), H5P_DEFAULT, H5R_OBJECT, &reference), H5Oclose);
  const auto length = target.ok() ? H5Iget_name(target.id(), nullptr, 0) : 0;
  if (length <= 0) refuse("is a dangling reference");
  std::string path(static_cast<std::size_t>(length) + 1, '\0');
  H5Iget_name(target.id(), path.data(), path.size());
  path.resize(length);
  return path;
}

}  // namespace replearn::io
