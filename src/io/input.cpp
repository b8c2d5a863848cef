#include "io/input.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "base/error.hpp"
#include "io/anndata/h5ad_reader.hpp"
#include "io/anndata/loom.hpp"
#include "io/anndata/old_anndata.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/numpy/numpy_file.hpp"
#include "io/readable_file.hpp"
#include "io/tables/delimited.hpp"
#include "io/tables/fields.hpp"
#include "io/tenx/tenx.hpp"
#include "io/tenx/tenx_folder.hpp"
#include "io/text/text_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

const char* const supported_formats =
    "expected AnnData (.h5ad), 10x HDF5 (.h5), Loom, a 10x folder or its matrix.mtx, NumPy arrays (.npy, .npz), and "
    "delimited text (.csv, .tsv), "
    "text optionally compressed with gzip";

/// Formats that must be unpacked first, and formats often given by mistake.
std::string foreign_format(std::string_view start, bool compressed) {
  if (compressed && start.starts_with("\x89HDF")) return "HDF5 within a compressed file: unpack it";
  const std::pair<std::string_view, const char*> known[] = {
      {"BZh", "compressed by bzip2"},
      {std::string_view("\xFD"
                        "7zXZ\0",
                        6),
       "compressed by xz"},
      {"\x28\xB5\x2F\xFD", "compressed by zstd"},
      {"RDX", "an R data file"},
      {std::string_view("X\n\0", 3), "an R data file (.rds)"},
      {"%PDF", "a PDF"},
      {"\xD0\xCF\x11\xE0", "an Excel workbook (.xls): save the sheet as CSV"},
      {"<", "a web page or XML"},
  };
  for (const auto& [magic, name] : known) {
    if (start.substr(0, magic.size()) == magic) return name;
  }
  return {};
}

Format detect_hdf5(const std::string& path) {
  const auto file = Hdf5File::open(path);
  if (is_old_anndata(file)) return Format::old_anndata;
  if (file.exists("obs") && file.exists("var")) return Format::h5ad;
  if (is_tenx(file)) return Format::tenx_h5;
  if (is_loom(file)) return Format::loom;
  throw InputError(path, "", "an HDF5 file, but neither AnnData nor 10x",
                   "expected obs and var (AnnData), matrix/barcodes (10x version 3), and barcodes and indptr in a "
                   "genome's group (10x version 2)");
}

/// Binary format implied by a file name extension; empty for other extensions.
std::string format_by_name(const std::string& path) {
  for (const char* extension : {".h5ad", ".h5", ".hdf5", ".loom"}) {
    if (path.ends_with(extension)) return "HDF5";
  }
  return names_numpy(path) ? "a NumPy array" : "";
}

Format detect_text(const std::string& path) {
  if (is_npz(path)) return Format::numpy;
  TextFile file(path, TextEncoding::found);
  std::string start(1 << 16, '\0');
  start.resize(file.read(start.data(), static_cast<Index>(start.size())));
  if (start.empty()) throw InputError(path, "", "the gzip file is empty", "write or copy it again");
  if (start.starts_with("%%MatrixMarket")) return Format::matrix_market;
  if (start.starts_with("\x93NUMPY")) return Format::numpy;
  if (const auto foreign = foreign_format(start, file.compressed()); !foreign.empty()) {
    throw InputError(path, "", "not a format that replearn reads: the file is " + foreign, supported_formats);
  }
  const bool binary = std::any_of(start.begin(), start.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
  if (start.starts_with("version https://git-lfs")) {
    throw InputError(path, "", "a Git LFS pointer instead of the file itself", "fetch the file with: git lfs pull");
  }
  if (const auto expected = format_by_name(path); !expected.empty()) {
    throw InputError(
        path, "",
        "is not " + expected + ", though its name ends in " + std::filesystem::path(path).extension().string() +
            ": it is " + (binary ? "neither that nor text" : "text"),
        binary ? "copy or write it again" : "give the correct file; the name of a table ends in .csv or .tsv");
  }
  if (binary) throw InputError(path, "", "not a format that replearn reads: the file is not text", supported_formats);
  return Format::delimited;
}

}  // namespace

std::string to_string(Format format) {
  switch (format) {
    case Format::h5ad:
      return "AnnData (.h5ad)";
    case Format::old_anndata:
      return "AnnData (.h5ad) of anndata before 0.7";
    case Format::loom:
      return "Loom";
    case Format::tenx_h5:
      return "10x Genomics HDF5";
    case Format::matrix_market:
      return "10x matrix folder (Matrix Market)";
    case Format::numpy:
      return "NumPy array";
    case Format::delimited:
      return "delimited text";
  }
  return {};
}

Format detect_format(const std::string& path) {
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) {
    require_tenx_folder(path);
    return Format::matrix_market;
  }
  require_readable_file(path);
  return looks_like_hdf5(path) ? detect_hdf5(path) : detect_text(path);
}

void check_options(const std::string& path, Format format, const InputOptions& options) {
  const bool tenx = format == Format::tenx_h5 || format == Format::matrix_market;
  if (!options.genome.empty() && !tenx) {
    throw InputError(path, "", "the option genome applies to 10x files only; this is " + to_string(format), "omit it");
  }
  const bool of_tables = options.transpose || options.delimiter != "auto" || options.decimal != "auto" ||
                         options.header != "auto" || options.row_names != "auto" || options.missing != "auto";
  if (of_tables && format != Format::delimited) {
    throw InputError(
        path, "",
        "the options transpose, delimiter, decimal, header, row-names and missing apply to delimited text only; "
        "this is " +
            to_string(format),
        "omit them");
  }
  if ((!options.barcodes.empty() || !options.features.empty()) && format != Format::matrix_market) {
    throw InputError(path, "",
                     "the options barcodes and features apply to .mtx files only; this is " + to_string(format),
                     "omit them");
  }
}

void warn_of_float32(const mpi::Communicator& comm, const H5adReader& reader, const std::string& element,
                     const Log& log) {
  mpi::on_root(comm, [&] {
    const auto loss = reader.float32_loss(element);
    if (!loss.empty()) log.warning(loss);
  });
}

ExpressionMatrix read_expression(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                 const Log& log) {
  Format format = Format::delimited;
  mpi::on_root(comm, [&] {
    format = detect_format(path);
    check_options(path, format, options);
  });
  switch (mpi::broadcast(comm, format)) {
    case Format::h5ad: {
      const H5adReader reader(comm, path);
      warn_of_float32(comm, reader, "X", log);
      return {reader.matrix(), reader.annotations("obs"), reader.annotations("var")};
    }
    case Format::old_anndata:
      return read_old_anndata(comm, path, options.keep_missing, log);
    case Format::loom:
      return read_loom(comm, path, log);
    case Format::tenx_h5:
      return read_tenx(comm, path, options.genome, log);
    case Format::matrix_market:
      return read_tenx_folder(comm, path, options, log);
    case Format::numpy:
      return read_numpy(comm, path, options, log);
    case Format::delimited:
      return read_delimited(comm, path, options, log);
  }
  return {};
}

}  // namespace replearn::io
