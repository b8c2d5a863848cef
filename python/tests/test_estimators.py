"""scikit-learn's checks of the estimators, and their results against scikit-learn's own."""

from __future__ import annotations

import anndata
import numpy as np
import pytest
import scanpy as sc
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.neighbors import KNeighborsTransformer
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import replearn as rl

SHORT = {"iterations": 20}


def checked() -> list[object]:
    return [
        rl.TSNE(early_exaggeration_iterations=10, **SHORT),
        rl.SammonMap(zero_distance="merge", **SHORT),
        rl.PCA(),
        rl.KNeighborsTransformer(),
    ]


# Rows other than the fitted ones are compared by scikit-learn, in double precision.
PRECISION = "equal to 1e-6, not to the 1e-7 of the check: the program computes in single precision"


def expected_failures(estimator: object) -> dict[str, str]:
    if isinstance(estimator, rl.KNeighborsTransformer):
        return {"check_methods_sample_order_invariance": PRECISION}
    return {}


@parametrize_with_checks(checked(), expected_failed_checks=expected_failures)
def test_check_estimator(estimator: object, check: object) -> None:
    check(estimator)  # type: ignore[operator]


@pytest.fixture
def iris() -> np.ndarray:
    return np.unique(load_iris().data, axis=0)


def test_pca(iris: np.ndarray) -> None:
    ours, theirs = rl.PCA(3).fit(iris), PCA(3).fit(iris)
    np.testing.assert_allclose(ours.explained_variance_, theirs.explained_variance_, rtol=1e-5)
    np.testing.assert_allclose(ours.explained_variance_ratio_, theirs.explained_variance_ratio_, rtol=1e-5)
    np.testing.assert_allclose(ours.mean_, theirs.mean_, rtol=1e-5)
    np.testing.assert_allclose(np.abs(ours.transform(iris)), np.abs(theirs.transform(iris)), atol=1e-4)
    np.testing.assert_allclose(ours.inverse_transform(ours.transform(iris)), iris, atol=0.5)
    scaled = rl.PCA(3, scale=True).fit(iris)
    standard = (iris - iris.mean(axis=0)) / iris.std(axis=0, ddof=1)
    expected = PCA(3).fit(standard)
    np.testing.assert_allclose(np.abs(scaled.transform(iris)), np.abs(expected.transform(standard)), atol=1e-3)
    np.testing.assert_allclose(scaled.transform(iris), scaled.fit_transform(iris), atol=1e-3)
    np.testing.assert_allclose(ours.transform(sparse.csr_matrix(iris)), ours.transform(iris), atol=1e-4)


def test_tsne(iris: np.ndarray) -> None:
    ours = rl.TSNE(random_state=1)
    points = ours.fit_transform(iris)
    theirs = TSNE(random_state=1).fit_transform(iris)
    assert trustworthiness(iris, points) > trustworthiness(iris, theirs) - 0.01
    assert points is ours.embedding_ and ours.n_iter_ == 750 and 0 < ours.kl_divergence_ < 1
    np.testing.assert_array_equal(clone(ours).set_params(ranks=2).fit_transform(iris), points)


def test_sammon_map(iris: np.ndarray) -> None:
    from scipy.spatial.distance import pdist

    ours = rl.SammonMap().fit(iris)
    data, mapped = pdist(iris), pdist(ours.embedding_)
    assert np.sum((data - mapped) ** 2 / data) / data.sum() == pytest.approx(ours.stress_, rel=1e-3)
    assert ours.stress_ < 0.005  # Sammon (1969) reports 0.006 for iris; R's MASS ends at 0.004
    assert list(ours.get_feature_names_out()) == ["sammonmap0", "sammonmap1"]


def test_neighbors(iris: np.ndarray) -> None:
    ours = rl.KNeighborsTransformer(n_neighbors=7, method="exact").fit_transform(iris)
    theirs = KNeighborsTransformer(n_neighbors=7).fit_transform(iris)
    assert ours.nnz == theirs.nnz == 8 * len(iris)
    np.testing.assert_allclose(ours.data, theirs.data, atol=1e-3)
    transformer = rl.KNeighborsTransformer(n_neighbors=7).fit(iris[:100])
    expected = KNeighborsTransformer(n_neighbors=7).fit(iris[:100]).transform(iris[100:])
    ours = transformer.transform(iris[100:])
    assert ours.shape == expected.shape
    np.testing.assert_allclose(np.sort(ours.data.reshape(-1, 8)), np.sort(expected.data.reshape(-1, 8)), atol=1e-6)


def test_neighbors_in_scanpy(cells: anndata.AnnData) -> None:
    # Its default, brute force, rounds the distance of a cell to itself to more than 0, which changes connectivities.
    theirs = KNeighborsTransformer(n_neighbors=15, algorithm="kd_tree")
    expected = sc.pp.neighbors(cells, n_neighbors=15, use_rep="X_pca", transformer=theirs, copy=True)
    transformer = rl.KNeighborsTransformer(n_neighbors=15, method="exact")
    sc.pp.neighbors(cells, n_neighbors=15, use_rep="X_pca", transformer=transformer)
    assert abs(cells.obsp["distances"] - expected.obsp["distances"]).max() < 1e-3
    assert abs(cells.obsp["connectivities"] - expected.obsp["connectivities"]).max() < 1e-2


def test_in_a_pipeline(iris: np.ndarray) -> None:
    points = make_pipeline(rl.PCA(3), rl.TSNE(**SHORT)).fit_transform(iris)
    assert points.shape == (len(iris), 2)


def test_bad_parameters(iris: np.ndarray) -> None:
    with pytest.raises(ValueError, match="perplexity"):
        rl.TSNE(perplexity=10000).fit(iris)
    with pytest.raises(ValueError, match="distance"):
        rl.SammonMap().fit(np.vstack([iris, iris[:1]]))
