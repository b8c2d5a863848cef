#include "io/numpy/numpy_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "base/error.hpp"
#include "io/names.hpp"
#include "io/numpy/numpy_archive.hpp"
#include "io/sparse_order.hpp"
#include "io/text/text_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

constexpr Index read_values = Index{1} << 18;

/// A trivially copyable header for broadcasting.
struct Layout {
  NpyHeader header;
  Index rows = 0, columns = 0;
};

Layout layout_of(const std::string& path, const std::string& place, NpyHeader header) {
  const auto& shape = header.shape;
  if (header.kind == 'S' || header.kind == 'U') {
    throw InputError(path, place, "an array of strings", "write an array of numbers");
  }
  if (shape.size() < 2) {
    throw InputError(path, place, "has " + std::to_string(shape.size()) + " axes where rows and columns are needed",
                     "write it with two: a.reshape(n, -1)");
  }
  if (shape.size() > 2 && header.fortran_order) {
    throw InputError(path, place, "has more than two axes in Fortran order", "write numpy.ascontiguousarray(a)");
  }
  Layout layout{std::move(header), 0, 1};
  layout.rows = layout.header.shape[0];
  for (std::size_t i = 1; i < layout.header.shape.size(); ++i) layout.columns *= layout.header.shape[i];
  if (layout.rows < 1 || layout.columns < 1)
    throw InputError(path, place, "the array is empty", "write an array with data");
  return layout;
}

Layout broadcast(const mpi::Communicator& comm, const Layout& mine) {
  struct Plain {
    char kind;
    bool big_endian, fortran_order;
    Index item_bytes, offset, rows, columns;
  };
  const auto& h = mine.header;
  const auto all = mpi::broadcast(
      comm, Plain{h.kind, h.big_endian, h.fortran_order, h.item_bytes, h.offset, mine.rows, mine.columns});
  Layout layout;
  layout.header = {all.kind,  all.item_bytes, all.big_endian, all.fortran_order, mpi::broadcast(comm, h.shape),
                   all.offset};
  layout.rows = all.rows;
  layout.columns = all.columns;
  return layout;
}

/// float32 of a value, which must be finite.
float narrowed(double value, bool keep_missing, const std::string& path, Index row, Index column) {
  const auto narrow = static_cast<float>(value);
  if (std::isfinite(narrow) || (std::isnan(value) && keep_missing)) return narrow;
  const std::string place = "element [" + std::to_string(row) + ", " + std::to_string(column) + "]";
  const bool beyond = std::isfinite(value);
  throw InputError(path, place, fmt::format("{:g} is {}", value, beyond ? "beyond float32" : "not a finite number"),
                   beyond ? "scale the data" : "replace it, or remove the row or the column");
}

/// Reads this rank's rows of a .npy in contiguous ranges.
DistributedMatrix read_rows(const mpi::Communicator& comm, const std::string& path, const Layout& layout,
                            bool keep_missing) {
  const auto& header = layout.header;
  DistributedMatrix x(RowPartition(layout.rows, comm.shares()), comm.rank(), layout.columns);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path, "", "cannot be opened on every rank", "put it where all nodes see it");
  std::vector<char> bytes(read_values * header.item_bytes);
  // Reads `count` values from value `first` of the file; put(i, value) receives the i-th.
  const auto read = [&](Index first, Index count, auto put) {
    file.seekg(header.offset + first * header.item_bytes);
    for (Index done = 0; done < count;) {
      const Index now = std::min(read_values, count - done);
      if (!file.read(bytes.data(), now * header.item_bytes)) {
        throw SystemError(path + ": the file became shorter while it was read");
      }
      for (Index i = 0; i < now; ++i) put(done + i, npy_value(header, bytes.data(), i));
      done += now;
    }
  };
  if (header.fortran_order) {
    for (Index j = 0; j < layout.columns; ++j) {
      read(j * layout.rows + x.first_row(), x.local_rows(),
           [&](Index i, double value) { x.local(i, j) = narrowed(value, keep_missing, path, x.first_row() + i, j); });
    }
  } else {
    read(x.first_row() * layout.columns, x.local_rows() * layout.columns, [&](Index i, double value) {
      x.local.data()[i] = narrowed(value, keep_missing, path, x.first_row() + i / layout.columns, i % layout.columns);
    });
  }
  return x;
}

