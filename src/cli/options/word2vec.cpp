#include "app/word2vec/word2vec.hpp"

#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

using word2vec::Architecture;
using word2vec::Sync;

OptionSet word2vec_options(Word2vecSettings& settings) {
  auto& o = settings.method;
  OptionSet set("word2vec", "word2vec", &settings.given);
  set.add_preset<word2vec::Preset>(
         "preset", settings.preset,
         {{"replearn", word2vec::Preset::replearn},
          {"google", word2vec::Preset::google},
          {"gensim", word2vec::Preset::gensim}},
         [&o](word2vec::Preset preset) { word2vec::apply(preset, o); },
         "Default values of this program, of the original C program (google) or of gensim; options given explicitly "
         "take precedence")
      .add_choice("architecture", o.architecture,
                  {{"skip-gram", Architecture::skip_gram}, {"cbow", Architecture::cbow}},
                  "Training architecture. skip-gram: predict each context word from the center word; cbow: predict the "
                  "center word from the mean of its context, several times faster and better for frequent words")
      .add("dimensions", o.dimensions, "Dimension of the word vectors; time and memory are proportional to it")
      .between(1, 65536)
      .add("window", o.window, "Maximum distance between center and context word, in words; time is proportional to it")
      .between(1, 1e6)
      .add("shrink-window", o.shrink_window, "Draw the size of each window uniformly from 1 to --window")
      .add("negative", o.negative,
           "Negative samples per window, shared by its context words; 0: none (needs --hierarchical-softmax)")
      .between(0, 10000)
      .add("hierarchical-softmax", o.hierarchical_softmax,
           "Hierarchical softmax over a Huffman tree, instead of or in addition to negative sampling")
      .add("sampling-power", o.sampling_power,
           "Exponent of the noise distribution: negative samples are drawn in proportion to count^power")
      .between(-10, 10)
      .add("sample", o.sample,
           "Subsampling threshold: words with a higher relative frequency are randomly skipped; 0: off. The default "
           "becomes 0 where it would keep less than a tenth of the text")
      .between(0, 1)
      .add("epochs", o.epochs,
           "Epochs (passes over the text). On short text the default is raised so that 2,000,000 words are processed, "
           "up to 100 epochs")
      .between(1, 1e6)
      .add("alpha", o.alpha,
           "Initial learning rate. auto: 0.025 (cbow: 0.05), multiplied by the number of nodes (at most 4), because "
           "their models are "
           "averaged")
      .between(0, 100)
      .add("min-alpha", o.min_alpha,
           "Final learning rate; the decay is linear in the words processed. auto: alpha / 10,000")
      .between(0, 100)
      .add("seed", o.seed, "Random seed")
      .add("deterministic", o.deterministic,
           "Bit-identical vectors on any number of ranks; several times slower, and at most 8 ranks are used")
      .add_choice("sync", o.sync, {{"tiers", Sync::tiers}, {"full", Sync::full}},
                  "Synchronization of the models of several nodes. tiers: more frequent words are averaged more often; "
                  "full: all words are averaged each time")
      .add("sync-words", o.sync_words, "Words each node processes between two synchronizations")
      .between(1, 1e15)
      .add("sync-rows", o.sync_rows, "Number of most frequent words that every synchronization averages")
      .between(1, 1e9)
      .add("ranks-per-model", settings.ranks_per_model,
           "Ranks of a node that share one model, for example those of a socket; auto: all ranks of the node")
      .between(0, 1e6)
      .add("start", settings.start,
           "Initial word vectors (.h5, .h5ad, .bin, .txt); words missing from the file are initialized at random. A "
           ".h5 restores the output layer as well if it has one; without it, some of the earlier training is lost")
      .reads_file()
      .add("output-layer", settings.output_layer,
           "Write the output layer as well, so that --start can resume exactly; .h5 only, doubles the file size");
  set.show_common({"preset", "architecture", "dimensions", "window", "negative", "sample", "epochs", "alpha", "seed",
                   "deterministic", "start"})
      .show_zero_as("auto", {"alpha", "min-alpha", "ranks-per-model"});
  return set;
}

}  // namespace replearn::cli
