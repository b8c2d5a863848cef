#pragma once
#include <span>

#include "cli/command_line.hpp"

namespace replearn::cli {

/// One verb. `run` is called by all ranks with the words after the verb; errors leave it as exceptions.
struct Command {
  const char* name;
  const char* what;  ///< one line for --help
  void (*run)(const mpi::Communicator& comm, const Arguments& arguments);
  const char* example;  ///< a command line, for --help
};

/// The table of verbs, in the order people meet them.
std::span<const Command> commands();

void run_command(const mpi::Communicator& comm, const Arguments& arguments);
void inspect_command(const mpi::Communicator& comm, const Arguments& arguments);
void convert_command(const mpi::Communicator& comm, const Arguments& arguments);
void preprocess_command(const mpi::Communicator& comm, const Arguments& arguments);
void pca_command(const mpi::Communicator& comm, const Arguments& arguments);
void ppca_command(const mpi::Communicator& comm, const Arguments& arguments);
void pdist_command(const mpi::Communicator& comm, const Arguments& arguments);
void neighbors_command(const mpi::Communicator& comm, const Arguments& arguments);
void sammon_command(const mpi::Communicator& comm, const Arguments& arguments);
void tsne_command(const mpi::Communicator& comm, const Arguments& arguments);
void bigan_command(const mpi::Communicator& comm, const Arguments& arguments);
void factorize_command(const mpi::Communicator& comm, const Arguments& arguments);
void vae_command(const mpi::Communicator& comm, const Arguments& arguments);
void sweep_command(const mpi::Communicator& comm, const Arguments& arguments);
void phrases_command(const mpi::Communicator& comm, const Arguments& arguments);
void word2vec_command(const mpi::Communicator& comm, const Arguments& arguments);
void vectors_command(const mpi::Communicator& comm, const Arguments& arguments);
void nearest_command(const mpi::Communicator& comm, const Arguments& arguments);
void analogy_command(const mpi::Communicator& comm, const Arguments& arguments);
void evaluate_command(const mpi::Communicator& comm, const Arguments& arguments);
void docs_command(const mpi::Communicator& comm, const Arguments& arguments);
void plot_command(const mpi::Communicator& comm, const Arguments& arguments);

}  // namespace replearn::cli
