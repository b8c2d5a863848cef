#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "app/session.hpp"
#include "app/shared_search.hpp"
#include "data/expression_matrix.hpp"
#include "data/neighbor_graph.hpp"
#include "data/value_tree.hpp"
#include "io/anndata/h5ad_reader.hpp"
#include "io/anndata/h5ad_writer.hpp"
#include "io/input.hpp"
#include "io/samples/samples.hpp"
#include "methods/pca/pca.hpp"
#include "methods/preprocess/preprocess.hpp"

namespace replearn::app {

/// What an output .h5ad contains: everything of the input and the results, or the results with obs and var.
enum class OutputContent { all, results };

/// Input and output files.
struct FileSettings {
  /// Paths, patterns or a sheet of samples; several are joined (io/samples). `input`: a single path, or for messages.
  std::vector<std::string> inputs = {};
  std::string input, output;
  Balance balance = Balance::even;
  std::optional<io::Compression> compression;  ///< not set: as the input's X
  OutputContent content = OutputContent::all;
  io::InputOptions format;
  /// Whether an element of the input is overwritten or dropped, so it is not copied and may be damaged. Evaluated while
  /// the input is opened. Not set: no element is.
  std::function<bool(const std::string& element)> is_overwritten;
};

/// The data of a job from input to output file. Steps read from it and store their results in it; `run` applies several
/// steps to one workspace. All ranks.
class Workspace {
 public:
  /// Opens the input and, if there is an output, checks before any work that it can be written.
  Workspace(Session& session, const FileSettings& files);
  /// For data in memory (obs and var on root; rows and columns without names are numbered). Results are then taken from
  /// the workspace; with an output (.h5ad), they can be written as well.
  Workspace(Session& session, ExpressionMatrix data, const std::string& output = "");

  Session& session() { return session_; }
  const mpi::Communicator& comm() const { return session_.comm; }
  const std::string& input_path() const { return files_.input; }
  const std::string& output_path() const { return files_.output; }
  OutputContent content() const { return files_.content; }

  /// The matrix X with cell and gene names; read into memory on first use.
  ExpressionMatrix& data();
  /// The same without reading X: obs and var. data().x is valid only after data() has been called.
  ExpressionMatrix& tables();
  Index rows();
  /// Whether the file has this matrix ("X", "raw/X", "layers/NAME"). Local.
  bool has_matrix(const std::string& element) const;
  /// A copy of the current X, or a matrix of the file with all its rows, which is not cached.
  Matrix copy_matrix(const std::string& element);
  /// Sets data().x; X of the file is then not read.
  void set_x(Matrix x);
  /// The current X, or another matrix of the file ("layers/counts", "raw/X").
  const Matrix& matrix(const std::string& element);
  /// Some columns (same mask on every rank) of such a matrix: read without the others if it is not in memory yet.
  Matrix columns_of(const std::string& element, const std::vector<std::uint8_t>& keep);
  /// How a matrix of the input is stored, without reading it. All ranks.
  struct MatrixStorage {
    double values = 0;  ///< nonzeros if sparse
    bool is_sparse = false, is_in_memory = false, has_blocks = false;  ///< has_blocks: rows can be read in blocks
  };
  MatrixStorage storage_of(const std::string& element);
  /// Columns of an array of obsm, of this job or the input, which is not read; 0 if there is none. Local.
  Index embedding_width(const std::string& key) const;
  /// Values stored in an element of the input, such as obsp/distances; 0 if there is none. Local.
  Index stored_values(const std::string& element) const;
  /// A matrix of the input, to be read in blocks; nullptr if its format does not allow that, or if it is X and is in
  /// memory.
  std::shared_ptr<const RowReader> reader_of(const std::string& element);
  /// All rows of this job's cells and genes of such a matrix. All ranks.
  StoredRows stored_rows(std::shared_ptr<const RowReader> reader, const std::string& element) const;
  /// Whether a matrix (as many copies of it) takes more than half of the memory that is left on a node, so that it is
  /// better left on disk; the decision is logged. The same on all ranks.
  bool exceeds_memory(const RowReader& matrix, int copies) const;
  /// The rows of a sparse matrix that is better left on disk, or those columns of them where keep (same on every rank;
  /// empty: all) is nonzero. nullptr: it is in memory, fits into it, is dense, or cannot be read in blocks. Logs the
  /// decision. All ranks.
  std::shared_ptr<const RowBlocks> rows_on_disk(const std::string& element, const std::vector<std::uint8_t>& keep = {});
  /// Column names of a matrix, on root: those of var, or raw/var for raw/X.
  std::vector<std::string> genes_of(const std::string& element);
  /// For outputs that must match the genes of X (layers, varm): throws InputError if the number of columns of a matrix
  /// (raw/X) differs. what: the option or verb that writes the output.
  void require_genes_of_x(const std::string& what, const std::string& element);
  /// obs with the columns of the input and those added by steps; on root.
  const Annotations& obs();
  /// var of the input; on root.
  const Annotations& var();
  Annotations raw_var();  ///< raw/var, on root
  /// Names in a group of the file, without dropped elements. Local.
  std::vector<std::string> names_in_file(const std::string& group) const;
  /// Copies the elements of further .h5ad files, with the same cells and genes, to the output, where they replace those
  /// of the input and of files before. Returns the elements of each, on root. All ranks. Throws InputError.
  std::vector<std::set<std::string>> add_results(const std::vector<std::string>& paths);
  /// Drops an element of the input from the output and hides it from later steps.
  void drop(const std::string& element);

