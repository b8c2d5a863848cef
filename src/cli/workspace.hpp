#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "cli/command_line.hpp"
#include "cli/phase_table.hpp"
#include "data/expression_matrix.hpp"
#include "data/neighbor_graph.hpp"
#include "io/h5ad_reader.hpp"
#include "io/h5ad_writer.hpp"
#include "io/input.hpp"
#include "methods/pca/pca.hpp"
#include "numerics/preprocess.hpp"

namespace replearn::cli {

class CheckpointManager;
struct JobSettings;

/// How rows are dealt to the ranks.
enum class Balance { even, measured };

/// What a verb has at hand while it runs. All ranks.
class Session {
 public:
  Session(const mpi::Communicator& ranks, const CommonOptions& options);
  ~Session();

  const mpi::Communicator& comm;
  Log log;
  PhaseTable phases;
  CommonOptions common;

  /// To be called before anything is distributed: measures the ranks, if asked to, and deals rows accordingly.
  void deal_rows(Balance balance);
  /// To be called by verbs that iterate, before anything is computed: see CheckpointManager.
  void keep(const JobSettings& job, const std::vector<const OptionSet*>& sets);
  bool keeps() const { return checkpoints_ != nullptr; }
  CheckpointManager& checkpoints();

 private:
  std::unique_ptr<CheckpointManager> checkpoints_;
};

/// Which file is read and which is written.
struct FileSettings {
  std::string input, output;
  Balance balance = Balance::even;
  std::optional<io::Compression> compression;  ///< none named: as the input's X
  io::InputOptions format;
  /// Whether an element of the input is replaced or left out whatever it holds: it is carried nowhere, and may be
  /// damaged. Asked while the input is opened. Not named: none is.
  std::function<bool(const std::string& element)> replaced;
};
OptionSet input_options(FileSettings& files);  ///< for verbs that write no file
OptionSet file_options(FileSettings& files);
/// The same with another help and other endings for the output.
OptionSet file_options(FileSettings& files, const std::string& output_help, std::vector<std::string> endings);
/// What --compression auto does where the input is an expression matrix.
extern const char* const compression_of_expression;
/// For verbs that write an .h5ad: --compression, to be added to the options above.
/// what_auto_does: for the help.
void add_compression(OptionSet& set, std::optional<io::Compression>& compression,
                     const std::string& what_auto_does = compression_of_expression);

/// The data of one job on its way from the input file through the steps to the output file. Steps read from it and add
/// to it; `run` is nothing but several steps on one workspace. All ranks.
class Workspace {
 public:
  /// Opens the input; with an output named, makes sure that it can be written, before any work is done.
  Workspace(Session& session, const FileSettings& files);

  Session& session() { return session_; }
  const mpi::Communicator& comm() const { return session_.comm; }
  const std::string& input_path() const { return files_.input; }
  const std::string& output_path() const { return files_.output; }

  /// The matrix with names of cells and genes; read when first asked for.
  ExpressionMatrix& data();
  Index rows();
  /// Whether the file has this matrix ("X", "raw/X", "layers/NAME"). Local.
  bool has_matrix(const std::string& element) const;
  /// Reads a matrix of the file, rows as in the file, and does not keep it.
  Matrix take_matrix(const std::string& element);
  /// data().x from now on; X of the file is not read then.
  void begin_from(Matrix x);
  /// X as it now is, or another matrix of the file ("layers/counts", "raw/X").
  const Matrix& matrix(const std::string& element);
  /// Names of its columns, on root: var's, but for raw/X, which has genes of its own.
  std::vector<std::string> genes_of(const std::string& element);
  /// For what is written beside X, a layer or something of each gene: throws InputError if a matrix of the file
  /// (raw/X) has not as many columns. what: the option or verb that writes it.
  void require_genes_of_x(const std::string& what, const std::string& element);
  /// All that is known of each cell, the input's columns and what steps have added; on root.
  const Annotations& labels();
  /// The same of each gene, of the input.
  const Annotations& gene_labels();
  Annotations raw_gene_labels();  ///< raw/var, on root
  /// Names below a group of the file; those that were dropped are not there. Local.
  std::vector<std::string> names_in_file(const std::string& group) const;
  /// Has the output leave out an element of the input, which later steps do not see.
  void drop(const std::string& element);

