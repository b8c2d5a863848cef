#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "cli/commands.hpp"
#include "cli/corpus.hpp"
#include "cli/verb.hpp"
#include "io/h5ad_writer.hpp"
#include "io/input_compression.hpp"
#include "io/names.hpp"
#include "io/questions.hpp"
#include "io/shard_text.hpp"
#include "io/word_vectors_file.hpp"
#include "methods/word_queries/documents.hpp"
#include "methods/word_queries/nearest.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

constexpr const char* input_help = "Word vectors: .h5, .h5ad, .bin or .txt";

struct VectorsSettings {
  std::string input, list;
  std::vector<std::string> output, words;
  Index most_frequent = 0;
  bool normalize = false;
  std::optional<io::Compression> compression;
};

OptionSet vectors_options(VectorsSettings& settings) {
  OptionSet set("vectors", "Word vectors");
  set.add("input", settings.input, input_help)
      .reads_file()
      .add("output", settings.output, "Output files: .h5, .h5ad (for pca, tsne and plot), .bin or .txt")
      .writes_file(io::vector_endings())
      .add("words", settings.words, "Words to keep, comma-separated; empty: all")
      .add("list", settings.list, "File of words to keep, separated by white space")
      .reads_file()
      .add("most-frequent", settings.most_frequent, "Number of most frequent words to keep")
      .between(0, 1e12)
      .add("normalize", settings.normalize, "Scale each vector to unit length");
  add_compression(set, settings.compression, "like the input's vectors (none if the input is not HDF5)");
  set.show_zero_as("all", {"most-frequent"}).show_empty_as("required", {"input", "output"});
  return set;
}

/// Selects rows by index, in this order, and redistributes them.
WordVectors chosen(const mpi::Communicator& comm, const WordVectors& all, const std::vector<Index>& numbers) {
  WordVectors result;
  const RowPartition partition(static_cast<Index>(numbers.size()), comm.shares());
  result.vectors = DistributedMatrix(partition, comm.rank(), all.vectors.columns());
  constexpr Index rows_together = 1 << 16;
  for (Index begin = 0; begin < partition.rows(); begin += rows_together) {
    const Index end = std::min(begin + rows_together, partition.rows());
    const RowMatrix rows = word_queries::rows_of(comm, all.vectors, {numbers.begin() + begin, numbers.begin() + end});
    const Index from = std::max(begin, partition.begin(comm.rank())), to = std::min(end, partition.end(comm.rank()));
    if (from < to) {
      result.vectors.local.middleRows(from - partition.begin(comm.rank()), to - from) =
          rows.middleRows(from - begin, to - from);
    }
  }
  for (std::size_t i = 0; comm.is_root() && i < numbers.size(); ++i) {
    const auto number = static_cast<std::size_t>(numbers[i]);
    result.words.push_back(all.words[number]);
    if (!all.counts.empty()) result.counts.push_back(all.counts[number]);
  }
  return result;
}

/// Indices of the words to keep, on all ranks. Unknown words cause a warning, or an error if all are unknown.
std::vector<Index> kept(Session& session, const WordVectors& vectors, const VectorsSettings& settings) {
  const auto& comm = session.comm;
  std::vector<Index> numbers;
  mpi::on_root(comm, [&] {
    auto wanted = settings.words;
    if (!settings.list.empty()) {
      const auto more = io::read_word_list(settings.list, session.log);
      wanted.insert(wanted.end(), more.begin(), more.end());
    }
    const Index limit = settings.most_frequent > 0 ? settings.most_frequent : vectors.vectors.rows();
    if (wanted.empty() && settings.list.empty()) {
      for (Index i = 0; i < std::min(limit, vectors.vectors.rows()); ++i) numbers.push_back(i);
      return;
    }
    std::unordered_map<std::string_view, Index> number_of;
    for (std::size_t i = 0; i < vectors.words.size(); ++i) number_of.emplace(vectors.words[i], static_cast<Index>(i));
    std::vector<std::string> missing;
    for (const auto& word : wanted) {
      const auto at = number_of.find(word);
      if (at == number_of.end()) {
        missing.push_back(word);
      } else if (at->second < limit && std::find(numbers.begin(), numbers.end(), at->second) == numbers.end()) {
        numbers.push_back(at->second);
      }
    }
    if (numbers.empty()) {
      const std::string first = missing.empty() ? "" : missing.front();
      throw InputError(settings.input, "'" + first + "'", "none of the words has a vector",
                       suggest(first, vectors.words));
    }
    if (!missing.empty()) {
      session.log.warning(
          format("%zu of the words have no vector, the first is '%s'", missing.size(), missing.front().c_str()));
    }
  });
  return mpi::broadcast(comm, std::move(numbers));
}

}  // namespace

