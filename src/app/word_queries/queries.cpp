#include "app/word_queries/queries.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "io/text/word_vectors_file.hpp"
#include "methods/word_queries/nearest.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// Indices of the words, on all ranks. Throws InputError on all ranks with the nearest spelling.
std::vector<Index> numbers_of(const mpi::Communicator& comm, const std::string& file, const WordVectors& vectors,
                              const std::vector<std::string>& words) {
  std::vector<Index> numbers;
  mpi::on_root(comm, [&] {
    for (const auto& word : words) {
      const auto at = std::find(vectors.words.begin(), vectors.words.end(), word);
      if (at == vectors.words.end()) {
        throw InputError(file, "'" + word + "'", "no such word", suggest(word, vectors.words));
      }
      numbers.push_back(at - vectors.words.begin());
    }
  });
  return mpi::broadcast(comm, std::move(numbers));
}

/// Root.
SimilarWords named(const WordVectors& vectors, const std::vector<word_queries::Near>& list) {
  SimilarWords words;
  for (const auto& near : list) words.emplace_back(vectors.words[near.word], near.cosine);
  return words;
}

}  // namespace

WordVectors read_unit_vectors(Session& session, const std::string& path) {
  if (path.empty()) throw InputError("", "--input", "no file named", "add --input FILE");
  auto vectors = session.phases.measure("read", [&] { return io::read_word_vectors(session.comm, path, session.log); });
  normalize_rows(vectors.vectors.local);
  return vectors;
}

std::vector<SimilarWords> nearest_words(Session& session, const QuerySettings& settings) {
  if (settings.words.empty()) throw InputError("", "--words", "no query word", "replearn nearest king --input FILE");
  if (settings.count < 1) throw InputError("", "--count", "must be at least 1", "omit it");
  const auto& comm = session.comm;
  const auto vectors = read_unit_vectors(session, settings.input);
  const auto numbers = numbers_of(comm, settings.input, vectors, settings.words);
  std::vector<std::vector<Index>> exclude;
  for (const Index number : numbers) exclude.push_back({number});
  const auto near = word_queries::nearest(comm, vectors.vectors, word_queries::rows_of(comm, vectors.vectors, numbers),
                                          exclude, settings.count);
  std::vector<SimilarWords> results;
  for (std::size_t i = 0; comm.is_root() && i < near.size(); ++i) results.push_back(named(vectors, near[i]));
  return results;
}

SimilarWords analogy(Session& session, const QuerySettings& settings) {
  if (settings.words.size() != 3) {
    throw InputError("", "--words", std::to_string(settings.words.size()) + " words given, but three are needed",
                     "replearn analogy man king woman --input FILE");
  }
  if (settings.count < 1) throw InputError("", "--count", "must be at least 1", "omit it");
  const auto& comm = session.comm;
  const auto vectors = read_unit_vectors(session, settings.input);
  const auto numbers = numbers_of(comm, settings.input, vectors, settings.words);
  const RowMatrix rows = word_queries::rows_of(comm, vectors.vectors, numbers);
  const RowMatrix query = rows.row(1) - rows.row(0) + rows.row(2);
  const auto near = word_queries::nearest(comm, vectors.vectors, query, {numbers}, settings.count);
  return comm.is_root() ? named(vectors, near[0]) : SimilarWords();
}

}  // namespace replearn::app
