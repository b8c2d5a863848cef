#pragma once
#include <memory>
#include <span>
#include <string>

#include "base/index.hpp"

namespace replearn::io {

/// How many words, and how many numbers each has.
struct VectorsHeader {
  Index words = 0, columns = 0;
};

/// Words and their vectors, one after the other, as text or in the C program's binary format. One rank.
class VectorRecords {
 public:
  virtual ~VectorRecords() = default;
  /// The next of the words that the header promises. Throws InputError naming line or word.
  virtual void next(std::string& word, std::span<float> vector) = 0;
  /// Behind the last of them: whether the file goes on.
  virtual bool has_more() = 0;
};

/// Opens a file that is not HDF5, tells which format it is in and reads its header, or finds out what that would be.
/// Throws InputError, and for a header that promises more than the file holds before memory is asked for. One rank.
std::unique_ptr<VectorRecords> open_vector_records(const std::string& path, VectorsHeader& header);

}  // namespace replearn::io
