#include <fmt/core.h>

#include "app/word_queries/queries.hpp"
#include "cli/options/options.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {
namespace {

void print(const std::string& title, const app::SimilarWords& words) {
  fmt::print("{}\n", title);
  for (const auto& [word, cosine] : words) fmt::print("  {:30} {:.6f}\n", word, cosine);
}

}  // namespace

void nearest_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::QuerySettings settings;
  OptionSet set = query_options(settings, "nearest", "Nearest words", "Query words");
  auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "nearest", {&set}, Naming::plain)) return;
  run_in_session(comm, "nearest", arguments, std::move(common), [&](app::Session& session) {
    const auto results = app::nearest_words(session, settings);
    for (std::size_t i = 0; i < results.size(); ++i) print(settings.words[i], results[i]);
  });
}

void analogy_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::QuerySettings settings;
  OptionSet set = query_options(settings, "analogy", "Analogy", "Three words a, b, c: a is to b as c is to ?");
  auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "analogy", {&set}, Naming::plain)) return;
  run_in_session(comm, "analogy", arguments, std::move(common), [&](app::Session& session) {
    const auto words = app::analogy(session, settings);
    if (!comm.is_root()) return;
    print(settings.words[0] + " is to " + settings.words[1] + " as " + settings.words[2] + " is to", words);
  });
}

}  // namespace replearn::cli
