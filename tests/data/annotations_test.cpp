#include "data/annotations.hpp"

#include <gtest/gtest.h>

#include "data/value_tree.hpp"

namespace replearn {
namespace {

using Names = std::vector<std::string>;
using Mask = std::vector<std::uint8_t>;

Annotations table() {
  Annotations result{"barcode", {"a", "b", "c", "d"}, {}};
  result.set("double", std::vector<double>{0.5, 1.5, 2.5, 3.5});
  result.set("float", std::vector<float>{1, 2, 3, 4});
  result.set("count", std::vector<std::int64_t>{10, 20, 30, 40});
  result.set("flag", Flags{{1, 0, 1, 0}});
  result.set("text", Names{"x", "", "z", "x"});
  result.set("label", Categorical{{0, 1, -1, 0}, {"B", "T", "NK"}, true});
  return result;
}

TEST(Annotations, FindsSetsAndReplacesColumnsInTheirOrder) {
  auto t = table();
  EXPECT_EQ(t.size(), 4);
  EXPECT_EQ(t.column_names(), (Names{"double", "float", "count", "flag", "text", "label"}));
  EXPECT_EQ(t.find("nothing"), nullptr);
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(*t.find("count"))[2], 30);
  t.set("float", Names{"now", "texts", "stand", "here"});
  EXPECT_EQ(t.column_names(), (Names{"double", "float", "count", "flag", "text", "label"}));
  EXPECT_EQ(std::get<Names>(*t.find("float"))[0], "now");
}

TEST(Annotations, EveryKindOfColumnHasALength) {
  for (const auto& [name, values] : table().columns) EXPECT_EQ(length(values), 4) << name;
}

TEST(Annotations, SelectKeepsEntriesOfEveryKind) {
  const auto t = select(table(), Mask{1, 0, 1, 0});
  EXPECT_EQ(t.index_name, "barcode");
  EXPECT_EQ(t.names, (Names{"a", "c"}));
  EXPECT_EQ(t.column_names(), table().column_names());
  EXPECT_EQ(std::get<std::vector<double>>(*t.find("double")), (std::vector<double>{0.5, 2.5}));
  EXPECT_EQ(std::get<std::vector<float>>(*t.find("float")), (std::vector<float>{1, 3}));
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(*t.find("count")), (std::vector<std::int64_t>{10, 30}));
  EXPECT_EQ(std::get<Flags>(*t.find("flag")).values, (Mask{1, 1}));
  EXPECT_EQ(std::get<Names>(*t.find("text")), (Names{"x", "z"}));
  const auto& label = std::get<Categorical>(*t.find("label"));
  EXPECT_EQ(label.codes, (std::vector<std::int32_t>{0, -1}));
  EXPECT_EQ(label.categories, (Names{"B", "T", "NK"}));  // also those that are no longer used
  EXPECT_TRUE(label.ordered);
}

TEST(Annotations, SelectOfNothingAndOfAnEmptyTable) {
  const auto none = select(table(), Mask{0, 0, 0, 0});
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(none.column_names(), table().column_names());
  for (const auto& [name, values] : none.columns) EXPECT_EQ(length(values), 0) << name;
  // A rank that is not root holds an empty table, whatever the mask.
  EXPECT_EQ(select(Annotations(), Mask{1, 0, 1}).size(), 0);
}

Names unique(Names names, Index changed) {
  EXPECT_EQ(make_unique(names), changed);
  return names;
}

// As anndata's AnnData.var_names_make_unique(join="-").
TEST(MakeUnique, NumbersLaterCopies) {
  EXPECT_EQ(unique({"A", "B", "C"}, 0), (Names{"A", "B", "C"}));
  EXPECT_EQ(unique({"A", "B", "A", "A", "B"}, 3), (Names{"A", "B", "A-1", "A-2", "B-1"}));
  EXPECT_EQ(unique({}, 0), Names{});
  EXPECT_EQ(unique({"", "", ""}, 2), (Names{"", "-1", "-2"}));
}

TEST(MakeUnique, DoesNotTakeANameThatIsThere) {
  EXPECT_EQ(unique({"A", "A", "A-1"}, 1), (Names{"A", "A-2", "A-1"}));
  EXPECT_EQ(unique({"A-1", "A", "A", "A"}, 2), (Names{"A-1", "A", "A-2", "A-3"}));
  EXPECT_EQ(unique({"A", "A", "A-1", "A-1"}, 2), (Names{"A", "A-2", "A-1", "A-1-1"}));
}

TEST(ToCategorical, SortsCategoriesAndMarksTheMissing) {
  const auto c = to_categorical({"T", "B", "", "NA", "T", "nan", "NaN", "10", "9", "na"});
  EXPECT_EQ(c.categories, (Names{"10", "9", "B", "T", "na"}));
  EXPECT_EQ(c.codes, (std::vector<std::int32_t>{3, 2, -1, -1, 3, -1, -1, 0, 1, 4}));
  EXPECT_FALSE(c.ordered);
  EXPECT_TRUE(to_categorical({}).categories.empty());
  EXPECT_EQ(to_categorical({"", "NA"}).codes, (std::vector<std::int32_t>{-1, -1}));
}

TEST(ValueTree, ANumberKeepsItsKind) {
  ValueTree tree;
  tree.set("truth", true).set("int", 7).set("large", std::int64_t{1} << 40);
  tree.set("double", 30.5).set("float", 0.25f);
  EXPECT_EQ(std::get<bool>(*tree.find("truth")), true);
  EXPECT_EQ(std::get<std::int64_t>(*tree.find("int")), 7);
  EXPECT_EQ(std::get<std::int64_t>(*tree.find("large")), std::int64_t{1} << 40);
  EXPECT_EQ(std::get<double>(*tree.find("double")), 30.5);
  EXPECT_EQ(std::get<double>(*tree.find("float")), 0.25);
}

TEST(ValueTree, HoldsTextsArraysAndTrees) {
  ValueTree inner;
  inner.set("method", "exact").set("name", std::string("pca"));
  ValueTree tree;
  tree.set("variance", std::vector<double>{2, 1}).set("names", Names{"a", "b"}).set("params", inner);
  tree.set("copy", Value(*tree.find("variance")));
  EXPECT_EQ(std::get<std::vector<double>>(*tree.find("copy")), (std::vector<double>{2, 1}));
  EXPECT_EQ(std::get<Names>(*tree.find("names")), (Names{"a", "b"}));
  const auto& params = *std::get<std::shared_ptr<ValueTree>>(*tree.find("params"));
  EXPECT_EQ(std::get<std::string>(*params.find("method")), "exact");
  EXPECT_EQ(std::get<std::string>(*params.find("name")), "pca");
  EXPECT_EQ(tree.find("method"), nullptr);  // names of inner trees are their own
}

TEST(ValueTree, ReplacesInPlace) {
  ValueTree tree;
  tree.set("a", 1).set("b", 2).set("a", "three");
  EXPECT_EQ(tree.entries.size(), 2u);
  EXPECT_EQ(tree.entries[0].first, "a");
  EXPECT_EQ(std::get<std::string>(tree.entries[0].second), "three");
}

}  // namespace
}  // namespace replearn