void vectors_command(const mpi::Communicator& comm, const Arguments& arguments) {
  VectorsSettings settings;
  OptionSet set = vectors_options(settings);
  const auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "vectors", "word vectors converted to other formats, optionally a subset of the words",
                   {&set}, Naming::plain)) {
    return;
  }
  if (settings.input.empty()) throw InputError("", "--input", "no file named", "add --input FILE");
  if (settings.output.empty()) throw InputError("", "--output", "no file named", "add --output FILE.h5ad");
  if (settings.most_frequent < 0) throw InputError("", "--most-frequent", "must not be negative", "0: all");
  for (const auto& path : settings.output) io::require_vectors_writable(comm, path);
  Session session(comm, common);
  const auto all =
      session.phases.measure("read", [&] { return io::read_word_vectors(comm, settings.input, session.log); });
  auto result = chosen(comm, all, kept(session, all, settings));
  if (settings.normalize) normalize_rows(result.vectors.local);
  ValueTree made;
  made.set("version", REPLEARN_VERSION).set("vectors", set.record());
  const auto compression =
      settings.compression ? *settings.compression : io::compression_of_input(comm, settings.input);
  session.phases.measure("write", [&] {
    for (const auto& path : settings.output) {
      io::write_word_vectors(comm, path, result, made, session.log, compression);
      session.log.line("wrote " + path);
    }
  });
  finish(session);
}

namespace {

enum class Document { line, file };

struct DocsSettings {
  Document document = Document::line;
  word_queries::DocumentOptions method;
  std::string vectors;
};

OptionSet docs_options(DocsSettings& settings) {
  OptionSet set("docs", "Vectors of documents");
  set.add("vectors", settings.vectors, input_help)
      .reads_file()
      .add_choice("document", settings.document, {{"line", Document::line}, {"file", Document::file}},
                  "Unit of a document: a line of the text, or a whole file (rows are then named by file)")
      .add_choice(
          "weighting", settings.method.weighting,
          {{"mean", word_queries::Weighting::mean}, {"sif", word_queries::Weighting::sif}},
          "Weighting of word vectors in a document. mean: unweighted; sif: smooth inverse frequency, which downweights "
          "frequent words and removes the component common to all documents (needs counts: .h5 or .h5ad)")
      .add("sif-a", settings.method.sif_a,
           "Parameter a of the SIF weights a / (a + p(w)); smaller values give rare words more weight")
      .between(1e-30, 1e6);
  return set;
}

}  // namespace

void docs_command(const mpi::Communicator& comm, const Arguments& arguments) {
  TextSettings text;
  DocsSettings settings;
  OptionSet text_set = text_options(text, "Output .h5ad with one row per document", {".h5ad"}),
            docs_set = docs_options(settings);
  std::optional<io::Compression> compression;
  add_compression(text_set, compression, "none");
  const auto common = parse(comm, arguments, {&text_set, &docs_set}, Naming::plain);
  if (handled_help(comm, common, "docs", "document vectors from word vectors", {&text_set, &docs_set}, Naming::plain)) {
    return;
  }
  if (text.output.size() != 1) throw InputError("", "--output", "needs exactly one file", "add --output FILE.h5ad");
  if (settings.vectors.empty()) throw InputError("", "--vectors", "no file named", "add --vectors FILE");
  settings.method.validate();
  Session session(comm, common);
  io::H5adWriter writer(comm, text.output.front());
  if (compression) writer.compress(*compression);
  const Corpus corpus(session, text);
  const auto words =
      session.phases.measure("read", [&] { return io::read_word_vectors(comm, settings.vectors, session.log); });
  const auto counts = mpi::broadcast(comm, words.counts);
  if (settings.method.weighting == word_queries::Weighting::sif && counts.empty()) {
    throw InputError(settings.vectors, "counts", "are missing", "use an .h5 or .h5ad, or --weighting mean");
  }
  // A Vocabulary would sort the words; this table keeps the order of the vectors.
  const auto node = comm.node();
  const NodeWords known = [&] {
    WordTable table;
    for (const auto& name : mpi::broadcast(comm, words.words)) table.insert(name);
    return NodeWords(node, node.is_root() ? table : WordTable());
  }();
  const auto documents = session.phases.measure("docs", [&] {
    return corpus.naming([&] {
      return word_queries::documents(
          comm, settings.document == Document::line ? corpus.my_documents(known) : corpus.my_files(known),
          words.vectors, counts, settings.method);
    });
  });
  session.log.line(format("docs: %lld documents", static_cast<long long>(documents.vectors.rows())));
  const auto known_words = mpi::gather_v(comm, documents.words);
  mpi::on_root(comm, [&] {
    if (std::all_of(known_words.begin(), known_words.end(), [](auto count) { return count == 0; })) {
      throw InputError(settings.vectors, "words", "none of them is in the text",
                       "check that both have the same language and case (--lowercase)");
    }
  });
  Annotations obs, var;
  if (comm.is_root()) {
    if (settings.document == Document::line) {
      obs.names = io::numbered_names(documents.vectors.rows());
    } else {
      for (const auto& source : corpus.shards().sources()) obs.names.push_back(unicode::repaired(source.path));
    }
    obs.set("words", std::vector<std::int64_t>(known_words.begin(), known_words.end()));
    var.names = io::numbered_names(documents.vectors.columns());
  }
  const Matrix x = documents.vectors;
  ValueTree made;
  made.set("version", REPLEARN_VERSION).set("text", text_set.record()).set("docs", docs_set.record());
  writer.put_matrix("X", x);
  writer.put_obs(obs);
  writer.put_var(var);
  writer.put_uns("replearn/docs", std::make_shared<ValueTree>(std::move(made)));
  session.phases.measure("write", [&] { writer.commit(); });
  session.log.line("wrote " + text.output.front());
  finish(session);
}

}  // namespace replearn::cli
