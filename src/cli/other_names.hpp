#pragma once
#include <string>
#include <vector>

namespace replearn::cli {

/// An option under the name that the field's programs give it.
struct AcceptedName {
  std::string ours;    ///< empty: the name is unknown, or means something else here
  std::string remark;  ///< how the meaning differs; may be empty
};
/// The option among `options` that is meant by `name`: with '_' for '-', by Scanpy's, scikit-learn's, openTSNE's,
/// gensim's or scvi-tools' name for the same, or by its name in an earlier version. Local.
AcceptedName accepted_name(const std::string& name, const std::vector<std::string>& options);

/// What an option of Scanpy, scikit-learn, openTSNE, gensim or the C program word2vec is called here, or what to do in
/// its place: "it is called --components here". `options`: those of the verb. Empty for a name that they do not have,
/// or whose like the verb lacks.
std::string hint_for_option(const std::string& name, const std::vector<std::string>& options);

/// Options of the verb that `name` is a part of: the step left out (--matrix of run is --preprocess.matrix), or cut
/// short
/// (--perp). Empty if there is none, or more than four.
std::string hint_for_part(const std::string& name, const std::vector<std::string>& options);

/// The same for what other programs can do and what is called otherwise here: umap, leiden, normalize ... Empty for
/// other words.
std::string hint_for_verb(const std::string& word);

}  // namespace replearn::cli
