#pragma once
#include <functional>
#include <string>

#include "base/index.hpp"

namespace replearn {

/// Progress of an iterative method. Called on every rank with the same values; printing is left to the caller.
struct Progress {
  std::string phase;     ///< such as "early exaggeration"
  Index iteration = 0;   ///< completed so far
  Index iterations = 0;  ///< in total, 0 if unknown
  double loss = 0;       ///< NaN where it was not computed
};
using ProgressCallback = std::function<void(const Progress&)>;

}  // namespace replearn
