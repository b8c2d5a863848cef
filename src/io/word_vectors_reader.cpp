#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "io/fields.hpp"
#include "io/finite_vectors.hpp"
#include "io/h5ad_reader.hpp"
#include "io/hdf5_file.hpp"
#include "io/text_file.hpp"
#include "io/word_vectors_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

constexpr Index longest_word = 4096, rows_a_message = 4096;
/// Deflate makes at most 1,032 bytes of one.
constexpr Index most_inflation = 1032;

struct Header {
  Index words = 0, columns = 0;
};

/// The next word and its vector. One rank.
class Records {
 public:
  virtual ~Records() = default;
  virtual void next(std::string& word, std::span<float> vector) = 0;
};

[[noreturn]] void lying(const std::string& path, const Header& header, Index least, Index there) {
  throw InputError(path, "line 1",
                   "promises " + std::to_string(header.words) + " words of " + std::to_string(header.columns) +
                       " numbers, at least " + std::to_string(least) + " bytes; the file can hold " +
                       std::to_string(there),
                   "copy the file again, or mend its first line");
}

/// Refuses a header whose vectors do not fit the file, at so many bytes a word and a number or more.
void check_size(const TextFile& file, const Header& header, Index bytes_a_number) {
  const Index there = file.file_bytes() * (file.compressed() ? most_inflation : 1);
  // Divisions, since the product may pass 2^63.
  const bool fits =
      header.columns <= there / bytes_a_number && header.words <= there / (header.columns * bytes_a_number + 1);
  if (!fits) {
    const bool small = header.columns < (Index{1} << 30) && header.words < (Index{1} << 30);
    lying(file.path(), header, small ? header.words * (header.columns * bytes_a_number + 1) : INT64_MAX, there);
  }
}

class BinaryRecords : public Records {
 public:
  BinaryRecords(const std::string& path, Index header_bytes) : file_(path) {
    std::string skipped(static_cast<std::size_t>(header_bytes), '\0');
    file_.read(skipped.data(), header_bytes);
  }
  void next(std::string& word, std::span<float> vector) override {
    ++number_;
    word.clear();
    for (char c; true;) {
      take(&c, 1);
      if (c == ' ') break;
      if (c != '\n') word += c;  // the end of the vector before, which not every program writes
      if (static_cast<Index>(word.size()) > longest_word) {
        throw InputError(file_.path(), place(), "has no end: the file is not word2vec's .bin, or damaged",
                         "copy it again");
      }
    }
    take(reinterpret_cast<char*>(vector.data()), static_cast<Index>(vector.size_bytes()));
  }

 private:
  std::string place() const { return "word " + std::to_string(number_); }
  void take(char* into, Index bytes) {
    for (Index done = 0; done < bytes;) {
      if (at_ == held_) {
        buffer_.resize(1 << 20);
        held_ = static_cast<std::size_t>(file_.read(buffer_.data(), static_cast<Index>(buffer_.size())));
        at_ = 0;
        if (held_ == 0) throw InputError(file_.path(), place(), "the file is cut short here", "copy it again");
      }
      const auto more = std::min(held_ - at_, static_cast<std::size_t>(bytes - done));
      std::memcpy(into + done, buffer_.data() + at_, more);
      at_ += more;
      done += static_cast<Index>(more);
    }
  }
  TextFile file_;
  std::string buffer_;
  std::size_t at_ = 0, held_ = 0;
  Index number_ = 0;
};

class TextRecords : public Records {
 public:
  TextRecords(const std::string& path, bool has_header) : lines_(path) {
    std::string_view line;
    if (has_header) lines_.next(line);
  }
  void next(std::string& word, std::span<float> vector) override {
    std::string_view line, field;
    do {
      if (!lines_.next(line)) {
        throw InputError(lines_.file().path(), "line " + std::to_string(lines_.line_number() + 1),
                         "the file is cut short here", "copy it again");
      }
    } while (line.empty());
    const auto place = [&] { return "line " + std::to_string(lines_.line_number()); };
    const auto columns = vector.size();
    std::size_t at = 0;
    const auto next_field = [&] {
      while (at < line.size() && line[at] == ' ') ++at;
      const auto end = std::min(line.find(' ', at), line.size());
      field = line.substr(at, end - at);
      at = end;
      return !field.empty();
    };
    next_field();
    word = field;
    std::size_t found = 0;
    for (; next_field(); ++found) {
      if (found >= columns) continue;
      const auto number = field.starts_with('+') ? field.substr(1) : field;
      const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), vector[found]);
      if (error == std::errc() && end == number.data() + number.size()) continue;
      throw InputError(lines_.file().path(), place(), in_quotes(field) + " is not a number",
                       "a word must hold no blanks; each line is a word and " + std::to_string(columns) + " numbers");
    }
    if (found != columns) {
      throw InputError(lines_.file().path(), place(),
                       "has " + std::to_string(found) + " numbers, not " + std::to_string(columns),
                       "a word must hold no blanks; each line is a word and as many numbers");
    }
  }

 private:
  TextLines lines_;
};

std::optional<Index> whole_number(std::string_view text) {
  Index value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) return std::nullopt;
  return value;
}

