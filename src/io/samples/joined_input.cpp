#include "io/samples/joined_input.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "io/anndata/h5ad_reader.hpp"
#include "io/input.hpp"
#include "io/samples/joined_rows.hpp"
#include "io/samples/joined_tables.hpp"
#include "io/tenx/tenx.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// What root finds out about a sample.
struct Described {
  Annotations obs, var;
  std::map<std::string, StoredPart> matrices;
  std::string left_out;  ///< groups that are not joined
};

StoredPart part_of(const RowReader& reader) {
  return {reader.rows(), reader.stored(), reader.is_sparse()};
}

Described describe(const mpi::Communicator& alone, const Sample& sample, const InputOptions& options, const Log& log) {
  Described found;
  const Format format = detect_format(sample.path);
  check_options(sample.path, format, options);
  if (format == Format::h5ad) {
    const H5adReader reader(alone, sample.path);
    found.obs = reader.annotations("obs");
    found.var = reader.annotations("var");
    if (!reader.has("X")) throw InputError(sample.path, "X", "is not in the file", "use a file with a matrix");
    std::vector<std::string> elements{"X"};
    for (const auto& name : reader.names("layers")) elements.push_back("layers/" + name);
    for (const auto& element : elements) found.matrices[element] = part_of(*open_part(alone, sample.path, element, options));
    for (const char* group : {"raw", "obsm", "obsp", "uns"}) {
      if (!reader.has(group) || (std::string(group) != "raw" && reader.names(group).empty())) continue;
      found.left_out += (found.left_out.empty() ? "" : ", ") + std::string(group);
    }
    return found;
  }
  if (format == Format::tenx_h5) {
    auto stored = open_tenx(alone, sample.path, options.genome, log);
    found.obs = std::move(stored.obs);
    found.var = std::move(stored.var);
    found.matrices["X"] = part_of(*stored.cells);
    return found;
  }
  auto data = read_expression(alone, sample.path, options, log);
  found.obs = std::move(data.obs);
  found.var = std::move(data.var);
  found.matrices["X"] = part_of(MatrixReader(std::move(data.x)));
  return found;
}

/// The matrices to join, and which samples have them.
std::vector<std::string> joined_elements(const std::vector<Described>& samples, const InputOptions& options,
                                         const Log& log) {
  std::map<std::string, std::size_t> having;
  for (const auto& sample : samples) {
    for (const auto& entry : sample.matrices) ++having[entry.first];
  }
  std::vector<std::string> elements;
  std::string partial;
  for (const auto& [element, count] : having) {
    if (count == samples.size() || options.join == Join::outer) elements.push_back(element);
    if (count < samples.size()) partial += (partial.empty() ? "" : ", ") + element;
  }
  if (!partial.empty()) {
    log.line(partial + (options.join == Join::outer ? ": 0 for the samples that lack it" : ": dropped, as some samples lack it"));
  }
  return elements;
}

}  // namespace

JoinedInput open_samples(const mpi::Communicator& comm, const SampleList& list, const InputOptions& options,
                         const Log& log) {
  const auto alone = std::make_shared<const mpi::Communicator>(comm.split(comm.rank()));
  JoinedInput joined;
  std::vector<Described> described;
  JoinedGenes genes;
  std::vector<std::string> elements;
  mpi::on_root(comm, [&] {
    std::vector<Annotations> cell_tables, gene_tables;
    std::string left_out;
    for (const auto& sample : list.samples) {
      described.push_back(describe(*alone, sample, options, log));
      cell_tables.push_back(std::move(described.back().obs));
      gene_tables.push_back(std::move(described.back().var));
      if (left_out.empty()) left_out = described.back().left_out;
    }
    genes = join_genes(list.samples, gene_tables, options, log);
    joined.obs = join_cells(list, cell_tables, options, log);
    joined.var = std::move(genes.var);
    elements = joined_elements(described, options, log);
    if (!left_out.empty()) log.line("not joined: " + left_out);
  });
  const auto samples = static_cast<Index>(list.samples.size());
  const Index columns = mpi::broadcast(comm, joined.var.size());
  auto parts = std::make_shared<std::vector<JoinedPart>>();
  for (Index s = 0; s < samples; ++s) {
    const auto at = static_cast<std::size_t>(s);
    parts->push_back({list.samples[at].path,
                      mpi::broadcast(comm, comm.is_root() ? genes.places[at] : std::vector<std::int32_t>{})});
  }
  for (const auto& element : mpi::broadcast(comm, elements)) {
    std::vector<Index> numbers;  // rows, stored, is sparse, is there
    for (const auto& sample : described) {
      const auto found = sample.matrices.find(element);
      const bool is_there = found != sample.matrices.end();
      const auto& matrix = is_there ? found->second : sample.matrices.at("X");
      numbers.insert(numbers.end(), {matrix.rows, is_there ? matrix.stored : 0, matrix.is_sparse, is_there});
    }
    numbers = mpi::broadcast(comm, std::move(numbers));
    std::vector<StoredPart> stored;
    for (std::size_t k = 0; k < numbers.size(); k += 4) {
      stored.push_back({numbers[k], numbers[k + 1], numbers[k + 2] != 0, numbers[k + 3] != 0});
    }
    joined.rows[element] = std::make_shared<JoinedRows>(alone, parts, std::move(stored), element, columns, options);
  }
  return joined;
}

}  // namespace replearn::io
