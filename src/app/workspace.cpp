#include "app/workspace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "app/cached_results.hpp"
#include "app/checkpoint_manager.hpp"
#include "app/feature_types.hpp"
#include "app/finite_results.hpp"
#include "app/numpy_output.hpp"
#include "base/error.hpp"
#include "io/anndata/h5ad_elements.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/input_compression.hpp"
#include "io/names.hpp"
#include "io/numpy/numpy_file.hpp"
#include "io/tables/column_types.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// This rank's rows of one column.
std::vector<float> my_column(const Matrix& matrix, Index column) {
  if (const auto* dense = std::get_if<DistributedMatrix>(&matrix)) {
    std::vector<float> values(dense->local_rows());
    for (Index i = 0; i < dense->local_rows(); ++i) values[i] = dense->local(i, column);
    return values;
  }
  const auto& sparse = std::get<SparseRows>(matrix);
  std::vector<float> values(sparse.local_rows(), 0.0f);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto begin = sparse.indices.begin() + sparse.offsets[i], end = sparse.indices.begin() + sparse.offsets[i + 1];
    const auto at = std::lower_bound(begin, end, static_cast<std::int32_t>(column));
    if (at != end && *at == column) values[i] = sparse.values[at - sparse.indices.begin()];
  }
  return values;
}

}  // namespace

Workspace::Workspace(Session& session, const FileSettings& files) : session_(session), files_(files) {
  if (files_.inputs.empty() && !files_.input.empty()) files_.inputs = {files_.input};
  if (files_.inputs.empty()) throw InputError("", "--input", "no file named", "add --input FILE");
  session.balance_rows(files.balance);
  session.phases.measure("read", [&] { open_input(); });
  mpi::on_root(comm(), [&] {
    for (const auto& path : {files_.input, files.output}) {
      if (path.empty() || !io::refuses_locks(path)) continue;
      session.log.line(path + ": the file system does not support file locks; opening files without");
      return;
    }
  });
  if (files.output.empty()) return;
  writer_ = std::make_unique<io::H5adWriter>(comm(), files.output);
  const bool only_results = files_.content == OutputContent::results;
  if (only_results) writer_->carry_tables_only();
  if (file_) {
    writer_->base(files_.input, [&](const std::string& element) {
      return (only_results && !io::belongs_to_tables(element)) || (files.is_overwritten && files.is_overwritten(element));
    });
  }
  // With a base, compress() also affects the arrays copied from it.
  if (files.compression || !file_) writer_->compress(compression());
}

Workspace::Workspace(Session& session, ExpressionMatrix data, const std::string& output)
    : session_(session), data_(std::move(data)), x_is_read_(true) {
  files_.output = output;
  mpi::on_root(comm(), [&] {
    if (data_->obs.names.empty()) data_->obs.names = io::numbered_names(replearn::rows(data_->x));
    if (data_->var.names.empty()) data_->var.names = io::numbered_names(columns(data_->x));
  });
  obs_ = data_->obs;
  if (!output.empty()) writer_ = std::make_unique<io::H5adWriter>(comm(), output);
}

ExpressionMatrix& Workspace::tables() {
  if (data_) return *data_;
  session_.phases.measure("read", [&] {
    data_ = ExpressionMatrix{Matrix(), file_->annotations("obs"), file_->annotations("var")};
    // The writer copies the columns of the file unchanged; steps add new ones to these tables.
    data_->obs.columns.clear();
    data_->var.columns.clear();
  });
  return *data_;
}

ExpressionMatrix& Workspace::data() {
  if (!x_is_read_) set_x(copy_matrix("X"));
  return *data_;
}

Matrix Workspace::read_matrix(const std::string& element) const {
  return session_.phases.measure("read", [&] {
    if (const auto reader = file_->rows_of(element)) require_room(element, memory_for(*reader));
    io::warn_of_float32(comm(), *file_, element, session_.log);
    return file_->matrix(element, files_.format.keep_missing);
  });
}

