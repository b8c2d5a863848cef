#include "app/sample_file.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/memory.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {

SampleFile::SampleFile(Workspace& work, Index count, const std::string& path)
    : work_(work), count_(count), path_(path) {
  if (count == 0) return;
  namespace fs = std::filesystem;
  if (path_.empty() && work.output_path().empty()) {
    throw InputError("", "--sample-output", "no file named", "name a file for the samples");
  }
  if (path_.empty()) {
    path_ = fs::path(work.output_path()).replace_extension().string() + ".samples.h5ad";
    work.session().files.add_output(work.comm(), "--sample-output", path_, {".h5ad"});
  }
  writer_.emplace(work.comm(), path_);
  writer_->compress(work.compression());
}

void SampleFile::require_memory(Index columns) const {
  const auto& comm = work_.comm();
  const double bytes = 4.0 * static_cast<double>(count_) * static_cast<double>(columns);
  const double on_node = bytes / comm.size() * comm.node().size();
  if (mpi::agree(comm, on_node <= available_memory_bytes())) return;
  throw InputError("", "--sample", "takes " + bytes_text(bytes) + ", more than the free memory of the nodes",
                   "draw fewer");
}

void SampleFile::write(const std::string& what, const Matrix& x, Annotations obs, const std::vector<std::string>& var,
                       const std::string& key, const DistributedMatrix& codes) {
  Annotations columns;
  if (work_.comm().is_root()) {
    for (Index i = 0; i < count_; ++i) obs.names.push_back("sample" + std::to_string(i));
    columns.names = var;
  }
  writer_->put_matrix("X", x);
  writer_->put_obs(obs);
  writer_->put_var(columns);
  writer_->put_obsm(key, codes);
  work_.session().phases.measure("write", [&] { writer_->commit(); });
  work_.session().log.line(fmt::format("wrote {} ", count_) + what + " to " + path_);
}

}  // namespace replearn::app
