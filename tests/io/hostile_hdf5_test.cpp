// Files of make_hostile.py, which CTest runs before: each lies in one thing. Every door of the program is tried on
// every file, so that nothing crashes and nothing hangs; what must be refused, and where, stands in the table below.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "formats_fixture.hpp"
#include "io/anndata/h5ad_reader.hpp"
#include "io/anndata/h5ad_writer.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/input.hpp"
#include "io/inspect_hdf5.hpp"
#include "io/text/word_vectors_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

std::string made(const std::string& name) {
  return std::string(REPLEARN_MADE_HOSTILE) + "/" + name;
}

/// What is asked of an .h5ad by the verbs. Collective, all of them.
using Door = std::function<void(const H5adReader&)>;
const std::map<std::string, Door>& doors() {
  static const std::map<std::string, Door> all = {
      {"convert",
       [](const H5adReader& file) {
         ExpressionMatrix{file.matrix(), file.annotations("obs"), file.annotations("var")};
       }},
      {"layer", [](const H5adReader& file) { file.matrix("layers/counts"); }},
      {"raw", [](const H5adReader& file) { file.matrix("raw/X"); }},
      {"raw genes", [](const H5adReader& file) { file.annotations("raw/var"); }},
      {"graph", [](const H5adReader& file) { file.graph("distances"); }},
      {"gene", [](const H5adReader& file) { file.gene("gene3"); }},
      {"obsm", [](const H5adReader& file) { file.obsm("X_pca"); }},
      {"varm", [](const H5adReader& file) { file.varm("PCs"); }},
      {"flags", [](const H5adReader& file) { file.var_flags("flag"); }},
  };
  return all;
}

/// The message with which a file is refused by what is done with it; "" if it is let in. The same on all ranks.
template <class Work>
std::string refusal_by(const std::string& file, const std::string& what, Work work) {
  try {
    work();
    return "";
  } catch (const InputError& error) {
    EXPECT_EQ(error.file(), made(file)) << what << ": " << error.what();
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << what << " of " << file << " fails with " << error.what();
    return error.what();
  }
}

std::string refusal(const std::string& door, const std::string& file) {
  return refusal_by(file, door, [&] {
    if (door == "inspect") {
      mpi::on_root(test::comm(), [&] { inspect(made(file), {}); });
    } else if (file.starts_with("words")) {
      read_word_vectors(test::comm(), made(file), Log(), true);
    } else if (file.starts_with("tenx") || file.ends_with(".loom")) {
      read_expression(test::comm(), made(file), {}, Log(false));
    } else {
      doors().at(door)(H5adReader(test::comm(), made(file)));
    }
  });
}

struct Case {
  std::string file, door, place, problem;
};