  /// Results of steps, for later steps and for the output.
  void set_preprocessed(preprocess::Results results, const std::string& counts_layer);
  void set_components(pca::Results results, const std::vector<std::uint8_t>& genes);
  /// obsp/distances, computed with this metric, and obsp/connectivities.
  void set_graph(NeighborGraph graph, SparseRows weights, const std::string& metric);
  void set_layer(const std::string& name, DistributedMatrix values);  ///< layers/<name>
  void set_embedding(const std::string& key, DistributedMatrix points);
  void set_gene_embedding(const std::string& key, RowMatrix points);  ///< varm/<key>, the same on every rank
  /// A dense float32 array too large for memory: see io::H5adWriter::put_computed.
  void set_computed(const std::string& element, std::vector<Index> extent,
                    std::function<void(const WriteBox& write)> fill);
  void set_uns(const std::string& name, ValueTree value);              ///< uns/<name>
  void set_obs_column(const std::string& name, const Column& values);  ///< obs/<name>; the values on root
  /// Intermediate maps, for uns/<name>.
  void set_frames(const std::string& name, const RowPartition& partition, std::vector<RowMatrix> frames);

  /// Mask of the highly variable genes over the columns of data().x; empty if there is none.
  std::vector<std::uint8_t> highly_variable();
  /// An obsm array computed by this job or stored in the file, else nullptr.
  const DistributedMatrix* embedding(const std::string& key);
  /// Positions of some cells: an obsm array of the file, NaN for the others. Throws InputError with the nearest key.
  DistributedMatrix partial_embedding(const std::string& key);
  std::vector<std::string> embedding_keys();
  /// Loadings, such as "PCs", set by this job, else nullptr. The same on every rank.
  const RowMatrix* gene_embedding(const std::string& key) const;
  /// An entry of uns set by this job, else nullptr.
  const ValueTree* uns(const std::string& name) const;
  /// Input of a method: an obsm key, "X", or "auto": X_pca (or what is preferred to it) if present, else X if it has at most 50 columns, else
  /// principal components computed on demand. feature_types: features of X, see feature_types.hpp; throws InputError if
  /// they are given and X is not used.
  const DistributedMatrix& representation(const std::string& name,
                                          const std::vector<std::string>& feature_types = {"auto"});
  /// "auto" then means this array of obsm, which a step of this job has made of the components.
  void prefer_representation(const std::string& key) { preferred_ = key; }
  /// The resolved name after a call of representation(name): X_pca (or what is preferred) or X for "auto".
  std::string representation_name(const std::string& name);
  /// A reader of blocks of a dense n x n array in the file's obsp. This workspace must outlive it.
  ReadBox pairwise_reader(const std::string& key);
  /// The neighbor graph of this job, else the file's obsp/distances, else nullptr.
  const NeighborGraph* graph();
  /// obsp/connectivities of this job, else of the file, else nullptr. All ranks.
  const Matrix* connectivities();
  SharedSearch& shared_search() { return shared_search_; }
  /// The metric of graph(), as recorded in uns/neighbors; "" if unknown.
  std::string graph_metric();
  /// Values of a gene, one per cell, on root; empty elsewhere. Throws InputError with the nearest name.
  std::vector<float> gene(const std::string& name);
  /// Values of some of these genes from the same matrix as gene(), in a single pass: for each gene that it has, in the
  /// order of the columns, its name and its values, on root; empty elsewhere. All ranks, the same names on each.
  std::vector<std::pair<std::string, std::vector<float>>> genes(const std::vector<std::string>& names);
  /// Whether this is the name of a gene. The same on all ranks.
  bool has_gene(const std::string& name);

