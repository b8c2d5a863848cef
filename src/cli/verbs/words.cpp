#include "app/docs/docs.hpp"
#include "app/phrases/phrases.hpp"
#include "app/vectors/vectors.hpp"
#include "app/word2vec/word2vec.hpp"
#include "cli/options/files.hpp"
#include "cli/options/options.hpp"
#include "cli/verb.hpp"
#include "io/text/word_vectors_file.hpp"

/// Verbs on text and word vectors that write files.
namespace replearn::cli {

void phrases_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::TextSettings text;
  phrases::Options options;
  OptionSet text_set = text_options(text,
                                    "Output text with phrases joined, one line per input line; lines longer than 1,000 "
                                    "words, as in text without line breaks, are split every 1,000 words",
                                    {}),
            phrases_set = phrases_options(options);
  auto common = parse(comm, arguments, {&text_set, &phrases_set}, Naming::plain);
  if (handled_help(comm, common, "phrases", {&text_set, &phrases_set}, Naming::plain)) return;
  run_in_session(comm, "phrases", arguments, std::move(common), [&](app::Session& session) {
    app::join_phrases(session, text, options);
  });
}

void word2vec_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::Word2vecJob job;
  OptionSet text_set = text_options(job.text,
                                    "Output files for the word vectors: .h5 (HDF5), .h5ad (for pca, tsne and plot), "
                                    ".bin and .txt (formats of the C program, read by gensim and others)",
                                    io::vector_extensions()),
            vocabulary_set = vocabulary_options(job.vocabulary), method_set = word2vec_options(job.settings),
            job_set = job_options(job.checkpoints);
  add_compression(text_set, job.settings.compression, "none");
  const std::vector<OptionSet*> sets = {&text_set, &vocabulary_set, &method_set, &job_set};
  auto common = parse(comm, arguments, sets, Naming::plain);
  if (handled_help(comm, common, "word2vec", sets, Naming::plain)) return;
  job.identity = identity_of({&text_set, &vocabulary_set, &method_set});
  job.options = record_of({&text_set, &vocabulary_set, &method_set});
  run_in_session(comm, "word2vec", arguments, std::move(common), [&](app::Session& session) {
    app::train_word2vec(session, job);
  });
}

void vectors_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::VectorsSettings settings;
  OptionSet set = vectors_options(settings);
  auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "vectors", {&set}, Naming::plain)) return;
  run_in_session(comm, "vectors", arguments, std::move(common), [&](app::Session& session) {
    app::convert_vectors(session, settings, set.record());
  });
}

void docs_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::TextSettings text;
  app::DocsSettings settings;
  OptionSet text_set = text_options(text, "Output .h5ad with one row per document", {".h5ad"}),
            docs_set = docs_options(settings);
  add_compression(text_set, settings.compression, "none");
  auto common = parse(comm, arguments, {&text_set, &docs_set}, Naming::plain);
  if (handled_help(comm, common, "docs", {&text_set, &docs_set}, Naming::plain)) return;
  run_in_session(comm, "docs", arguments, std::move(common), [&](app::Session& session) {
    app::embed_documents(session, text, settings, record_of({&text_set, &docs_set}));
  });
}

}  // namespace replearn::cli
