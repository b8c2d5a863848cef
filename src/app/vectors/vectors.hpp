#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/session.hpp"
#include "data/value_tree.hpp"
#include "io/hdf5/compression.hpp"

namespace replearn::app {

struct VectorsSettings {
  std::string input, list;
  std::vector<std::string> output, words;
  Index most_frequent = 0;
  bool normalize = false;
  std::optional<io::Compression> compression;
};

/// Writes the word vectors of a file, or some of them, to the outputs, with these options in their record. All ranks.
/// Throws InputError.
void convert_vectors(Session& session, const VectorsSettings& settings, const ValueTree& options);

}  // namespace replearn::app