Matrix Workspace::copy_matrix(const std::string& element) {
  if (element == "X") {
    if (x_is_read_) return data_->x;
    if (x_on_disk_) {
      require_room(element, memory_for(*x_on_disk_));
      session_.log.line("a step uses all of X at once, so X is read into memory");
      return session_.phases.measure("read", [&] { return read_into_memory(comm(), *x_on_disk_); });
    }
  }
  if (const auto rows = input_rows_.find(element); rows != input_rows_.end()) {
    require_room(element, memory_for(*rows->second));
    return session_.phases.measure("read", [&] {
      Matrix x = read_share(comm(), rows->second);
      return input_columns_.empty() ? std::move(x) : select_columns(std::move(x), input_columns_);
    });
  }
  if (!file_) throw InputError(files_.input, element, "only .h5ad files have matrices other than X", "use X");
  return read_matrix(element);
}

void Workspace::set_x(Matrix x) {
  tables().x = std::move(x);
  x_is_read_ = true;
  x_on_disk_.reset();
}

bool Workspace::in_file(const std::string& element) const {
  if (dropped_.contains(element)) return false;
  return file_ ? file_->has(element) : input_rows_.contains(element);
}

bool Workspace::has_matrix(const std::string& element) const {
  return element == "X" && !file_ ? true : in_file(element);
}

std::vector<std::string> Workspace::names_in_file(const std::string& group) const {
  std::vector<std::string> names;
  for (const auto& entry : input_rows_) {
    if (!entry.first.starts_with(group + "/") || dropped_.contains(entry.first)) continue;
    names.push_back(entry.first.substr(group.size() + 1));
  }
  if (!file_ || !in_file(group)) return names;
  for (auto& name : file_->names(group)) {
    if (!dropped_.contains(group + "/" + name)) names.push_back(std::move(name));
  }
  return names;
}

void Workspace::drop(const std::string& element) {
  dropped_.insert(element);
  if (writer_) writer_->drop(element);
}

const Annotations& Workspace::var() {
  if (!var_) {
    var_ = file_ ? session_.phases.measure("read", [&] { return file_->annotations("var"); }) : data_->var;
  }
  return *var_;
}

Annotations Workspace::raw_var() {
  return file_ ? session_.phases.measure("read", [&] { return file_->annotations("raw/var"); }) : Annotations();
}

Index Workspace::rows() {
  if (x_is_read_) return replearn::rows(data_->x);
  if (x_on_disk_) return x_on_disk_->rows();
  return file_ ? file_->rows() : input_rows_.at("X")->rows();
}

Index Workspace::columns_of_x() {
  if (x_is_read_) return columns(data_->x);
  if (x_on_disk_) return x_on_disk_->columns();
  const Index genes = static_cast<Index>(tables().var.names.size());  // on root
  return mpi::broadcast(comm(), genes);
}

const Matrix& Workspace::matrix(const std::string& element) {
  const auto with_columns = [&](const Matrix& matrix) -> const Matrix& {
    if (columns(matrix) > 0) return matrix;
    throw InputError(files_.input, element, "has no columns", "replearn inspect lists the contents of the file");
  };
  if (element == "X") return with_columns(data().x);
  if (preprocessed_ && element == "layers/" + counts_layer_) {
    if (preprocessed_->counts) return *preprocessed_->counts;
    if (counts_on_disk_ && !matrices_.contains(element)) {
      matrices_[element] = session_.phases.measure("read", [&] { return read_into_memory(comm(), *counts_on_disk_); });
    }
  }
  if (const auto at = matrices_.find(element); at != matrices_.end()) return with_columns(at->second);
  if (!file_ && !in_file(element)) {
    throw InputError(files_.input, element, "only .h5ad files have matrices other than X", "use X");
  }
  auto read = copy_matrix(element);
  if (!kept_local_rows_.empty()) read = select_rows(comm(), std::move(read), kept_local_rows_);
  if (!kept_genes_.empty() && element != "raw/X") read = select_columns(std::move(read), kept_genes_);
  return with_columns(matrices_.emplace(element, std::move(read)).first->second);
}

std::vector<std::string> Workspace::genes_of(const std::string& element) {
  if (element == "raw/X" && file_) return file_->annotations("raw/var").names;
  return tables().var.names;
}

void Workspace::require_genes_of_x(const std::string& what, const std::string& element) {
  const Index has = replearn::columns(matrix(element)), wanted = replearn::columns(data().x);
  if (has == wanted) return;
  throw InputError(files_.input, element,
                   fmt::format("has {} genes, X {}, but the output of {} must match the genes of X", has, wanted, what),
                   "omit it, or use X or a layer");
}

