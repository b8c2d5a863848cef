#include "io/text/word_vectors_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "io/anndata/h5ad_layout.hpp"
#include "io/anndata/h5ad_writer.hpp"
#include "io/durable.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/hdf5/output_array.hpp"
#include "io/names.hpp"
#include "io/shared_file.hpp"
#include "io/text/finite_vectors.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<const char*, VectorFormat> formats[] = {
    {".h5", VectorFormat::hdf5},    {".hdf5", VectorFormat::hdf5}, {".h5ad", VectorFormat::h5ad},
    {".bin", VectorFormat::binary}, {".txt", VectorFormat::text},  {".vec", VectorFormat::text}};

constexpr Index numbers_per_pass = 1 << 22;  // copied per write

/// Calls use(global row, numbers, rows) over this rank's rows.
template <class F>
void for_each_pass(const RowsView& mine, const F& use) {
  const Index most = std::max<Index>(1, numbers_per_pass / std::max<Index>(1, mine.columns));
  for (Index begin = 0; begin < mine.local_rows(); begin += most) {
    const RowMatrix rows = mine.copy(begin, std::min(most, mine.local_rows() - begin));
    use(mine.first_row() + begin, {rows.data(), static_cast<std::size_t>(rows.size())}, rows.rows());
  }
}

/// Replaces white space within a word by _; returns whether there was any.
bool join_parts(std::string& word) {
  bool any = false;
  for (char& c : word) {
    const bool ends_word = c == ' ' || (c >= '\t' && c <= '\r');
    if (ends_word) c = '_';
    any = any || ends_word;
  }
  return any;
}

void put_binary(std::string& bytes, const std::string& word, std::span<const float> vector) {
  bytes += word;
  bytes += ' ';
  bytes.append(reinterpret_cast<const char*>(vector.data()), vector.size_bytes());
  bytes += '\n';
}

void put_text(std::string& bytes, const std::string& word, std::span<const float> vector) {
  bytes += word;
  char number[32];
  for (const float value : vector) {
    bytes += ' ';
    bytes.append(number, std::to_chars(number, number + sizeof number, value).ptr);
  }
  bytes += '\n';
}

/// Both formats of the C program: a header, then one record per word; each rank formats its own.
void write_records(const mpi::Communicator& comm, const std::string& path, const WordVectorsView& v,
                   const std::function<void(std::string&, const std::string&, std::span<const float>)>& put,
                   const Log& log) {
  auto words = my_words(comm, v.words, v.vectors.partition);
  Index with_blanks = 0;
  for (auto& word : words) with_blanks += join_parts(word);
  if (mpi::all_reduce(comm, with_blanks, mpi::Reduction::sum) > 0) {
    log.warning(path + ": words cannot contain blanks in this format: blanks were replaced by _");
  }
  const auto record = [&](std::string& bytes, Index i) { put(bytes, words[i], v.vectors.row(i)); };
  std::string header = std::to_string(v.vectors.rows()) + " " + std::to_string(v.vectors.columns) + "\n";
  std::string bytes;
  Index mine = comm.is_root() ? static_cast<Index>(header.size()) : 0;
  for (Index i = 0; i < v.vectors.local_rows();
       ++i, bytes.clear()) {  // formatted twice: first to determine the offset of this rank
    record(bytes, i);
    mine += static_cast<Index>(bytes.size());
  }
  SharedFile file(comm, path, mine);
  mpi::run_collectively(comm, [&] {
    if (comm.is_root()) bytes = header;
    for (Index i = 0; i < v.vectors.local_rows(); ++i) {
      record(bytes, i);
      if (bytes.size() < (std::size_t{1} << 22)) continue;
      file.write(bytes);
      bytes.clear();
    }
    file.write(bytes);
  });
  file.finish();
}

/// The chunks of a compressed array are written from all local rows at once.
void write_rows(ArrayWriter& writer, const ArrayPlace& place, const RowsView& mine) {
  if (place.is_compressed()) {
    const RowMatrix rows = mine.copy(0, mine.local_rows());
    return writer.add_own(place, mine.first_row(),
                          std::as_bytes(std::span(rows.data(), static_cast<std::size_t>(rows.size()))));
  }
  mpi::run_collectively(writer.comm(), [&] {
    for_each_pass(mine, [&](Index begin, std::span<const float> values, Index) {
      writer.add(place, begin, std::as_bytes(values));
    });
  });
}

