#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

#include "base/crash_signals.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/description.hpp"
#include "cli/failure.hpp"
#include "cli/other_names.hpp"
#include "cli/verb.hpp"
#include "cli/versions.hpp"
#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"
#include "numerics/blas_memory.hpp"

namespace replearn::cli {
namespace {

/// Grace period before a rank that failed alone aborts the job.
constexpr double abort_grace_seconds = 10;

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

std::string overview() {
  std::string text =
      "replearn: representations of expression matrices and text on any number of MPI ranks\n\n"
      "  mpirun -n 8 replearn VERB --input FILE --output FILE.h5ad [--option value ...]\n"
      "  replearn VERB --help      an example and the common options\n"
      "  replearn VERB --help-all  every option: effect, default and cost\n\n";
  for (const auto& verb : verbs()) text += fmt::format("  {:12} {}\n", verb.name, verb.summary);
  return text +
         "\n  --version           version, commit, build, instruction sets and libraries\n"
         "  --describe-options  every option of every verb as JSON, for programs that call replearn\n";
}

/// The descriptions of all verbs in one JSON object.
void describe_all(const mpi::Communicator& comm) {
  const auto print_on_root = [&](const std::string& text) {
    if (comm.is_root()) print(text);
  };
  print_on_root(fmt::format("{{\n\"version\": \"{}\",\n\"general\": {},\n\"verbs\": [\n", REPLEARN_VERSION,
                            description_of_general_options()));
  const char* separator = "";
  for (const auto& verb : verbs()) {
    print_on_root(separator);
    run_verb(comm, verb, {"--describe-options"});
    separator = ",\n";
  }
  print_on_root("]\n}\n");
}

void run_command_line(const mpi::Communicator& comm, const Arguments& arguments) {
  const std::string first = arguments.empty() ? "--help" : arguments.front();
  const bool help = first == "--help" || first == "-h" || first == "help";
  if (help && arguments.size() > 1 && arguments[1] != "--help-all")
    return run_command_line(comm, {arguments[1], "--help"});
  if (help) {
    if (comm.is_root()) print(overview());
    return;
  }
  if (first == "--version") {
    if (comm.is_root()) print(versions());
    return;
  }
  if (first == "--describe-options") return describe_all(comm);
  std::vector<std::string> names;
  for (const auto& verb : verbs()) {
    if (first == verb.name) return run_verb(comm, verb, {arguments.begin() + 1, arguments.end()});
    names.emplace_back(verb.name);
  }
  const auto hint = hint_for_verb(first);
  throw InputError("", "'" + first + "'", "no such verb", hint.empty() ? suggest(first, names) : hint);
}

/// Reports an error. Root prints an error of all ranks once; an error of this rank alone aborts the job, because the
/// others may be waiting for this rank.
int fail(const mpi::Communicator& comm, const std::string& text, int exit_code) {
  if (mpi::Environment::barrier_within(comm, abort_grace_seconds)) {
    Log(comm.is_root()).line("replearn: " + text);
    return exit_code;
  }
  std::fprintf(stderr, "replearn: rank %d: %s\n", comm.rank(), text.c_str());
  std::fflush(stderr);
  mpi::Environment::abort(exit_code);
}

/// The whole program between the start and the end of MPI.
int exit_code_of(const mpi::Communicator& comm, const Arguments& arguments) {
  try {
    mpi::run_collectively(comm, reserve_blas_memory);
    run_command_line(comm, arguments);
    return success;
  } catch (...) {
    const auto failure = failure_of(std::current_exception());
    if (failure.code != stopped) return fail(comm, failure.text, failure.code);
    if (comm.is_root()) std::fprintf(stderr, "replearn: %s\n", failure.text.c_str());
    return stopped;
  }
}

int run(int argc, char** argv) {
  mpi::Environment environment(argc, argv);
  const auto comm = mpi::Communicator::world();
  const int code = exit_code_of(comm, {argv + std::min(argc, 1), argv + argc});
  set_exit_code(code);
  return code;
}

}  // namespace
}  // namespace replearn::cli

int main(int argc, char** argv) {
  return replearn::cli::run(argc, argv);
}
