#pragma once
#include <string>

#include "data/distributed_matrix.hpp"

namespace replearn {

/// My rows of a result and the obsm key it is stored under, such as X_tsne.
struct Embedding {
  std::string key;
  DistributedMatrix points;  ///< n x q
};

}  // namespace replearn
