#include "methods/leiden/options.hpp"

#include "base/error.hpp"

namespace replearn::leiden {

void Options::validate() const {
  require(resolution > 0, "--resolution", resolution, "choose a positive number; 1 is usual");
  require(iterations >= 0, "--n-iterations", static_cast<double>(iterations),
          "choose 1 or more, or auto: until the quality no longer improves");
}

}  // namespace replearn::leiden
