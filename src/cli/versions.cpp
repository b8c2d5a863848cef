#include "cli/versions.hpp"

#include <fmt/core.h>

#include <Eigen/Core>
#include <boost/version.hpp>
#include <replearn_commit.hpp>

#include "io/library_versions.hpp"
#include "mpi/environment.hpp"
#include "numerics/instruction_sets.hpp"
#include "report/library_versions.hpp"

namespace replearn::cli {

std::string versions() {
  std::string text = fmt::format("replearn {}\ncommit {}\nbuild {}, {}\ncompiler {}\n", REPLEARN_VERSION, REPLEARN_COMMIT,
                                 REPLEARN_BUILD, compiled_instruction_set(), __VERSION__);
  text += fmt::format("kernels for {}\nlinear algebra {}\n", kernel_instruction_set(), blas_version());
  text += mpi::library_version() + "\n";
  for (const auto& library : io::library_versions()) text += library + "\n";
  text += fmt::format("Eigen {}.{}.{}\n", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
  text += fmt::format("Boost {}.{}.{}\n", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
  text += fmt::format("fmt {}.{}.{}\n", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
  for (const auto& library : report::library_versions()) text += library + "\n";
  return text;
}

app::Program this_program(const std::string& verb, const std::vector<std::string>& arguments) {
  app::Program program{REPLEARN_VERSION, REPLEARN_COMMIT,
                       fmt::format("{}, {}", REPLEARN_BUILD, compiled_instruction_set()), verb, {"replearn", verb}};
  program.command.insert(program.command.end(), arguments.begin(), arguments.end());
  return program;
}

}  // namespace replearn::cli
