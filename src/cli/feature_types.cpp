#include "cli/feature_types.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

constexpr const char* gene_expression = "Gene Expression";

std::vector<std::string> texts_of(const Column& column) {
  if (const auto* texts = std::get_if<std::vector<std::string>>(&column)) return *texts;
  std::vector<std::string> texts;
  if (const auto* labels = std::get_if<Categorical>(&column)) {
    for (const auto code : labels->codes) {
      texts.push_back(code < 0 ? std::string() : labels->categories[static_cast<std::size_t>(code)]);
    }
  }
  return texts;
}

std::string listed(const std::map<std::string, Index>& types) {
  std::string text;
  for (const auto& [type, count] : types) {
    text += (text.empty() ? "" : ", ") + type + format(" (%lld)", static_cast<long long>(count));
  }
  return text;
}

/// Root alone. Empty: all.
std::vector<std::uint8_t> mask_of(const std::vector<std::string>& type_of, std::vector<std::string> wanted,
                                  const std::string& file, const std::string& step, const Log& log) {
  std::map<std::string, Index> types;
  for (const auto& type : type_of) ++types[type];
  const bool automatic = wanted == std::vector<std::string>{"auto"};
  if (automatic) {
    if (types.size() < 2 || !types.contains(gene_expression)) return {};
    wanted = {gene_expression};
  }
  for (const auto& type : wanted) {
    if (types.contains(type)) continue;
    std::vector<std::string> names;
    for (const auto& entry : types) names.push_back(entry.first);
    throw InputError(file, "--feature-types",
                     types.empty() ? "var has no column feature_types" : "no feature is of type '" + type + "'",
                     types.empty() ? "leave it out" : suggest(type, names));
  }
  std::vector<std::uint8_t> mask;
  for (const auto& type : type_of) mask.push_back(std::find(wanted.begin(), wanted.end(), type) != wanted.end());
  const auto count = std::count(mask.begin(), mask.end(), std::uint8_t{1});
  if (count == static_cast<std::ptrdiff_t>(mask.size())) return {};
  std::string names;
  for (const auto& type : wanted) names += (names.empty() ? "" : ", ") + type;
  log.line(format("%s: uses the %lld features of type %s, of %s%s", step.c_str(), static_cast<long long>(count),
                  names.c_str(), listed(types).c_str(), automatic ? "; --feature-types chooses others" : ""));
  return mask;
}

}  // namespace

void warn_of_all_features(Workspace& work, const std::string& step, const std::string& element) {
  if (element == "raw/X") return;
  const Annotations& var = work.gene_labels();
  mpi::on_root(work.comm(), [&] {
    const Column* column = var.find("feature_types");
    std::map<std::string, Index> types;
    if (column) {
      for (const auto& type : texts_of(*column)) ++types[type];
    }
    if (types.size() < 2 || !types.contains(gene_expression)) return;
    work.session().log.warning(step + ": takes features of all types, " + listed(types) +
                               "; Gene Expression alone has to be cut out before");
  });
}

const char* const feature_types_help =
    "features to use by var/feature_types, such as Antibody Capture, several with commas; the others stay in the file "
    "as "
    "they are. auto: Gene Expression where there are several types; all: every feature";

std::vector<std::uint8_t> chosen_features(Workspace& work, const std::string& step,
                                          const std::vector<std::string>& types) {
  if (types == std::vector<std::string>{"all"}) return {};
  const Annotations& var = work.gene_labels();
  std::vector<std::uint8_t> mask;
  mpi::on_root(work.comm(), [&] {
    const Column* column = var.find("feature_types");
    mask = mask_of(column ? texts_of(*column) : std::vector<std::string>{}, types, work.input_path(), step,
                   work.session().log);
  });
  return mpi::broadcast(work.comm(), std::move(mask));
}

}  // namespace replearn::cli