/// What root finds out of a file that is not HDF5.
std::unique_ptr<Records> open_records(const std::string& path, Header& header) {
  TextLines lines(path);
  std::string_view line;
  lines.next(line);
  const auto fields = split_fields(line, ' ');
  const bool is_header = fields.size() == 2 && whole_number(fields[0]) && whole_number(fields[1]);
  if (!is_header) {  // GloVe's
    if (fields.size() < 3) {
      throw InputError(path, "line 1", "is neither 'words dimensions' nor a word with its vector",
                       "replearn reads .h5, .h5ad, word2vec's .bin and .txt, and GloVe's text");
    }
    header = {1, static_cast<Index>(fields.size()) - 1};
    while (lines.next(line)) header.words += line.empty() ? 0 : 1;
    return std::make_unique<TextRecords>(path, false);
  }
  header = {*whole_number(fields[0]), *whole_number(fields[1])};
  check_size(lines.file(), header, 2);
  const Index header_bytes = lines.offset();
  // A first record that reads as text is text: a word and the right number of numbers.
  std::vector<float> vector(static_cast<std::size_t>(header.columns));
  std::string word;
  bool text = true;
  try {
    TextRecords(path, true).next(word, vector);
  } catch (const InputError&) {
    std::string start(static_cast<std::size_t>(std::min<Index>(header_bytes + 4 * header.columns, 1 << 16)), '\0');
    TextFile file(path);
    start.resize(static_cast<std::size_t>(file.read(start.data(), static_cast<Index>(start.size()))));
    text = std::none_of(start.begin(), start.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
    });
  }
  if (text) return std::make_unique<TextRecords>(path, true);
  check_size(lines.file(), header, sizeof(float));
  return std::make_unique<BinaryRecords>(path, header_bytes);
}

WordVectors read_records(const mpi::Communicator& comm, const std::string& path) {
  Header header;
  std::unique_ptr<Records> records;
  mpi::on_root(comm, [&] { records = open_records(path, header); });
  header = mpi::broadcast(comm, header);
  WordVectors result;
  const RowPartition partition(header.words, comm.shares());
  result.vectors = mpi::together(comm, [&] { return DistributedMatrix(partition, comm.rank(), header.columns); });
  for (int rank = 0; rank < comm.size(); ++rank) {
    for (Index at = partition.begin(rank); at < partition.end(rank); at += rows_a_message) {
      const Index count = std::min(rows_a_message, partition.end(rank) - at);
      std::vector<std::vector<float>> outgoing(static_cast<std::size_t>(comm.size()));
      mpi::on_root(comm, [&] {
        auto& rows = outgoing[static_cast<std::size_t>(rank)];
        rows.resize(static_cast<std::size_t>(count * header.columns));
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
  return result;
}

/// A matrix of this shape, if it is there. Collective.
DistributedMatrix read_layer(const mpi::Communicator& comm, const Hdf5File& file, const std::string& path,
                             const char* name, Header header) {
  Index there = 0;
  mpi::on_root(comm, [&] {
    const auto whole = Hdf5File::open(path);
    if (!whole.is_dataset(name)) return;
    const auto shape = whole.shape(name);
    if (shape.kind != Hdf5Kind::real || shape.extent != std::vector<Index>{header.words, header.columns}) {
      throw InputError(path, name, "is not an array of numbers that fits the words", "make the file again");
    }
    there = 1;
  });
  if (mpi::broadcast(comm, there) == 0) return {};
  return mpi::together(comm, [&] {
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
      throw InputError(path, "", "an HDF5 file without 'words' and 'vectors'", "give one that replearn word2vec wrote");
    }
    const auto words = file.dataset_at("words");
    words.require_vector();
    result.words = words.read_strings(words.whole());
    if (file.is_dataset("counts")) result.counts = file.read_vector<Index>("counts");
    const auto shape = file.shape("vectors");
    if (shape.kind != Hdf5Kind::real || shape.extent.size() != 2 ||
        shape.extent[0] != static_cast<Index>(result.words.size()) || shape.extent[1] < 1) {
      throw InputError(path, "vectors", "is not an array of numbers with a row for each word", "make the file again");
    }
    if (!result.counts.empty() && result.counts.size() != result.words.size()) {
      throw InputError(path, "counts", "has not one number for each word", "make the file again");
    }
    header = {shape.extent[0], shape.extent[1]};
  });
  header = mpi::broadcast(comm, header);
  if (header.words == 0) throw InputError(path, "words", "there are none", "make the file again");
  const auto file = Hdf5File::open(comm, path);
  result.vectors = read_layer(comm, file, path, "vectors", header);
  if (output_layer) {
    result.noise = read_layer(comm, file, path, "noise_vectors", header);
    if (header.words > 1)
      result.tree = read_layer(comm, file, path, "tree_vectors", {header.words - 1, header.columns});
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

WordVectors read_word_vectors(const mpi::Communicator& comm, const std::string& path, bool output_layer) {
  enum class Kind { records, hdf5, h5ad } kind = Kind::records;
  mpi::on_root(comm, [&] {
    TextFile present(path);  // says what is wrong with a path
    if (looks_like_hdf5(path)) kind = Hdf5File::open(path).exists("obs") ? Kind::h5ad : Kind::hdf5;
  });
  kind = mpi::broadcast(comm, kind);
  auto vectors = kind == Kind::hdf5   ? read_hdf5(comm, path, output_layer)
                 : kind == Kind::h5ad ? read_h5ad(comm, path)
                                      : read_records(comm, path);
  require_finite_vectors(comm, path, vectors, "take the word out of the file, or train again");
  return vectors;
}

}  // namespace replearn::io