  /// Steps leave these here, for later steps and for the writer.
  void preprocessed(preprocess::Results results, const std::string& counts_layer);
  void found_components(pca::Results results, const std::vector<std::uint8_t>& genes);
  /// obsp/distances, found by this metric, and obsp/connectivities.
  void found_graph(NeighborGraph graph, SparseRows weights, const std::string& metric);
  void found_layer(const std::string& name, DistributedMatrix values);  ///< layers/<name>
  void found_embedding(const std::string& key, DistributedMatrix points);
  void found_gene_embedding(const std::string& key, RowMatrix points);  ///< varm/<key>, the same on every rank
  /// A dense float32 array too large for memory: see io::H5adWriter::put_computed.
  void found_computed(const std::string& element, std::vector<Index> extent,
                      std::function<void(const WriteBox& write)> fill);
  /// The options of a section as they were used, where they are not what was asked for: defaults lowered to what the
  /// data allow, "auto" decided. For the record in uns/replearn.
  void used(const OptionSet& options) { used_[options.section()] = options.record(); }
  /// Maps of a computation on its way, for uns/<name>.
  void found_frames(const std::string& name, const RowPartition& partition, std::vector<RowMatrix> frames);

  /// Genes marked as highly variable, over the columns of data().x; empty if none are.
  std::vector<std::uint8_t> highly_variable();
  /// An array of obsm: one made by a step of this job, or the file's. nullptr if neither has it.
  const DistributedMatrix* embedding(const std::string& key);
  /// Places of some cells: an array of the file's obsm with NaN for the others. Throws with the nearest key.
  DistributedMatrix places(const std::string& key);
  std::vector<std::string> embedding_keys();
  /// What methods are run on: an obsm key, "X", or "auto": X_pca if there is one, else X if it has at most 50
  /// columns, else principal components computed now. feature_types: of X, see feature_types.hpp; throws InputError if
  /// they are named and X takes no part.
  const DistributedMatrix& representation(const std::string& name,
                                          const std::vector<std::string>& feature_types = {"auto"});
  /// The name of what representation(name) gives: X_pca or X for "auto". To be asked after it.
  std::string representation_name(const std::string& name);
  /// What reads parts of a dense n x n array of the file's obsp, for as long as this lives.
  ReadBox square(const std::string& key);
  /// The neighbor graph of this job, else the file's obsp/distances, else nullptr.
  const NeighborGraph* graph();
  /// The metric it was found by, as uns/neighbors names it; "" if nothing is told.
  std::string graph_metric();
  /// A gene's values, one a cell, on root; empty elsewhere. Throws InputError with the nearest name.
  std::vector<float> gene(const std::string& name);
  /// Whether a picture can be colored by this name: an obs column or a gene. Root decides, all ranks know.
  bool has_gene(const std::string& name);

  io::H5adWriter& out();
  /// How files of this job are compressed: as --compression says, else as the input's X is; none if it is no .h5ad.
  io::Compression compression() const;
  /// Writes the output file with a record of how it was made; a NumPy file holds the verb's result alone.
  /// failed: the step that did not come to its end; what those before it made is written, under the name of the output
  /// or, where a file of an earlier run has that name, beside it (NAME.partial.h5ad), and checkpoints are kept.
  void commit(const std::string& verb, const std::vector<const OptionSet*>& options, const std::string& failed = "");

 private:
  /// A matrix of the file. Warns of what float32 loses of it.
  Matrix read_matrix(const std::string& element) const;
  void commit_numpy(const std::string& verb);

  Session& session_;
  FileSettings files_;
  bool in_file(const std::string& element) const;
  void keep_earlier_output();

  std::unique_ptr<io::H5adReader> file_;
  std::unique_ptr<io::H5adWriter> writer_;
  std::optional<ExpressionMatrix> data_;
  std::optional<Annotations> labels_, gene_labels_;
  std::set<std::string> dropped_;
  std::optional<preprocess::Results> preprocessed_;
  std::string counts_layer_;
  std::vector<std::uint8_t> kept_mine_;  // of the file's rows, mine that preprocessing kept; empty: all
  std::optional<pca::Results> components_;
  RowMatrix all_loadings_;
  std::optional<NeighborGraph> graph_;
  std::string graph_metric_;
  std::optional<Matrix> connectivities_;
  std::map<std::string, ValueTree> used_;
  std::map<std::string, Matrix> matrices_;
  std::map<std::string, DistributedMatrix> embeddings_;
  std::map<std::string, RowMatrix> gene_embeddings_;
  std::map<std::string, std::vector<RowMatrix>> frames_;
  std::map<std::vector<std::string>, std::vector<std::uint8_t>> features_;  // of X, by --feature-types; empty: all
  std::vector<std::string> types_of_part_;                                  // those that x_part_ has, if it is not X
  Matrix x_part_;
  DistributedMatrix dense_x_;
  struct Computed {
    std::vector<Index> extent;
    std::function<void(const WriteBox&)> fill;
  };
  std::optional<Computed> computed_;
};

/// The tail of every verb: the table of phases, to the log and, if asked, to a file.
void finish(Session& session);

}  // namespace replearn::cli
