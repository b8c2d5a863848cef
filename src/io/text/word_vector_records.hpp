#pragma once
#include <memory>
#include <span>
#include <string>

#include "base/index.hpp"

namespace replearn::io {

/// Number of words, and of values per word.
struct VectorsHeader {
  Index words = 0, columns = 0;
};

/// Reads words and vectors sequentially, from text or the C program's binary format. One rank.
class VectorRecords {
 public:
  virtual ~VectorRecords() = default;
  /// The next of the words declared by the header. Throws InputError naming line or word.
  virtual void next(std::string& word, std::span<float> vector) = 0;
  /// After the last of them: whether the file continues.
  virtual bool has_more() = 0;
};

/// Opens a non-HDF5 file, detects its format and reads its header, or determines the header values if there is none.
/// Throws InputError, also for a header that declares more than the file contains, before allocating memory. One rank.
std::unique_ptr<VectorRecords> open_vector_records(const std::string& path, VectorsHeader& header);

}  // namespace replearn::io
