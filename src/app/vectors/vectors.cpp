#include "app/vectors/vectors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/error.hpp"
#include "io/input_compression.hpp"
#include "io/text/questions.hpp"
#include "io/text/word_vectors_file.hpp"
#include "methods/word_queries/nearest.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

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
          fmt::format("{} of the words have no vector, the first is '{}'", missing.size(), missing.front()));
    }
  });
  return mpi::broadcast(comm, std::move(numbers));
}

}  // namespace

void convert_vectors(Session& session, const VectorsSettings& settings, const ValueTree& options) {
  if (settings.input.empty()) throw InputError("", "--input", "no file named", "add --input FILE");
  if (settings.output.empty()) throw InputError("", "--output", "no file named", "add --output FILE.h5ad");
  if (settings.most_frequent < 0) throw InputError("", "--most-frequent", "must not be negative", "0: all");
  const auto& comm = session.comm;
  for (const auto& path : settings.output) io::require_vectors_writable(comm, path);
  const auto all =
      session.phases.measure("read", [&] { return io::read_word_vectors(comm, settings.input, session.log); });
  auto result = chosen(comm, all, kept(session, all, settings));
  if (settings.normalize) normalize_rows(result.vectors.local);
  ValueTree made;
  made.set("version", REPLEARN_VERSION).set("vectors", options);
  const auto compression =
      settings.compression ? *settings.compression : io::compression_of_input(comm, settings.input);
  session.phases.measure("write", [&] {
    for (const auto& path : settings.output) {
      io::write_word_vectors(comm, path, result, made, session.log, compression);
      session.log.line("wrote " + path);
    }
  });
  session.finish();
}

}  // namespace replearn::app
