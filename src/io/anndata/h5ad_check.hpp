#pragma once
#include <functional>
#include <string>

#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {

/// Inexpensive checks of an .h5ad whose elements are copied without being read. For every sparse matrix: arrays, shape
/// and names agree, and indptr is nondecreasing from 0 to the number of stored values. For every categorical: each code
/// has a category. Data compressed by a filter that is not installed are not checked, since they are copied in
/// compressed form. One process; reads indptr and codes alone, some megabytes at a time. Throws InputError. replaced:
/// returns true for elements that are not copied, including their members; {}: all are copied.
void check_carried(const Hdf5File& file, const std::function<bool(const std::string& element)>& replaced);

}  // namespace replearn::io
