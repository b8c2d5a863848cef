#pragma once
#include <optional>
#include <string>

#include "app/text/corpus.hpp"
#include "data/value_tree.hpp"
#include "io/hdf5/compression.hpp"
#include "methods/word_queries/documents.hpp"

namespace replearn::app {

enum class Document { line, file };

struct DocsSettings {
  Document document = Document::line;
  word_queries::DocumentOptions method;
  std::string vectors;                         ///< the file of word vectors
  std::optional<io::Compression> compression;  ///< not set: none
};

/// Writes one row per document, with the options as given, by section, in uns/replearn/docs. All ranks. Throws
/// InputError.
void embed_documents(Session& session, const TextSettings& text, const DocsSettings& settings,
                     const ValueTree& options);

}  // namespace replearn::app
