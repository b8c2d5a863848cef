// The readers and the writer of .h5ad without the methods: what the program does with a file, small enough to be built
// with sanitizers among the tests. Verbs, messages and exit codes are the program's, so that fuzz.py runs it in its
// place.
//
//     fuzz_reader inspect IN            fuzz_reader convert IN OUT.h5ad
//     fuzz_reader everything IN         fuzz_reader filter IN OUT.h5ad      (drops every third cell and gene)
//     fuzz_reader vectors IN OUT.h5     fuzz_reader labels IN
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "io/anndata/h5ad_reader.hpp"
#include "io/anndata/h5ad_writer.hpp"
#include "io/input.hpp"
#include "io/text/word_vectors_file.hpp"
#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"

namespace replearn {
namespace {

using Words = std::vector<std::string>;

io::Format format_of(const mpi::Communicator& comm, const std::string& path) {
  io::Format format{};
  mpi::on_root(comm, [&] { format = io::detect_format(path); });
  return mpi::broadcast(comm, format);
}

void inspect(const mpi::Communicator& comm, const Words& words) {
  mpi::on_root(comm, [&] {
    for (const auto& line : io::inspect(words[0], {})) std::puts(line.c_str());
  });
}

std::vector<std::uint8_t> all_but_every_third(const mpi::Communicator& comm, Index count) {
  std::vector<std::uint8_t> mask(comm.is_root() ? static_cast<std::size_t>(count) : 0, 1);
  for (std::size_t i = 1; i < mask.size(); i += 3) mask[i] = 0;
  return mask;
}

void write_on(const mpi::Communicator& comm, const Words& words, bool filtered) {
  if (format_of(comm, words[0]) != io::Format::h5ad) {
    const auto data = io::read_expression(comm, words[0], {});
    io::H5adWriter writer(comm, words[1]);
    writer.put_matrix("X", data.x);
    writer.put_obs(data.obs);
    writer.put_var(data.var);
    return writer.commit();
  }
  const io::H5adReader reader(comm, words[0]);
  io::H5adWriter writer(comm, words[1]);
  writer.base(words[0]);
  if (filtered) {
    writer.keep_obs(all_but_every_third(comm, reader.rows()));
    writer.keep_var(all_but_every_third(comm, reader.columns()));
  }
  writer.commit();
}

/// A mistake in one element does not hide the next: the first error is told at the end.
void everything(const mpi::Communicator& comm, const Words& words) {
  if (format_of(comm, words[0]) != io::Format::h5ad) {
    io::read_expression(comm, words[0], {});
    return;
  }
  const io::H5adReader reader(comm, words[0]);
  std::exception_ptr first;
  const auto attempt = [&](const std::function<void()>& read) {
    try {
      read();
    } catch (const InputError&) {
      if (!first) first = std::current_exception();
    }
  };
  attempt([&] { reader.matrix("X"); });
  attempt([&] { reader.matrix("X", true); });
  if (reader.has("raw/X")) attempt([&] { reader.matrix("raw/X"); });
  for (const auto& name : reader.names("layers")) attempt([&] { reader.matrix("layers/" + name); });
  for (const auto& name : reader.names("obsm")) attempt([&] { reader.obsm(name); });
  for (const auto& name : reader.names("varm")) attempt([&] { reader.varm(name); });
  for (const auto& name : reader.names("obsp")) attempt([&] { reader.graph(name); });
  for (const auto& name : reader.names("obsp")) attempt([&] { reader.obsp_boxes(name); });
  for (const char* table : {"obs", "var", "raw/var"}) {
    if (reader.has(table)) attempt([&] { reader.annotations(table); });
  }
  attempt([&] { reader.var_flags("highly_variable"); });
  for (const char* gene : {"g3", "gène3"}) attempt([&] { reader.gene(gene); });
  for (const auto& name : reader.names("uns")) {
    attempt([&] { reader.text("uns/" + name); });
    attempt([&] { reader.number("uns/" + name); });
    attempt([&] { reader.texts("uns/" + name); });
    attempt([&] { reader.numbers("uns/" + name); });
  }
  if (first) std::rethrow_exception(first);
}

void vectors(const mpi::Communicator& comm, const Words& words) {
  const auto read = io::read_word_vectors(comm, words[0], Log(), true);
  io::write_word_vectors(comm, words[1], read, {});
}

void labels(const mpi::Communicator& comm, const Words& words) {
  mpi::on_root(comm, [&] {
    Annotations cells;
    for (int i = 0; i < 24; ++i) cells.names.push_back("c" + std::to_string(i));
    io::join_obs(cells, words[0]);
  });
}

int fail(const mpi::Communicator& comm, const std::string& text, int code) {
  if (mpi::Environment::barrier_within(comm, 10)) {
    if (comm.is_root()) std::fprintf(stderr, "replearn: %s\n", text.c_str());
    return code;
  }
  std::fprintf(stderr, "replearn: rank %d: %s\n", comm.rank(), text.c_str());
  mpi::Environment::abort(code);
}

int run(int argc, char** argv) {
  mpi::Environment environment(argc, argv);
  const auto comm = mpi::Communicator::world();
  const std::map<std::string, std::function<void(const Words&)>> verbs = {
      {"inspect", [&](const Words& words) { inspect(comm, words); }},
      {"convert", [&](const Words& words) { write_on(comm, words, false); }},
      {"filter", [&](const Words& words) { write_on(comm, words, true); }},
      {"everything", [&](const Words& words) { everything(comm, words); }},
      {"vectors", [&](const Words& words) { vectors(comm, words); }},
      {"labels", [&](const Words& words) { labels(comm, words); }}};
  try {
    verbs.at(argc > 1 ? argv[1] : "")({argv + 2, argv + argc});
    return 0;
  } catch (const InputError& error) {
    return fail(comm, error.what(), 2);
  } catch (const std::exception& error) {
    return fail(comm, error.what(), 1);
  }
}

}  // namespace
}  // namespace replearn

int main(int argc, char** argv) {
  return replearn::run(argc, argv);
}
