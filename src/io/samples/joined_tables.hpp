#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "io/input_options.hpp"
#include "io/samples/samples.hpp"

namespace replearn::io {

/// Genes of several samples under one index.
struct JoinedGenes {
  Annotations var;
  std::vector<std::vector<std::int32_t>> places;  ///< of each sample's columns in the result; -1: dropped
};

/// inner: the genes that all samples have, in the order of the first; outer: all genes, in the order in which they
/// occur. They are identified by gene_ids, if all samples have that column, or by name (Join, JoinBy of the options).
/// Columns of var are kept where all samples that have a gene agree, as with anndata.concat(merge="same"); the others
/// are logged. Throws InputError if nothing is left, or if identifiers occur twice. One process.
JoinedGenes join_genes(const std::vector<Sample>& samples, const std::vector<Annotations>& tables,
                       const InputOptions& options, const Log& log);

/// Cells of several samples one below the other, named NAME-SAMPLE, with the categorical column `label` of the samples
/// and those of the sheet. Columns that all samples have (inner) or some (outer, missing in the others) are kept:
/// categories are united, integers and reals become reals, other mixtures labels. One process.
Annotations join_cells(const SampleList& list, const std::vector<Annotations>& tables, const InputOptions& options,
                       const Log& log);

}  // namespace replearn::io
