"""What the estimators of `_estimators` share: arrays in, arrays out."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ._names import options_of
from ._steps import run_step

if TYPE_CHECKING:
    from anndata import AnnData
    from numpy.typing import NDArray


class _Base(BaseEstimator):  # type: ignore[misc]
    _verb: ClassVar[str]
    _options: ClassVar[dict[str, str]]
    ranks: int | None
    launcher: Any
    launcher_options: Any

    def _validated(self, X: Any, reset: bool = True) -> Any:
        checked = validate_data(
            self,
            X,
            reset=reset,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_min_samples=2 if reset else 1,
        )
        return checked

    def _run(self, X: Any) -> AnnData:
        """Runs the verb on the rows of X."""
        from anndata import AnnData

        options = options_of(self, self._options)
        if "seed" in options and not isinstance(options["seed"], (int, np.integer)):
            options["seed"] = int(check_random_state(options["seed"]).randint(2**31 - 1))
        defaults: dict[str, Any] = {"use-rep": "X"}
        if self._verb == "pca":
            defaults = {"matrix": "X"}
        else:
            options["use-rep"] = "X"
        if self._verb == "neighbors":  # AnnData's functions count the cell itself
            count = options.get("neighbors", inspect.signature(type(self).__init__).parameters["n_neighbors"].default)
            options["neighbors"] = min(count, X.shape[0] - 1) + 1
        adata = AnnData(X.astype(np.float32))
        run_step(
            self._verb,
            adata,
            options,
            defaults,
            ranks=self.ranks,
            launcher=self.launcher,
            launcher_options=self.launcher_options,
            progress=False,
        )
        return adata

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class _Map(ClassNamePrefixFeaturesOutMixin, TransformerMixin, _Base):  # type: ignore[misc]
    embedding_: NDArray[Any]

    def fit(self, X: Any, y: Any = None) -> Any:
        """Computes the map of the rows of X."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[Any]:
        """Computes the map of the rows of X and returns it, n_samples x n_components."""
        X = self._validated(X)
        adata = self._run(X)
        self.embedding_ = np.asarray(adata.obsm[f"X_{self._verb}"], dtype=X.dtype)
        self._keep(adata)
        return self.embedding_

    def _keep(self, adata: AnnData) -> None:
        raise NotImplementedError

    @property
    def _n_features_out(self) -> int:
        return int(self.embedding_.shape[1])


class TSNEBase(_Map):
    """t-SNE, as `sklearn.manifold.TSNE`.

    Attributes
    ----------
    embedding_ : array, n_samples x n_components
        The map.
    kl_divergence_ : float
        KL divergence of the map.
    n_iter_ : int
        Iterations, including early exaggeration.
    n_features_in_ : int
        Columns of X.
    """

    _verb = "tsne"

    def _keep(self, adata: AnnData) -> None:
        self.kl_divergence_ = float(adata.uns["tsne"]["kl_divergence"])
        self.n_iter_ = int(adata.uns["tsne"]["iterations"])


class SammonMapBase(_Map):
    """Sammon map: metric multidimensional scaling that preserves small distances.

    Attributes
    ----------
    embedding_ : array, n_samples x n_components
        The map.
    stress_ : float
        Stress E of the map.
    n_features_in_ : int
        Columns of X.
    """

    _verb = "sammon"

    def _keep(self, adata: AnnData) -> None:
        self.stress_ = float(adata.uns["sammon"]["stress"])


