#include "app/pulls.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "app/obs_labels.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// Mask of the cells that have the label. Root.
std::vector<std::uint8_t> cells_with(const Annotations& labels, const std::string& file, const PullOption& pull) {
  const Column* column = labels.find(pull.column);
  if (!column) {
    throw InputError(file, "obs/" + pull.column, "no such column", suggest(pull.column, labels.column_names()));
  }
  const Categorical found = as_labels(*column);
  const auto at = std::find(found.categories.begin(), found.categories.end(), pull.label);
  if (at == found.categories.end()) {
    throw InputError(file, "obs/" + pull.column, "no label '" + pull.label + "'",
                     suggest(pull.label, found.categories));
  }
  const auto code = static_cast<std::int32_t>(at - found.categories.begin());
  std::vector<std::uint8_t> cells;
  for (const auto its : found.codes) cells.push_back(its == code);
  return cells;
}

}  // namespace

PullOption parse_pull(const std::string& option, const std::string& text) {
  const auto equals = text.find('='), colon = text.rfind(':');
  if (equals == std::string::npos || colon == std::string::npos || equals == 0 || colon < equals + 2) {
    throw InputError("", option, "'" + text + "' is not COLUMN=LABEL:WEIGHT",
                     "for example cell_type=B:0.01; labels that contain a comma are not supported");
  }
  PullOption pull{text.substr(0, equals), text.substr(equals + 1, colon - equals - 1), 0};
  const char *first = text.data() + colon + 1, *last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, pull.weight);
  if (error != std::errc() || end != last || !(pull.weight > 0 && pull.weight <= 1e6)) {
    throw InputError("", option,
                     "the weight '" + text.substr(colon + 1) + "' of " + text.substr(0, colon) +
                         " is not a positive number up to 1e6",
                     "for example cell_type=B:0.01");
  }
  return pull;
}

std::vector<Pull> find_pulls(Workspace& work, const std::string& option, const std::vector<std::string>& texts) {
  std::vector<Pull> pulls;
  const RowPartition partition(work.rows(), work.comm().shares());
  for (const auto& text : texts) {
    const PullOption pull = parse_pull(option, text);
    const Annotations& labels = work.obs();
    std::vector<std::uint8_t> cells;
    mpi::on_root(work.comm(), [&] { cells = cells_with(labels, work.input_path(), pull); });
    cells = mpi::broadcast(work.comm(), std::move(cells));
    const int rank = work.comm().rank();
    pulls.push_back({pull.column + "=" + pull.label,
                     pull.weight,
                     {cells.begin() + partition.begin(rank), cells.begin() + partition.end(rank)}});
  }
  return pulls;
}

}  // namespace replearn::app
