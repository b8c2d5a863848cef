#pragma once
#include <string>
#include <vector>

namespace replearn::cli {

/// Our name for an option of another program.
struct AcceptedName {
  std::string ours;    ///< empty: the name is unknown, or means something else here
  std::string remark;  ///< difference in meaning; may be empty
};
/// The option among `options` that corresponds to `name`: with '_' for '-', by its name in Scanpy, scikit-learn,
/// openTSNE, gensim or scvi-tools, or by its name in an earlier version. Local.
AcceptedName accepted_name(const std::string& name, const std::vector<std::string>& options);

/// The names of other programs and of earlier versions that are accepted for the option `ours`. `options`: those of the
/// verb.
std::vector<std::string> names_accepted_for(const std::string& ours, const std::vector<std::string>& options);

/// Hint for an option name of Scanpy, scikit-learn, openTSNE, gensim or the C program word2vec: our name for it ("it is
/// called --components here") or an alternative. `options`: those of the verb. Empty for other names or if the verb has
/// no such option.
std::string hint_for_option(const std::string& name, const std::vector<std::string>& options);

/// Suggests options that contain `name`: without its step (--matrix for run's --preprocess.matrix) or abbreviated
/// (--perp). Empty for none, or more than eight.
std::string hint_for_part(const std::string& name, const std::vector<std::string>& options);

/// Hint for a command of another program: phate, leiden, normalize ... Empty for other words.
std::string hint_for_verb(const std::string& word);

}  // namespace replearn::cli