  io::H5adWriter& writer();
  /// Compression of this job's output: --compression, else that of the input's X; none if the input is not an .h5ad.
  io::Compression compression() const;
  /// Writes the output file with a record of the options used, by section, and the timings in uns/replearn/<verb>; a
  /// NumPy file has the verb's result only.
  /// failed: the step that failed, if any; the results of the steps before it are then written to the output or, if
  /// that exists already, next to it (NAME.partial.h5ad), and checkpoints are kept.
  void commit(const std::string& verb, ValueTree options = {}, const std::string& failed = "");

 private:
  /// A matrix of the file; warns of precision lost in float32.
  Matrix read_matrix(const std::string& element) const;
  void commit_numpy(const std::string& verb);
  bool in_file(const std::string& element) const;
  void redirect_if_output_exists();
  void open_input();
  void open_several(io::SampleList list);
  Index columns_of_x();
  /// Bytes that a matrix takes in memory, over all ranks.
  static double memory_for(const RowReader& matrix);
  double memory_for(const RowBlocks& rows) const;
  /// Whether a matrix of so many bytes over all ranks takes more than half of the memory left on a node; logged.
  bool takes_too_much(const std::string& what, double bytes) const;
  /// Throws InputError if a matrix of so many bytes over all ranks is larger than the memory of its nodes. All ranks.
  void require_room(const std::string& element, double bytes) const;
  void put_x();       // for the writer
  void put_layers();  // of several inputs

  Session& session_;
  FileSettings files_;

  std::unique_ptr<io::H5adReader> file_;
  std::unique_ptr<io::H5adWriter> writer_;
  std::map<std::string, std::shared_ptr<const RowReader>> input_rows_;  // of a 10x file or several samples: X, layers
  std::vector<std::uint8_t> input_columns_;                             // mask of their columns; empty: all
  std::optional<ExpressionMatrix> data_;
  bool x_is_read_ = false;                                 // whether data_->x is valid
  std::shared_ptr<const RowBlocks> x_on_disk_, counts_on_disk_;  // X and counts, preprocessed as they are read
  std::optional<Annotations> obs_, var_;
  std::map<std::string, Column> added_obs_;  // columns set before obs was read
  std::set<std::string> dropped_;
  std::optional<preprocess::Results> preprocessed_;
  std::string counts_layer_;
  std::vector<std::uint8_t> kept_local_rows_;  // mask of the local rows of the file kept by preprocessing; empty: all
  std::vector<std::uint8_t> kept_genes_;       // mask of its columns, on every rank; empty: all
  std::optional<pca::Results> components_;
  std::optional<NeighborGraph> graph_;
  SharedSearch shared_search_;
  std::string graph_metric_;
  std::optional<Matrix> connectivities_;
  std::map<std::string, std::shared_ptr<ValueTree>> uns_;
  std::map<std::string, Matrix> matrices_;
  std::map<std::string, DistributedMatrix> embeddings_;
  std::map<std::string, RowMatrix> gene_embeddings_;
  std::map<std::string, std::vector<RowMatrix>> frames_;
  std::map<std::vector<std::string>, std::vector<std::uint8_t>>
      features_;                              // masks over X by --feature-types; empty: all
  std::vector<std::string> types_of_subset_;  // feature types in x_subset_, if it is not X
  std::string preferred_ = "X_pca";           // what "auto" means
  Matrix x_subset_;
  DistributedMatrix dense_x_;
  struct Computed {
    std::vector<Index> extent;
    std::function<void(const WriteBox&)> fill;
  };
  std::optional<Computed> computed_;
};

}  // namespace replearn::app
