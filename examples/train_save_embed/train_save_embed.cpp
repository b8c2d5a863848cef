// A variational autoencoder: trained, saved with its data, loaded, and used to embed new cells.
//
//     cmake --install build/release --prefix ~/replearn          (in replearn's folder)
//     cmake -S examples/train_save_embed -B build/example -DCMAKE_PREFIX_PATH=~/replearn && cmake --build build/example
//     mpirun -n 2 build/example/train_save_embed model.h5ad
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>

#include "app/vae/model.hpp"
#include "app/vae/vae.hpp"
#include "base/random.hpp"
#include "mpi/environment.hpp"

namespace {

using namespace replearn;

/// Counts of n cells of two kinds and 40 genes, each kind with higher counts in its half of the genes. Names on root.
ExpressionMatrix cells(const mpi::Communicator& comm, Index n, std::uint64_t seed) {
  constexpr Index genes = 40;
  DistributedMatrix x(RowPartition(n, comm.size()), comm.rank(), genes);
  for (Index i = 0; i < x.local_rows(); ++i) {
    const Index row = x.first_row() + i;
    RandomStream random(seed, Purpose::simulate, static_cast<std::uint64_t>(row));
    for (Index j = 0; j < genes; ++j) {
      const double mean = (row % 2 == 0) == (j < genes / 2) ? 8 : 2;
      x.local(i, j) = static_cast<float>(std::max(0.0, std::round(mean + std::sqrt(mean) * random.normal())));
    }
  }
  Annotations obs, var;
  if (comm.is_root()) {
    for (Index i = 0; i < n; ++i) obs.names.push_back("cell" + std::to_string(i));
    for (Index j = 0; j < genes; ++j) var.names.push_back("gene" + std::to_string(j));
  }
  return {std::move(x), std::move(obs), std::move(var)};
}

/// Trains a model and saves it, with data and embedding, in an .h5ad file.
void train(const mpi::Communicator& comm, const std::string& path) {
  app::Session session(comm, {.quiet = true});
  app::Workspace work(session, cells(comm, 600, 1), path);
  app::VaeSettings settings;
  settings.method.latent = 2;
  vae_step(work, settings);
  work.commit("vae");
}

/// Embeds new cells with a saved model; the genes are matched by name.
DistributedMatrix embed(const mpi::Communicator& comm, const std::string& path) {
  app::Session session(comm, {.quiet = true});
  app::Workspace work(session, cells(comm, 100, 2));
  app::VaeSettings settings;
  settings.reference = path;
  vae_step(work, settings);
  return *work.embedding("X_vae");
}

/// Fraction of cells closer to the mean of their own kind than to that of the other.
double nearer_to_own_kind(const RowMatrix& z) {
  RowMatrix means = RowMatrix::Zero(2, z.cols());
  for (Index i = 0; i < z.rows(); ++i) means.row(i % 2) += z.row(i) * 2 / static_cast<float>(z.rows());
  Index nearer = 0;
  for (Index i = 0; i < z.rows(); ++i) {
    nearer += (z.row(i) - means.row(i % 2)).norm() < (z.row(i) - means.row(1 - i % 2)).norm();
  }
  return static_cast<double>(nearer) / static_cast<double>(z.rows());
}

}  // namespace

int main(int argc, char** argv) {
  mpi::Environment environment(argc, argv);
  const auto comm = mpi::Communicator::world();
  try {
    const std::string path = argc > 1 ? argv[1] : "model.h5ad";
    train(comm, path);
    app::ConditionLabels conditions;  // none were used
    const vae::Model model = app::read_vae(io::H5adReader(comm, path), conditions);
    const auto z = gather_rows(comm, embed(comm, path));
    if (comm.is_root()) {
      std::printf("%s: %lld genes, %lld latent dimensions\n", path.c_str(),
                  static_cast<long long>(model.network.shape.genes), static_cast<long long>(z.cols()));
      std::printf("%lld new cells: %.1f %% nearer to their own kind\n", static_cast<long long>(z.rows()),
                  100 * nearer_to_own_kind(z));
    }
    return 0;
  } catch (const std::exception& error) {  // errors of options or data are thrown on all ranks alike
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
