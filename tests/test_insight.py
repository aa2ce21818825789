"""Features, the map and robustness, on a real model and real digits."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from digitlab.data import mnist
from digitlab.insight import answers, embedding, features, robustness
from digitlab.insight.progress import unheard
from digitlab.networks import zoo
from digitlab.store import results
from digitlab.store.results import Wanted

NAME = "two-conv-64-dropout"


def test_components_are_scikit_learns() -> None:
    values: Any = np.random.default_rng(0).standard_normal((200, 30))
    values = (values * np.arange(1, 31)).astype(np.float32)
    basis = features.fit(values, 5)
    expected = PCA(5).fit(values)
    np.testing.assert_allclose(np.abs(basis.project(values)), np.abs(expected.transform(values)), rtol=1e-3, atol=1e-2)
    assert basis.share == pytest.approx(expected.explained_variance_ratio_.sum(), rel=1e-4)


def test_the_last_hidden_layer_is_what_the_last_one_reads() -> None:
    expected = {"two-conv-64-dropout": "dense_1", "pen": "relu_7", "two-conv-128": "dense_1"}
    assert {name: features.last_hidden(zoo.find(name).network) for name in expected} == expected


def test_features_find_the_neighbours_and_keep_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a tenth of MNIST, for the sake of time."""
    whole = mnist.load()
    part = mnist.Mnist(whole.x_train[::10], whole.y_train[::10], whole.x_test[::10], whole.y_test[::10])
    monkeypatch.setattr(mnist, "load", lambda: part)
    monkeypatch.setattr(features, "_FITTED_ON", 1000)
    monkeypatch.setattr(features, "_remembered", features._Remembered())
    model = zoo.find(NAME)
    assert features.known(model) is None
    said: list[float] = []
    results.keep(
        features.wanted(model), features.job(features.wanted(model), lambda done, total: said.append(done / total))
    )
    assert said == sorted(said)
    found = features.known(model)
    assert found is not None
    assert found.training.shape == (6000, 64)
    kept = answers.known(model, "test")
    assert kept is not None
    assert kept.right.mean() > 0.98

    index = NearestNeighbors(n_neighbors=8, algorithm="brute").fit(found.training)
    distances, numbers = index.kneighbors(found.test[:3])
    for row in range(3):
        near, away = found.nearest(found.test[row], 8)
        assert set(near) == set(numbers[row])
        np.testing.assert_allclose(away, distances[row], atol=1e-2)
    near, _ = found.nearest(found.training[5], 8, but_not=5)
    assert 5 not in near
    assert (part.y_train[found.nearest(found.test[0], 8)[0]] == part.y_test[0]).all()

    image = mnist.scaled(part.x_test[:1])[0]
    np.testing.assert_allclose(features.locate(zoo.open_model(NAME), found, image), found.test[0], atol=0.05)
    strange = found.strangeness("test")
    wrong = strange[~kept.right].mean()
    assert wrong > strange[kept.right].mean(), "what is read wrong looks less like its class"


@pytest.mark.parametrize("layer", ["dense_1", "conv_1"])
def test_the_map_of_components_takes_a_new_digit_without_fitting(layer: str) -> None:
    model, predictor = zoo.find(NAME), zoo.open_model(NAME)
    assert embedding.known(model, layer, "pca", 300) is None
    found = embedding.by_components(predictor, model, layer, digits=300)
    again = embedding.known(model, layer, "pca", 300)
    assert again is not None
    np.testing.assert_array_equal(found.places, again.places)
    assert found.places.shape == (300, 2)
    images = mnist.scaled(mnist.load().x_test[found.numbers[:5]])
    np.testing.assert_allclose(embedding.put(predictor, found, images)[0], found.places[:5], atol=1e-2)


def test_what_a_map_says_of_its_neighbours_and_directions_is_scikit_learns() -> None:
    data, predictor = mnist.load(), zoo.open_model(NAME)
    found = embedding.by_components(predictor, zoo.find(NAME), "dense_1", digits=300)
    mine = data.y_test[found.numbers]
    theirs = mine[NearestNeighbors(n_neighbors=1).fit(found.places).kneighbors(return_distance=False)[:, 0]]
    pairs = Counter(
        tuple(sorted(pair)) for pair in zip(mine.tolist(), theirs.tolist(), strict=True) if len(set(pair)) > 1
    )
    same, pair = embedding.neighbours_alike(found, data.y_test)
    assert same == (mine == theirs).mean()
    assert pairs[pair] == max(pairs.values())
    values, _ = predictor.layer_outputs(mnist.scaled(data.x_test[found.numbers]), "dense_1")
    expected = PCA(2).fit(values).explained_variance_ratio_.sum()
    assert embedding.kept_variance(found) == pytest.approx(expected, rel=1e-3)


