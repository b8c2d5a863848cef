#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn::io {

/// Whether a name looks like a gene: an accession of Ensembl, FlyBase, WormBase, TAIR or SGD, a mitochondrial or
/// ribosomal symbol, a housekeeping gene, or "gene12". Local.
bool looks_like_gene(const std::string& name);

/// Whether a name looks like a cell or sample: at least eight consecutive letters A, C, G, T or N, a GEO or SRA
/// accession, or a .bam file. Local.
bool looks_like_cell(const std::string& name);

/// What the name of a table's first column implies about its rows.
enum class Corner { nothing, genes, cells, identifiers };
Corner corner_says(const std::string& name);

/// Kind of gene column in a table of features or values: accessions ("gene_id", "ensembl"), symbols ("gene_name",
/// "symbol"), or either ("gene"). Generic words ("id", "name") are assumed to refer to genes. Case and punctuation are
/// ignored. Local.
enum class GeneColumn { none, id, symbol, either };
GeneColumn gene_column(const std::string& name);

/// Columns with the gene ids and symbols, -1 if there is none.
struct GeneColumns {
  Index id = -1, symbol = -1;
};
/// Determined by the column names; the first of each kind. Local.
GeneColumns find_gene_columns(const std::vector<std::string>& names);

/// Whether rows are genes and columns cells, judging by most of the names and by the name of the first column. Local.
bool rows_are_genes(const std::vector<std::string>& row_names, const std::vector<std::string>& column_names,
                    const std::string& corner);

}  // namespace replearn::io
