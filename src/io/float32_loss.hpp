#pragma once
#include <string>

#include "io/hdf5_read.hpp"

namespace replearn::io {

/// What is lost where a matrix of float64 is read as float32, for the log: the columns (of some first rows, up to eight
/// million values) in which the rounding exceeds a thousandth of the values' spread around their mean, as where numbers
/// near 1e7 differ by 1, or all are below 1e-38. Empty if there are none, and for other types. Local.
std::string float32_loss(const Hdf5Dataset& dataset);

}  // namespace replearn::io
