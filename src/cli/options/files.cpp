#include "cli/options/files.hpp"

#include "app/numpy_output.hpp"

namespace replearn::cli {

using namespace app;

namespace {

OptionSet& add_format_options(OptionSet& set, FileSettings& files) {
  return set.add("genome", files.format.genome, "Genome to read from a 10x version 2 file with several genomes")
      .add("barcodes", files.format.barcodes,
           "Table of the cells of a .mtx matrix. Empty: found next to the matrix by its name (barcodes.tsv, ...)")
      .reads_file()
      .add("features", files.format.features,
           "Table of the genes of a .mtx matrix. Empty: found next to the matrix by its name (features.tsv, genes.tsv, "
           "...)")
      .reads_file()
      .add("transpose", files.format.transpose,
           "CSV or TSV: whether the rows of the file are genes and its columns cells; auto: guessed from the names")
      .add("delimiter", files.format.delimiter, "CSV or TSV: field delimiter: auto, comma, tab or a character")
      .add("decimal", files.format.decimal,
           "CSV or TSV: decimal separator: auto, point, or comma (0,5). auto: inferred from the numbers; ambiguous "
           "numbers are an error")
      .add("header", files.format.header, "CSV or TSV: whether the first line contains names: auto, yes, no")
      .add("row-names", files.format.row_names, "CSV or TSV: whether the first column contains names: auto, yes, no")
      .add("missing", files.format.missing,
           "CSV or TSV: meaning of an empty field or NA. zero; nan: a missing value; error: refuse the file; auto: nan "
           "for verbs that support missing values (ppca, factorize), else zero in a table of integers and an error in "
           "any other");
}

constexpr const char* input_help =
    "Input file: .h5ad, 10x .h5, .loom, an .mtx file or folder (10x, STARsolo, kb-python, alevin-fry, Parse, GEO), "
    ".npy, CSV or TSV (plain or .gz); replearn inspect describes it";

const std::string several_help =
    std::string(input_help) +
    ". Several files, a pattern such as runs/*.h5, or a sheet (a table with the columns path, sample and any others) are "
    "joined: see --join";

OptionSet& add_join_options(OptionSet& set, io::InputOptions& format) {
  return set
      .add_choice("join", format.join, {{"inner", io::Join::inner}, {"outer", io::Join::outer}},
                  "Several inputs: genes to keep. inner: those of all inputs; outer: those of any, 0 where an input lacks them. "
           "The same applies to layers and columns of obs")
      .add_choice("join-by", format.join_by,
                  {{"auto", io::JoinBy::automatic}, {"id", io::JoinBy::id}, {"name", io::JoinBy::name}},
                  "Several inputs: what identifies a gene: id (var/gene_ids) or name; auto: id if all inputs have it")
      .add("label", format.label, "Several inputs: name of the obs column for their names, which also end cell names");
}

}  // namespace

OptionSet input_options(FileSettings& files) {
  OptionSet set("files", "Input file");
  set.add("input", files.inputs, several_help).reads_file();
  add_join_options(set, files.format);
  add_format_options(set, files);
  return set.show_common({"input"})
      .show_empty_as("required", {"input"})
      .show_empty_as("auto", {"barcodes", "features"});
}

OptionSet file_options(FileSettings& files) {
  return file_options(files, output_help(""), output_extensions(""));
}

OptionSet file_options(FileSettings& files, const std::string& output_help, std::vector<std::string> extensions) {
  OptionSet set("files", "Files");
  set.add("input", files.inputs, several_help)
      .reads_file()
      .add("output", files.output, output_help)
      .writes_file(std::move(extensions))
      .add_choice("balance", files.balance, {{"even", Balance::even}, {"measured", Balance::measured}},
                  "Distribution of rows, and thereby work, over ranks. even: equal shares; measured: in proportion to "
                  "the speed of each rank, measured for 0.2 s with all ranks busy, for clusters of unequal nodes. "
                  "Results do not depend on it: bit-identical on processors of one type (neural networks: within their "
                  "tolerance)")
      .changes_no_result();
  add_join_options(set, files.format);
  add_format_options(set, files);
  return set.show_common({"input", "output"})
      .show_empty_as("required", {"input", "output"})
      .show_empty_as("auto", {"barcodes", "features"});
}

void add_output_content(OptionSet& set, OutputContent& content) {
  set.add_choice("output-content", content, {{"all", OutputContent::all}, {"results", OutputContent::results}},
                 "Content of an .h5ad output. all: everything of the input, and the results; results: the results, obs "
                 "and var, without copying X and other matrices. replearn merge adds them to the input later")
      .changes_no_result();
}

const char* const compression_of_expression =
    "new arrays like the input's X (none if the input is not HDF5), existing arrays unchanged";

void add_compression(OptionSet& set, std::optional<io::Compression>& compression, const std::string& what_auto_does) {
  set.add_custom(
         "compression", "auto|none|gzip|gzip:LEVEL|lzf",
         [&compression](const std::string& text) {
           if (text == "auto")
             compression.reset();
           else
             compression = io::compression_from(text);
         },
         [&compression] { return compression ? io::text_of(*compression) : std::string("auto"); },
         "Compression of the arrays in the output. auto: " + what_auto_does +
             ". none, gzip (level 4), gzip:LEVEL (0 to 9), lzf: applied to all arrays of at least 64 kB. Writing gzip "
             "is several times slower than lzf or none")
      .changes_no_result()
      .advanced();
}

}  // namespace replearn::cli
