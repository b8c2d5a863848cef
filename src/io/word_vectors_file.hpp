#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/value_tree.hpp"
#include "data/word_vectors.hpp"
#include "io/compression.hpp"

namespace replearn::io {

/// What word vectors are stored as, by the end of the file's name.
///
///     .h5           HDF5: words (UTF-8), vectors (float32, V x d), counts (int64), options (a group); if there is an
///                   output layer, noise_vectors (V x d) and tree_vectors ((V - 1) x d)
///     .h5ad         AnnData: words are the observations, X the vectors, obs/count
///     .bin          the C program's: "V d\n", then for each word its name, a blank, d float32 (little-endian), "\n"
///     .txt .vec     "V d\n", then a line for each word: its name and d numbers, blanks between
enum class VectorFormat { hdf5, h5ad, binary, text };

/// The ends of names, with the dot.
std::vector<std::string> vector_endings();
/// Throws InputError if the name ends in none of these.
VectorFormat vector_format(const std::string& path);

/// Makes sure, before work is done, that the format is known and the folder of `path` can be written to. Collective.
void require_vectors_writable(const mpi::Communicator& comm, const std::string& path);

/// Each rank writes its rows; the file appears under its name when it is whole. options: how the vectors were made;
/// kept by .h5 and .h5ad. Rows are copied some at a time. In .bin and text, where a blank ends a word, blanks in words
/// become _, with a warning. compression: of the vectors in .h5 and .h5ad. Collective. Throws SystemError on all ranks
/// if the disk is full.
void write_word_vectors(const mpi::Communicator& comm, const std::string& path, const WordVectorsView& vectors,
                        const ValueTree& options, const Log& log = Log(), const Compression& compression = {});

/// Reads any of these formats, told by content; text also without its first line, as GloVe's, with blanks or tabs
/// between, and with words that hold blanks; .bin with or without line ends behind the vectors; both perhaps
/// compressed. HDF5: each rank its rows; else root reads and deals them out. As gensim does, with a warning: of a word
/// that stands there twice the first is taken, and what comes behind the rows that the header promises is left. Names
/// that are not UTF-8 get U+FFFD in the place of what is not. A header that promises more than the file holds is
/// refused before memory is asked for. Collective. Throws InputError on all ranks, naming line or word. output_layer:
/// whether to read that as well, if it is there.
WordVectors read_word_vectors(const mpi::Communicator& comm, const std::string& path, const Log& log = Log(),
                              bool output_layer = false);

}  // namespace replearn::io
