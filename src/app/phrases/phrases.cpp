#include "app/phrases/phrases.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "io/shared_file.hpp"
#include "methods/phrases/phrases.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {

void join_phrases(Session& session, const TextSettings& text, const phrases::Options& options) {
  if (text.output.size() != 1) throw InputError("", "--output", "needs exactly one file", "add --output FILE.txt");
  options.validate();
  const auto& comm = session.comm;
  const Corpus corpus(session, text);
  const auto lines = corpus.my_lines();
  const auto found = session.phases.measure("phrases", [&] { return phrases::find(comm, lines, options); });
  for (Index pass = 0; pass < found.passes(); ++pass) {
    session.log.line(fmt::format("phrases: pass {} joins {} distinct pairs", pass + 1, found.size(pass)));
  }
  // The joined text is generated twice, the first time to find the offset of each rank.
  const auto each_joined = [&](auto&& take) {
    std::string joined;
    lines([&](std::vector<std::string>& line) {
      found.join(line);
      joined.clear();
      for (const auto& word : line) joined.append(joined.empty() ? "" : " ").append(word);
      joined += '\n';
      take(joined);
    });
  };
  session.phases.measure("write", [&] {
    Index bytes = 0;
    mpi::run_collectively(
        comm, [&] { each_joined([&](const std::string& line) { bytes += static_cast<Index>(line.size()); }); });
    io::SharedFile file(comm, text.output.front(), bytes);
    mpi::run_collectively(comm, [&] {
      std::string together;
      each_joined([&](const std::string& line) {
        together += line;
        if (together.size() < (std::size_t{1} << 22)) return;
        file.write(together);
        together.clear();
      });
      file.write(together);
    });
    file.finish();
  });
  session.log.line("wrote " + text.output.front());
  session.finish();
}

}  // namespace replearn::app