TEST(HostileHdf5, RefusesEachLieByName) {
  const std::vector<Case> cases = {
      {"obs_names_2d.h5ad", "convert", "obs/_index", "12 x 50"},
      {"obs_names_2d.h5ad", "inspect", "obs/_index", "12 x 50"},
      {"obs_names_2d_variable.h5ad", "convert", "obs/_index", "12 x 50"},
      {"var_names_2d.h5ad", "convert", "var/_index", "5 x 50"},
      {"raw_names_2d.h5ad", "gene", "raw/var/_index", "5 x 50"},
      {"raw_names_2d.h5ad", "raw", "raw/var/_index", "5 x 50"},
      {"column_2d.h5ad", "convert", "obs/note", "12 x 50"},
      {"categories_2d.h5ad", "convert", "obs/kind/categories", "12 x 50"},
      {"names_scalar.h5ad", "convert", "obs/_index", "a single value"},
      {"names_numbers.h5ad", "convert", "obs/_index", "not strings"},
      {"names_empty.h5ad", "convert", "X", "obs has 0 names"},
      {"names_elsewhere.h5ad", "convert", "obs/nowhere", "missing"},
      {"names_of_numbers.h5ad", "convert", "obs/score", "not strings"},
      {"names_of_group.h5ad", "convert", "obs/kind/values", "missing"},
      {"references.h5ad", "convert", "obs/score", "'categories' is not one reference"},
      {"reference_dangling.h5ad", "convert", "obs/score", "dangling"},
      {"reference_to_2d.h5ad", "convert", "/obs/note", "12 x 50"},
      {"ordered_long.h5ad", "convert", "obs/kind", "'ordered' is 7000"},
      {"ordered_text.h5ad", "convert", "obs/kind", "'ordered' holds values of type string"},
      {"shape_long.h5ad", "convert", "X", "not two numbers"},
      {"shape_one.h5ad", "convert", "X", "not two numbers"},
      {"shape_text.h5ad", "convert", "X", "'shape' holds values of type string"},
      {"shape_negative.h5ad", "convert", "X", "not two numbers"},
      {"shape_huge.h5ad", "convert", "X", "4611686018427387904"},
      {"order_missing.h5ad", "convert", "obs", "names 'absent'"},
      {"codes_beyond.h5ad", "convert", "obs/kind/codes", "code 99 of row 3"},
      {"codes_below.h5ad", "convert", "obs/kind/codes", "code -2 of row 3"},
      {"codes_short.h5ad", "convert", "obs/kind", "11 entries for 12"},
      {"codes_real.h5ad", "convert", "obs/kind/codes", "float64"},
      {"codes_2d.h5ad", "convert", "obs/kind/codes", "12 x 1000"},
      {"column_long.h5ad", "convert", "obs/score", "13 entries for 12"},
      {"column_numbers_2d.h5ad", "convert", "obs/score", "12 x 1000"},
      {"column_scalar.h5ad", "convert", "obs/score", "a single value"},
      {"mask_short.h5ad", "convert", "obs/nullable/mask", "2 entries instead of 12"},
      {"mask_2d.h5ad", "convert", "obs/nullable/mask", "12 x 9"},
      {"nullable_2d.h5ad", "convert", "obs/nullable/values", "12 x 9"},
      {"flags_short.h5ad", "flags", "var/flag", "2 entries for 5"},
      {"column_group.h5ad", "convert", "obs/score", "an unknown kind"},
      {"obsm_short.h5ad", "obsm", "obsm/X_pca", "12 rows"},
      {"obsm_1d.h5ad", "obsm", "obsm/X_pca", "12 rows"},
      {"obsm_3d.h5ad", "obsm", "obsm/X_pca", "12 rows"},
      {"obsm_text.h5ad", "obsm", "obsm/X_pca", "numbers"},
      {"varm_short.h5ad", "varm", "varm/PCs", "5 rows"},
      {"varm_text.h5ad", "varm", "varm/PCs", "string"},
      {"huge_columns.h5ad", "convert", "X", "12 x 34359738368"},
      {"huge_columns_named.h5ad", "convert", "X", "1649267441664 bytes"},
      {"huge_obsm.h5ad", "obsm", "obsm/X_pca", "3298534883328 bytes"},
      {"huge_obsm_gzip.h5ad", "obsm", "obsm/X_pca", "3298534883328 bytes"},
      {"overflow_obsm.h5ad", "obsm", "obsm/X_pca", "more than any file can hold"},
      {"overflow_stored.h5ad", "convert", "X/", "more than any file can hold"},
      {"huge_names.h5ad", "convert", "X", "1099511627776"},
      {"huge_varm.h5ad", "varm", "varm/PCs", "21990232555520 bytes"},
      {"link_column.h5ad", "convert", "obs/score", "in another file, elsewhere.h5"},
      {"link_column.h5ad", "inspect", "obs/score", "in another file, elsewhere.h5"},
      {"link_names.h5ad", "convert", "obs/_index", "in another file, elsewhere.h5"},
      {"link_table.h5ad", "convert", "obs", "in another file, sound.h5ad"},
      {"link_x.h5ad", "convert", "X", "in another file, sound.h5ad"},
      {"link_indices.h5ad", "convert", "X/indices", "in another file, sound.h5ad"},
      {"link_behind_soft.h5ad", "convert", "obs", "in another file, sound.h5ad"},
      {"link_raw.h5ad", "gene", "raw", "in another file, sound.h5ad"},
      {"link_obsm.h5ad", "obsm", "obsm/X_pca", "in another file, sound.h5ad"},
      {"soft_nowhere.h5ad", "convert", "obs", "'score'"},
      {"soft_circle.h5ad", "convert", "obs", "'score'"},
      {"virtual.h5ad", "convert", "obs/score", "elsewhere.h5"},
      {"external_storage.h5ad", "convert", "obs/score", "/etc/passwd"},
      {"filter_missing.h5ad", "convert", "X/data", "zstd"},
      {"chunk_damaged.h5ad", "convert", "X/data", "inflate"},
      {"cut.h5ad", "convert", "", "truncated: it has"},
      {"later_format.h5ad", "convert", "", "newer HDF5 format"},
      {"tenx_link.h5", "convert", "matrix/indices", "in another file, nowhere.h5"},
      {"tenx_indptr_ends_early.h5", "convert", "matrix/indptr", "indptr must rise"},
      {"tenx_index_beyond.h5", "convert", "matrix/indices", "entry 1 is 99"},
      {"tenx_barcodes_2d.h5", "convert", "matrix/barcodes", "12 x 50"},
      {"tenx_shape_2d.h5", "convert", "matrix/shape", "2 x 9"},
      {"tenx_shape_huge.h5", "convert", "matrix/shape", "cells"},
      {"huge.loom", "convert", "matrix", "1152921504606846976 bytes"},
      {"long.loom", "convert", "matrix", "1099511627776 bytes"},
      {"link.loom", "convert", "matrix", "in another file, sound.loom"},
      {"link_names.loom", "convert", "row_attrs/Gene", "in another file, sound.loom"},
      {"words_2d.h5", "words", "words", "12 x 50"},
      {"words_2d_variable.h5", "words", "words", "12 x 50"},
      {"words_numbers.h5", "words", "words", "strings"},
      {"words_counts_2d.h5", "words", "counts", "12 x 9"},
      {"words_huge.h5", "words", "vectors", "3298534883328 bytes"},
      {"words_link.h5", "words", "words", "in another file, words_sound.h5"},
  };
  for (const auto& each : cases) {
    const auto message = refusal(each.door, each.file);
    EXPECT_NE(message.find(": " + each.place), std::string::npos)
        << each.door << " of " << each.file << ": " << message;
    EXPECT_NE(message.find(each.problem), std::string::npos) << each.door << " of " << each.file << ": " << message;
  }
}

