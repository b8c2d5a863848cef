#include "io/input_compression.hpp"

#include "io/hdf5/hdf5_file.hpp"
#include "io/tenx/tenx.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

Compression compression_in(const Hdf5File& file) {
  for (const char* element : {"matrix", "matrix/data", "vectors"}) {
    if (file.is_dataset(element)) return compression_like(file.dataset_at(element).id());
  }
  for (const auto& genome : tenx_genomes(file)) {
    if (file.is_dataset(genome + "/data")) return compression_like(file.dataset_at(genome + "/data").id());
  }
  return compression_of_x(file);
}

}  // namespace

Compression compression_of_input(const mpi::Communicator& comm, const std::string& path) {
  std::vector<Index> found;
  mpi::on_root(comm, [&] {
    Compression compression;
    if (looks_like_hdf5(path)) compression = compression_in(Hdf5File::open(path));
    found = {static_cast<Index>(compression.filter), compression.level};
  });
  found = mpi::broadcast(comm, std::move(found));
  return {static_cast<Compression::Filter>(found[0]), static_cast<int>(found[1])};
}

}  // namespace replearn::io
