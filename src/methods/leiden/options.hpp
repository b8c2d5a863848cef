#pragma once
#include <cstdint>

#include "base/index.hpp"

namespace replearn::leiden {

enum class Quality {
  modularity,  ///< with a resolution (Reichardt and Bornholdt 2006), leidenalg's RBConfigurationVertexPartition
  cpm,         ///< the constant Potts model (Traag, Van Dooren and Nesterov 2011)
};

struct Options {
  double resolution = 1;
  Quality quality = Quality::modularity;
  Index iterations = 0;  ///< 0: until three in succession do not improve the quality
  std::uint64_t seed = 0;

  /// Throws InputError naming the option.
  void validate() const;
};

}  // namespace replearn::leiden
