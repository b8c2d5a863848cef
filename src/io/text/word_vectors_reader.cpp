#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "data/expression_matrix.hpp"
#include "io/anndata/h5ad_reader.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/tables/fields.hpp"
#include "io/text/finite_vectors.hpp"
#include "io/text/text_file.hpp"
#include "io/text/word_vector_records.hpp"
#include "io/text/word_vectors_file.hpp"
#include "mpi/collectives.hpp"
#include "text/word_table.hpp"

namespace replearn::io {
namespace {

constexpr Index rows_per_message = 4096;

using Header = VectorsHeader;

/// Converts names to UTF-8, as required by HDF5 and its readers. Root.
void repair_names(const std::string& path, std::vector<std::string>& words, const Log& log) {
  Index repaired = 0;
  for (auto& word : words) {
    if (unicode::is_valid(word)) continue;
    word = unicode::repaired(word);
    ++repaired;
  }
  if (repaired > 0) {
    log.warning(fmt::format("{}: {} names are not UTF-8: invalid bytes were replaced by U+FFFD", path, repaired));
  }
}

/// Keeps the first of duplicate words, as gensim does. All ranks.
void drop_repeated(const mpi::Communicator& comm, const std::string& path, WordVectors& vectors, const Log& log) {
  std::vector<std::uint8_t> keep;  // on root
  std::string repeated;
  if (comm.is_root()) {
    WordTable seen;
    for (const auto& word : vectors.words) {
      const Index before = seen.size();
      keep.push_back(seen.insert(word) == before ? 1 : 0);
      if (keep.back() == 0 && repeated.empty()) repeated = word;
    }
  }
  const auto dropped = mpi::broadcast(comm, static_cast<Index>(std::count(keep.begin(), keep.end(), 0)));
  if (dropped == 0) return;
  log.warning(fmt::format("{}: skipped {} duplicate words (the first of them {})", path, dropped, in_quotes(repeated)));
  keep = mpi::broadcast(comm, std::move(keep));
  const auto& rows = vectors.vectors.partition;
  const int rank = comm.rank();
  vectors.vectors = std::get<DistributedMatrix>(select_rows(
      comm, Matrix(std::move(vectors.vectors)), {keep.begin() + rows.begin(rank), keep.begin() + rows.end(rank)}));
  const auto select = [&](auto& values) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (keep[i] != 0 && kept != i) values[kept] = std::move(values[i]);
      kept += keep[i];
    }
    values.resize(kept);
  };
  select(vectors.words);
  select(vectors.counts);
}

WordVectors read_records(const mpi::Communicator& comm, const std::string& path, const Log& log) {
  Header header;
  std::unique_ptr<VectorRecords> records;
  mpi::on_root(comm, [&] { records = open_vector_records(path, header); });
  header = mpi::broadcast(comm, header);
  WordVectors result;
  const RowPartition partition(header.words, comm.shares());
  result.vectors =
      mpi::run_collectively(comm, [&] { return DistributedMatrix(partition, comm.rank(), header.columns); });
  for (int rank = 0; rank < comm.size(); ++rank) {
    for (Index at = partition.begin(rank); at < partition.end(rank); at += rows_per_message) {
      const Index count = std::min(rows_per_message, partition.end(rank) - at);
      std::vector<std::vector<float>> outgoing(comm.size());
      mpi::on_root(comm, [&] {
        auto& rows = outgoing[rank];
        rows.resize(count * header.columns);
        for (Index i = 0; i < count; ++i) {
          result.words.emplace_back();
          records->next(result.words.back(), std::span(rows).subspan(static_cast<std::size_t>(i * header.columns),
                                                                     static_cast<std::size_t>(header.columns)));
        }
      });
      const auto incoming = mpi::all_to_all_v(comm, outgoing);
      if (comm.rank() == rank) {
        std::copy(incoming[0].begin(), incoming[0].end(),
                  result.vectors.local.data() + (at - partition.begin(rank)) * header.columns);
      }
    }
  }
  mpi::on_root(comm, [&] {
    if (!records->has_more()) return;
    log.warning(fmt::format("{}: continues after the {} words declared in its first line: the rest is ignored", path,
                            header.words));
  });
  return result;
}

