#include <gtest/gtest.h>

#include "methods/vae/data.hpp"
#include "methods/vae/elbo.hpp"
#include "mpi/collectives.hpp"
#include "nn/gradient_check.hpp"
#include "nn/reference.hpp"
#include "support/test_comm.hpp"

namespace replearn::vae {
namespace {

using test::comm;
using test::finite_differences;
using test::Reference;
using test::relative_difference;

constexpr Index cells_in_all = 40, genes = 16, levels = 3, latent = 2;
constexpr double weight = 0.7;

struct Case {
  std::string name;
  Options options;
};

std::vector<Case> cases() {
  Options base;
  base.latent = latent;
  base.encoder = {5}, base.decoder = {6};
  const auto with = [&](Likelihood likelihood) {
    Options options = base;
    options.likelihood = likelihood;
    return options;
  };
  Options linear = with(Likelihood::gaussian);
  linear.encoder = linear.decoder = {};
  linear.noise = Noise::isotropic;
  Options deep = with(Likelihood::negative_binomial);
  deep.encoder = {5, 4}, deep.decoder = {6, 3};
  deep.batch_norm = false, deep.activation = nn::Activation::tanh, deep.encode_conditions = true;
  Options deep_norm = with(Likelihood::zero_inflated);
  deep_norm.encoder = {6, 5}, deep_norm.decoder = {4, 5};
  deep_norm.encode_conditions = true;
  Options free = with(Likelihood::poisson);
  free.encoder = free.decoder = {4};
  free.library = Library::none, free.input_form = InputForm::raw;
  return {{"gaussian", with(Likelihood::gaussian)},
          {"bernoulli", with(Likelihood::bernoulli)},
          {"poisson", with(Likelihood::poisson)},
          {"nb", with(Likelihood::negative_binomial)},
          {"zinb", with(Likelihood::zero_inflated)},
          {"linear", linear},
          {"deep", deep},
          {"deep_norm", deep_norm},
          {"free", free}};
}

/// One of the reference's models over however many ranks there are, a cell in turn to each.
template <class Scalar>
struct Model {
  Model(const Reference& reference, const Case& one, bool sparse) : ranks(comm().split(0)) {
    const auto likelihood = one.options.likelihood;
    const auto whole = reference.batch<float>(one.name == "deep_norm"               ? "many_counts"
                                              : of_counts(likelihood)               ? "counts"
                                              : likelihood == Likelihood::bernoulli ? "shares"
                                                                                    : "values",
                                              genes);
    x = my_rows_of(whole, ranks);
    if (sparse) x = to_sparse(std::get<DistributedMatrix>(x));
    const Index first = partition(x).begin(ranks.rank()), count = partition(x).count(ranks.rank());
    Conditions conditions{1, levels, {}};
    for (Index i = 0; i < count; ++i) conditions.of_rows.push_back(static_cast<std::int32_t>((first + i) % levels));
    const Shape shape(one.options, genes, levels);
    data.emplace(ranks, x, shape, conditions);
    network = Network<Scalar>(shape);
    const auto& weights = reference[one.name + ".weights"];
    EXPECT_EQ(network.parameters.size(), static_cast<Index>(weights.size())) << one.name;
    std::transform(weights.begin(), weights.end(), network.parameters.values().begin(),
                   [](double w) { return static_cast<Scalar>(w); });
    std::vector<Index> rows(static_cast<std::size_t>(count));
    for (Index i = 0; i < count; ++i) rows[static_cast<std::size_t>(i)] = i;
    data->take(rows, cells);
    EXPECT_EQ(cells.is_sparse(), of_counts(likelihood) && one.name != "deep_norm");
    noise = reference.batch<Scalar>("noise", latent).middleRows(first, count);
    places = cells.row;
  }

  Bound compute(double rate = 0) {
    nn::GradientSum<Scalar> sum(ranks, network.parameters, nn::Sharding::replicated, 16);
    const Dropout dropout{rate, 1, 2, places};
    Bound bound =
        gradient.compute(ranks, network, cells, noise, weight, 1.0 / static_cast<double>(cells_in_all), dropout, sum);
    sum.wait();
    double sums[3] = {bound.reconstruction, bound.divergence, bound.cells};
    mpi::all_reduce(ranks, std::span<double>(sums), mpi::Reduction::sum);
    return {sums[0], sums[1], sums[2]};
  }
  std::vector<Scalar> gradients() const {
    const auto all = network.parameters.gradients();
    return {all.begin(), all.end()};
  }

  mpi::Communicator ranks;
  Matrix x;
  std::optional<Data> data;
  Network<Scalar> network;
  Cells<Scalar> cells;
  nn::Batch<Scalar> noise;
  std::vector<std::uint64_t> places;
  ElboGradient<Scalar> gradient;
};

template <class Scalar>
void expect_reference(double tolerance) {
  const Reference reference("vae");
  for (const auto& one : cases()) {
    for (const bool sparse : {false, true}) {
      Model<Scalar> model(reference, one, sparse);
      const Bound bound = model.compute();
      const auto& expected = reference[one.name + ".bound"];
      EXPECT_NEAR(bound.reconstruction, expected[0], tolerance * std::abs(expected[0])) << one.name;
      EXPECT_NEAR(bound.divergence, expected[1], tolerance * std::abs(expected[1])) << one.name;
      EXPECT_EQ(bound.cells, cells_in_all);
      EXPECT_LT(relative_difference(model.gradients(), reference[one.name + ".gradients"]), tolerance) << one.name;
    }
  }
}

TEST(Bound, AndItsGradientsArePyTorchsInFloat64) {
  expect_reference<double>(1e-9);
}

TEST(Bound, AndItsGradientsArePyTorchsInFloat32) {
  expect_reference<float>(2e-5);
}

/// With dropout, which PyTorch would draw otherwise.
TEST(Bound, GradientsAreFiniteDifferences) {
  const Reference reference("vae");
  for (const auto& one : cases()) {
    if (one.name != "gaussian" && one.name != "free" && one.name != "deep_norm") continue;  // PyTorch's suffice
    Model<double> model(reference, one, true);
    const auto loss = [&] {
      const Bound bound = model.compute(0.3);
      return (bound.reconstruction + weight * bound.divergence) / cells_in_all;
    };
    loss();
    const auto gradients = model.gradients();
    const auto expected = finite_differences(model.network.parameters.values(), loss);
    EXPECT_LT(relative_difference(gradients, expected), 1e-6) << one.name;
  }
}

}  // namespace
}  // namespace replearn::vae