const Annotations& Workspace::obs() {
  if (obs_) return *obs_;
  obs_ = session_.phases.measure("read", [&] { return file_->annotations("obs"); });
  for (auto& [name, values] : added_obs_) {
    if (comm().is_root()) obs_->set(name, std::move(values));
  }
  return *obs_;
}

std::vector<std::uint8_t> Workspace::highly_variable() {
  if (preprocessed_) return preprocessed_->highly_variable;
  if (file_) return file_->var_flags("highly_variable");
  std::vector<std::uint8_t> flags;
  mpi::on_root(comm(), [&] {
    const auto* column = tables().var.find("highly_variable");
    if (column) flags = io::flags_of(*column, files_.input, "var/highly_variable");
  });
  return mpi::broadcast(comm(), std::move(flags));
}

const DistributedMatrix* Workspace::embedding(const std::string& key) {
  if (const auto at = embeddings_.find(key); at != embeddings_.end()) return &at->second;
  if (!file_ || !in_file("obsm/" + key)) return nullptr;
  auto read = session_.phases.measure("read", [&] { return file_->obsm(key); });
  if (!kept_local_rows_.empty())
    read = std::get<DistributedMatrix>(select_rows(comm(), Matrix(std::move(read)), kept_local_rows_));
  return &embeddings_.emplace(key, std::move(read)).first->second;
}

DistributedMatrix Workspace::partial_embedding(const std::string& key) {
  if (!file_) throw InputError(files_.input, "obsm/" + key, "only .h5ad files have positions", "convert it first");
  auto read = session_.phases.measure("read", [&] { return file_->obsm(key, true); });
  if (!kept_local_rows_.empty())
    read = std::get<DistributedMatrix>(select_rows(comm(), Matrix(std::move(read)), kept_local_rows_));
  return read;
}

