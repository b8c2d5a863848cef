#include "app/docs/docs.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "io/anndata/h5ad_writer.hpp"
#include "io/names.hpp"
#include "io/text/word_vectors_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {

void embed_documents(Session& session, const TextSettings& text, const DocsSettings& settings,
                     const ValueTree& options) {
  if (text.output.size() != 1) throw InputError("", "--output", "needs exactly one file", "add --output FILE.h5ad");
  if (settings.vectors.empty()) throw InputError("", "--vectors", "no file named", "add --vectors FILE");
  settings.method.validate();
  const auto& comm = session.comm;
  io::H5adWriter writer(comm, text.output.front());
  if (settings.compression) writer.compress(*settings.compression);
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
  session.log.line(fmt::format("docs: {} documents", documents.vectors.rows()));
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
  made.set("version", REPLEARN_VERSION);
  made.entries.insert(made.entries.end(), options.entries.begin(), options.entries.end());
  writer.put_matrix("X", x);
  writer.put_obs(obs);
  writer.put_var(var);
  writer.put_uns("replearn/docs", std::make_shared<ValueTree>(std::move(made)));
  session.phases.measure("write", [&] { writer.commit(); });
  session.log.line("wrote " + text.output.front());
  session.finish();
}

}  // namespace replearn::app
