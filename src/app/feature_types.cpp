#include "app/feature_types.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "app/progress_line.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

constexpr const char* gene_expression = "Gene Expression";

std::vector<std::string> texts_of(const Column& column) {
  if (const auto* texts = std::get_if<std::vector<std::string>>(&column)) return *texts;
  std::vector<std::string> texts;
  if (const auto* labels = std::get_if<Categorical>(&column)) {
    for (const auto code : labels->codes) {
      texts.push_back(code < 0 ? std::string() : labels->categories[code]);
    }
  }
  return texts;
}

std::string listed(const std::map<std::string, Index>& types) {
  std::string text;
  for (const auto& [type, count] : types) {
    text += (text.empty() ? "" : ", ") + type + fmt::format(" ({})", count);
  }
  return text;
}

/// Feature mask; empty: all. Root.
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
                     types.empty() ? "omit it" : suggest(type, names));
  }
  std::vector<std::uint8_t> mask;
  for (const auto& type : type_of) mask.push_back(std::find(wanted.begin(), wanted.end(), type) != wanted.end());
  const auto count = std::count(mask.begin(), mask.end(), std::uint8_t{1});
  if (count == static_cast<std::ptrdiff_t>(mask.size())) return {};
  std::string names;
  for (const auto& type : wanted) names += (names.empty() ? "" : ", ") + type;
  log.line(fmt::format("{}: using the {} features of type {}, out of {}{}", log_prefix(step), count, names,
                       listed(types), automatic ? "; --feature-types selects others" : ""));
  return mask;
}

}  // namespace

void require_no_choice_of_features(const std::vector<std::string>& types) {
  if (types == std::vector<std::string>{"auto"}) return;
  throw InputError("", "--feature-types", "has no effect with --reference, whose genes are matched by name",
                   "omit one of them");
}

std::vector<std::uint8_t> chosen_features(const mpi::Communicator& comm, const Annotations& table,
                                          const std::string& file, const std::string& step,
                                          const std::vector<std::string>& types, const Log& log) {
  if (types == std::vector<std::string>{"all"}) return {};
  std::vector<std::uint8_t> mask;
  mpi::on_root(comm, [&] {
    const Column* column = table.find("feature_types");
    mask = mask_of(column ? texts_of(*column) : std::vector<std::string>{}, types, file, step, log);
  });
  return mpi::broadcast(comm, std::move(mask));
}

std::vector<std::uint8_t> chosen_features(Workspace& work, const std::string& step,
                                          const std::vector<std::string>& types, const std::string& element) {
  return chosen_features(work.comm(), element == "raw/X" ? work.raw_var() : work.var(), work.input_path(), step, types,
                         work.session().log);
}

FeatureMatrix::FeatureMatrix(Workspace& work, const std::string& step, const std::string& element,
                             const std::vector<std::string>& types)
    : whole_(&work.matrix(element)), mask_(chosen_features(work, step, types, element)) {
  for (Index j = 0; j < columns(*whole_); ++j) {
    if (mask_.empty() || mask_[j]) places_.push_back(j);
  }
  if (!mask_.empty()) part_ = select_columns(*whole_, mask_);
}

std::vector<double> spread(std::vector<double> values, const std::vector<std::uint8_t>& mask, double other) {
  if (mask.empty()) return values;
  std::vector<double> all(mask.size(), other);
  for (std::size_t j = 0, used = 0; j < mask.size(); ++j) {
    if (mask[j]) all[j] = values[used++];
  }
  return all;
}

RowMatrix FeatureMatrix::spread(const RowMatrix& rows) const {
  if (is_whole()) return rows;
  RowMatrix all = RowMatrix::Zero(columns(*whole_), rows.cols());
  for (Index j = 0; j < rows.rows(); ++j) all.row(places_[j]) = rows.row(j);
  return all;
}

RowMatrix FeatureMatrix::complete(Index begin, const RowMatrix& values) const {
  if (is_whole()) return values;
  RowMatrix all = RowMatrix::Zero(values.rows(), columns(*whole_));
  if (const auto* dense = std::get_if<DistributedMatrix>(whole_)) {
    all = dense->local.middleRows(begin, values.rows());
  } else {
    const auto& sparse = std::get<SparseRows>(*whole_);
    for (Index i = 0; i < values.rows(); ++i) {
      const auto row = static_cast<std::size_t>(begin + i);
      for (auto at = sparse.offsets[row]; at < sparse.offsets[row + 1]; ++at) {
        all(i, sparse.indices[at]) = sparse.values[at];
      }
    }
  }
  for (Index j = 0; j < values.cols(); ++j) all.col(places_[j]) = values.col(j);
  return all;
}

}  // namespace replearn::app
