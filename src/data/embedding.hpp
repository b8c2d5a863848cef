#pragma once
#include <string>

#include "data/distributed_matrix.hpp"

namespace replearn {

/// This rank's rows of a result and its obsm key, such as X_tsne.
struct Embedding {
  std::string key;
  DistributedMatrix points;  ///< n x q
};

}  // namespace replearn
