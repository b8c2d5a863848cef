#include "io/tables/table_names.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/regular_expression.hpp"

namespace replearn::io {
namespace {

/// Fraction of names that satisfy `looks`; for long lists of the first hundred and a hundred spread over the rest.
template <class Looks>
double share(const std::vector<std::string>& names, Looks looks) {
  const std::size_t step = std::max<std::size_t>(1, names.size() / 200);
  std::size_t asked = 0, held = 0;
  for (std::size_t i = 0; i < names.size(); i += step) {
    ++asked;
    held += looks(names[i]);
  }
  return asked == 0 ? 0 : static_cast<double>(held) / static_cast<double>(asked);
}

std::string letters_of(const std::string& text) {
  std::string letters;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return letters;
}

}  // namespace

bool looks_like_gene(const std::string& name) {
  static const RegularExpression accession(
      "ENS[A-Z]*[GT][0-9]{5,}.*|FBgn[0-9]+|WBGene[0-9]+|AT[1-5MC]G[0-9]{5}.*|Y[A-P][LR][0-9]{3}[WC].*|"
      "(MT|mt|Mt)-.+|R[Pp][LlSs][0-9]+[A-Za-z]*|LINC[0-9]+|[Gg]ene[-_.]?[0-9]+");
  static const std::set<std::string> housekeeping = {
      "actb", "gapdh", "malat1", "b2m", "eef1a1", "tmsb4x", "tpt1",   "ubc",  "fau",  "hprt1",  "ppia", "cd3d",
      "cd4",  "cd8a",  "ms4a1",  "lyz", "nkg7",   "epcam",  "pecam1", "xist", "a1bg", "tspan6", "a2m",  "xkr4"};
  if (name.size() > 40) return false;
  std::string small = name;
  std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return std::tolower(c); });
  return housekeeping.contains(small) || accession.matches(name);
}

bool looks_like_cell(const std::string& name) {
  int run = 0;
  for (const char c : name) {
    run = std::string_view("ACGTN").find(c) != std::string_view::npos ? run + 1 : 0;
    if (run >= 8) return true;
  }
  static const RegularExpression accession("(GSM|SRR|ERR|DRR)[0-9]{4,}.*|.*\\.bam|[Cc]ell[-_. ]?[0-9]+");
  return name.size() < 200 && accession.matches(name);
}

Corner corner_says(const std::string& name) {
  static const std::set<std::string> cells = {"cell",        "cells",  "barcode", "barcodes", "cellid",
                                              "cellbarcode", "sample", "samples", "sampleid", "cellname"};
  static const std::set<std::string> identifiers = {"id",      "index",    "unnamed0", "x",
                                                    "rowname", "rownames", "name",     "accession"};
  const auto word = letters_of(name);
  if (cells.contains(word)) return Corner::cells;
  if (identifiers.contains(word)) return Corner::identifiers;
  return gene_column(name) != GeneColumn::none ? Corner::genes : Corner::nothing;
}

GeneColumn gene_column(const std::string& name) {
  static const std::set<std::string> ids = {
      "geneid",  "geneids",  "ensembl",      "ensemblid",    "ensemblgene", "ensemblgeneid",
      "entrez",  "entrezid", "entrezgene",   "entrezgeneid", "featureid",   "probe",
      "probeid", "idref",    "transcriptid", "id",           "accession"};
  static const std::set<std::string> symbols = {"genename",    "genenames",     "genesymbol", "genesymbols",
                                                "symbol",      "symbols",       "hgncsymbol", "mgisymbol",
                                                "featurename", "geneshortname", "name",       "externalgenename"};
  static const std::set<std::string> either = {"gene", "genes", "feature", "transcript"};
  const auto word = letters_of(name);
  if (ids.contains(word)) return GeneColumn::id;
  if (symbols.contains(word)) return GeneColumn::symbol;
  return either.contains(word) ? GeneColumn::either : GeneColumn::none;
}

GeneColumns find_gene_columns(const std::vector<std::string>& names) {
  GeneColumns found;
  const auto first = [&](GeneColumn kind) {
    const auto at =
        std::find_if(names.begin(), names.end(), [&](const auto& name) { return gene_column(name) == kind; });
    return at == names.end() ? Index{-1} : static_cast<Index>(at - names.begin());
  };
  found.id = first(GeneColumn::id);
  found.symbol = first(GeneColumn::symbol);
  const Index either = first(GeneColumn::either);
  if (found.symbol < 0) {
    found.symbol = either;
  } else if (found.id < 0) {
    found.id = either;
  }
  return found;
}

bool rows_are_genes(const std::vector<std::string>& row_names, const std::vector<std::string>& column_names,
                    const std::string& corner) {
  const auto says = corner_says(corner);
  const double genes_in_rows = share(row_names, looks_like_gene) + (says == Corner::genes ? 1 : 0),
               cells_in_rows = share(row_names, looks_like_cell) + (says == Corner::cells ? 1 : 0),
               genes_in_columns = share(column_names, looks_like_gene),
               cells_in_columns = share(column_names, looks_like_cell);
  const double transposed = genes_in_rows + cells_in_columns, upright = cells_in_rows + genes_in_columns;
  return transposed >= 0.1 && transposed > 2 * upright;
}

}  // namespace replearn::io
