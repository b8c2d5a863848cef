#include "app/word2vec/word2vec.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "app/progress_line.hpp"
#include "app/run_with_checkpoints.hpp"
#include "app/text/corpus.hpp"
#include "base/error.hpp"
#include "base/memory.hpp"
#include "base/stopwatch.hpp"
#include "io/text/word_vectors_file.hpp"
#include "methods/word2vec/memory.hpp"
#include "methods/word2vec/sampling.hpp"
#include "methods/word2vec/word2vec.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// Sends each row of a file to the rank that owns its word in the vocabulary, where it overwrites the row of `into`.
/// Returns the number of words found. Collective.
Index deal_by_word(const mpi::Communicator& comm, const std::vector<Index>& ids, const RowMatrix& rows_of_file,
                   DistributedMatrix& into) {
  std::vector<std::vector<Index>> numbers(comm.size());
  std::vector<std::vector<float>> rows(numbers.size());
  Index found = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == Vocabulary::none) continue;
    ++found;
    const auto owner = static_cast<std::size_t>(into.partition.owner(ids[i]));
    const auto row = rows_of_file.row(static_cast<Index>(i));
    numbers[owner].push_back(ids[i]);
    rows[owner].insert(rows[owner].end(), row.begin(), row.end());
  }
  const auto incoming_numbers = mpi::all_to_all_v(comm, numbers);
  const auto incoming_rows = mpi::all_to_all_v(comm, rows);
  for (std::size_t rank = 0; rank < incoming_rows.size(); ++rank) {
    const float* from = incoming_rows[rank].data();
    for (const Index id : incoming_numbers[rank]) {
      std::copy_n(from, into.columns(), into.local.row(id - into.first_row()).data());
      from += into.columns();
    }
  }
  return mpi::all_reduce(comm, found, mpi::Reduction::sum);
}

/// Initial vectors: those of the file for known words, the usual random initialization for the others.
word2vec::Start start_from(Session& session, const std::string& path, const Vocabulary& vocabulary,
                           const word2vec::Options& options) {
  const auto& comm = session.comm;
  auto saved = io::read_word_vectors(comm, path, session.log, true);
  if (saved.vectors.columns() != options.dimensions) {
    throw InputError(
        path, "vectors",
        "have " + std::to_string(saved.vectors.columns()) + " dimensions, not " + std::to_string(options.dimensions),
        "add --dimensions " + std::to_string(saved.vectors.columns()));
  }
  std::vector<Index> ids;
  for (const auto& word : my_words(comm, saved.words, saved.vectors.partition)) ids.push_back(vocabulary.find(word));
  const DistributedMatrix zeros(RowPartition(vocabulary.size(), comm.shares()), comm.rank(), options.dimensions);
  word2vec::Start start{zeros, {}, {}};
  start.input->local = word2vec::drawn_rows(options, zeros.first_row(), zeros.local_rows());
  const Index found = deal_by_word(comm, ids, saved.vectors.local, *start.input);
  if (found == 0)
    throw InputError(path, "words", "none of them is in the vocabulary of the text",
                     "check that both are in the same language");
  const Index theirs = saved.vectors.rows();
  session.log.line(fmt::format("word2vec: {} of {} words are initialized from {}", found, vocabulary.size(), path));
  if (found < theirs) {
    session.log.warning(fmt::format(
        "{} of the {} words of {} are not in the vocabulary of this text and will not be in the output; add "
        "the text they came from, or lower --min-count",
        theirs - found, theirs, path));
  }
  if (options.negative > 0 && saved.output.rows() > 0) {
    start.output = zeros;
    deal_by_word(comm, ids, saved.output.local, *start.output);
  } else if (options.negative > 0) {
    session.log.warning(path +
                        " has no output layer; the output vectors of negative sampling are initialized from scratch");
  }
  if (options.hierarchical_softmax) {
    // The Huffman tree depends on words and counts, so inner nodes can be reused only if both are equal.
    Index same = std::ranges::equal(saved.counts, vocabulary.counts()) && saved.words == vocabulary.words() ? 1 : 0;
    same = mpi::broadcast(comm, same);
    if (same == 1 && saved.inner.rows() > 0) {
      start.inner = std::move(saved.inner);
    } else {
      session.log.warning(path + (saved.inner.rows() > 0 ? " has other words or counts" : " has no output layer") +
                          "; the output vectors of hierarchical softmax are initialized from scratch");
    }
  }
  return start;
}

