"""Results in the AnnData, against Scanpy, scikit-learn and closed forms."""

from __future__ import annotations

import subprocess
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from scipy import sparse
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_rand_score, silhouette_score

import replearn as rl


def test_pca_is_that_of_scikit_learn(cells: anndata.AnnData) -> None:
    del cells.obsm["X_pca"], cells.varm["PCs"], cells.uns["pca"]
    del cells.var["highly_variable"]
    rl.pp.pca(cells, n_comps=10)
    expected = PCA(10, svd_solver="full").fit(np.asarray(cells.X, dtype=float))
    np.testing.assert_allclose(cells.uns["pca"]["variance"], expected.explained_variance_, rtol=1e-4)
    np.testing.assert_allclose(cells.uns["pca"]["variance_ratio"], expected.explained_variance_ratio_, rtol=1e-4)
    cosines = np.abs(np.sum(cells.varm["PCs"].T * expected.components_, axis=1))
    np.testing.assert_allclose(cosines, 1, atol=1e-3)
    assert cells.obsm["X_pca"].shape == (700, 10)


def test_neighbors_are_those_of_scanpy(cells: anndata.AnnData) -> None:
    expected = sc.pp.neighbors(cells, n_neighbors=12, use_rep="X_pca", transformer="sklearn", copy=True)
    rl.pp.neighbors(cells, n_neighbors=12, use_rep="X_pca", method="exact", ranks=2)
    difference = abs(cells.obsp["distances"] - expected.obsp["distances"])
    assert difference.max() < 1e-4
    assert abs(cells.obsp["connectivities"] - expected.obsp["connectivities"]).max() < 1e-3
    assert cells.uns["neighbors"]["params"]["n_neighbors"] == 12
    sc.tl.diffmap(cells)  # reads graph and uns/neighbors


def test_preprocess_is_that_of_scanpy(counts: anndata.AnnData) -> None:
    expected = counts.copy()
    sc.pp.filter_genes(expected, min_cells=60)
    sc.pp.normalize_total(expected)
    sc.pp.log1p(expected)
    sc.pp.highly_variable_genes(expected, flavor="seurat", n_top_genes=100)
    raw = counts.X.copy()
    rl.pp.preprocess(counts, min_cells=60, n_top_genes=100)
    assert list(counts.var_names) == list(expected.var_names)
    assert abs(counts.X - expected.X).max() < 1e-5
    assert counts.var["highly_variable"].sum() == 100
    assert (counts.var["highly_variable"] == expected.var["highly_variable"]).mean() > 0.99
    kept = [list(counts.var_names).index(name) for name in counts.var_names]
    assert kept == list(range(counts.n_vars))
    assert counts.layers["counts"].sum() == raw[:, (raw > 0).sum(axis=0).A1 >= 60].sum()
    assert "log1p" in counts.uns


def test_preprocess_subsets_everything_and_drops_what_is_stale(counts: anndata.AnnData) -> None:
    counts.obs["label"] = [f"cell {i}" for i in range(counts.n_obs)]
    counts.obs["vae_held_out"] = 1
    counts.obsm["X_tsne"] = np.zeros((counts.n_obs, 2))
    counts.obsm["spatial"] = np.arange(2 * counts.n_obs).reshape(-1, 2)
    counts.uns.update(tsne={"a": 1}, mine="kept")
    genes = (counts.X > 0).sum(axis=1).A1
    names = list(counts.obs_names[genes >= 200])
    rl.pp.preprocess(counts, min_genes=200)
    assert list(counts.obs_names) == names and 0 < len(names) < 350
    assert counts.obs["label"].iloc[0] == f"cell {np.flatnonzero(genes >= 200)[0]}"
    assert list(counts.obsm) == ["spatial"]
    assert counts.obsm["spatial"][0, 0] == 2 * np.flatnonzero(genes >= 200)[0]
    assert "vae_held_out" not in counts.obs and "tsne" not in counts.uns and counts.uns["mine"] == "kept"
    assert not [name for name in [*counts.obs, *counts.var] if name.startswith("replearn")]


