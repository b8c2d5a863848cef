#include "app/merge/merge.hpp"

#include <fmt/ranges.h>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {

void MergeSettings::validate() const {
  if (results.empty()) throw InputError("", "--results", "no file named", "add --results FILE.h5ad");
}

MergeSettings merge_step(Workspace& work, const MergeSettings& settings) {
  const auto elements = work.add_results(settings.results);
  mpi::on_root(work.comm(), [&] {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      std::vector<std::string> shown;
      for (const auto& element : elements[i]) {
        if (!element.starts_with("obs/") && !element.starts_with("var/")) shown.push_back(element);
      }
      work.session().log.line(fmt::format("{}: obs, var{}{}", settings.results[i], shown.empty() ? "" : ", ",
                                          fmt::join(shown, ", ")));
    }
  });
  return settings;
}

}  // namespace replearn::app
