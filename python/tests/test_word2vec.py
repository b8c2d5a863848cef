"""Word vectors for gensim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import Word2Vec

import replearn as rl

TOPICS = [[f"{kind}{i}" for i in range(12)] for kind in ("red", "green", "blue")]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """Sentences of words of one of three topics."""
    draw = np.random.default_rng(1)
    lines = [" ".join(draw.choice(TOPICS[draw.integers(3)], 10)) for _ in range(3000)]
    (tmp_path / "text.txt").write_text("\n".join(lines) + "\n")
    return tmp_path / "text.txt"


def agreement(vectors: object) -> float:
    """Share of words whose five nearest words are of their topic."""
    words = [word for topic in TOPICS for word in topic]
    nearest = {word: [near for near, _ in vectors.most_similar(word, topn=5)] for word in words}  # type: ignore[attr-defined]
    return float(np.mean([near[:3] == word[:3] for word in words for near in nearest[word]]))


def test_vectors_are_as_good_as_gensims(text: Path) -> None:
    ours = rl.Word2Vec(vector_size=20, epochs=10, sample=0.0, deterministic=True).fit(text)
    sentences = [line.split() for line in text.read_text().splitlines()]
    theirs = Word2Vec(sentences, vector_size=20, sg=1, epochs=10, sample=0, workers=1, seed=1).wv
    assert ours.vectors.shape == (36, 20)
    assert agreement(ours) == pytest.approx(1) and agreement(ours) >= agreement(theirs)
    for word in theirs.index_to_key:
        assert ours.get_vecattr(word, "count") == theirs.get_vecattr(word, "count")


def test_several_files_and_errors(text: Path, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("one more text of a few words one more text of a few words\n")
    vectors = rl.Word2Vec(vector_size=5, min_count=1, ranks=2).fit([text, tmp_path / "more.txt"])
    assert {"one", "red0"} <= set(vectors.index_to_key)
    with pytest.raises(rl.InputError, match="none.txt"):
        rl.Word2Vec().fit(tmp_path / "none.txt")