NpyHeader header_of_file(const std::string& path) {
  const TextFile present(path);  // reports errors of the path
  if (present.compressed()) throw InputError(path, "", "a NumPy array compressed by gzip", "unpack it: gunzip");
  std::ifstream file(path, std::ios::binary);
  std::string start(static_cast<std::size_t>(std::min<Index>(present.file_bytes(), npy_header_reach)), '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  return parse_npy_header(path, "", start, present.file_bytes());
}

/// Name of the data array of an .npz.
std::string choose_array(const NumpyArchive& archive, const std::string& path) {
  std::vector<std::string> matrices;
  for (const auto& name : archive.names()) {
    if (archive.header(name).shape.size() >= 2) matrices.push_back(name);
  }
  if (matrices.size() == 1) return matrices.front();
  for (const char* usual : {"X", "x", "data"}) {
    if (std::find(matrices.begin(), matrices.end(), usual) != matrices.end()) return usual;
  }
  archive.check();
  std::string list;
  for (const auto& name : archive.names()) list += (list.empty() ? "" : ", ") + name;
  throw InputError(path, "",
                   (matrices.empty() ? "contains no two-dimensional array: " : "contains several arrays: ") + list,
                   "write the intended one with numpy.save, or name it X");
}

/// Sends the rows read by root to their owners.
template <class Row>
DistributedMatrix deal_rows(const mpi::Communicator& comm, Index rows, Index columns, Row row) {
  DistributedMatrix x(RowPartition(rows, comm.shares()), comm.rank(), columns);
  std::vector<std::vector<float>> outgoing(comm.size());
  mpi::on_root(comm, [&] {
    for (int r = 0; r < comm.size(); ++r) {
      auto& part = outgoing[r];
      part.resize(x.partition.count(r) * columns);
      for (Index i = 0; i < x.partition.count(r); ++i) row(x.partition.begin(r) + i, part.data() + i * columns);
    }
  });
  const auto incoming = mpi::all_to_all_v(comm, outgoing);
  std::copy(incoming[0].begin(), incoming[0].end(), x.local.data());
  return x;
}

/// SciPy's sparse matrix, on root: CSR.
struct Csr {
  Index rows = 0, columns = 0;
  std::vector<Index> offsets;
  std::vector<std::int32_t> indices;
  std::vector<float> values;
};

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// Rejects what scipy.sparse.save_npz writes for formats other than CSR and CSC.
[[noreturn]] void refuse_form(const std::string& path, const std::string& form) {
  if (form == "csr" || form == "csc") {
    throw InputError(path, "", "a SciPy sparse matrix (" + form + ") without indices or indptr",
                     "copy or write it again");
  }
  throw InputError(path, "format", "a SciPy sparse matrix in " + upper(form) + " format; CSR and CSC are read",
                   "write it as CSR: scipy.sparse.save_npz('csr.npz', scipy.sparse.load_npz('" + path + "').tocsr())");
}

Csr read_csr(const NumpyArchive& archive, const std::string& path, bool keep_missing) {
  const std::string form = archive.text("format");
  if (form != "csr" && form != "csc") {
    refuse_form(path, form);
  }
  const auto shape = archive.read("shape"), data = archive.read("data"), indices = archive.read("indices"),
             indptr = archive.read("indptr");
  const auto damaged = [&](const char* name, const char* what) {
    throw InputError(path, name, what, "write it again with scipy.sparse.save_npz");
  };
  if (shape.header.size() != 2) damaged("shape", "is not two numbers");
  const auto extent = [&](Index i) { return static_cast<Index>(shape.value(i)); };
  const bool by_row = form == "csr";
  const Index lines = extent(by_row ? 0 : 1), across = extent(by_row ? 1 : 0), stored = data.header.size();
  if (lines < 1 || across < 1 || across > std::numeric_limits<std::int32_t>::max() || extent(0) > (Index{1} << 40)) {
    damaged("shape", "is invalid");
  }
  if (indptr.header.size() != lines + 1) damaged("indptr", "has a length that does not match the shape");
  if (indices.header.size() != stored) damaged("indices", "differs in length from data");
  if (indptr.value(0) != 0 || static_cast<Index>(indptr.value(lines)) != stored) {
    damaged("indptr", "does not go from 0 to the number of stored values");
  }
  Csr csr{extent(0), extent(1), {}, {}, {}};
  csr.offsets.assign(static_cast<std::size_t>(csr.rows) + 1, 0);
  const auto each = [&](auto visit) {
    for (Index line = 0; line < lines; ++line) {
      const auto begin = static_cast<Index>(indptr.value(line)), end = static_cast<Index>(indptr.value(line + 1));
      if (begin > end || begin < 0 || end > stored) damaged("indptr", "decreases");
      for (Index k = begin; k < end; ++k) {
        const auto place = static_cast<Index>(indices.value(k));
        if (place < 0 || place >= across) damaged("indices", "are beyond the shape");
        visit(by_row ? line : place, by_row ? place : line, k);
      }
    }
  };
  each([&](Index row, Index, Index) { ++csr.offsets[static_cast<std::size_t>(row) + 1]; });
  for (std::size_t i = 1; i < csr.offsets.size(); ++i) csr.offsets[i] += csr.offsets[i - 1];
  csr.indices.resize(stored);
  csr.values.resize(stored);
  std::vector<Index> next(csr.offsets.begin(), csr.offsets.end() - 1);
  each([&](Index row, Index column, Index k) {
    const auto to = static_cast<std::size_t>(next[row]++);
    csr.indices[to] = static_cast<std::int32_t>(column);
    csr.values[to] = narrowed(data.value(k), keep_missing, path, row, column);
  });
  return csr;
}

SparseRows deal_csr(const mpi::Communicator& comm, const Csr& csr, Index rows, Index columns) {
  SparseRows x{RowPartition(rows, comm.shares()), comm.rank(), columns, {0}, {}, {}};
  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::vector<Index>> counts(ranks);
  std::vector<std::vector<std::int32_t>> indices(ranks);
  std::vector<std::vector<float>> values(ranks);
  if (comm.is_root()) {
    for (std::size_t r = 0; r < ranks; ++r) {
      const Index begin = x.partition.begin(static_cast<int>(r)), end = x.partition.end(static_cast<int>(r));
      for (Index i = begin; i < end; ++i) {
        counts[r].push_back(csr.offsets[static_cast<std::size_t>(i) + 1] - csr.offsets[i]);
      }
      const Index first = csr.offsets[begin], last = csr.offsets[end];
      indices[r].assign(csr.indices.begin() + first, csr.indices.begin() + last);
      values[r].assign(csr.values.begin() + first, csr.values.begin() + last);
    }
  }
  const auto my_counts = mpi::all_to_all_v(comm, counts);  // of each rank; only root, the first, has any
  for (const Index count : my_counts[0]) x.offsets.push_back(x.offsets.back() + count);
  x.indices = std::move(mpi::all_to_all_v(comm, indices)[0]);
  x.values = std::move(mpi::all_to_all_v(comm, values)[0]);
  sort_and_sum_columns(x);
  return x;
}

Matrix read_archive(const mpi::Communicator& comm, const std::string& path, bool keep_missing) {
  bool sparse = false;
  Csr csr;
  Layout layout;
  NumpyArray array;
  mpi::on_root(comm, [&] {
    const NumpyArchive archive(path);
    sparse = archive.has("indices") && archive.has("indptr") && archive.has("format");
    if (sparse) {
      csr = read_csr(archive, path, keep_missing);
      layout.rows = csr.rows;
      layout.columns = csr.columns;
      return;
    }
    if (archive.has("format") && archive.has("shape")) refuse_form(path, archive.text("format"));  // coo, dia
    array = archive.read(choose_array(archive, path));
    layout = layout_of(path, array.name, array.header);
  });
  sparse = mpi::broadcast(comm, sparse);
  const Index rows = mpi::broadcast(comm, layout.rows), columns = mpi::broadcast(comm, layout.columns);
  if (sparse) return deal_csr(comm, csr, rows, columns);
  return deal_rows(comm, rows, columns, [&](Index row, float* to) {
    for (Index j = 0; j < columns; ++j) {
      const Index place = array.header.fortran_order ? j * rows + row : row * columns + j;
      to[j] = narrowed(array.value(place), keep_missing, path, row, j);
    }
  });
}

}  // namespace

