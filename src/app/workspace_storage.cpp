#include <fmt/core.h>

#include <algorithm>

#include "app/workspace.hpp"
#include "base/error.hpp"
#include "base/memory.hpp"
#include "io/samples/joined_input.hpp"
#include "io/tenx/tenx.hpp"
#include "mpi/collectives.hpp"

/// The part of the workspace that reads matrices in blocks.
namespace replearn::app {
namespace {

constexpr double gigabyte = 1e9;

/// In memory, over all ranks.
double bytes_of(bool is_sparse, Index stored, Index rows) {
  constexpr Index entry = sizeof(float) + sizeof(std::int32_t);
  return static_cast<double>(is_sparse ? stored * entry + rows * Index{sizeof(Index)} : stored * Index{sizeof(float)});
}

}  // namespace

double Workspace::memory_for(const RowReader& matrix) {
  return bytes_of(matrix.is_sparse(), matrix.stored(), matrix.rows());
}

double Workspace::memory_for(const RowBlocks& rows) const {
  Index stored = rows.rows() * rows.columns();
  if (rows.is_sparse()) {
    const Index mine = mpi::run_collectively(comm(), [&] { return rows.offsets().back(); });
    stored = mpi::all_reduce(comm(), mine, mpi::Reduction::sum);
  }
  return bytes_of(rows.is_sparse(), stored, rows.rows());
}

void Workspace::open_input() {
  io::SampleList list;
  mpi::on_root(comm(), [&] { list = io::find_samples(files_.inputs); });
  const bool is_one = mpi::broadcast(comm(), list.is_one);
  if (!is_one) return open_several(std::move(list));
  files_.input = mpi::broadcast(comm(), comm().is_root() ? list.samples[0].path : std::string());
  io::Format format{};
  mpi::on_root(comm(), [&] {
    format = io::detect_format(files_.input);
    io::check_options(files_.input, format, files_.format);
  });
  format = mpi::broadcast(comm(), format);
  if (format == io::Format::h5ad) {
    file_ = std::make_unique<io::H5adReader>(comm(), files_.input);
    return;
  }
  if (format == io::Format::tenx_h5) {
    auto stored = io::open_tenx(comm(), files_.input, files_.format.genome, session_.log);
    input_rows_["X"] = std::move(stored.cells);
    input_columns_ = std::move(stored.features);
    data_ = ExpressionMatrix{Matrix(), std::move(stored.obs), std::move(stored.var)};
  } else {
    data_ = io::read_expression(comm(), files_.input, files_.format, session_.log);
    x_is_read_ = true;
  }
  obs_ = data_->obs;
}

void Workspace::open_several(io::SampleList list) {
  std::vector<std::string> paths, names;
  for (const auto& sample : list.samples) {
    paths.push_back(sample.path);
    names.push_back(sample.name);
  }
  paths = mpi::broadcast(comm(), paths);
  names = mpi::broadcast(comm(), names);
  list.samples.clear();
  for (std::size_t s = 0; s < paths.size(); ++s) list.samples.push_back({paths[s], names[s]});
  files_.input = fmt::format("{} and {} more", paths[0], paths.size() - 1);
  auto joined = io::open_samples(comm(), list, files_.format, session_.log);
  input_rows_ = std::move(joined.rows);
  data_ = ExpressionMatrix{Matrix(), std::move(joined.obs), std::move(joined.var)};
  obs_ = data_->obs;
}

std::shared_ptr<const RowReader> Workspace::reader_of(const std::string& element) {
  if (element == "X" && (x_is_read_ || x_on_disk_)) return nullptr;
  if (const auto rows = input_rows_.find(element); rows != input_rows_.end()) return rows->second;
  return file_ && !files_.format.keep_missing ? file_->rows_of(element) : nullptr;
}

StoredRows Workspace::stored_rows(std::shared_ptr<const RowReader> reader, const std::string& element) const {
  StoredRows rows(std::move(reader), comm());
  if (input_rows_.contains(element) && !input_columns_.empty()) rows.keep_columns(input_columns_);
  if (!kept_local_rows_.empty()) rows.keep_rows(comm(), kept_local_rows_);
  if (!kept_genes_.empty() && element != "raw/X") rows.keep_columns(kept_genes_);
  return rows;
}

Workspace::MatrixStorage Workspace::storage_of(const std::string& element) {
  if (element == "X" && x_is_read_) {
    const auto* sparse = std::get_if<SparseRows>(&data_->x);
    const Index mine = sparse ? sparse->local_nonzeros() : 0;
    const Index values =
        sparse ? mpi::all_reduce(comm(), mine, mpi::Reduction::sum) : rows() * columns(data_->x);
    return {static_cast<double>(values), sparse != nullptr, true, false};
  }
  if (const auto reader = reader_of(element)) {
    return {static_cast<double>(reader->stored()), reader->is_sparse(), false, true};
  }
  const Index stored = stored_values(element);
  return {static_cast<double>(stored), stored < rows() * columns_of_x(), false, false};
}

Index Workspace::embedding_width(const std::string& key) const {
  if (const auto made = embeddings_.find(key); made != embeddings_.end()) return made->second.columns();
  return file_ && in_file("obsm/" + key) ? file_->width("obsm/" + key) : 0;
}

Index Workspace::stored_values(const std::string& element) const {
  return file_ && in_file(element) ? file_->stored_values(element) : 0;
}

bool Workspace::exceeds_memory(const RowReader& matrix, int copies) const {
  return takes_too_much(copies > 1 ? "X with its counts" : "X", memory_for(matrix) * copies);
}

bool Workspace::takes_too_much(const std::string& what, double bytes) const {
  const double available = mpi::all_reduce(comm(), available_memory_bytes(), mpi::Reduction::min);
  const double needed =
      mpi::all_reduce(comm(), bytes * comm().node().size() / comm().size(), mpi::Reduction::max);
  const bool exceeds = needed > available / 2;
  session_.log.line(fmt::format("{} takes {:.2g} GB per node, {} half of the {:.3g} GB left: {}", what,
                                needed / gigabyte, exceeds ? "more than" : "less than", available / gigabyte,
                                exceeds ? "it stays on disk and is read in passes" : "it is read into memory"));
  return exceeds;
}

void Workspace::require_room(const std::string& element, double bytes) const {
  const double there = mpi::all_reduce(comm(), physical_memory_bytes(), mpi::Reduction::min);
  const double needed =
      mpi::all_reduce(comm(), bytes * comm().node().size() / comm().size(), mpi::Reduction::max);
  if (needed <= there) return;
  throw InputError(files_.input, element,
                   fmt::format("this step needs all of it in memory: {:.3g} GB per node, which has {:.3g} GB",
                               needed / gigabyte, there / gigabyte),
                   "use more nodes, fewer genes (preprocess --top-genes), or principal components (--use-rep X_pca)");
}

std::shared_ptr<const RowBlocks> Workspace::rows_on_disk(const std::string& element,
                                                         const std::vector<std::uint8_t>& keep) {
  const Index kept = std::count_if(keep.begin(), keep.end(), [](auto each) { return each != 0; });
  const bool is_all = kept == static_cast<Index>(keep.size());
  const double share = is_all ? 1.0 : static_cast<double>(kept) / static_cast<double>(keep.size());
  std::shared_ptr<const RowBlocks> rows;
  if (element == "X" && !x_is_read_ && x_on_disk_) {
    rows = x_on_disk_;
  } else if (preprocessed_ && element == "layers/" + counts_layer_) {
    if (!matrices_.contains(element)) rows = counts_on_disk_;
  } else if (const auto reader = matrices_.contains(element) ? nullptr : reader_of(element)) {
    if (!reader->is_sparse() || !takes_too_much(element, share * memory_for(*reader))) return nullptr;
    StoredRows stored = stored_rows(reader, element);
    if (!is_all) stored.keep_columns(keep);
    return std::make_shared<StoredRows>(std::move(stored));
  }
  if (!rows || !rows->is_sparse() || is_all) return rows && rows->is_sparse() ? rows : nullptr;
  if (!takes_too_much(element, share * memory_for(*rows))) return nullptr;
  return std::make_shared<SelectedColumns>(rows, keep);
}

Matrix Workspace::columns_of(const std::string& element, const std::vector<std::uint8_t>& keep) {
  if (element == "X" && !x_is_read_ && x_on_disk_) {
    return session_.phases.measure("read", [&] { return read_into_memory(comm(), *x_on_disk_, keep); });
  }
  const bool is_new = preprocessed_ && element == "layers/" + counts_layer_;
  const auto reader = is_new || matrices_.contains(element) ? nullptr : reader_of(element);
  if (!reader) return select_columns(matrix(element), keep);
  return session_.phases.measure("read", [&] {
    if (file_) io::warn_of_float32(comm(), *file_, element, session_.log);
    return read_into_memory(comm(), stored_rows(reader, element), keep);
  });
}

}  // namespace replearn::app