def test_t_sne_lays_equal_digits_together_and_puts_new_ones_among_their_like() -> None:
    model, predictor = zoo.find(NAME), zoo.open_model(NAME)
    asked = embedding.wanted(model, "dense_1", "t-sne", 400)
    said: list[float] = []
    results.keep(asked, embedding.job(asked, lambda done, total: said.append(done / total)))
    assert said == sorted(said)
    assert said[-1] == pytest.approx(1)
    found = embedding.known(model, "dense_1", "t-sne", 400)
    assert found is not None
    data = mnist.load()
    labels = data.y_test[found.numbers]
    neighbours = KNeighborsClassifier(10).fit(found.places, labels)
    assert neighbours.score(found.places, labels) > 0.93
    others = np.setdiff1d(np.arange(500), found.numbers)
    places, _ = embedding.put(predictor, found, mnist.scaled(data.x_test[others]))
    assert neighbours.score(places, data.y_test[others]) > 0.93


def test_a_job_ends_where_it_is_told_to() -> None:
    def stop(done: float, total: float) -> None:
        if done > 0.3 * total:
            raise KeyError("stop")

    for asked in (
        embedding.wanted(zoo.find(NAME), "dense_1", "t-sne", 200),
        Wanted(robustness.KIND, zoo.find(NAME).hash, {"digits": 10}),
    ):
        with pytest.raises(KeyError, match="stop"):
            {embedding.KIND: embedding.job, robustness.KIND: robustness.job}[asked.kind](asked, stop)


@pytest.mark.parametrize("way", robustness.WAYS, ids=lambda way: way.name)
def test_every_way_starts_with_the_digits_as_they_are_and_goes_farther(way: robustness.Way) -> None:
    images = mnist.scaled(mnist.load().x_test[robustness.chosen()[:20]])
    shown = [robustness.changed(way, strength, 20) for strength in way.strengths]
    np.testing.assert_array_equal(shown[0], images)
    away = [float(np.abs(one - images).mean()) for one in shown]
    assert 0 == away[0] < away[1] < max(away[2:])
    assert all(one.min() >= 0 and one.max() <= 1 and one.shape == images.shape for one in shown)


def test_ways_do_what_they_are_called() -> None:
    ways = {way.name: way for way in robustness.WAYS}
    bar = np.zeros((2, 28, 28), np.float32)
    bar[:, 4:24, 13:15] = 1
    rng = np.random.default_rng(0)
    turned = ways["rotation"].change(bar, 90, rng)
    np.testing.assert_allclose(turned, bar.transpose(0, 2, 1), atol=1e-6)
    smaller = ways["scale"].change(bar, 0.5, rng)
    assert smaller.sum() == pytest.approx(bar.sum() / 4, rel=0.1)
    thinner, thicker = ways["thickness"].change(bar, 1, rng)
    assert thinner.sum() < bar[0].sum() < thicker.sum()
    grey = ways["contrast"].change(bar, 1, rng)
    assert (grey == 0.5).all()


def test_curves_fall_and_begin_at_the_accuracy() -> None:
    model = zoo.find(NAME)
    assert robustness.curves(model) is None
    results.keep(robustness.wanted(model), robustness.job(Wanted("robustness", model.hash, {"digits": 100}), unheard))
    found = robustness.curves(model)
    assert found is not None
    labels = mnist.load().y_test[robustness.chosen()[:100]]
    images = mnist.scaled(mnist.load().x_test[robustness.chosen()[:100]])
    plain = float((zoo.open_model(NAME).outputs(images).argmax(axis=1) == labels).mean())
    for curve in found:
        assert curve.accuracy[0] == plain
        assert curve.accuracy[-1] < plain
        assert all(low <= share <= high for low, share, high in zip(curve.low, curve.accuracy, curve.high, strict=True))
