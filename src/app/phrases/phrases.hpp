#pragma once
#include "app/text/corpus.hpp"
#include "methods/phrases/phrases.hpp"

namespace replearn::app {

/// Writes the text with frequent word pairs joined by _ to the output, one line per input line. All ranks. Throws
/// InputError.
void join_phrases(Session& session, const TextSettings& text, const phrases::Options& options);

}  // namespace replearn::app
