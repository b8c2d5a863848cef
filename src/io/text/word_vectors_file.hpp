#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/value_tree.hpp"
#include "io/hdf5/compression.hpp"
#include "text/word_vectors.hpp"

namespace replearn::io {

/// File formats of word vectors, by file name extension.
///
///     .h5           HDF5: words (UTF-8), vectors (float32, V x d), counts (int64), options (a group); if there is an
///                   output layer, noise_vectors (V x d) and tree_vectors ((V - 1) x d)
///     .h5ad         AnnData: words are the observations, X the vectors, obs/count
///     .bin          the C program's: "V d\n", then for each word its name, a blank, d float32 (little-endian), "\n"
///     .txt .vec     "V d\n", then a line for each word: its name and d numbers, blanks between
enum class VectorFormat { hdf5, h5ad, binary, text };

/// The extensions, with the dot.
std::vector<std::string> vector_extensions();
/// Throws InputError for any other extension.
VectorFormat vector_format(const std::string& path);

/// Checks before the computation that the format is known and the folder of `path` is writable. Collective.
void require_vectors_writable(const mpi::Communicator& comm, const std::string& path);

/// Each rank writes its rows; the file appears under its name when complete. options: training options, stored in .h5
/// and .h5ad. Rows are copied in pieces. In .bin and text, where a blank terminates a word, blanks in words are
/// replaced by _, with a warning. compression: of the vectors in .h5 and .h5ad. Collective. Throws SystemError on all
/// ranks if the disk is full.
void write_word_vectors(const mpi::Communicator& comm, const std::string& path, const WordVectorsView& vectors,
                        const ValueTree& options, const Log& log = Log(), const Compression& compression = {});

/// Reads any of these formats, detected by content; text also without the first line, as from GloVe, separated by
/// blanks or tabs, and with words that contain blanks; .bin with or without line ends after the vectors; both
/// optionally compressed. HDF5: each rank reads its rows; else root reads and distributes them. As in gensim, with a
/// warning: the first of duplicate words is used, and data after the declared rows are ignored. Invalid UTF-8 in names
/// is replaced by U+FFFD. A header that declares more than the file contains is rejected before allocating memory.
/// Collective. Throws InputError on all ranks, naming line or word. output_layer: whether to read that as well, if
/// present.
WordVectors read_word_vectors(const mpi::Communicator& comm, const std::string& path, const Log& log = Log(),
                              bool output_layer = false);

}  // namespace replearn::io
