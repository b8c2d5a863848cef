#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"

namespace replearn::io {

/// Header of a NumPy array (numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
struct NpyHeader {
  char kind = 'f';  ///< f: floating point, i, u: integers, b: truth, S, U: text
  Index item_bytes = 4;
  bool big_endian = false;
  bool fortran_order = false;  ///< column-major
  std::vector<Index> shape;
  Index offset = 0;  ///< bytes before the values

  Index size() const;  ///< number of values
};

/// Number of initial bytes that contain any supported header: NumPy itself rejects headers above 10,000 characters.
inline constexpr Index npy_header_reach = 12 + 10000;

/// Parses the header (versions 1 to 3) at the start of `bytes`, which belong to a file of `total` bytes. place:
/// location for errors, such as the name of an array in an .npz. Throws InputError if it is not a NumPy array, the
/// header exceeds npy_header_reach, the type is neither numeric nor text, or the shape does not match `total`. Local.
NpyHeader parse_npy_header(const std::string& path, const std::string& place, std::string_view bytes, Index total);

/// "float64", "int8", "uint16", ...
std::string type_name(const NpyHeader& header);

/// The header of a float32 (or other) array in C order: descr "<f4", "<i4" or "<i8". Local.
std::string npy_header(const std::string& descr, const std::vector<Index>& shape);

/// Value `i` of the values at `bytes` as float64. Local; numbers only.
double npy_value(const NpyHeader& header, const char* bytes, Index i);

}  // namespace replearn::io