TEST(HostileHdf5, ChecksSparseMatricesWhereverTheyStand) {
  const std::vector<Case> places = {
      {"x_", "convert", "X", ""},
      {"raw_", "raw", "raw/X", ""},
      {"raw_", "gene", "raw/X", ""},
      {"layer_", "layer", "layers/counts", ""},
      {"graph_", "graph", "obsp/distances", ""},
  };
  const std::vector<std::string> lies = {
      "indptr_far",   "indptr_negative", "indptr_falls", "indptr_begins",  "indptr_ends_early", "indptr_long",
      "indptr_2d",    "indptr_text",     "index_beyond", "index_negative", "indices_short",     "indices_real",
      "data_missing", "data_text",       "shape_small",  "shape_high",     "shape_wide",        "encoding"};
  for (const auto& place : places) {
    for (const auto& lie : lies) {
      // A gene's values are read only if it is expressed in the piece, but gene3 is.
      const auto message = refusal(place.door, place.file + lie + ".h5ad");
      EXPECT_NE(message.find(": " + place.place), std::string::npos) << place.door << ", " << lie << ": " << message;
    }
  }
}

// Carrying copies bytes: what no verb reads would go from file to file as it is.
TEST(HostileHdf5, ChecksWhatIsCarriedUnread) {
  const auto carried = [](const std::string& file) {
    return refusal_by(file, "carrying", [&] {
      H5adWriter(test::comm(), std::string(REPLEARN_MADE_HOSTILE) + "/../carried.h5ad").base(made(file));
    });
  };
  EXPECT_EQ(carried("sound.h5ad"), "");
  const std::vector<std::string> lies = {"indptr_far",        "indptr_negative", "indptr_falls", "indptr_begins",
                                         "indptr_ends_early", "indptr_long",     "indptr_2d",    "indptr_text",
                                         "data_missing",      "indices_short",   "shape_small",  "shape_high",
                                         "shape_wide"};
  for (const auto& [file, element] : std::map<std::string, std::string>{
           {"x_", "X"}, {"raw_", "raw/X"}, {"layer_", "layers/counts"}, {"graph_", "obsp/distances"}}) {
    for (const auto& lie : lies) {
      if (file == "raw_" && lie == "shape_wide") continue;  // by whose names is not known
      EXPECT_NE(carried(file + lie + ".h5ad").find(": " + element), std::string::npos) << file << lie;
    }
  }
  EXPECT_NE(carried("codes_endless_in_uns.h5ad").find(": uns/kind/codes"), std::string::npos);
  for (const auto* file : {"codes_beyond", "codes_below", "codes_2d", "codes_short", "codes_endless"}) {
    EXPECT_NE(carried(file + std::string(".h5ad")).find(": obs/kind/codes"), std::string::npos) << file;
  }
}

