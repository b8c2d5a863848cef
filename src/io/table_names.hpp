#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn::io {

/// Whether a name looks like a gene's: an accession of Ensembl, FlyBase, WormBase, TAIR or SGD, a mitochondrial or
/// ribosomal symbol, a housekeeping gene's, or "gene12". Local.
bool looks_like_gene(const std::string& name);

/// Whether a name looks like a cell's or a sample's: eight letters or more of A, C, G, T, N in a row, an accession of
/// GEO or SRA, or a .bam file. Local.
bool looks_like_cell(const std::string& name);

/// What the name of a table's first column says of its rows.
enum class Corner { nothing, genes, cells, identifiers };
Corner corner_says(const std::string& name);

/// What a named column of a table holds of genes, in tables of features and of values alike: accessions ("gene_id",
/// "ensembl"), symbols ("gene_name", "symbol"), or either ("gene"). Bare words that may be of anything ("id", "name")
/// are taken for genes'. Letters' case and signs between words do not matter. Local.
enum class GeneColumn { none, id, symbol, either };
GeneColumn gene_column(const std::string& name);

/// Which two columns of a table hold ids and symbols, -1 where there is none.
struct GeneColumns {
  Index id = -1, symbol = -1;
};
/// By the columns' names, the first of each kind. Local.
GeneColumns find_gene_columns(const std::vector<std::string>& names);

/// Whether rows are genes and columns cells, by what most of the names look like and by the first column's name. Local.
bool rows_are_genes(const std::vector<std::string>& row_names, const std::vector<std::string>& column_names,
                    const std::string& corner);

}  // namespace replearn::io