std::vector<std::string> Workspace::embedding_keys() {
  std::vector<std::string> keys = names_in_file("obsm");
  for (const auto& [key, points] : embeddings_) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

const DistributedMatrix& Workspace::representation(const std::string& name,
                                                   const std::vector<std::string>& feature_types) {
  const auto require_no_types = [&](const std::string& key) {
    if (feature_types == std::vector<std::string>{"auto"}) return;
    throw InputError("", "--feature-types", "has no effect: obsm/" + key + " is used instead of X",
                     "omit it, or add --use-rep X");
  };
  if (name != "auto" && name != "X") {
    if (const auto* found = embedding(name)) {
      require_no_types(name);
      return *found;
    }
    const auto keys = embedding_keys();
    const bool short_name = std::find(keys.begin(), keys.end(), "X_" + name) != keys.end();
    throw InputError(files_.input, "obsm/" + name, "no such key",
                     short_name ? "did you mean 'X_" + name + "'?" : suggest(name, keys));
  }
  if (name == "auto") {
    if (const auto* scores = embedding(preferred_)) {
      const bool of_these = components_ && features_.contains(feature_types);
      if (!of_these) require_no_types(preferred_);
      return *scores;
    }
  }
  const auto known = features_.find(feature_types);
  const auto mask = known != features_.end() ? known->second : chosen_features(*this, "X", feature_types);
  if (!components_) features_[feature_types] = mask;
  const auto chosen = [&]() -> const Matrix& {
    if (mask.empty()) return matrix("X");
    if (types_of_subset_ != feature_types) x_subset_ = columns_of("X", mask);
    types_of_subset_ = feature_types;
    return x_subset_;
  };
  const Index used = mask.empty() ? columns_of_x() : std::count_if(mask.begin(), mask.end(), [](auto m) { return m != 0; });
  if (name == "auto" && used > 50) {
    session_.log.line("no X_pca in the input: computing 50 principal components first");
    pca::Options options;
    options.fewer_at_low_rank = true;
    // As pca does by default: the variable genes, if they are marked and no features are asked for.
    auto genes = feature_types == std::vector<std::string>{"auto"} ? highly_variable() : std::vector<std::uint8_t>();
    const bool variable = std::ranges::any_of(genes, [](auto gene) { return gene != 0; });
    if (!variable) genes = mask;
    const auto on_disk = rows_on_disk("X", genes);
    set_components(on_disk    ? cached_pca(session_, "pca", *on_disk, options)
                   : variable ? cached_pca(session_, "pca", columns_of("X", genes), options)
                              : cached_pca(session_, "pca", chosen(), options),
                   genes);
    features_[feature_types] = mask;
    return embeddings_.at("X_pca");
  }
  const Matrix& x = chosen();
  if (const auto* dense = std::get_if<DistributedMatrix>(&x)) return *dense;
  dense_x_ = to_dense(std::get<SparseRows>(x));
  return dense_x_;
}

std::string Workspace::representation_name(const std::string& name) {
  if (name != "auto") return name;
  return embedding(preferred_) ? preferred_ : "X";
}

ReadBox Workspace::pairwise_reader(const std::string& key) {
  if (!file_) throw InputError(files_.input, "obsp/" + key, "only .h5ad files have distances", "convert it first");
  if (!kept_local_rows_.empty()) {
    throw InputError(files_.input, "obsp/" + key, "includes cells that preprocessing dropped",
                     "run the step on the preprocessed file, after computing its distances");
  }
  return file_->obsp_boxes(key);
}

const NeighborGraph* Workspace::graph() {
  if (!graph_ && file_ && kept_local_rows_.empty() && in_file("obsp/distances")) {
    graph_ = session_.phases.measure("read", [&] { return file_->graph("distances"); });
    graph_metric_ = file_->text("uns/neighbors/params/metric").value_or("");
  }
  return graph_ ? &*graph_ : nullptr;
}

const Matrix* Workspace::connectivities() {
  if (connectivities_) return &*connectivities_;
  if (!file_ || !kept_local_rows_.empty() || !in_file("obsp/connectivities")) return nullptr;
  return &matrix("obsp/connectivities");
}

std::string Workspace::graph_metric() {
  return graph() ? graph_metric_ : "";
}

bool Workspace::has_gene(const std::string& name) {
  const auto& names = tables().var.names;
  return mpi::broadcast(comm(), std::find(names.begin(), names.end(), name) != names.end());
}

std::vector<std::pair<std::string, std::vector<float>>> Workspace::genes(const std::vector<std::string>& names) {
  const bool from_raw = file_ && !preprocessed_ && in_file("raw/X") && in_file("raw/var");
  const std::string element = from_raw ? "raw/X" : "X";
  if (!has_matrix(element)) return {};
  const auto columns = genes_of(element);
  std::vector<std::uint8_t> keep;
  std::vector<std::string> found;
  mpi::on_root(comm(), [&] {
    const std::set<std::string> wanted(names.begin(), names.end());
    for (const auto& name : columns) {
      keep.push_back(wanted.contains(name) ? 1 : 0);
      if (keep.back()) found.push_back(name);
    }
  });
  keep = mpi::broadcast(comm(), std::move(keep));
  std::vector<std::pair<std::string, std::vector<float>>> values;
  const auto count = static_cast<Index>(std::count(keep.begin(), keep.end(), 1));
  if (count == 0) return values;
  const Matrix mine = columns_of(element, keep);
  for (Index column = 0; column < count; ++column) {
    auto all = mpi::gather_v(comm(), my_column(mine, column));
    if (comm().is_root()) values.emplace_back(found[column], std::move(all));
  }
  return values;
}

std::vector<float> Workspace::gene(const std::string& name) {
  if (file_ && !preprocessed_) return file_->gene(name);
  const auto& names = tables().var.names;
  Index column = 0;
  mpi::on_root(comm(), [&] {
    column = std::find(names.begin(), names.end(), name) - names.begin();
    if (column == static_cast<Index>(names.size())) {
      throw InputError(files_.input, "'" + name + "'", "no such gene", suggest(name, names));
    }
  });
  column = mpi::broadcast(comm(), column);
  if (x_is_read_ || !x_on_disk_) return mpi::gather_v(comm(), my_column(data().x, column));
  std::vector<float> mine;
  session_.phases.measure("read", [&] {
    visit(comm(), *x_on_disk_, [&](Index, const Matrix& block) {
      const auto values = my_column(block, column);
      mine.insert(mine.end(), values.begin(), values.end());
    });
  });
  return mpi::gather_v(comm(), mine);
}

}  // namespace replearn::app
