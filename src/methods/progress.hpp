#pragma once
#include <functional>
#include <string>

#include "base/index.hpp"

namespace replearn {

/// How far an iterative method is. Called on every rank with the same values; printing is the caller's affair.
struct Progress {
  std::string phase;     ///< "early exaggeration"
  Index iteration = 0;   ///< done so far
  Index iterations = 0;  ///< in all, 0 if not known
  double loss = 0;       ///< NaN where it was not computed
};
using ProgressCallback = std::function<void(const Progress&)>;

}  // namespace replearn