def test_highly_variable_genes_by_batch(counts: anndata.AnnData) -> None:
    counts.obs["sample"] = np.where(np.arange(counts.n_obs) % 2, "a", "b")
    expected = counts.copy()
    sc.pp.normalize_total(expected)
    sc.pp.log1p(expected)
    sc.pp.highly_variable_genes(expected, n_top_genes=100, batch_key="sample")
    rl.pp.preprocess(counts, n_top_genes=100, batch_key="sample")
    assert (counts.var["highly_variable"] == expected.var["highly_variable"]).mean() > 0.99
    assert counts.var["highly_variable"].sum() == 100
    assert list(counts.obs["sample"]) == list(expected.obs["sample"])
    with pytest.raises(rl.InputError, match="samples") as raised:
        rl.pp.preprocess(counts, batch_key="samples")
    assert "'sample'" in raised.value.hint


def test_tsne_is_that_of_the_command_line(cells: anndata.AnnData, tmp_path: Path) -> None:
    cells.write_h5ad(tmp_path / "in.h5ad")
    words = ["tsne", tmp_path / "in.h5ad", tmp_path / "out.h5ad", "--iterations", "100", "--quiet"]
    subprocess.run([rl.find_program(), *map(str, words)], check=True)
    expected = anndata.read_h5ad(tmp_path / "out.h5ad")
    job = rl.tl.tsne(cells, iterations=100, ranks=3)
    np.testing.assert_array_equal(cells.obsm["X_tsne"], expected.obsm["X_tsne"])
    assert cells.uns["tsne"]["kl_divergence"] == expected.uns["tsne"]["kl_divergence"]
    assert cells.uns["replearn"]["tsne"]["options"]["tsne"]["iterations"] == 100
    assert job.state == "finished" and "KL divergence" in job.log
    assert job.progress is not None and job.progress.iterations == 350


def test_umap_is_that_of_the_command_line(cells: anndata.AnnData, tmp_path: Path) -> None:
    cells.write_h5ad(tmp_path / "in.h5ad")
    for searched in (False, True):
        if searched:  # without a graph, one is computed
            del cells.obsp["connectivities"], cells.obsp["distances"], cells.uns["neighbors"]
            cells.write_h5ad(tmp_path / "in.h5ad")
        command = [rl.find_program(), "umap", tmp_path / "in.h5ad", tmp_path / "out.h5ad", "--epochs", "20", "--quiet"]
        subprocess.run(command, check=True)
        expected = anndata.read_h5ad(tmp_path / "out.h5ad")
        job = rl.tl.umap(cells, epochs=20, ranks=2)
        assert ("searching for 15 neighbors" in job.log) == searched
        np.testing.assert_array_equal(cells.obsm["X_umap"], expected.obsm["X_umap"])
        assert cells.uns["umap"]["epochs"] == 20
    assert "connectivities" in cells.obsp


def test_leiden_is_that_of_the_command_line(cells: anndata.AnnData, tmp_path: Path) -> None:
    cells.write_h5ad(tmp_path / "in.h5ad")
    command = [rl.find_program(), "leiden", tmp_path / "in.h5ad", tmp_path / "out.h5ad", "--resolution", "0.5,1"]
    subprocess.run([*command, "--quiet"], check=True)
    expected = anndata.read_h5ad(tmp_path / "out.h5ad")
    rl.tl.leiden(cells, resolution=[0.5, 1], ranks=2)
    for name in ("leiden_0.5", "leiden_1"):
        assert list(cells.obs[name]) == list(expected.obs[name])
        assert list(cells.obs[name].cat.categories) == list(expected.obs[name].cat.categories)
        assert cells.uns[name]["params"]["n_iterations"] == -1


def test_tsne_is_as_good_as_that_of_scanpy(cells: anndata.AnnData) -> None:
    cells = cells[::2].copy()
    theirs = sc.tl.tsne(cells, use_rep="X_pca", copy=True).obsm["X_tsne"]
    rl.tl.tsne(cells)
    values = [trustworthiness(cells.obsm["X_pca"], points, n_neighbors=12) for points in (cells.obsm["X_tsne"], theirs)]
    assert values[0] > values[1] - 0.01
    sc.pl.tsne(cells, color="bulk_labels", show=False)


def test_sammon_stress(cells: anndata.AnnData) -> None:
    rl.tl.sammon(cells, iterations=200, key_added="map")
    data, mapped = pdist(cells.obsm["X_pca"].astype(float)), pdist(cells.obsm["map"].astype(float))
    assert np.sum((data - mapped) ** 2 / data) / data.sum() == pytest.approx(cells.uns["map"]["stress"], rel=1e-4)
    assert "map_stress" in cells.obs and "X_sammon" not in cells.obsm


