#pragma once
#include <string>

#include "io/hdf5/hdf5_read.hpp"

namespace replearn::io {

/// Reports the precision lost by reading a float64 matrix as float32, for the log: the columns (of the first rows, up
/// to eight million values) whose rounding error exceeds a thousandth of their standard deviation, e.g. numbers near
/// 1e7 that differ by 1, or values below 1e-38. Empty if there are none, and for other types. Local.
std::string float32_loss(const Hdf5Dataset& dataset);

}  // namespace replearn::io
