#include "app/preprocess/counts_source.hpp"

#include <fmt/core.h>

#include <optional>
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

/// A matrix of the file with the columns of X, in memory or on disk.
struct Candidate {
  std::string element;
  std::optional<StoredRows> on_disk;
  Matrix in_memory;
  std::string fault;  ///< why it cannot be used; empty: it can

  ValueSummary values(const mpi::Communicator& comm) const {
    return on_disk ? summarize_values(comm, *on_disk) : summarize_values(comm, in_memory);
  }
};

/// A mask of the columns if these are ascending, else nothing.
std::optional<std::vector<std::uint8_t>> mask_of(const std::vector<Index>& columns, Index all) {
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(all), 0);
  for (std::size_t j = 0; j < columns.size(); ++j) {
    if (j > 0 && columns[j] <= columns[j - 1]) return {};
    mask[static_cast<std::size_t>(columns[j])] = 1;
  }
  return mask;
}

/// raw/X restricted to the genes of X.
Candidate read_raw(Workspace& work, bool on_disk) {
  Candidate candidate{"raw/X", {}, Matrix(), ""};
  Index missing = 0;
  const auto columns = columns_in_raw(work, missing);
  const auto genes = static_cast<Index>(columns.size());
  if (missing > 0) {
    candidate.fault = fmt::format("lacks {} of the {} genes of X", missing, genes);
    return candidate;
  }
  const auto reader = on_disk ? work.reader_of("raw/X") : nullptr;
  const auto mask = reader ? mask_of(columns, reader->columns()) : std::nullopt;
  Index before = 0;
  if (mask) {
    before = reader->columns();
    candidate.on_disk = work.stored_rows(reader, "raw/X");
    candidate.on_disk->keep_columns(*mask);
  } else {
    const Matrix whole = work.copy_matrix("raw/X");
    before = replearn::columns(whole);
    candidate.in_memory = arrange_columns(whole, columns);
  }
  if (before != genes) {
    work.session().log.line(fmt::format("raw/X: of its {} genes, the {} genes of X are used", before, genes));
  }
  return candidate;
}

Candidate read_candidate(Workspace& work, const std::string& element, bool on_disk) {
  if (element == "raw/X") return read_raw(work, on_disk);
  Candidate candidate{element, {}, Matrix(), ""};
  const auto reader = on_disk ? work.reader_of(element) : nullptr;
  if (reader)
    candidate.on_disk = work.stored_rows(reader, element);
  else if (element != "X")
    candidate.in_memory = work.copy_matrix(element);
  return candidate;
}

/// Makes the candidate the X of the workspace, unless it is on disk.
CountsSource taken(Workspace& work, Candidate candidate, bool is_checked) {
  if (!candidate.on_disk && candidate.element != "X") work.set_x(std::move(candidate.in_memory));
  return {candidate.element, is_checked, std::move(candidate.on_disk)};
}

}  // namespace

CountsSource take_counts(Workspace& work, const std::string& matrix, bool counts_needed, bool on_disk) {
  const Log& log = work.session().log;
  const auto& comm = work.comm();
  const bool automatic = matrix == "auto";
  if (!automatic && matrix != "X" && !work.has_matrix(matrix)) {
    throw InputError(work.input_path(), matrix, "is not in the file", "replearn inspect lists its contents");
  }
  if (!automatic || !counts_needed) {
    auto candidate = read_candidate(work, automatic ? "X" : matrix, on_disk);
    if (!candidate.fault.empty()) {
      throw InputError(work.input_path(), matrix, candidate.fault, "choose another matrix with --matrix");
    }
    if (candidate.element != "X") log.line("preprocess: using " + matrix + " instead of X");
    return taken(work, std::move(candidate), true);
  }
  std::string found;
  for (const std::string element : {"layers/counts", "raw/X", "X"}) {
    if (!work.has_matrix(element)) continue;
    auto candidate = read_candidate(work, element, on_disk);
    if (element == "X" && candidate.on_disk && found.empty()) {
      log.line("preprocess: using X, the only matrix");
      return taken(work, std::move(candidate), false);
    }
    std::string what = candidate.fault;
    if (what.empty()) {
      const bool in_workspace = element == "X" && !candidate.on_disk;
      const auto values = in_workspace ? summarize_values(comm, work.data().x) : candidate.values(comm);
      what = "holds " + values.text();
      if (values.holds_counts()) {
        log.line("preprocess: using " + element + ", which " + what + (found.empty() ? "" : "; " + found));
        return taken(work, std::move(candidate), true);
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
