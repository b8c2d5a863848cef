#pragma once
#include <map>
#include <string>
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn::test {

/// tests/data/pbmc68k/counts.txt: my rows of 350 x 765 counts, sparse; annotations on root.
ExpressionMatrix pbmc68k(const mpi::Communicator& comm);

/// tests/data/pbmc68k/reference_<name>.txt: what Scanpy made of it.
struct Reference {
  std::vector<std::string> cells, genes;
  std::map<std::string, std::vector<double>> numbers;
};
Reference pbmc68k_reference(const std::string& name);

}  // namespace replearn::test
