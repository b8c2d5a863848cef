#include "app/preprocess/counts_source.hpp"

#include <fmt/core.h>

#include <unordered_map>

#include "base/error.hpp"
#include "methods/preprocess/counts.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// For each gene of X its column in raw/X, on every rank; -1 for the `missing` genes.
std::vector<Index> columns_in_raw(Workspace& work, Index& missing) {
  const auto raw = work.genes_of("raw/X");
  const auto& names = work.var().names;
  std::vector<Index> columns;
  missing = 0;
  mpi::on_root(work.comm(), [&] {
    std::unordered_map<std::string, Index> at;
    for (std::size_t j = 0; j < raw.size(); ++j) at.emplace(raw[j], static_cast<Index>(j));
    for (const auto& name : names) {
      const auto found = at.find(name);
      missing += found == at.end();
      columns.push_back(found == at.end() ? -1 : found->second);
    }
  });
  missing = mpi::broadcast(work.comm(), missing);
  return mpi::broadcast(work.comm(), std::move(columns));
}

/// A matrix of the file with the columns of X.
struct Candidate {
  std::string element;
  Matrix matrix;
  std::string fault;  ///< why it cannot be used; empty: it can
};

Candidate read_candidate(Workspace& work, const std::string& element) {
  Candidate candidate{element, Matrix(), ""};
  if (element != "raw/X") {
    candidate.matrix = work.copy_matrix(element);
    return candidate;
  }
  Index missing = 0;
  const auto columns = columns_in_raw(work, missing);
  if (missing > 0) {
    candidate.fault = fmt::format("lacks {} of the {} genes of X", missing, columns.size());
    return candidate;
  }
  const Matrix whole = work.copy_matrix(element);
  candidate.matrix = arrange_columns(whole, columns);
  if (replearn::columns(whole) != static_cast<Index>(columns.size())) {
    work.session().log.line(
        fmt::format("raw/X: of its {} genes, the {} genes of X are used", replearn::columns(whole), columns.size()));
  }
  return candidate;
}

}  // namespace

CountsSource take_counts(Workspace& work, const std::string& matrix, bool counts_needed) {
  const Log& log = work.session().log;
  const bool automatic = matrix == "auto";
  if (matrix == "X" || (automatic && !counts_needed)) {
    return {"X", summarize_values(work.comm(), work.data().x).holds_counts()};
  }
  if (!automatic) {
    if (!work.has_matrix(matrix)) {
      throw InputError(work.input_path(), matrix, "is not in the file", "replearn inspect lists its contents");
    }
    auto candidate = read_candidate(work, matrix);
    if (!candidate.fault.empty()) {
      throw InputError(work.input_path(), matrix, candidate.fault, "choose another matrix with --matrix");
    }
    const bool counts = summarize_values(work.comm(), candidate.matrix).holds_counts();
    log.line("preprocess: using " + matrix + " instead of X");
    work.set_x(std::move(candidate.matrix));
    return {matrix, counts};
  }
  std::string found;
  for (const std::string element : {"layers/counts", "raw/X", "X"}) {
    if (!work.has_matrix(element)) continue;
    const bool is_x = element == "X";
    auto candidate = is_x ? Candidate{element, Matrix(), ""} : read_candidate(work, element);
    std::string what = candidate.fault;
    if (what.empty()) {
      const auto values = summarize_values(work.comm(), is_x ? work.data().x : candidate.matrix);
      what = "holds " + values.text();
      if (values.holds_counts()) {
        log.line("preprocess: using " + element + ", which " + what + (found.empty() ? "" : "; " + found));
        if (!is_x) work.set_x(std::move(candidate.matrix));
        return {element, true};
      }
    }
    found += (found.empty() ? "" : "; ") + element + " " + what;
  }
  std::string others;  // never used automatically: spliced and unspliced counts are counts too
  for (const auto& name : work.names_in_file("layers")) {
    if (name != "counts") others += (others.empty() ? "; not examined: layers/" : ", layers/") + name;
  }
  throw InputError(work.input_path(), "", "no matrix contains counts: " + found + others,
                   "choose the matrix to transform with --matrix, such as --matrix X or layers/NAME");
}

std::string free_layer(Workspace& work, const CountsSource& source, const std::string& wanted) {
  if (wanted.empty() || source.element == "layers/" + wanted) return "";
  if (!work.has_matrix("layers/" + wanted)) return wanted;
  std::string name = wanted + "_of_X";
  for (int k = 2; work.has_matrix("layers/" + name); ++k) name = wanted + "_of_X_" + std::to_string(k);
  work.session().log.warning("layers/" + wanted + " exists and is not overwritten; the counts from " + source.element +
                             " are stored in layers/" + name);
  return name;
}

}  // namespace replearn::app
