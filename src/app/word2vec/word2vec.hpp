#pragma once
#include <optional>
#include <string>

#include "app/checkpoint_manager.hpp"
#include "app/given_options.hpp"
#include "app/text/corpus.hpp"
#include "data/value_tree.hpp"
#include "io/hdf5/compression.hpp"
#include "methods/word2vec/word2vec.hpp"

namespace replearn::app {

struct Word2vecSettings {
  GivenOptions given;
  word2vec::Options method;
  word2vec::Preset preset = word2vec::Preset::replearn;
  std::string start;                           ///< a file of word vectors; empty: random initialization
  Index ranks_per_model = 0;                   ///< 0: all ranks of a node
  bool output_layer = true;                    ///< written as well, for a later start
  std::optional<io::Compression> compression;  ///< not set: none
};

struct Word2vecJob {
  TextSettings text;  ///< with the outputs
  VocabularySettings vocabulary;
  Word2vecSettings settings;
  JobSettings checkpoints = {};
  JobIdentity identity = {};
  ValueTree options = {};  ///< as given, by section, for the record in the outputs
};
/// Trains word vectors on a text and writes them. All ranks. Throws InputError, Stopped.
void train_word2vec(Session& session, const Word2vecJob& job);

}  // namespace replearn::app
