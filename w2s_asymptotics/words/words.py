"""Words: noncommutative polynomials in the matrices and vectors of a chain of ridge fits.

Letters are noncommutative sympy symbols, so no factor moves past another unless a rule says so. All matrix
letters stand for symmetric matrices: the transpose of a word is the word reversed. For the stage labelled k:

==============  ==============================================================
``Sigmahat_k``  sample covariance X'X/n of the stage's rows
``R_k``         resolvent (Sigmahat + lam Gamma)^{-1}
``Sigma_k``     population covariance of the stage's rows
``Gamma_k``     penalty matrix
``G_k``         (Sigma + kappa Gamma)^{-1}, the resolvent's deterministic shape
``beta_k``      the learner's weights
``Delta_k``     the learner's error beta_k - beta_*
``z_k``         the learner's noise X'e/n
==============  ==============================================================

Two scalars are made of words: ``Trace(word)`` and ``Quadratic(A, v)``, the mean of v'Av (printed as a squared
norm).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol

__all__ = [
    "BETA",
    "Quadratic",
    "Stage",
    "Trace",
    "differentiate_equivalent",
    "is_vector",
    "letter",
    "map_quadratics",
    "quadratic",
    "terms",
    "trace",
    "transpose",
]


def letter(name: str) -> sp.Symbol:
    """Return the noncommutative letter of this name."""
    return sp.Symbol(name, commutative=False)


BETA = letter("beta_*")
"""The target's weights."""


def is_vector(item: sp.Symbol) -> bool:
    """Whether a letter stands for a weight vector (beta, Delta, f, mu) or for noise z, not for a matrix."""
    return item.name.split("_")[0] in {"beta", "Delta", "f", "mu", "z"}


class Trace(sp.Function):
    """The trace of a word; a commutative scalar."""

    is_commutative = True

    def _latex(self, printer: Any, exp: Any = None) -> str:
        text = rf"\operatorname{{tr}}\left({printer.doprint(self.args[0])}\right)"
        return text if exp is None else rf"{{{text}}}^{{{exp}}}"


class Quadratic(sp.Function):
    """``Quadratic(A, v)``: the mean of v'Av, printed as the squared norm of v in the metric A."""

    is_commutative = True

    def _latex(self, printer: Any, exp: Any = None) -> str:
        metric, vector = self.args
        subscript = "" if metric == 1 else rf"_{{{printer.doprint(metric)}}}"
        power = "2" if exp is None else rf"2 \cdot {exp}"
        return rf"\left\| {printer.doprint(vector)} \right\|{subscript}^{{{power}}}"


@dataclass(frozen=True)
class Stage:
    """The letters and numbers of one learner of a chain, by its label.

    ``noisy`` says whether its labels carry noise at all, ``mixed`` whether true labels are mixed into them.
    """

    label: str
    noisy: bool = True
    mixed: bool = False

    @property
    def sample_covariance(self) -> sp.Symbol:
        """Return the sample covariance X'X/n."""
        return letter(f"Sigmahat_{self.label}")

    @property
    def resolvent(self) -> sp.Symbol:
        """Return R = (Sigmahat + lam Gamma)^{-1}."""
        return letter(f"R_{self.label}")

    @property
    def covariance(self) -> sp.Symbol:
        """Return the population covariance."""
        return letter(f"Sigma_{self.label}")

    @property
    def penalty(self) -> sp.Symbol:
        """Return the penalty matrix Gamma."""
        return letter(f"Gamma_{self.label}")

    @property
    def equivalent(self) -> sp.Symbol:
        """Return G = (Sigma + kappa Gamma)^{-1}."""
        return letter(f"G_{self.label}")

    @property
    def row(self) -> sp.Symbol:
        """Return P = xx', the outer product of one row x."""
        return letter(f"P_{self.label}")

    @property
    def without_row(self) -> sp.Symbol:
        """Return Q = (Sigmahat - P/n + lam Gamma)^{-1}, the resolvent without that row."""
        return letter(f"Q_{self.label}")

    @property
    def weights(self) -> sp.Symbol:
        """Return the learner's weights beta_k."""
        return letter(f"beta_{self.label}")

    @property
    def error(self) -> sp.Symbol:
        """Return the learner's error beta_k - beta_*."""
        return letter(f"Delta_{self.label}")

    @property
    def noise_vector(self) -> sp.Symbol:
        """Return z = X'e/n, what the label noise e contributes to the normal equations."""
        return letter(f"z_{self.label}")

    @property
    def lam(self) -> sp.Symbol:
        """Return the ridge penalty."""
        return symbol("lam", self.label)

    @property
    def kappa(self) -> sp.Symbol:
        """Return the effective regularisation."""
        return symbol("kappa", self.label)

    @property
    def gamma(self) -> sp.Symbol:
        """Return d/n."""
        return symbol("gamma", self.label)

    @property
    def delta(self) -> sp.Symbol:
        """Return 1 - df2/n."""
        return symbol("delta", self.label)

    @property
    def samples(self) -> sp.Symbol:
        """Return the number of rows n."""
        return symbol("samples", self.label)

    @property
    def noise(self) -> sp.Expr:
        """Return the variance of the stage's label noise."""
        return symbol("noise", self.label) if self.noisy else sp.S.Zero

    @property
    def truth(self) -> sp.Expr:
        """Return the weight of true labels in the stage's labels."""
        return symbol("truth", self.label) if self.mixed else sp.S.Zero

    @property
    def fits(self) -> tuple[Stage, ...]:
        """Return the fits to the stage's rows: its own alone."""
        return (self,)

    @property
    def deltas(self) -> dict[tuple[Stage, Stage], sp.Symbol]:
        """Return 1 - tr(G Sigma G Sigma)/n of every pair of its fits."""
        return {(self, self): self.delta}


