#pragma once
#include <functional>
#include <string>

#include "io/hdf5_file.hpp"

namespace replearn::io {

/// Checks what is cheap to check of an .h5ad before it is carried into another unread: of every sparse matrix, wherever
/// it stands, that its arrays agree with each other, with its shape and with the names beside it, and that indptr rises
/// from 0 to the number of stored values; of every categorical that each code has a category. What is compressed by a
/// filter that is not installed is let pass: it is carried as it stands. One process; reads indptr and codes alone,
/// some megabytes at a time. Throws InputError.
/// replaced: whether an element is not carried, nor what is below it; {}: all are.
void check_carried(const Hdf5File& file, const std::function<bool(const std::string& element)>& replaced);

}  // namespace replearn::io
