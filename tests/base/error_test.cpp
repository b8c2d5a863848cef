#include "base/error.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace replearn {
namespace {

using Names = std::vector<std::string>;

TEST(InputError, MessageReadsFilePlaceWhatMend) {
  const InputError error("cells.h5ad", "obs/bulk", "no such column", "did you mean 'bulk_labels'?");
  EXPECT_STREQ(error.what(), "cells.h5ad: obs/bulk: no such column; did you mean 'bulk_labels'?");
  EXPECT_EQ(error.file(), "cells.h5ad");
  EXPECT_EQ(error.place(), "obs/bulk");
  EXPECT_EQ(error.problem(), "no such column");
  EXPECT_EQ(error.hint(), "did you mean 'bulk_labels'?");
}

TEST(InputError, PartsThatAreEmptyLeaveNoMarks) {
  EXPECT_STREQ(InputError("", "--perplexity", "is too large", "").what(), "--perplexity: is too large");
  EXPECT_STREQ(InputError("a.csv", "", "is empty").what(), "a.csv: is empty");
  EXPECT_STREQ(InputError("", "", "no input", "add --input FILE").what(), "no input; add --input FILE");
}

TEST(NearestName, IsTheOneOfSmallestEditDistance) {
  const Names names = {"bulk_labels", "n_genes", "percent_mito", "n_counts", "louvain"};
  EXPECT_EQ(nearest_name("bulk_label", names), "bulk_labels");     // one letter missing
  EXPECT_EQ(nearest_name("bulk_labelss", names), "bulk_labels");   // one too many
  EXPECT_EQ(nearest_name("n_count", names), "n_counts");           // 1 from n_counts, 4 from n_genes
  EXPECT_EQ(nearest_name("luovain", names), "louvain");            // two letters swapped: distance 2
  EXPECT_EQ(nearest_name("Percent_Mito", names), "percent_mito");  // upper case is no difference
  EXPECT_EQ(nearest_name("louvain", names), "louvain");
}

TEST(NearestName, IsTheFirstOfEquals) {
  EXPECT_EQ(nearest_name("cat", Names{"bat", "hat"}), "bat");
}

TEST(NearestName, IsNoneIfNoneIsNear) {
  const Names names = {"bulk_labels", "n_genes"};
  EXPECT_EQ(nearest_name("perplexity", names), "");
  EXPECT_EQ(nearest_name("perplexity", Names{}), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name("ab", Names{"xy"}), "");                         // two letters of two differ
  EXPECT_EQ(nearest_name("abcdefghi", Names{"abcdefXYZ"}), "abcdefXYZ");  // a third of nine
  EXPECT_EQ(nearest_name("abcdefghi", Names{"abcdeWXYZ"}), "");
}

TEST(Suggest, NamesTheNearestOrListsSome) {
  EXPECT_EQ(suggest("tnse", Names{"tsne", "pca"}), "did you mean 'tsne'?");
  EXPECT_EQ(suggest("perplexity", Names{"a", "b", "c"}), "there are: a, b, c");
  EXPECT_EQ(suggest("perplexity", Names{"a", "b", "c"}, 2), "there are: a, b, ... (3 in all)");
  EXPECT_EQ(suggest("perplexity", Names{}), "there are none");
}

}  // namespace
}  // namespace replearn