def terms(expression: Any) -> dict[tuple[sp.Expr, ...], sp.Expr]:
    """Return a word polynomial as ``{letters: scalar coefficient}``, the letters in order.

    >>> A, b = letter("A"), letter("b")
    >>> terms(2 * A**2 * b - b) == {(A, A, b): 2, (b,): -1}
    True
    """
    gathered: dict[tuple[sp.Expr, ...], sp.Expr] = {}
    for term in sp.Add.make_args(sp.expand(expression)):
        scalars, letters = term.args_cnc()
        spelled: list[sp.Expr] = []
        for factor in letters:
            base, exponent = factor.as_base_exp()
            spelled += [base] * int(exponent)
        gathered[tuple(spelled)] = gathered.get(tuple(spelled), sp.S.Zero) + sp.Mul(*scalars)
    return {letters: coefficient for letters, coefficient in gathered.items() if coefficient != 0}


def trace(word: Any) -> sp.Expr:
    """Return the trace of a word polynomial, by linearity.

    >>> A, B = letter("A"), letter("B")
    >>> trace(2 * A * B - A)
    -Trace(A) + 2*Trace(A*B)
    """
    return sp.Add(*(coefficient * Trace(sp.Mul(*letters)) for letters, coefficient in terms(word).items()))


def quadratic(metric: Any, vector: Any) -> sp.Expr:
    """Return the mean of v'Av with the scalars common to all terms of v taken out.

    >>> quadratic(letter("A"), -3 * symbol("lam") * letter("b"))
    9*lam**2*Quadratic(A, b)
    """
    spelled = terms(vector)
    if not spelled:
        return sp.S.Zero
    common = sp.gcd_list(list(spelled.values()))
    signs = {(coefficient / common).could_extract_minus_sign() for coefficient in spelled.values()}
    common = -common if signs == {True} else common
    reduced = sp.Add(
        *(sp.cancel(coefficient / common) * sp.Mul(*letters) for letters, coefficient in spelled.items())
    )
    return common**2 * Quadratic(metric, sp.expand(reduced))


def differentiate_equivalent(stage: Stage, direction: Any) -> sp.Expr:
    """Return dG when Sigma + kappa Gamma moves in ``direction``: -G direction G.

    >>> differentiate_equivalent(Stage("t"), letter("C"))
    -G_t*C*G_t
    """
    return sp.expand(-stage.equivalent * direction * stage.equivalent)


def transpose(word: Any) -> sp.Expr:
    """Return the transpose of a word polynomial in symmetric letters: every word reversed.

    >>> transpose(2 * letter("A") * letter("B"))
    2*B*A
    """
    return sp.Add(*(coefficient * sp.Mul(*reversed(letters)) for letters, coefficient in terms(word).items()))


def map_quadratics(expression: Any, change: Callable[[sp.Expr, sp.Expr], sp.Expr]) -> sp.Expr:
    """Replace every ``Quadratic(A, v)`` by ``change(A, v)``, leaving all else where it stands.

    >>> form = Quadratic(letter("A"), letter("b"))
    >>> map_quadratics(1 + form, lambda metric, vector: Quadratic(metric, 2 * vector))
    Quadratic(A, 2*b) + 1
    """
    found = {
        atom: change(*atom.args) for atom in sorted(expression.atoms(Quadratic), key=sp.default_sort_key)
    }
    return expression.xreplace(found)