def test_ppca_noise_is_the_mean_of_the_discarded_variances(cells: anndata.AnnData) -> None:
    del cells.var["highly_variable"]
    rl.tl.ppca(cells, n_comps=5)
    variances = np.linalg.eigvalsh(np.cov(np.asarray(cells.X, dtype=float).T, bias=True))[::-1]
    noise = cells.uns["ppca"]["noise_variance"]
    assert float(np.ravel(noise)[0]) == pytest.approx(variances[5:].mean(), rel=1e-2)
    assert cells.obsm["X_ppca"].shape == (700, 5)


def test_pdist(cells: anndata.AnnData) -> None:
    few = cells[:50].copy()
    rl.tl.pdist(few, metric="cosine")
    expected = pdist(few.obsm["X_pca"].astype(float), "cosine")
    np.testing.assert_allclose(np.asarray(few.obsp["pdist"])[np.triu_indices(50, 1)], expected, atol=1e-5)


def test_models(counts: anndata.AnnData) -> None:
    counts.obs["batch"] = np.where(np.arange(counts.n_obs) % 2, "a", "b")
    rl.tl.vae(counts, latent=3, epochs=2, condition="batch", denoise="denoised")
    assert counts.obsm["X_vae"].shape == (350, 3) and counts.layers["denoised"].shape == counts.shape
    rl.tl.factorize(counts, epochs=2, log1p=True, random_state=3)
    assert counts.obsm["X_factorize"].shape == (350, 2) and counts.varm["factorize"].shape == (765, 2)
    rl.tl.bigan(counts, steps=20, latent=2, hidden=[16, 8])
    assert counts.obsm["X_bigan"].shape == (350, 2)
    assert sorted(counts.uns["replearn"]) == ["bigan", "factorize", "vae"]
    np.testing.assert_array_equal(counts.uns["replearn"]["bigan"]["options"]["bigan"]["hidden"], [16, 8])
    new = counts[:20].copy()
    for key in list(new.obsm):
        del new.obsm[key]
    rl.tl.vae(new, reference=counts, condition="batch")
    np.testing.assert_allclose(new.obsm["X_vae"], counts.obsm["X_vae"][:20], atol=1e-3)


def test_a_reference_places_new_cells(cells: anndata.AnnData) -> None:
    known, new = cells[:600].copy(), cells[600:].copy()
    del new.obsm["X_pca"], known.var["highly_variable"], new.var["highly_variable"]
    rl.pp.pca(known)
    rl.tl.tsne(known)
    rl.pp.pca(new, reference=known)
    expected = (np.asarray(new.X, float) - np.asarray(known.X, float).mean(axis=0)) @ known.varm["PCs"].astype(float)
    np.testing.assert_allclose(new.obsm["X_pca"], expected, atol=1e-3)
    rl.tl.tsne(new, reference=known)
    # New cells land near cells of the same kind.
    squared = ((new.obsm["X_tsne"][:, None] - known.obsm["X_tsne"][None]) ** 2).sum(axis=2)
    nearest = known.obs["bulk_labels"].astype(str).to_numpy()[squared.argmin(axis=1)]
    assert (nearest == new.obs["bulk_labels"].astype(str).to_numpy()).mean() > 0.6


def test_a_reference_of_scanpy(cells: anndata.AnnData) -> None:
    known, new = cells[:600].copy(), cells[600:].copy()
    sc.pp.pca(known, n_comps=10, mask_var=None)
    rl.pp.pca(new, reference=known, genes="all")
    expected = (np.asarray(new.X, float) - np.asarray(known.X, float).mean(axis=0)) @ known.varm["PCs"]
    np.testing.assert_allclose(new.obsm["X_pca"], expected, atol=1e-3)


def test_n_pcs_and_key_added(cells: anndata.AnnData) -> None:
    before = cells.obsp["distances"].copy()
    rl.pp.neighbors(cells, n_neighbors=10, n_pcs=5, key_added="few", method="exact")
    expected = sc.pp.neighbors(cells, n_neighbors=10, n_pcs=5, use_rep="X_pca", transformer="sklearn", copy=True)
    assert abs(cells.obsp["few_distances"] - expected.obsp["distances"]).max() < 1e-4
    assert cells.uns["few"]["distances_key"] == "few_distances"
    assert (cells.obsp["distances"] != before).nnz == 0
    sc.tl.diffmap(cells, neighbors_key="few")


