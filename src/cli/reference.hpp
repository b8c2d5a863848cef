#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/workspace.hpp"

/// A file with a map, in which the cells of another file are placed. All ranks.
namespace replearn::cli {

/// What of a reference is compared with new cells, named as in obsm, or "X".
std::string reference_representation(const io::H5adReader& reference, const std::string& use_rep);
/// feature_types: of X, as --feature-types says.
DistributedMatrix reference_rows(Workspace& work, const io::H5adReader& file, const std::string& name,
                                 const std::vector<std::string>& feature_types);
/// The same of the new cells. Never PCA of them alone: its axes would be others than the reference's. Throws InputError
/// if they have none.
const DistributedMatrix& new_rows(Workspace& work, const std::string& name, const std::string& reference,
                                  const std::vector<std::string>& feature_types);

/// The genes of a reference's model, which has `count`: those that `key` of uns names, else var's, or raw/var's where
/// those are as many; names on root. nullopt on all ranks if none are.
std::optional<std::vector<std::string>> find_genes_of_model(Workspace& work, const io::H5adReader& reference,
                                                            Index count, const std::string& key = "");
/// The same; throws InputError where that is nullopt.
std::vector<std::string> genes_of_model(Workspace& work, const io::H5adReader& reference, Index count,
                                        const std::string& key = "");

/// For each of these genes (on root) its column in a matrix of the input, or -1, by name. All ranks. Throws InputError
/// if none is there, or if a name stands for two; tells how many are not there, and what becomes of those: `absent`
/// ends the line.
std::vector<Index> columns_of_genes(Workspace& work, const std::vector<std::string>& genes, const std::string& of,
                                    const std::string& matrix, const std::string& absent);

}  // namespace replearn::cli