/// Adapts the defaults of subsampling and training length to the text and logs the fraction of words kept. Presets
/// are not adapted.
word2vec::Options options_for(const Word2vecSettings& settings, const Vocabulary& vocabulary, const Log& log) {
  constexpr double little = 0.1;
  constexpr Index words_to_train_on = 2'000'000, max_epochs = 100;
  word2vec::Options options = settings.method;
  const bool is_ours = settings.preset == word2vec::Preset::replearn;
  const auto words = static_cast<double>(vocabulary.words_in_corpus());
  double share = word2vec::share_kept(vocabulary.counts(), options.sample);
  if (share < little && is_ours && !settings.given.contains("sample")) {
    log.line(fmt::format("word2vec: --sample 0 instead of the default of {:g}, which keeps {:.2g} % of the words",
                         options.sample, 100 * share));
    options.sample = 0, share = 1;
  }
  log.line(fmt::format("word2vec: subsampling keeps {:.3g} % of the words, about {:.0f} per epoch", 100 * share,
                       share * words));
  if (share < little) {
    log.warning(
        fmt::format("--sample {:g} discards most of the text; a larger value, or 0, keeps more", options.sample));
  }
  if (is_ours && !settings.given.contains("epochs")) {
    const auto wanted = static_cast<Index>(std::ceil(words_to_train_on / std::max(1.0, share * words)));
    if (const Index epochs = std::min(wanted, max_epochs); epochs > options.epochs) {
      log.line(fmt::format("word2vec: {} epochs instead of the default of {} because the text is short", epochs,
                           options.epochs));
      options.epochs = epochs;
    }
  }
  return options;
}

/// Throws if no pair of words was trained on; warns if the loss is still near its initial value, log 2 per pair.
void check_learned(const std::vector<double>& losses, const word2vec::Options& options, const Log& log) {
  if (losses.empty() || std::all_of(losses.begin(), losses.end(), [](double loss) { return std::isnan(loss); })) {
    const bool sampled = options.sample > 0;
    throw InputError("", "the text",
                     "no line has two words of the vocabulary" +
                         (sampled ? fmt::format(" after subsampling (--sample {:g})", options.sample) : "") +
                         ": nothing was learned",
                     std::string("provide lines of several words, or lower --min-count") +
                         (sampled ? ", or turn subsampling off with --sample 0" : ""));
  }
  constexpr double at_first = 0.693147, nearly = 0.99;
  if (!(losses.back() < nearly * at_first)) {
    log.warning(fmt::format(
        "word2vec: the loss barely decreased, from {:.4f} to {:.4f}, so the vectors are nearly random; more "
        "--epochs or a larger --alpha may help",
        at_first, losses.back()));
  }
}

/// Adapts State to run_with_checkpoints.hpp. Each call of run_until lasts at least two seconds and ends at the end of
/// an epoch at the latest, because the ranks wait for each other's last shard in every call.
class Run {
 public:
  Run(const mpi::Communicator& comm, const Log& log, word2vec::State state)
      : comm_(comm), log_(log), state_(std::move(state)) {}

  void run_until(Index step) {
    const Index before = state_.step(), an_epoch = state_.steps_per_epoch();
    const Stopwatch watch;
    state_.run_until(std::min(std::max(step, before + stretch_), (before / an_epoch + 1) * an_epoch));
    constexpr double pause = 2;
    const Index done = state_.step() - before;
    const auto wanted = static_cast<Index>(static_cast<double>(done) * pause / std::max(watch.seconds(), 1e-3));
    stretch_ = mpi::broadcast(comm_, std::clamp<Index>(wanted, 1, 4 * done));
    if (state_.step() % an_epoch == 0) {
      log_.line(fmt::format("word2vec: epoch {}, loss {:.6f}", state_.step() / an_epoch, state_.losses().back()));
    }
  }
  Index step() const { return state_.step(); }
  bool done() const { return state_.step() >= state_.steps(); }
  Progress progress() const {
    const Index epoch = (state_.step() - 1) / state_.steps_per_epoch();
    return {"epoch " + std::to_string(epoch + 1) + fmt::format(", alpha {:.4f}", state_.alpha()), state_.step(),
            state_.steps(), state_.losses().empty() ? std::nan("") : state_.losses().back()};
  }
  NamedArrays arrays() { return state_.arrays(); }
  void resume() {
    state_.resume();
    words_before_ = state_.words();
  }
  /// Words processed by an earlier run.
  Index words_before() const { return words_before_; }
  word2vec::State& state() { return state_; }

