#include <algorithm>
#include <filesystem>

#include "app/checkpoint_manager.hpp"
#include "app/finite_results.hpp"
#include "app/workspace.hpp"
#include "base/error.hpp"
#include "io/input_compression.hpp"
#include "io/numpy/numpy_file.hpp"
#include "mpi/collectives.hpp"

/// The half of the workspace that receives results and writes them.
namespace replearn::app {
namespace {

bool drops_any(const mpi::Communicator& comm, const std::vector<std::uint8_t>& mask_on_root) {
  const bool any = std::find(mask_on_root.begin(), mask_on_root.end(), 0) != mask_on_root.end();
  return mpi::broadcast(comm, any);
}

/// Whether a path is among the job's inputs and outputs. Root.
bool is_read_or_written(const JobFiles& files, const std::string& path) {
  try {
    files.require_free(path);
    return false;
  } catch (const InputError&) {
    return true;
  }
}

}  // namespace

void Workspace::set_preprocessed(preprocess::Results results, const std::string& counts_layer) {
  x_on_disk_ = results.rows_on_disk;
  counts_on_disk_ = results.counts_on_disk;
  if (!x_on_disk_) require_finite_result(comm(), "X", data().x);
  obs();
  if (drops_any(comm(), results.kept_cells)) {
    if (file_ || !input_rows_.empty()) kept_local_rows_ = results.kept_mine;
    if (file_) writer().keep_obs(results.kept_cells);
    *obs_ = select(*obs_, results.kept_cells);
  }
  if (drops_any(comm(), results.kept_genes)) {
    kept_genes_ = mpi::broadcast(comm(), results.kept_genes);
    if (file_) writer().keep_var(results.kept_genes);
  }
  var();
  *var_ = file_ ? select(*var_, results.kept_genes) : tables().var;
  for (const auto& [name, values] : tables().obs.columns) obs_->set(name, values);
  preprocessed_ = std::move(results);
  counts_layer_ = counts_layer;
}

void Workspace::set_components(pca::Results results, const std::vector<std::uint8_t>& genes) {
  require_finite_result("varm/PCs", results.loadings);
  components_ = std::move(results);
  features_.clear();  // from now on, the features of the components
  RowMatrix loadings = components_->loadings;
  if (!genes.empty()) {  // genes not used have zero loadings, as in Scanpy
    loadings = RowMatrix::Zero(static_cast<Index>(genes.size()), components_->loadings.cols());
    for (Index j = 0, used = 0; j < loadings.rows(); ++j) {
      if (genes[j]) loadings.row(j) = components_->loadings.row(used++);
    }
  }
  set_embedding("X_pca", components_->scores);
  set_gene_embedding("PCs", std::move(loadings));
}

void Workspace::set_graph(NeighborGraph graph, SparseRows weights, const std::string& metric) {
  require_finite_result(comm(), "obsp/distances", graph);
  require_finite_result(comm(), "obsp/connectivities", weights);
  graph_ = std::move(graph);
  graph_metric_ = metric;
  connectivities_ = std::move(weights);
  if (!writer_) return;
  writer().put_graph("distances", *graph_);
  writer().put_matrix("obsp/connectivities", *connectivities_);
}

void Workspace::set_layer(const std::string& name, DistributedMatrix values) {
  const std::string element = "layers/" + name;
  const auto& kept = matrices_.insert_or_assign(element, Matrix(std::move(values))).first->second;
  if (writer_) writer().put_matrix(element, kept);
}

void Workspace::set_embedding(const std::string& key, DistributedMatrix points) {
  require_finite_result(comm(), "obsm/" + key, points);
  const auto& kept = embeddings_.insert_or_assign(key, std::move(points)).first->second;
  if (writer_) writer().put_obsm(key, kept);
}

void Workspace::set_gene_embedding(const std::string& key, RowMatrix points) {
  require_finite_result("varm/" + key, points);
  const auto& kept = gene_embeddings_.insert_or_assign(key, std::move(points)).first->second;
  if (writer_) writer().put_varm(key, kept);
}

const RowMatrix* Workspace::gene_embedding(const std::string& key) const {
  const auto at = gene_embeddings_.find(key);
  return at == gene_embeddings_.end() ? nullptr : &at->second;
}

void Workspace::set_uns(const std::string& name, ValueTree value) {
  const auto& kept = uns_[name] = std::make_shared<ValueTree>(std::move(value));
  if (writer_) writer().put_uns(name, kept);
}

const ValueTree* Workspace::uns(const std::string& name) const {
  const auto at = uns_.find(name);
  return at == uns_.end() ? nullptr : at->second.get();
}

void Workspace::set_obs_column(const std::string& name, const Column& values) {
  if (!obs_)
    added_obs_[name] = values;
  else if (comm().is_root())
    obs_->set(name, values);
  if (writer_) writer().put_obs_column(name, values);
}

void Workspace::set_frames(const std::string& name, const RowPartition& partition, std::vector<RowMatrix> frames) {
  const auto& kept = frames_.insert_or_assign(name, std::move(frames)).first->second;
  if (writer_) writer().put_frames(name, partition, kept);
}

io::H5adWriter& Workspace::writer() {
  if (!writer_) throw InputError("", "--output", "no file named", "add --output FILE.h5ad");
  return *writer_;
}

io::Compression Workspace::compression() const {
  return files_.compression ? *files_.compression : io::compression_of_input(comm(), files_.input);
}

void Workspace::set_computed(const std::string& element, std::vector<Index> extent,
                             std::function<void(const WriteBox& write)> fill) {
  computed_ = {extent, fill};
  writer().put_computed(element, std::move(extent), std::move(fill));
}

std::vector<std::set<std::string>> Workspace::add_results(const std::vector<std::string>& paths) {
  const auto& mine = tables();
  std::vector<std::set<std::string>> elements;
  session_.phases.measure("read", [&] {
    for (const auto& path : paths) elements.push_back(writer().add(path, mine.obs.names, mine.var.names));
  });
  return elements;
}

void Workspace::put_x() {
  if (x_is_read_) return writer().put_matrix("X", data_->x);
  if (x_on_disk_) return writer().put_rows("X", x_on_disk_);
  writer().put_rows("X", std::make_shared<StoredRows>(stored_rows(input_rows_.at("X"), "X")));
}

void Workspace::put_layers() {
  for (const auto& [element, reader] : input_rows_) {
    const bool is_replaced = preprocessed_ && element == "layers/" + counts_layer_;
    if (element == "X" || is_replaced || dropped_.contains(element) || writer().is_given(element)) continue;
    writer().put_rows(element, std::make_shared<StoredRows>(stored_rows(reader, element)));
  }
}

void Workspace::commit(const std::string& verb, ValueTree options, const std::string& failed) {
  if (io::names_numpy(files_.output)) return commit_numpy(verb);
  if (!failed.empty()) redirect_if_output_exists();
  const auto& tables = data_;
  if (!file_) {
    if (files_.content == OutputContent::all) put_layers();
    if (files_.content == OutputContent::all || preprocessed_) put_x();
    writer().put_obs(tables->obs);
    writer().put_var(tables->var);
  } else if (tables) {
    for (const auto& name : mpi::broadcast(comm(), tables->obs.column_names())) {
      writer().put_obs_column(name, comm().is_root() ? *tables->obs.find(name) : Column());
    }
    for (const auto& name : mpi::broadcast(comm(), tables->var.column_names())) {
      writer().put_var_column(name, comm().is_root() ? *tables->var.find(name) : Column());
    }
    if (preprocessed_) put_x();
  }
  if (preprocessed_) {
    if (preprocessed_->counts) writer().put_matrix("layers/" + counts_layer_, *preprocessed_->counts);
    if (counts_on_disk_) writer().put_rows("layers/" + counts_layer_, counts_on_disk_);
    for (const auto& [name, value] : preprocessed_->uns.entries) writer().put_uns(name, value);
  }
  ValueTree record;
  record.set("version", REPLEARN_VERSION).set("ranks", comm().size()).set("options", std::move(options));
  if (!failed.empty()) record.set("failed_step", failed);
  if (preprocessed_) record.set("filters", preprocessed_->filters);
  record.set("timings", table_record(session_.phases.summarize()));
  writer().put_uns("replearn/" + verb, std::make_shared<ValueTree>(std::move(record)));
  session_.phases.measure("write", [&] { writer().commit(session_.checkpoints().fence()); });
  session_.log.line("wrote " + files_.output);
  if (failed.empty()) session_.checkpoints().discard();
}

void Workspace::redirect_if_output_exists() {
  namespace fs = std::filesystem;
  const fs::path path(files_.output);
  bool is_there = false;
  mpi::on_root(comm(), [&] { is_there = fs::exists(path); });
  if (!mpi::broadcast(comm(), is_there)) return;
  const fs::path beside = path.parent_path() / (path.stem().string() + ".partial");
  files_.output = beside.string() + path.extension().string();
  mpi::on_root(comm(), [&] {  // the partial output of an earlier run may be an input of this one
    for (int number = 2; is_read_or_written(session_.files, files_.output); ++number) {
      files_.output = beside.string() + std::to_string(number) + path.extension().string();
    }
  });
  files_.output = mpi::broadcast(comm(), files_.output);
  writer().redirect(files_.output);
}

}  // namespace replearn::app