void write_hdf5(const mpi::Communicator& comm, const std::string& path, const std::string& temporary,
                const WordVectorsView& v, const ValueTree& options, const Compression& compression) {
  std::vector<std::pair<const char*, const RowsView*>> matrices{{"vectors", &v.vectors}};
  if (v.output.rows() > 0) matrices.emplace_back("noise_vectors", &v.output);
  if (v.inner.rows() > 0) matrices.emplace_back("tree_vectors", &v.inner);
  const Index d = v.vectors.columns;
  mpi::on_root(comm, [&] {
    remove_leftovers(path);
    auto file = Hdf5File::create(temporary);
    file.write_strings("words", v.words);
    if (!v.counts.empty()) file.write("counts", v.counts);
    layout::write_value(file, "options", Value(std::make_shared<ValueTree>(options)));
    for (const auto& [name, rows] : matrices)
      make_array(file, name, hdf5_type<float>(), {rows->rows(), d}, compression);
    file.close();
  });
  std::vector<std::string> names;
  for (const auto& entry : matrices) names.emplace_back(entry.first);
  std::optional<Hdf5File> file;  // on root
  mpi::on_root(comm, [&] { file = Hdf5File::modify(temporary); });
  const auto places = places_of(comm, file ? &*file : nullptr, names);
  std::optional<ArrayWriter> writer;
  mpi::run_collectively(comm, [&] { writer.emplace(comm, temporary, file ? &*file : nullptr); });
  for (std::size_t i = 0; i < matrices.size(); ++i) write_rows(*writer, places[i], *matrices[i].second);
  writer->synchronize();
  mpi::on_root(comm, [&] { file->close(); });
  mpi::on_root(comm, [&] { commit(temporary, path); });
}

void write_h5ad(const mpi::Communicator& comm, const std::string& path, const WordVectorsView& v,
                const ValueTree& options, const Compression& compression) {
  H5adWriter writer(comm, path);
  writer.compress(compression);
  Annotations obs, var;
  if (comm.is_root()) {
    obs.names = v.words;
    if (!v.counts.empty()) obs.set("count", v.counts);
    var.names = numbered_names(v.vectors.columns);
  }
  writer.put_computed("X", {v.vectors.rows(), v.vectors.columns}, [&](const WriteBox& write) {
    for_each_pass(v.vectors, [&](Index begin, std::span<const float> values, Index count) {
      write({{begin, 0}, {count, v.vectors.columns}}, values);
    });
  });
  writer.put_obs(obs);
  writer.put_var(var);
  writer.put_uns("replearn/word2vec", std::make_shared<ValueTree>(options));
  writer.commit();
}

}  // namespace

std::vector<std::string> vector_extensions() {
  std::vector<std::string> extensions;
  for (const auto& [end, format] : formats) extensions.emplace_back(end);
  return extensions;
}

VectorFormat vector_format(const std::string& path) {
  for (const auto& [end, format] : formats) {
    if (path.ends_with(end)) return format;
  }
  throw InputError(path, "", "the file name does not determine the format of word vectors",
                   "use the extension .h5, .h5ad, .bin, .txt or .vec");
}

void require_vectors_writable(const mpi::Communicator& comm, const std::string& path) {
  vector_format(path);
  mpi::on_root(comm, [&] {
    const auto folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
    if (!fs::is_directory(folder)) throw InputError(path, "", "the folder does not exist", "create it first");
    if (::access(folder.c_str(), W_OK) != 0) {
      throw InputError(path, "", "the folder is not writable", "choose another");
    }
    if (fs::is_directory(path)) throw InputError(path, "", "is a folder", "give a file name");
  });
}

void write_word_vectors(const mpi::Communicator& comm, const std::string& path, const WordVectorsView& vectors,
                        const ValueTree& options, const Log& log, const Compression& compression) {
  require_vectors_writable(comm, path);
  require_finite_vectors(comm, path, vectors,
                         "nothing was written; use a lower --learning-rate to keep training stable");
  const std::string temporary = mpi::broadcast(comm, comm.is_root() ? temporary_path(path) : std::string());
  try {
    switch (vector_format(path)) {
      case VectorFormat::hdf5:
        return write_hdf5(comm, path, temporary, vectors, options, compression);
      case VectorFormat::h5ad:
        return write_h5ad(comm, path, vectors, options, compression);
      case VectorFormat::binary:
        return write_records(comm, path, vectors, put_binary, log);
      case VectorFormat::text:
        return write_records(comm, path, vectors, put_text, log);
    }
  } catch (...) {
    std::error_code ignored;
    if (comm.is_root()) fs::remove(temporary, ignored);
    throw;
  }
}

}  // namespace replearn::io