bool names_numpy(const std::string& path) {
  return path.ends_with(".npy") || path.ends_with(".npz");
}

bool is_npz(const std::string& path) {
  std::error_code error;  // opening a pipe would block; the reader rejects it
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::ifstream file(path, std::ios::binary);
  std::string magic(4, '\0');
  if (!file.read(magic.data(), 4) || magic != std::string("PK\x03\x04", 4)) return false;
  try {
    return !NumpyArchive(path).names().empty();
  } catch (const InputError&) {
    return path.ends_with(".npz");  // the reader reports errors
  }
}

ExpressionMatrix read_numpy(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                            const Log& log) {
  ExpressionMatrix data;
  bool archive = false;
  mpi::on_root(comm, [&] { archive = is_npz(path); });
  if (mpi::broadcast(comm, archive)) {
    data.x = read_archive(comm, path, options.keep_missing);
  } else {
    Layout layout;
    mpi::on_root(comm, [&] { layout = layout_of(path, "", header_of_file(path)); });
    layout = broadcast(comm, layout);
    data.x = mpi::run_collectively(comm, [&] { return read_rows(comm, path, layout, options.keep_missing); });
  }
  if (comm.is_root()) {
    data.obs.names = numbered_names(rows(data.x));
    data.var.names = numbered_names(columns(data.x));
  }
  log.line(fmt::format("read as a NumPy array of {} rows and {} columns", rows(data.x), columns(data.x)));
  return data;
}

std::vector<std::string> inspect_numpy(const std::string& path) {
  const auto described = [](const NpyHeader& header) {
    std::string text = type_name(header) + ", ";
    for (std::size_t i = 0; i < header.shape.size(); ++i) text += (i ? " x " : "") + std::to_string(header.shape[i]);
    return text + (header.shape.empty() ? "one value" : "") + (header.fortran_order ? ", Fortran order" : "");
  };
  if (!is_npz(path)) return {"array: " + described(header_of_file(path))};
  const NumpyArchive archive(path);
  std::vector<std::string> lines;
  for (const auto& name : archive.names()) lines.push_back("array " + name + ": " + described(archive.header(name)));
  return lines;
}

}  // namespace replearn::io
