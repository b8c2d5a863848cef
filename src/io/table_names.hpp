#pragma once
#include <string>
#include <vector>

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

/// Whether rows are genes and columns cells, by what most of the names look like and by the first column's name. Local.
bool rows_are_genes(const std::vector<std::string>& row_names, const std::vector<std::string>& column_names,
                    const std::string& corner);

}  // namespace replearn::io