class PCABase(ClassNamePrefixFeaturesOutMixin, TransformerMixin, _Base):  # type: ignore[misc]
    """Principal components, as `sklearn.decomposition.PCA`. Sparse X stays sparse.

    Attributes
    ----------
    components_ : array, n_components x n_features
        Principal axes, by decreasing variance.
    explained_variance_, explained_variance_ratio_ : array, n_components
        Variance of the scores, and its share of the total.
    mean_, scale_ : array, n_features
        What is subtracted from X and what it is divided by.
    n_components_ : int
        Number of components, at most the rank of the data.
    n_features_in_ : int
        Columns of X.
    """

    _verb = "pca"

    def fit(self, X: Any, y: Any = None) -> Any:
        """Computes the components of X."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[Any]:
        """Computes the components of X and returns the scores of its rows, n_samples x n_components."""
        X = self._validated(X)
        adata = self._run(X)
        results = adata.uns["pca"]
        self.components_ = np.asarray(adata.varm["PCs"], dtype=X.dtype).T
        self.explained_variance_ = np.asarray(results["variance"], dtype=X.dtype)
        self.explained_variance_ratio_ = np.asarray(results["variance_ratio"], dtype=X.dtype)
        self.mean_ = np.asarray(results["mean"], dtype=X.dtype)
        self.scale_ = np.asarray(1 / results.get("scale", np.ones(X.shape[1])), dtype=X.dtype)  # a factor in the file
        self.n_components_ = self.components_.shape[0]
        return np.asarray(adata.obsm["X_pca"], dtype=X.dtype)

    def transform(self, X: Any) -> NDArray[Any]:
        """The scores of new rows."""
        check_is_fitted(self)
        X = self._validated(X, reset=False)
        axes = self.components_ / self.scale_
        scores = X @ axes.T - self.mean_ @ axes.T
        return np.asarray(scores, dtype=X.dtype)

    def inverse_transform(self, scores: Any) -> NDArray[Any]:
        """The rows that have these scores."""
        check_is_fitted(self)
        return np.asarray(np.asarray(scores) @ self.components_ * self.scale_ + self.mean_)

    @property
    def _n_features_out(self) -> int:
        return int(self.n_components_)


class KNeighborsTransformerBase(TransformerMixin, _Base):  # type: ignore[misc]
    """Graph of the nearest neighbors, as `sklearn.neighbors.KNeighborsTransformer` with ``mode="distance"``; for
    ``sc.pp.neighbors(adata, transformer=...)``.

    Each row of the graph has the distances to the n_neighbors nearest other rows and, first, 0 to itself.

    Attributes
    ----------
    n_samples_fit_ : int
        Rows of the fitted data.
    n_features_in_ : int
        Columns of X.
    """

    _verb = "neighbors"
    n_neighbors: int
    metric: str
    p: float

    def fit(self, X: Any, y: Any = None) -> Any:
        """Finds the neighbors of the rows of X."""
        X = self._validated(X)
        adata = self._run(X)
        distances = adata.obsp["distances"].tocsr()
        n = X.shape[0]
        k = distances.nnz // n
        values, columns = distances.data.reshape(n, k), distances.indices.reshape(n, k)
        order = np.argsort(values, axis=1, kind="stable")
        values = np.hstack([np.zeros((n, 1)), np.take_along_axis(values, order, 1)]).astype(X.dtype)
        columns = np.hstack([np.arange(n)[:, None], np.take_along_axis(columns, order, 1)])
        offsets = np.arange(0, n * (k + 1) + 1, k + 1)
        self._graph = sparse.csr_matrix((values.ravel(), columns.ravel(), offsets), shape=(n, n))
        self._fit_X = X
        self.n_samples_fit_ = n
        return self

    def transform(self, X: Any) -> Any:
        """The graph from the rows of X to the fitted ones, n_samples x n_samples_fit_. For rows other than the fitted
        ones it is computed by scikit-learn, in this process.
        """
        check_is_fitted(self)
        X = self._validated(X, reset=False)
        if _same(X, self._fit_X):
            return self._graph.copy()
        search = NearestNeighbors(
            n_neighbors=self._graph.nnz // self.n_samples_fit_, metric=self.metric, p=self.p, algorithm="brute"
        )
        return search.fit(self._fit_X).kneighbors_graph(X, mode="distance")

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Names of the columns of the graph."""
        check_is_fitted(self)
        return np.asarray([f"kneighborstransformer{i}" for i in range(self.n_samples_fit_)], dtype=object)


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if a.shape != b.shape or sparse.issparse(a) != sparse.issparse(b):
        return False
    return (a != b).nnz == 0 if sparse.issparse(a) else bool(np.array_equal(a, b))
