#pragma once
#include "data/distributed_matrix.hpp"

namespace replearn::tsne {

/// All n x q points of a map, whether in a RowMatrix or shared by the ranks of a node (node_map.hpp).
using MapView = Eigen::Ref<const RowMatrix>;

}  // namespace replearn::tsne
