#include "methods/preprocess/pbmc68k.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace replearn::test {
namespace {

std::vector<std::vector<std::string>> words_by_line(const std::string& file) {
  std::ifstream in(std::string(REPLEARN_TEST_DATA "/pbmc68k/") + file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    lines.emplace_back();
    for (std::string word; words >> word;) lines.back().push_back(word);
  }
  return lines;
}

}  // namespace

ExpressionMatrix pbmc68k(const mpi::Communicator& comm) {
  const auto lines = words_by_line("counts.txt");
  const std::vector<std::string> genes(lines.front().begin() + 1, lines.front().end());
  SparseRows x{RowPartition(static_cast<Index>(lines.size()) - 1, comm.size()),
               comm.rank(),
               static_cast<Index>(genes.size()),
               {0},
               {},
               {}};
  ExpressionMatrix data;
  for (Index i = 0; i < x.rows(); ++i) {
    const auto& line = lines[static_cast<std::size_t>(i) + 1];
    if (comm.is_root()) data.obs.names.push_back(line.front());
    if (i < x.partition.begin(comm.rank()) || i >= x.partition.end(comm.rank())) continue;
    for (std::size_t k = 1; k < line.size(); ++k) {
      const auto colon = line[k].find(':');
      x.indices.push_back(std::stoi(line[k].substr(0, colon)));
      x.values.push_back(std::stof(line[k].substr(colon + 1)));
    }
    x.offsets.push_back(static_cast<Index>(x.values.size()));
  }
  if (comm.is_root()) data.var.names = genes;
  data.x = std::move(x);
  return data;
}

Reference pbmc68k_reference(const std::string& name) {
  Reference reference;
  for (const auto& line : words_by_line("reference_" + name + ".txt")) {
    if (line.front() == "cells") {
      reference.cells.assign(line.begin() + 1, line.end());
    } else if (line.front() == "genes") {
      reference.genes.assign(line.begin() + 1, line.end());
    } else {
      for (std::size_t k = 1; k < line.size(); ++k) reference.numbers[line.front()].push_back(std::stod(line[k]));
    }
  }
  return reference;
}

}  // namespace replearn::test