 private:
  const mpi::Communicator& comm_;
  Log log_;
  word2vec::State state_;
  Index stretch_ = 1, words_before_ = 0;
};

}  // namespace

void train_word2vec(Session& session, const Word2vecJob& job) {
  const auto& comm = session.comm;
  const Word2vecSettings& settings = job.settings;
  if (job.text.output.empty()) throw InputError("", "--output", "no file named", "add --output FILE.h5");
  for (const auto& path : job.text.output) io::require_vectors_writable(comm, path);
  settings.method.validate(2);
  Corpus corpus(session, job.text);
  session.enable_checkpoints(job.checkpoints, job.identity);
  corpus.naming([&] {
    corpus.find_vocabulary(job.vocabulary);
    settings.method.validate(corpus.vocabulary().size());
  });
  const auto& vocabulary = corpus.vocabulary();
  const word2vec::Options method = options_for(settings, vocabulary, session.log);
  word2vec::require_memory(comm, vocabulary.size(), method, settings.ranks_per_model, session.log);

  std::optional<word2vec::Start> start;
  if (!settings.start.empty()) {
    start = session.phases.measure("read", [&] { return start_from(session, settings.start, vocabulary, method); });
  }
  ValueTree made;
  const Stopwatch watch;
  Run run(comm, session.log,
          word2vec::State(comm, vocabulary.counts(), corpus.numbers(), method, start ? &*start : nullptr,
                          settings.ranks_per_model));
  run_with_checkpoints(session, "word2vec", "loss", run);
  corpus.naming([&] { check_learned(run.state().losses(), method, session.log); });
  std::vector<std::string> names;  // on root
  std::vector<Index> counts;
  WordVectorsView result(names, counts);
  session.phases.measure("word2vec", [&] {
    result.vectors = run.state().view(word2vec::Part::input);
    for (const auto part : run.state().parts()) {
      if (part == word2vec::Part::output && settings.output_layer) result.output = run.state().view(part);
      if (part == word2vec::Part::inner && settings.output_layer) result.inner = run.state().view(part);
    }
  });
  {
    auto& state = run.state();
    const double seconds = watch.seconds(), bytes = state.bytes_between_models();
    const auto trained = static_cast<double>(state.words() - run.words_before());
    session.log.line(fmt::format("word2vec: {:.0f} words/s", trained / seconds));
    if (state.models() > 1) {
      session.phases.add_figure("bytes per word between models", bytes / trained);
      session.log.line(fmt::format("word2vec: {} models averaged, {:.1f} bytes per word communicated", state.models(),
                                   bytes / trained));
    }
    made.set("losses", state.losses())
        .set("models", state.models())
        .set("words", state.words())
        .set("words_per_second", trained / seconds)
        .set("bytes_per_word_between_models", bytes / trained);
  }
  if (comm.is_root()) {
    names = vocabulary.words();
    counts.assign(vocabulary.counts().begin(), vocabulary.counts().end());
  }
  made.set("version", REPLEARN_VERSION).set("ranks", comm.size());
  made.entries.insert(made.entries.end(), job.options.entries.begin(), job.options.entries.end());
  session.checkpoints().require_claim();
  session.phases.measure("write", [&] {
    for (const auto& path : job.text.output) {
      io::write_word_vectors(comm, path, result, made, session.log, settings.compression.value_or(io::Compression{}));
      session.log.line("wrote " + path);
    }
  });
  session.checkpoints().discard();
  session.finish();
}

}  // namespace replearn::app
