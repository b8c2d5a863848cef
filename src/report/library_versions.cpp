#include "report/library_versions.hpp"

#include <cairo.h>
#include <pango/pango.h>

namespace replearn::report {

std::vector<std::string> library_versions() {
  return {std::string("cairo ") + cairo_version_string(), std::string("pango ") + pango_version_string()};
}

}  // namespace replearn::report
