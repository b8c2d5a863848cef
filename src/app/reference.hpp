#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/workspace.hpp"

/// A reference: a file with a map or model for the cells of another file. All ranks.
namespace replearn::app {

/// The representation of a reference to compare with new cells: an obsm key or "X".
std::string reference_representation(const io::H5adReader& reference, const std::string& use_rep);
/// Its rows. feature_types: features of X to use, see --feature-types.
DistributedMatrix reference_rows(Workspace& work, const io::H5adReader& file, const std::string& name,
                                 const std::vector<std::string>& feature_types);
/// The same representation of the new cells; throws InputError if it does not exist. Never a PCA of the new cells,
/// whose axes would differ from the reference's.
const DistributedMatrix& new_rows(Workspace& work, const std::string& name, const std::string& reference,
                                  const std::vector<std::string>& feature_types);

/// The `count` genes of a reference's model: the names in `key` of uns, else those of var or raw/var if their number
/// matches; names on root. nullopt on all ranks if nothing matches.
std::optional<std::vector<std::string>> find_genes_of_model(Workspace& work, const io::H5adReader& reference,
                                                            Index count, const std::string& key = "");
/// As find_genes_of_model, but throws InputError instead of returning nullopt.
std::vector<std::string> genes_of_model(Workspace& work, const io::H5adReader& reference, Index count,
                                        const std::string& key = "");

/// The column of each of these genes (names on root) in a matrix of the input, or -1. All ranks. Throws InputError if
/// no gene matches or a name occurs twice. Logs the number of matches and what happens to missing genes: `absent`
/// completes the line.
std::vector<Index> columns_of_genes(Workspace& work, const std::vector<std::string>& genes, const std::string& of,
                                    const std::string& matrix, const std::string& absent);

}  // namespace replearn::app