TEST(HostileHdf5, NothingCrashesWhateverIsDoneWithAFile) {
  if (test::comm().size() > 1) GTEST_SKIP() << "what ranks do together is in the tables above";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(made(""))) files.push_back(entry.path().filename());
  std::sort(files.begin(), files.end());
  EXPECT_GT(files.size(), 100u);
  for (const auto& file : files) {
    refusal("inspect", file);
    if (file.ends_with(".loom")) refusal("convert", file);
    if (!file.ends_with(".h5ad")) continue;
    refusal_by(file, "opening", [&] {
      const H5adReader reader(test::comm(), made(file));
      for (const auto& [door, use] : doors()) refusal_by(file, door, [&, &ask = use] { ask(reader); });
    });
  }
}

TEST(HostileHdf5, LetsInWhatIsSoundIfUnusual) {
  for (const auto* file :
       {"sound.h5ad", "soft_links.h5ad", "cycle.h5ad", "order_twice.h5ad", "indices_of_reals.h5ad"}) {
    EXPECT_EQ(refusal("inspect", file), "");
    const H5adReader reader(test::comm(), made(file));
    for (const auto& [door, use] : doors()) {
      EXPECT_EQ(refusal_by(file, door, [&, &ask = use] { ask(reader); }), "") << door << " of " << file;
    }
    const RowMatrix x = test::gather(reader.matrix("X")), raw = test::gather(reader.matrix("raw/X"));
    const auto gene = reader.gene("gene3");
    const auto obs = reader.annotations("obs");
    if (!test::comm().is_root()) continue;
    for (Index i = 0; i < reader.rows(); ++i) {
      for (Index j = 0; j < reader.columns(); ++j) EXPECT_EQ(x(i, j), static_cast<float>((i + 2 * j) % 3));
      EXPECT_EQ(gene.at(static_cast<std::size_t>(i)), static_cast<float>((i + 6) % 3));
    }
    EXPECT_EQ(raw, x);
    EXPECT_EQ(obs.names.at(7), "cell7");
    EXPECT_EQ(obs.columns.size(), file == std::string("order_twice.h5ad") ? 2u : 5u);
  }
  EXPECT_EQ(refusal("convert", "tenx_sound.h5"), "");
  EXPECT_EQ(refusal("words", "words_sound.h5"), "");
}

TEST(HostileHdf5, ACircleOfGroupsIsCountedOnce) {
  mpi::on_root(test::comm(), [] {
    const auto round = Hdf5File::open(made("cycle.h5ad"));
    EXPECT_EQ(round.stored_bytes("uns"), static_cast<Index>(sizeof(double)));
    EXPECT_EQ(round.stored_bytes("/"),
              Hdf5File::open(made("sound.h5ad")).stored_bytes("/") + round.stored_bytes("uns"));
  });
}

}  // namespace
}  // namespace replearn::io
