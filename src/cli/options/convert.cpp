#include "app/convert/convert.hpp"

#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet convert_options(ConvertSettings& settings) {
  OptionSet set("convert", "Conversion");
  set.add("obs", settings.obs,
          "CSV or TSV with a header whose first column contains cell names; the other columns are joined to obs")
      .reads_file();
  return set;
}

}  // namespace replearn::cli
