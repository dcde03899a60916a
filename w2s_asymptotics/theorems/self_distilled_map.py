r"""Any number of fits on the same rows, as a map of Gaussian equivalents.

The shares c_i of the fits sum to one, and ``1 - M' = (1 - M) + sum_i c_i K_i M``; ``v_ij`` is the energy that
fits i and j both leave unexplained over ``delta_ij = 1 - gamma sum w S_i S_j``.

Newton's recursion is proved with an arbitrary matrix between the first fit and the last, hence for every k;
moments are sums over pairs of fits, so two with free shares are all that they meet (``two_penalties``). One
fit is ``ridge_map``. Equal, vanishing and infinite penalties are limits, taken for two fits.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.rows import Rows, Signs
from w2s_asymptotics.proof.models.spectra import Spectra, WordsOnSpectra
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal, Tends
from w2s_asymptotics.theorems import ridge_map
from w2s_asymptotics.theorems._repeated import FAR
from w2s_asymptotics.theorems._repeated import combination as combination_steps
from w2s_asymptotics.words.pairs import COVARIANCE, FITS, NOISE, PAIR, PENALTY, SAMPLE, SIZE, delta, kept
from w2s_asymptotics.words.spectrum import COVARIANCE as SPREAD
from w2s_asymptotics.words.spectrum import DIMENSION, EIGENVALUE, ENERGY, MULTIPLIER, SIGNAL, WEIGHT, Total
from w2s_asymptotics.words.spectrum import METRIC as ON_METRIC
from w2s_asymptotics.words.words import Quadratic, Trace, letter, trace

__all__ = ["MEANING", "SHARES", "derivation", "inverse", "lost", "multiplier", "omega", "unexplained"]

METRIC, LABELS = letter("A"), letter("f")
GAMMA, NOISE_VARIANCE = symbol("gamma"), symbol("noise")
SHARES = {fit: sp.Symbol(f"c_{fit.label}", real=True) for fit in FITS}
"""The share of either fit in the outcome; free, so that a sum over pairs holds for any number of fits."""

_first, _last = FITS
_PAIRS = ((_first, _first, 1), (_first, _last, 2), (_last, _last, 1))


def lost(fit: Any) -> sp.Symbol:
    """Return K = kappa G, what a fit loses of a coefficient on an atom."""
    return sp.Symbol(f"K_{fit.label}", positive=True)


def inverse(fit: Any) -> sp.Symbol:
    """Return G = 1/(s + kappa) on an atom."""
    return sp.Symbol(f"G_{fit.label}", positive=True)


def omega(fit: Any) -> sp.Symbol:
    """Return lam/kappa = 1 - df1/n of a fit."""
    return symbol("omega", fit.label)


def unexplained(first: Any, second: Any) -> sp.Symbol:
    """Return v, the energy that two fits both leave unexplained, over their delta."""
    return sp.Symbol(f"v_{first.label}{second.label}", positive=True)


def _unexplained(i: Any, j: Any) -> Any:
    return (NOISE_VARIANCE + Total(EIGENVALUE * lost(i) * lost(j) * ENERGY)) / delta(i, j)


_ON_ATOM: dict[Any, Any] = {
    **{kept(fit): EIGENVALUE * inverse(fit) for fit in FITS},
    **{lost(fit): fit.kappa * inverse(fit) for fit in FITS},
    **{inverse(fit): 1 / (EIGENVALUE + fit.kappa) for fit in FITS},
}
MEANING: dict[Any, Any] = {
    **{unexplained(i, j): _unexplained(i, j) for i, j, _ in _PAIRS},
    **{delta(i, j): omega(i) + GAMMA * Total(WEIGHT * kept(i) * lost(j)) for i, j, _ in _PAIRS},
    **{omega(fit): 1 - GAMMA * Total(WEIGHT * kept(fit)) for fit in FITS},
    **_ON_ATOM,
}
"""What the named quantities of the map stand for, each in terms of those after it: sums of positive terms."""


def _pair_sum(of_pair: Any) -> Any:
    """The sum over pairs of fits of their shares times ``of_pair(i, j)``, the mixed pair counted twice."""
    return sp.Add(*(sp.expand(count * SHARES[i] * SHARES[j] * of_pair(i, j)) for i, j, count in _PAIRS))


def _spread(i: Any, j: Any) -> Any:
    """What unexplained energy adds to the moment, by the two-penalty rule."""
    return trace(METRIC * i.equivalent * COVARIANCE * j.equivalent) / (SIZE * delta(i, j))


def _integrated(i: Any, j: Any) -> Any:
    right = j.kappa * j.equivalent * PENALTY
    word = (1 - i.kappa * PENALTY * i.equivalent) * METRIC * (1 - right)
    crossed = i.kappa * PENALTY * i.equivalent * COVARIANCE * right
    return Quadratic(sp.expand(word), LABELS) + _spread(i, j) * (NOISE_VARIANCE + Quadratic(crossed, LABELS))


def _gathered(i: Any, j: Any) -> Any:
    word = COVARIANCE * i.equivalent * METRIC * j.equivalent * COVARIANCE
    crossed = PENALTY * i.equivalent * COVARIANCE * j.equivalent * PENALTY
    missed = NOISE_VARIANCE + i.kappa * j.kappa * Quadratic(crossed, LABELS)
    return Quadratic(word, LABELS) + _spread(i, j) * missed


def _averaged(i: Any, j: Any) -> Any:
    word = (1 - i.lam * PENALTY * i.resolvent) * METRIC * (1 - j.lam * j.resolvent * PENALTY)
    noisy = trace(METRIC * i.resolvent * SAMPLE * j.resolvent)
    return Quadratic(sp.expand(word), LABELS) + NOISE_VARIANCE / SIZE * noisy


def _fitted(fit: Any) -> Any:
    return fit.resolvent * (SAMPLE * LABELS + NOISE)


def _resolved(fit: Any) -> Any:
    return LABELS - fit.lam * fit.resolvent * PENALTY * LABELS


def _outcome(of_fit: Any) -> Any:
    return sp.expand(sum(share * of_fit(fit) for fit, share in SHARES.items()))


_ENTER = r"$\Gamma = I$; $G_i = 1/(s + \kappa_i)$"
_enters = Equal(
    WordsOnSpectra(
        {
            **{fit.equivalent: inverse(fit) for fit in FITS},
            COVARIANCE: EIGENVALUE,
            PENALTY: sp.S.One,
            METRIC: ON_METRIC,
        },
        {
            **{fit.kappa: fit.kappa for fit in FITS},
            SIZE: DIMENSION / GAMMA,
            **{delta(i, j): 1 - GAMMA * Total(WEIGHT * kept(i) * kept(j)) for i, j, _ in _PAIRS},
        },
        LABELS,
        _ON_ATOM,
    )
)


def multiplier() -> Any:
    """Return what the outcome keeps of a coefficient on an atom, `sum c_i S_i`."""
    return sum(share * kept(fit) for fit, share in SHARES.items())


def _moment(energy: Any, unexplained_by: Any) -> Any:
    """The second moment in a metric, on the spectrum."""
    added = sum(
        count * SHARES[i] * SHARES[j] * inverse(i) * inverse(j) * unexplained_by(i, j)
        for i, j, count in _PAIRS
    )
    return Total(ON_METRIC * (multiplier() ** 2 * energy + GAMMA * WEIGHT * EIGENVALUE * added))


def _moments(account: Account) -> None:
    """First and second moments of the outcome: words, then numbers on a spectrum."""
    algebra = Equal(Rows(PAIR))
    mean, equivalent = (
        _outcome(lambda fit: fit.resolvent * SAMPLE * LABELS),
        _outcome(lambda fit: LABELS - fit.kappa * fit.equivalent * PENALTY * LABELS),
    )
    combined = _outcome(lambda fit: fit.equivalent * COVARIANCE * LABELS)
    outcome, resolved = _outcome(_fitted), _outcome(lambda fit: _resolved(fit) + fit.resolvent * NOISE)
    words = [Quadratic(METRIC, resolved), *map(_pair_sum, (_averaged, _integrated, _gathered))]

    def crude(i: Any, j: Any) -> Any:
        below = 1 - GAMMA * Total(WEIGHT * kept(i) * kept(j))
        return (NOISE_VARIANCE + Total(EIGENVALUE * lost(i) * lost(j) * ENERGY)) / below

    direct, named = _moment(ENERGY, crude), _moment(ENERGY, unexplained)
    whole = {SHARES[_last]: 1 - SHARES[_first]}
    account.line(mean).claim(
        "average over the rows, for the mean",
        r"$\lambda R \simeq \kappa G$",
        equivalent,
        Closes(Rows(PAIR, by=tuple(SHARES.values()))),
        uses=("one_point",),
        note="The label noise is centred; a mean is a sum over the fits.",
    )
    account.claim(
        "combine the resolvents, for the mean",
        r"$I - \kappa G\Gamma = G\Sigma$",
        combined,
        algebra,
    )
    account.claim("enter the spectrum, for the mean", _ENTER, multiplier(), _enters)
    account.line(1 - multiplier()).claim(
        "say what is lost",
        r"$\sum_i c_i = 1$, $1 - S = K$",
        sum(share * lost(fit) for fit, share in SHARES.items()),
        Equal(Spectra({**whole, **_ON_ATOM})),
        uses=("sum the shares", "enter the spectrum, for the mean"),
        note="",
    )
    account.line(outcome).claim(
        "resolve the sample covariance",
        r"$R\hat\Sigma = I - \lambda R\Gamma$",
        resolved,
        algebra,
        note="Two fits with free shares: what is quadratic in a combination is a sum over pairs.",
    )
    account.line(words[0]).claim(
        "average the label noise",
        "mean over the noise",
        words[1],
        Averages(Signs(PAIR)),
        uses=("resolve the sample covariance",),
        note=r"$z$ is centred with covariance $\sigma^2\hat\Sigma/n$ given the rows.",
    )
    account.claim(
        "integrate the rows out",
        "deterministic equivalents of one and of two penalties",
        words[2],
        Closes(Rows(PAIR, by=(*SHARES.values(), NOISE_VARIANCE))),
        uses=("one_point", "two_penalties"),
        note=r"Every pair of fits meets a $\delta_{ij}$ of its own.",
    )
    account.claim(
        "combine the resolvents",
        r"$I - \kappa G\Gamma = G\Sigma$",
        words[3],
        algebra,
        note="What two fits both leave unexplained acts as label noise of their pair.",
    )
    account.claim("enter the spectrum", _ENTER, direct, _enters)
    account.claim(
        "name it",
        "definitions",
        named,
        Equal(Spectra(MEANING)),
        note=r"$\delta_{ij} = \omega_i + \gamma\sum w S_iK_j$, a sum of positive terms.",
    )


def _insert_equivalent(account: Account) -> Any:
    """Average over labels of mean M beta_* and Gaussian energy c: the map."""
    up, down = (MULTIPLIER * sp.sqrt(SIGNAL) + sign * sp.sqrt(SPREAD) for sign in (1, -1))
    return account.line(account["name it"]).claim(
        "insert the Gaussian equivalent",
        "mean over f",
        _moment(MULTIPLIER**2 * SIGNAL + SPREAD, unexplained),
        Equal(Spectra({ENERGY: sp.expand((up**2 + down**2) / 2)})),
        uses=("name it",),
        note=r"Labels of mean $M\beta_*$ and Gaussian energy c have the energy $\epsilon = M^2e + c$.",
    )


def _one_fit(account: Account, words: Any) -> None:
    """One fit is ridge."""
    stage, moment = ridge_map.STAGE, ridge_map.derivation().result
    names = {
        stage.covariance: COVARIANCE, stage.penalty: PENALTY, stage.equivalent: _first.equivalent,
        stage.kappa: _first.kappa, stage.noise: NOISE_VARIANCE, stage.delta: delta(_first, _first),
        stage.samples: SIZE, ridge_map.MEAN: LABELS, ridge_map.METRIC: METRIC,
    }  # fmt: skip
    settled = moment.xreplace({each: sp.S.Zero for each in moment.atoms(Trace) if each.has(ridge_map.SPREAD)})
    alone = {SHARES[_first]: sp.S.One, SHARES[_last]: sp.S.Zero}
    account.line(words.xreplace(alone)).claim(
        "take one fit",
        r"$c_t = 1$, $c_s = 0$",
        settled.xreplace(names),
        Equal(Rows(PAIR)),
        uses=("combine the resolvents", "ridge_map"),
        note="The map of ridge.",
    )


def _limits(account: Account) -> None:
    """Vanishing, infinite and equal penalties, on the spectrum; each lam is given by its kappa."""
    lam, mu = _first.lam, _last.lam
    shares = {SHARES[_first]: lam / (lam - mu), SHARES[_last]: mu / (mu - lam)}
    moment = _moment(ENERGY, unexplained)
    given = {**shares, **{fit.lam: fit.kappa * omega(fit) for fit in FITS}, **MEANING}
    alone = moment.xreplace({SHARES[_first]: sp.S.Zero, SHARES[_last]: sp.S.One})
    least, aspect = sp.symbols("kappa_0 x", positive=True)
    few = {**given, _first.kappa: 1 / FAR, GAMMA: aspect / (1 + aspect)}
    many = {
        **given, _first.kappa: least + 1 / FAR, GAMMA: 1 / Total(WEIGHT * EIGENVALUE / (EIGENVALUE + least)),
    }  # fmt: skip
    meeting = {**given, _last.kappa: _first.kappa + 1 / FAR}
    on_rest = ("name it", "solve the recursion, the first fit")
    account.line(moment).claim(
        "let a penalty vanish, fewer dimensions than rows",
        r"$\kappa_t = 1/u$, $u \to \infty$",
        alone,
        Tends(Spectra(few, FAR)),
        uses=on_rest,
        note="A ridgeless fit is a projection, which the other contains.",
    )
    account.line(moment).claim(
        "let a penalty vanish, more dimensions than rows",
        r"$\kappa_t = \kappa_0 + 1/u$, $u \to \infty$",
        alone,
        Tends(Spectra(many, FAR)),
        uses=on_rest,
        note=r"$\gamma\sum w s/(s + \kappa_0) = 1$: a penalty of 0 has the regularisation $\kappa_0$.",
    )
    account.line(moment).claim(
        "let a penalty go to infinity",
        r"$\kappa_s \to \infty$",
        sp.S.Zero,
        Tends(Spectra(given, _last.kappa)),
        uses=on_rest,
        note="Nothing is learned.",
    )
    account.line(sum(share * lost(fit) for fit, share in SHARES.items())).claim(
        "let the penalties meet, what is lost",
        r"$\kappa_s = \kappa_t + 1/u$, $u \to \infty$",
        _lost_when_equal(),
        Tends(Spectra(meeting, FAR)),
        uses=("say what is lost", "solve the recursion, the first fit"),
        note="Two equal fits lose more than one, by a positive term.",
    )
    account.line(moment).claim(
        "let the penalties meet",
        r"$\kappa_s = \kappa_t + 1/u$, $u \to \infty$",
        _when_equal(),
        Tends(Spectra(meeting, FAR)),
        uses=on_rest,
        note=r"The derivatives $\partial/\partial\lambda = \delta^{-1}\partial/\partial\kappa$ of "
        r"$\lambda_i\lambda_jG_iG_jv_{ij}$ in both penalties.",
    )


def _lost_when_equal() -> Any:
    """What two fits of equal penalty lose of a coefficient: K (1 + omega S/delta)."""
    fit = _first
    return lost(fit) * (1 + omega(fit) * kept(fit) / delta(fit, fit))


def _when_equal() -> Any:
    """The second moment of two fits of equal penalty: a mixed derivative, written out."""
    fit = _first
    s, k, g, d = kept(fit), lost(fit), inverse(fit), delta(fit, fit)
    level = fit.kappa * omega(fit) * g
    slope = g - level * g / d
    residual = NOISE_VARIANCE + Total(EIGENVALUE * k**2 * ENERGY)
    rise, bend = (Total(EIGENVALUE * each * ENERGY) / d for each in (k * s * g, (s * g) ** 2 / d))
    opens, closes = (GAMMA * Total(WEIGHT * s * each) / d for each in (s * g, s * g**2 / d))
    once = rise / d - residual * opens / d**2
    twice = bend / d - 2 * rise * opens / d**2 + residual * (closes / d**2 + 2 * opens**2 / d**3)
    added = slope**2 * residual / d + 2 * level * slope * once + level**2 * twice
    return Total(ON_METRIC * ((1 - _lost_when_equal()) ** 2 * ENERGY + GAMMA * WEIGHT * EIGENVALUE * added))


@cache
def derivation() -> Derivation:
    """Derive the combination for any number of fits, its moments, and its limits."""
    account = Account()
    account.extend(combination_steps())
    _moments(account)
    _one_fit(account, account["combine the resolvents"])
    _limits(account)
    result = _insert_equivalent(account)
    return Derivation(
        name="self_distilled_map",
        title="Any number of fits on the same rows as a map of Gaussian equivalents",
        statement=r"k fits on the same rows are the combination $\sum_i c_iR_i$ of ridge fits, "
        r"$c_i = \prod_{j \ne i} \lambda_i/(\lambda_i - \lambda_j)$: the divided difference of "
        r"$\lambda^{k-1}R(\lambda)$, where penalties are equal its derivative. "
        r"With $S_i = sG_i$ and $K_i = \kappa_iG_i$ on an atom, labels of multiplier M and Gaussian energy c "
        r"give $M' = \sum_i c_iS_iM$ and "
        r"$c' = (\sum_i c_iS_i)^2c + \gamma ws\sum_{ij} c_ic_jG_iG_jv_{ij}$.",
        assumptions=(
            r"Gaussian rows with covariance $\Sigma$, the same for all fits and fresh to what labels them; "
            r"$\Gamma$ positive definite, on the spectrum the identity.",
            r"Penalties positive and different; equal, vanishing and infinite ones are limits, derived for "
            r"two fits (for any number of equal ones: the fits, not their moments).",
            r"The labels are those of a linear function independent of the rows, plus centred noise.",
        ),
        sources=(
            "Das, Sanghavi 2023; Pareek, Du, Oh 2024 (repeated self-distillation).",
            "Hermite 1878, Genocchi 1869 (divided differences at equal places are derivatives).",
        ),
        steps=tuple(account.steps),
        result=result,
        forms={
            "share of a fit": account["solve the recursion, a fit between"],
            "multiplier, on an atom": account["enter the spectrum, for the mean"],
            "what is lost, on an atom": account["say what is lost"],
            "second moment in the metric A": result,
            "what two equal fits lose": account["let the penalties meet, what is lost"],
        },
        notation=(
            (r"R_t, R_s, R_i", "resolvents of the first fit, of the last, of any, on the same rows"),
            ("V", "any matrix; what stands between the first fit and the last"),
            ("c_i", "share of a fit in the outcome; they sum to one"),
            (r"\delta_{ts}", r"$1 - \mathrm{tr}(G_t\Sigma G_s\Sigma)/n$"),
            (r"\sum[\,\cdot\,]", "sum over the atoms of the joint spectrum"),
            ("s, w, e", "on an atom: eigenvalue, share of the dimensions, energy of the target"),
            (r"M, c, \epsilon", "multiplier and Gaussian energy of the labels, and all of their energy"),
            ("a", "the atom of any metric A: the map is read off as what it multiplies"),
        ),
        definitions=tuple(MEANING.items()),
        uses=("one_point", "two_penalties", "ridge_map"),
    )
