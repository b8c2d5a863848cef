#include "cli/sample_file.hpp"

#include <filesystem>

#include "base/error.hpp"

namespace replearn::cli {

SampleFile::SampleFile(Workspace& work, Index count, const std::string& path, const std::string& reference)
    : work_(work), count_(count), path_(path) {
  if (count == 0) return;
  namespace fs = std::filesystem;
  if (path_.empty()) path_ = fs::path(work.output_path()).replace_extension().string() + ".samples.h5ad";
  for (const auto& other : {work.input_path(), work.output_path(), reference}) {
    std::error_code none;
    if (other.empty() || (fs::path(path_) != fs::path(other) && !fs::equivalent(path_, other, none))) continue;
    throw InputError("", "--sample-output", "is a file of this job already: " + path_, "name another one");
  }
  writer_.emplace(work.comm(), path_);
  writer_->compress(work.compression());
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
  work_.session().log.line(format("wrote %lld ", static_cast<long long>(count_)) + what + " to " + path_);
}

}  // namespace replearn::cli