/// Reads a matrix of this shape, if it exists. Collective.
DistributedMatrix read_layer(const mpi::Communicator& comm, const Hdf5File& file, const std::string& path,
                             const char* name, Header header) {
  Index there = 0;
  mpi::on_root(comm, [&] {
    const auto whole = Hdf5File::open(path);
    if (!whole.is_dataset(name)) return;
    const auto shape = whole.shape(name);
    if (shape.kind != Hdf5Kind::real || shape.extent != std::vector<Index>{header.words, header.columns}) {
      throw InputError(path, name, "is not a numeric array matching the words", "write the file again");
    }
    there = 1;
  });
  if (mpi::broadcast(comm, there) == 0) return {};
  return mpi::run_collectively(comm, [&] {
    const RowPartition partition(header.words, comm.shares());
    const auto vectors = file.dataset_at(name);
    vectors.require_room(partition.count(comm.rank()) * header.columns, sizeof(float), comm.size());
    DistributedMatrix mine(partition, comm.rank(), header.columns);
    vectors.read_into(vectors.rows(mine.first_row(), mine.local_rows()),
                      std::span(mine.local.data(), static_cast<std::size_t>(mine.local.size())));
    return mine;
  });
}

WordVectors read_hdf5(const mpi::Communicator& comm, const std::string& path, bool output_layer) {
  WordVectors result;
  Header header;
  mpi::on_root(comm, [&] {
    const auto file = Hdf5File::open(path);
    if (!file.is_dataset("words") || !file.is_dataset("vectors")) {
      throw InputError(path, "", "an HDF5 file without 'words' and 'vectors'",
                       "give a file written by replearn word2vec");
    }
    const auto words = file.dataset_at("words");
    words.require_vector();
    result.words = words.read_strings(words.whole());
    if (file.is_dataset("counts")) result.counts = file.read_vector<Index>("counts");
    const auto shape = file.shape("vectors");
    if (shape.kind != Hdf5Kind::real || shape.extent.size() != 2 ||
        shape.extent[0] != static_cast<Index>(result.words.size()) || shape.extent[1] < 1) {
      throw InputError(path, "vectors", "is not a numeric array with one row per word", "write the file again");
    }
    if (!result.counts.empty() && result.counts.size() != result.words.size()) {
      throw InputError(path, "counts", "does not have one number per word", "write the file again");
    }
    header = {shape.extent[0], shape.extent[1]};
  });
  header = mpi::broadcast(comm, header);
  if (header.words == 0) throw InputError(path, "words", "there are none", "write the file again");
  const auto file = Hdf5File::open(comm, path);
  result.vectors = read_layer(comm, file, path, "vectors", header);
  if (output_layer) {
    result.output = read_layer(comm, file, path, "noise_vectors", header);
    if (header.words > 1)
      result.inner = read_layer(comm, file, path, "tree_vectors", {header.words - 1, header.columns});
  }
  return result;
}

WordVectors read_h5ad(const mpi::Communicator& comm, const std::string& path) {
  const H5adReader reader(comm, path);
  WordVectors result;
  const Matrix x = reader.matrix("X");
  const auto* dense = std::get_if<DistributedMatrix>(&x);
  result.vectors = dense ? *dense : to_dense(std::get<SparseRows>(x));
  const auto obs = reader.annotations("obs");
  result.words = obs.names;
  if (const auto* column = obs.find("count")) {
    if (const auto* counts = std::get_if<std::vector<std::int64_t>>(column)) {
      result.counts.assign(counts->begin(), counts->end());
    }
  }
  return result;
}

}  // namespace

WordVectors read_word_vectors(const mpi::Communicator& comm, const std::string& path, const Log& log,
                              bool output_layer) {
  enum class Kind { records, hdf5, h5ad } kind = Kind::records;
  mpi::on_root(comm, [&] {
    TextFile present(path);  // reports errors of the path
    if (looks_like_hdf5(path)) kind = Hdf5File::open(path).exists("obs") ? Kind::h5ad : Kind::hdf5;
  });
  kind = mpi::broadcast(comm, kind);
  auto vectors = kind == Kind::hdf5   ? read_hdf5(comm, path, output_layer)
                 : kind == Kind::h5ad ? read_h5ad(comm, path)
                                      : read_records(comm, path, log);
  require_finite_vectors(comm, path, vectors, "remove the word from the file, or train again");
  repair_names(path, vectors.words, log);
  if (vectors.output.rows() == 0 && vectors.inner.rows() == 0) drop_repeated(comm, path, vectors, log);
  return vectors;
}

}  // namespace replearn::io
