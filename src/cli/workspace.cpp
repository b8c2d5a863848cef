#include "cli/workspace.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/whole_file.hpp"
#include "cli/checkpoint_manager.hpp"
#include "cli/feature_types.hpp"
#include "cli/finite_results.hpp"
#include "cli/launch.hpp"
#include "cli/numpy_output.hpp"
#include "cli/once.hpp"
#include "io/column_types.hpp"
#include "io/hdf5_file.hpp"
#include "io/input_compression.hpp"
#include "io/numpy_file.hpp"
#include "mpi/collectives.hpp"
#include "numerics/rank_speed.hpp"

namespace replearn::cli {
namespace {

OptionSet& add_format_options(OptionSet& set, FileSettings& files) {
  return set.add("genome", files.format.genome, "Genome to read from a 10x version 2 file with several genomes")
      .add("barcodes", files.format.barcodes,
           "Table of the cells of a .mtx matrix. Empty: found next to the matrix by its name (barcodes.tsv, ...)")
      .reads_file()
      .add("features", files.format.features,
           "Table of the genes of a .mtx matrix. Empty: found next to the matrix by its name (features.tsv, genes.tsv, "
           "...)")
      .reads_file()
      .add("transpose", files.format.transpose,
           "CSV or TSV: whether the rows of the file are genes and its columns cells; auto: guessed from the names")
      .add("delimiter", files.format.delimiter, "CSV or TSV: field delimiter: auto, comma, tab or a character")
      .add("decimal", files.format.decimal,
           "CSV or TSV: decimal separator: auto, point, or comma (0,5). auto: inferred from the numbers; ambiguous "
           "numbers are an error")
      .add("header", files.format.header, "CSV or TSV: whether the first line contains names: auto, yes, no")
      .add("row-names", files.format.row_names, "CSV or TSV: whether the first column contains names: auto, yes, no")
      .add("missing", files.format.missing,
           "CSV or TSV: meaning of an empty field or NA. zero; nan: a missing value; error: refuse the file; auto: nan "
           "for verbs that support missing values (ppca, factorize), else zero in a table of integers and an error in "
           "any other");
}

constexpr const char* input_help =
    "Input file: .h5ad, 10x .h5, an .mtx file or folder (10x, STARsolo, kb-python, alevin-fry, Parse, GEO), CSV or TSV "
    "(plain or .gz); replearn inspect describes it";

/// This rank's part of a mask that is complete on root.
std::vector<std::uint8_t> my_part(const mpi::Communicator& comm, const std::vector<std::uint8_t>& on_root,
                                  const RowPartition& partition) {
  const auto whole = mpi::broadcast(comm, on_root);
  return {whole.begin() + partition.begin(comm.rank()), whole.begin() + partition.end(comm.rank())};
}

bool drops_any(const mpi::Communicator& comm, const std::vector<std::uint8_t>& mask_on_root) {
  const bool any = std::find(mask_on_root.begin(), mask_on_root.end(), 0) != mask_on_root.end();
  return mpi::broadcast(comm, any);
}

/// This rank's rows of one column.
std::vector<float> my_column(const Matrix& matrix, Index column) {
  if (const auto* dense = std::get_if<DistributedMatrix>(&matrix)) {
    std::vector<float> values(static_cast<std::size_t>(dense->local_rows()));
    for (Index i = 0; i < dense->local_rows(); ++i) values[static_cast<std::size_t>(i)] = dense->local(i, column);
    return values;
  }
  const auto& sparse = std::get<SparseRows>(matrix);
  std::vector<float> values(static_cast<std::size_t>(sparse.local_rows()), 0.0f);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto begin = sparse.indices.begin() + sparse.offsets[i], end = sparse.indices.begin() + sparse.offsets[i + 1];
    const auto at = std::lower_bound(begin, end, static_cast<std::int32_t>(column));
    if (at != end && *at == column) values[i] = sparse.values[static_cast<std::size_t>(at - sparse.indices.begin())];
  }
  return values;
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

OptionSet input_options(FileSettings& files) {
  OptionSet set("files", "The file to read");
  set.add("input", files.input, input_help).reads_file();
  add_format_options(set, files);
  return set.show_usual({"input"}).show_empty_as("required", {"input"}).show_empty_as("auto", {"barcodes", "features"});
}

OptionSet file_options(FileSettings& files) {
  return file_options(files, output_help(""), output_endings(""));
}

OptionSet file_options(FileSettings& files, const std::string& output_help, std::vector<std::string> endings) {
  OptionSet set("files", "Files");
  set.add("input", files.input, input_help)
      .reads_file()
      .add("output", files.output, output_help)
      .writes_file(std::move(endings))
      .add_choice("balance", files.balance, {{"even", Balance::even}, {"measured", Balance::measured}},
                  "Distribution of rows, and thereby work, over ranks. even: equal shares; measured: in proportion to "
                  "the speed of each rank, measured for 0.2 s with all ranks busy, for clusters of unequal nodes. "
                  "Results do not depend on it: bit-identical on processors of one type (neural networks: within their "
                  "tolerance)")
      .changes_no_result();
  add_format_options(set, files);
  return set.show_usual({"input", "output"})
      .show_empty_as("required", {"input", "output"})
      .show_empty_as("auto", {"barcodes", "features"});
}

const char* const compression_of_expression =
    "new arrays like the input's X (none if the input is not HDF5), existing arrays unchanged";

void add_compression(OptionSet& set, std::optional<io::Compression>& compression, const std::string& what_auto_does) {
  set.add_text_form(
         "compression", "auto|none|gzip|gzip:LEVEL|lzf",
         [&compression](const std::string& text) {
           if (text == "auto")
             compression.reset();
           else
             compression = io::compression_from(text);
         },
         [&compression] { return compression ? io::text_of(*compression) : std::string("auto"); },
         "Compression of the arrays in the output. auto: " + what_auto_does +
             ". none, gzip (level 4), gzip:LEVEL (0 to 9), lzf: applied to all arrays of at least 64 kB. Writing gzip "
             "is several times slower than lzf or none")
      .changes_no_result()
      .seldom_changed();
}

Workspace::Workspace(Session& session, const FileSettings& files) : session_(session), files_(files) {
  if (files.input.empty()) throw InputError("", "--input", "no file named", "add --input FILE");
  session.deal_rows(files.balance);
  io::Format format{};
  mpi::on_root(comm(), [&] { format = io::detect_format(files.input); });
  format = mpi::broadcast(comm(), format);
  session.phases.measure("read", [&] {
    if (format == io::Format::h5ad) {
      file_ = std::make_unique<io::H5adReader>(comm(), files.input);
    } else {
      data_ = io::read_expression(comm(), files.input, files.format, session.log);
      labels_ = data_->obs;
    }
  });
  mpi::on_root(comm(), [&] {
    for (const auto& path : {files.input, files.output}) {
      if (path.empty() || !io::refuses_locks(path)) continue;
      session.log.line(path + ": the file system does not support file locks; opening files without");
      return;
    }
  });
  if (files.output.empty()) return;
  writer_ = std::make_unique<io::H5adWriter>(comm(), files.output);
  if (file_) writer_->base(files.input, files.replaced);
  // With a base, compress() also affects the arrays copied from it.
  if (files.compression || !file_) writer_->compress(compression());
}

ExpressionMatrix& Workspace::data() {
  if (!data_) begin_from(take_matrix("X"));
  return *data_;
}

Matrix Workspace::read_matrix(const std::string& element) const {
  return session_.phases.measure("read", [&] {
    io::warn_of_float32(comm(), *file_, element, session_.log);
    return file_->matrix(element, files_.format.keep_missing);
  });
}

Matrix Workspace::take_matrix(const std::string& element) {
  if (data_ && element == "X") return data_->x;
  if (!file_) throw InputError(files_.input, element, "only .h5ad files have matrices other than X", "use X");
  return read_matrix(element);
}

void Workspace::begin_from(Matrix x) {
  if (!data_) {
    session_.phases.measure("read", [&] {
      data_ = ExpressionMatrix{Matrix(), file_->annotations("obs"), file_->annotations("var")};
      // The writer copies the columns of the file unchanged; steps add new ones to these tables.
      data_->obs.columns.clear();
      data_->var.columns.clear();
    });
  }
  data_->x = std::move(x);
}

bool Workspace::in_file(const std::string& element) const {
  return file_ && !dropped_.contains(element) && file_->has(element);
}

bool Workspace::has_matrix(const std::string& element) const {
  return element == "X" && !file_ ? true : in_file(element);
}

std::vector<std::string> Workspace::names_in_file(const std::string& group) const {
  std::vector<std::string> names;
  if (!in_file(group)) return names;
  for (auto& name : file_->names(group)) {
    if (!dropped_.contains(group + "/" + name)) names.push_back(std::move(name));
  }
  return names;
}

void Workspace::drop(const std::string& element) {
  dropped_.insert(element);
  if (writer_) writer_->drop(element);
}

const Annotations& Workspace::gene_labels() {
  if (!gene_labels_) {
    gene_labels_ = file_ ? session_.phases.measure("read", [&] { return file_->annotations("var"); }) : data_->var;
  }
  return *gene_labels_;
}

Annotations Workspace::raw_gene_labels() {
  return file_ ? session_.phases.measure("read", [&] { return file_->annotations("raw/var"); }) : Annotations();
}

Index Workspace::rows() {
  return data_ ? replearn::rows(data_->x) : file_->rows();
}

const Matrix& Workspace::matrix(const std::string& element) {
  const auto with_columns = [&](const Matrix& matrix) -> const Matrix& {
    if (columns(matrix) > 0) return matrix;
    throw InputError(files_.input, element, "has no columns", "replearn inspect lists the contents of the file");
  };
  if (element == "X") return with_columns(data().x);
  if (const auto at = matrices_.find(element); at != matrices_.end()) return with_columns(at->second);
  if (!file_) throw InputError(files_.input, element, "only .h5ad files have matrices other than X", "use X");
  auto read = read_matrix(element);
  if (!kept_mine_.empty()) read = select_rows(comm(), read, kept_mine_);
  return with_columns(matrices_.emplace(element, std::move(read)).first->second);
}

std::vector<std::string> Workspace::genes_of(const std::string& element) {
  if (element == "raw/X" && file_) return file_->annotations("raw/var").names;
  return data().var.names;
}

void Workspace::require_genes_of_x(const std::string& what, const std::string& element) {
  const Index has = replearn::columns(matrix(element)), wanted = replearn::columns(data().x);
  if (has == wanted) return;
  throw InputError(files_.input, element,
                   format("has %lld genes, X %lld, but the output of %s must match the genes of X",
                          static_cast<long long>(has), static_cast<long long>(wanted), what.c_str()),
                   "omit it, or use X or a layer");
}

const Annotations& Workspace::labels() {
  if (!labels_) labels_ = session_.phases.measure("read", [&] { return file_->annotations("obs"); });
  return *labels_;
}

void Workspace::preprocessed(preprocess::Results results, const std::string& counts_layer) {
  require_finite_result(comm(), "X", data().x);
  labels();
  if (drops_any(comm(), results.kept_cells)) {
    if (file_) {
      kept_mine_ = my_part(comm(), results.kept_cells, file_->partition());
      out().keep_obs(results.kept_cells);
    }
    *labels_ = select(*labels_, results.kept_cells);
  }
  if (file_ && drops_any(comm(), results.kept_genes)) out().keep_var(results.kept_genes);
  gene_labels();
  *gene_labels_ = file_ ? select(*gene_labels_, results.kept_genes) : data().var;
  for (const auto& [name, values] : data().obs.columns) labels_->set(name, values);
  preprocessed_ = std::move(results);
  counts_layer_ = counts_layer;
}

void Workspace::found_components(pca::Results results, const std::vector<std::uint8_t>& genes) {
  require_finite_result("varm/PCs", results.loadings);
  components_ = std::move(results);
  features_.clear();  // from now on, the features of the components
  const Index k = components_->loadings.cols();
  if (genes.empty()) {
    all_loadings_ = components_->loadings;
  } else {  // genes not used have zero loadings, as in Scanpy
    all_loadings_ = RowMatrix::Zero(static_cast<Index>(genes.size()), k);
    for (Index j = 0, used = 0; j < all_loadings_.rows(); ++j) {
      if (genes[static_cast<std::size_t>(j)]) all_loadings_.row(j) = components_->loadings.row(used++);
    }
  }
  found_embedding("X_pca", components_->scores);
  if (!writer_) return;
  out().put_varm("PCs", all_loadings_);
}

void Workspace::found_graph(NeighborGraph graph, SparseRows weights, const std::string& metric) {
  require_finite_result(comm(), "obsp/distances", graph);
  require_finite_result(comm(), "obsp/connectivities", weights);
  graph_ = std::move(graph);
  graph_metric_ = metric;
  connectivities_ = std::move(weights);
  if (!writer_) return;
  out().put_graph("distances", *graph_);
  out().put_matrix("obsp/connectivities", *connectivities_);
}

void Workspace::found_layer(const std::string& name, DistributedMatrix values) {
  const std::string element = "layers/" + name;
  const auto& kept = matrices_.insert_or_assign(element, Matrix(std::move(values))).first->second;
  if (writer_) out().put_matrix(element, kept);
}

void Workspace::found_embedding(const std::string& key, DistributedMatrix points) {
  require_finite_result(comm(), "obsm/" + key, points);
  const auto& kept = embeddings_.insert_or_assign(key, std::move(points)).first->second;
  if (writer_) out().put_obsm(key, kept);
}

void Workspace::found_gene_embedding(const std::string& key, RowMatrix points) {
  require_finite_result("varm/" + key, points);
  const auto& kept = gene_embeddings_.insert_or_assign(key, std::move(points)).first->second;
  if (writer_) out().put_varm(key, kept);
}

void Workspace::found_frames(const std::string& name, const RowPartition& partition, std::vector<RowMatrix> frames) {
  const auto& kept = frames_.insert_or_assign(name, std::move(frames)).first->second;
  if (writer_) out().put_frames(name, partition, kept);
}

std::vector<std::uint8_t> Workspace::highly_variable() {
  if (preprocessed_) return preprocessed_->highly_variable;
  if (file_) return file_->var_flags("highly_variable");
  std::vector<std::uint8_t> flags;
  mpi::on_root(comm(), [&] {
    const auto* column = data().var.find("highly_variable");
    if (column) flags = io::flags_of(*column, files_.input, "var/highly_variable");
  });
  return mpi::broadcast(comm(), std::move(flags));
}

const DistributedMatrix* Workspace::embedding(const std::string& key) {
  if (const auto at = embeddings_.find(key); at != embeddings_.end()) return &at->second;
  if (!in_file("obsm/" + key)) return nullptr;
  auto read = session_.phases.measure("read", [&] { return file_->obsm(key); });
  if (!kept_mine_.empty()) read = std::get<DistributedMatrix>(select_rows(comm(), Matrix(std::move(read)), kept_mine_));
  return &embeddings_.emplace(key, std::move(read)).first->second;
}

DistributedMatrix Workspace::places(const std::string& key) {
  if (!file_) throw InputError(files_.input, "obsm/" + key, "only .h5ad files have positions", "convert it first");
  auto read = session_.phases.measure("read", [&] { return file_->obsm(key, true); });
  if (!kept_mine_.empty()) read = std::get<DistributedMatrix>(select_rows(comm(), Matrix(std::move(read)), kept_mine_));
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
    if (const auto* scores = embedding("X_pca")) {
      const bool of_these = components_ && features_.contains(feature_types);
      if (!of_these) require_no_types("X_pca");
      return *scores;
    }
  }
  const auto known = features_.find(feature_types);
  const auto mask = known != features_.end() ? known->second : chosen_features(*this, "X", feature_types);
  if (!components_) features_[feature_types] = mask;
  if (!mask.empty() && types_of_part_ != feature_types) {
    x_part_ = select_columns(data().x, mask);
    types_of_part_ = feature_types;
  }
  const Matrix& x = mask.empty() ? matrix("X") : x_part_;
  if (name == "auto" && columns(x) > 50) {
    session_.log.line("no X_pca in the input: computing 50 principal components first");
    pca::Options options;
    options.fewer_at_low_rank = true;
    found_components(pca_once(session_, "pca", x, options), mask);
    features_[feature_types] = mask;
    return embeddings_.at("X_pca");
  }
  if (const auto* dense = std::get_if<DistributedMatrix>(&x)) return *dense;
  dense_x_ = to_dense(std::get<SparseRows>(x));
  return dense_x_;
}

std::string Workspace::representation_name(const std::string& name) {
  if (name != "auto") return name;
  return embedding("X_pca") ? "X_pca" : "X";
}

ReadBox Workspace::square(const std::string& key) {
  if (!file_) throw InputError(files_.input, "obsp/" + key, "only .h5ad files have distances", "convert it first");
  if (!kept_mine_.empty()) {
    throw InputError(files_.input, "obsp/" + key, "includes cells that preprocessing dropped",
                     "run the step on the preprocessed file, after computing its distances");
  }
  return file_->obsp_boxes(key);
}

const NeighborGraph* Workspace::graph() {
  if (!graph_ && file_ && kept_mine_.empty() && in_file("obsp/distances")) {
    graph_ = session_.phases.measure("read", [&] { return file_->graph("distances"); });
    graph_metric_ = file_->text("uns/neighbors/params/metric").value_or("");
  }
  return graph_ ? &*graph_ : nullptr;
}

std::string Workspace::graph_metric() {
  return graph() ? graph_metric_ : "";
}

bool Workspace::has_gene(const std::string& name) {
  const auto& names = data().var.names;
  return mpi::broadcast(comm(), std::find(names.begin(), names.end(), name) != names.end());
}

std::vector<float> Workspace::gene(const std::string& name) {
  if (file_ && !preprocessed_) return file_->gene(name);
  const auto& names = data().var.names;
  Index column = 0;
  mpi::on_root(comm(), [&] {
    column = std::find(names.begin(), names.end(), name) - names.begin();
    if (column == static_cast<Index>(names.size())) {
      throw InputError(files_.input, "'" + name + "'", "no such gene", suggest(name, names));
    }
  });
  return mpi::gather_v(comm(), my_column(data().x, mpi::broadcast(comm(), column)));
}

io::H5adWriter& Workspace::out() {
  if (!writer_) throw InputError("", "--output", "no file named", "add --output FILE.h5ad");
  return *writer_;
}

io::Compression Workspace::compression() const {
  return files_.compression ? *files_.compression : io::compression_of_input(comm(), files_.input);
}

void Workspace::found_computed(const std::string& element, std::vector<Index> extent,
                               std::function<void(const WriteBox& write)> fill) {
  computed_ = {extent, fill};
  out().put_computed(element, std::move(extent), std::move(fill));
}

void Workspace::commit(const std::string& verb, const std::vector<const OptionSet*>& options,
                       const std::string& failed) {
  if (io::names_numpy(files_.output)) return commit_numpy(verb);
  if (!failed.empty()) keep_earlier_output();
  const auto& tables = data_;
  if (!file_) {
    out().put_matrix("X", tables->x);
    out().put_obs(tables->obs);
    out().put_var(tables->var);
  } else if (tables) {
    for (const auto& name : mpi::broadcast(comm(), tables->obs.column_names())) {
      out().put_obs_column(name, comm().is_root() ? *tables->obs.find(name) : Column());
    }
    for (const auto& name : mpi::broadcast(comm(), tables->var.column_names())) {
      out().put_var_column(name, comm().is_root() ? *tables->var.find(name) : Column());
    }
    if (preprocessed_) out().put_matrix("X", tables->x);
  }
  if (preprocessed_) {
    if (preprocessed_->counts) out().put_matrix("layers/" + counts_layer_, *preprocessed_->counts);
    for (const auto& [name, value] : preprocessed_->uns.entries) out().put_uns(name, value);
  }
  ValueTree used;
  for (const auto* set : options) {
    const auto at = used_.find(set->section());
    used.set(set->section(), at == used_.end() ? set->record() : at->second);
  }
  ValueTree record;
  record.set("version", REPLEARN_VERSION).set("ranks", comm().size()).set("options", std::move(used));
  if (!failed.empty()) record.set("failed_step", failed);
  record.set("timings", table_record(session_.phases.summarize()));
  out().put_uns("replearn/" + verb, std::make_shared<ValueTree>(std::move(record)));
  session_.phases.measure("write", [&] { out().commit(session_.keeps() ? session_.checkpoints().fence() : nullptr); });
  session_.log.line("wrote " + files_.output);
  if (session_.keeps() && failed.empty()) session_.checkpoints().done();
}

void Workspace::keep_earlier_output() {
  namespace fs = std::filesystem;
  const fs::path path(files_.output);
  bool is_there = false;
  mpi::on_root(comm(), [&] { is_there = fs::exists(path); });
  if (!mpi::broadcast(comm(), is_there)) return;
  const fs::path beside = path.parent_path() / (path.stem().string() + ".partial");
  files_.output = beside.string() + path.extension().string();
  mpi::on_root(comm(), [&] {  // the partial output of an earlier run may be an input of this one
    for (int number = 2; is_read_or_written(session_.common.files, files_.output); ++number) {
      files_.output = beside.string() + std::to_string(number) + path.extension().string();
    }
  });
  files_.output = mpi::broadcast(comm(), files_.output);
  out().redirect(files_.output);
}

Session::Session(const mpi::Communicator& ranks, const CommonOptions& options)
    : comm(ranks), log(ranks.is_root() && !options.quiet), phases(ranks), common(options) {
  if (const auto lonely = warning_of_lonely_rank(comm.size()); !lonely.empty()) log.warning(lonely);
  for (const auto& note : common.notes) log.line("note: " + note);
}
Session::~Session() = default;

void Session::deal_rows(Balance balance) {
  constexpr double seconds = 0.2;
  if (balance == Balance::even || comm.size() == 1) return;
  comm.set_shares(phases.measure("balance", [&] { return shares_by_speed(rank_speeds(comm, seconds)); }));
  log.line("balance: " + shares_text(comm.shares()));
}

void Session::keep(const JobSettings& job, const std::vector<const OptionSet*>& sets) {
  checkpoints_ = std::make_unique<CheckpointManager>(comm, job, sets, log);
}

CheckpointManager& Session::checkpoints() {
  if (!checkpoints_) throw std::logic_error("a verb that iterates must call Session::keep first");
  return *checkpoints_;
}

void finish(Session& session) {
  const auto summary = session.phases.summarize();
  session.log.line(table_text(summary));
  if (session.common.timings.empty()) return;
  mpi::on_root(session.comm, [&] { write_whole_file(session.common.timings, table_json(summary)); });
}

}  // namespace replearn::cli