def test_inputs_stay_as_they_are(cells: anndata.AnnData) -> None:
    before = cells.copy()
    rl.tl.tsne(cells, iterations=10, early_exaggeration_iterations=10, pull="bulk_labels=Dendritic:0.001")
    assert set(cells.obsm) == {*before.obsm, "X_tsne"}
    np.testing.assert_array_equal(cells.X, before.X)
    np.testing.assert_array_equal(cells.obsm["X_pca"], before.obsm["X_pca"])
    assert list(cells.obs) == list(before.obs) and list(cells.var) == list(before.var)
    assert (cells.obsp["distances"] != before.obsp["distances"]).nnz == 0


def test_a_map_is_refined_in_place(cells: anndata.AnnData) -> None:
    rl.tl.tsne(cells, iterations=50)
    first = cells.obsm["X_tsne"].copy()
    rl.tl.tsne(cells, start_key="X_tsne", start_scale="keep", early_exaggeration_iterations=0, iterations=20)
    assert not np.array_equal(cells.obsm["X_tsne"], first)
    assert trustworthiness(first, cells.obsm["X_tsne"]) > 0.95


def test_data_frames_in_obsm(cells: anndata.AnnData) -> None:
    columns = [f"PC{i}" for i in range(50)]
    cells.obsm["frame"] = pd.DataFrame(cells.obsm["X_pca"], index=cells.obs_names, columns=columns)
    rl.tl.tsne(cells, use_rep="frame", iterations=20, key_added="a")
    rl.tl.tsne(cells, use_rep="X_pca", iterations=20, key_added="b")
    assert trustworthiness(cells.obsm["a"], cells.obsm["b"]) > 0.99


def test_names_that_a_file_cannot_have(counts: anndata.AnnData) -> None:
    counts.obs["a/b"] = 1
    counts.obsm["c/d"] = np.zeros((counts.n_obs, 1))
    counts.uns["e/f"] = 2
    rl.pp.preprocess(counts)
    assert "a/b" in counts.obs and "c/d" in counts.obsm and counts.uns["e/f"] == 2


def test_figures_and_samples_stay(counts: anndata.AnnData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rl.tl.vae(counts, epochs=1, draw_curves=True, sample=5, sample_output="drawn.h5ad")
    assert anndata.read_h5ad("drawn.h5ad").shape == (5, 765)
    assert list(tmp_path.glob("*.png"))
    with pytest.raises(rl.InputError, match="sample_output"):
        rl.tl.vae(counts, epochs=1, sample=5)


def test_sparse_layers_and_views(counts: anndata.AnnData) -> None:
    counts.layers["log"] = np.log1p(counts.X)
    view = counts[:200]
    with pytest.warns(anndata.ImplicitModificationWarning):
        rl.pp.pca(view, n_comps=5, matrix="layers/log")
    dense = np.asarray(counts.layers["log"][:200].todense(), dtype=float)
    expected = PCA(5, svd_solver="full").fit(dense).explained_variance_
    np.testing.assert_allclose(view.uns["pca"]["variance"], expected, rtol=1e-3)
    assert sparse.issparse(counts.X) and "X_pca" not in counts.obsm


def test_evaluate_is_scikit_learn(cells: anndata.AnnData) -> None:
    rl.tl.evaluate(cells, basis="X_umap", labels="bulk_labels", clusters="louvain", batch="phase")
    scores = cells.uns["evaluate"]
    assert scores["clusters"]["ari"] == pytest.approx(adjusted_rand_score(cells.obs.bulk_labels, cells.obs.louvain))
    silhouette = silhouette_score(cells.obsm["X_umap"].astype(float), cells.obs.bulk_labels)
    assert scores["X_umap"]["silhouette"] == pytest.approx(silhouette, abs=1e-6)
    assert cells.obs.X_umap_silhouette.mean() == pytest.approx(silhouette, abs=1e-6)
    assert "X_umap_lisi" in cells.obs


def test_harmony(cells: anndata.AnnData) -> None:
    cells.obs["donor"] = np.array(["a", "b"])[np.arange(cells.n_obs) % 2]
    before = np.array(cells.obsm["X_pca"])
    rl.pp.harmony(cells, batch_key="donor", lamb=2.0)
    assert cells.obsm["X_pca_harmony"].shape == before.shape
    np.testing.assert_array_equal(cells.obsm["X_pca"], before)
    assert cells.uns["harmony"]["params"]["lambda"] == 2
    rl.pp.harmony(cells, batch_key=["donor"], lamb=2.0, key_added="joined", ranks=2)
    np.testing.assert_array_equal(cells.obsm["joined"], cells.obsm["X_pca_harmony"])
