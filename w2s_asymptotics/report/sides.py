r"""What stands to the left of a result's form, in LaTeX.

A step whose note says "This is $X$" names what it arrives at; of the other forms this table says it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sympy.core.relational import Relational

if TYPE_CHECKING:
    from w2s_asymptotics.proof.derivation import Derivation

__all__ = ["left_side"]

_THIS_IS = re.compile(r"This is \$([^$=]+?)(?: = [^$]*)?\$")
_BEST = r"\lambda_*"
_TABLE: dict[str, dict[str, str]] = {
    "two_point": {
        "two-point": r"\lambda_t^2\, \mathbb{E}[R_t C R_t]",
        "noise": r"\mathbb{E}[R_t \hat\Sigma_t R_t]",
    },
    "kappa_derivative": {"kappa": r"d\lambda_t/d\kappa_t"},
    "ridge_map": {"second moment in the metric A": r"\mathbb{E}\|\beta_t\|_A^2"},
    "teacher_risk": {"kappa": "E_t", "resolvent": "E_t"},
    "student_risk": {"kappa": "E_s", "resolvent": "E_s"},
    "chain_recursion": {"kappa": "E", "energy after many generations": r"\lim q"},
    "overlap_gap": {"kappa": r"q - \rho", "resolvent": r"q - \rho"},
    "optimal_teacher": {"optimal penalty": _BEST, "kappa": "E_t", "resolvent": "E_t"},
    "threshold": {"threshold": "t", "in a1 and a2": "t",
        "where it is least": r"\kappa_s", "least threshold": r"\min t"},
    "compensation": {
        "chi": r"\chi", "lam_bar": r"\bar\lambda", "lam_bar_below": r"\bar\lambda",
        "lam_lo": r"\lambda_{\mathrm{lo}}", "lam_hi": r"\lambda_{\mathrm{hi}}", "min_t": r"\min t",
    },
    "optimal_student": {
        "gain": "E_t - E_s", "gain as gamma -> 0": r"\lim_{\gamma_s \to 0} (E_t - E_s)",
        "gamma (r^2 - E_s) as gamma -> inf": r"\lim_{\gamma_s \to \infty} \gamma_s (r^2 - E_s)",
    },
    "self_distillation": {"risk": "E", "best share of the first fit": "c_*"},
    "self_distilled_map": {
        "share of a fit": "c_i", "multiplier, on an atom": "M'/M", "what is lost, on an atom": "1 - M'/M",
        "second moment in the metric A": r"\mathbb{E}\|\beta\|_A^2", "what two equal fits lose": "1 - M'/M",
    },
    "spectral_filters": {"risk": "E"},
    "random_features_map": {
        "multiplier, on an atom": "M'/M", "second moment in the metric A": r"\mathbb{E}\|\beta\|_A^2",
        "nonlinear energy": r"E'_{\mathrm{in}}",
        "infinitely many linear features, second moment": r"\lim_{\psi \to \infty} \mathbb{E}\|\beta\|_A^2",
    },
    "random_features": {"risk, on any spectrum": "E", "risk, isotropic": "E",
        "error of the mean": r"\|\mathbb{E}f - f_*\|^2"},
    "random_feature_bulk": {
        "penalty for features of order one": r"\lambda", "test risk": r"E + s^2",
        "linear energy": r"a_2 \beta^2 + v s^2", "nonlinear energy": r"w_b \beta^2 + w_s s^2",
    },
    "generations": {
        "risk of generation n": "E_n", "limit": r"\lim_{n \to \infty} E_n",
        "ridgeless, more dimensions than rows": "E_n",
    },
    "penalty_schedule": {
        "what a penalty takes from a1 to a2": "a_1 - a_2", "overshoot handed on": r"q' - w \rho'",
        "risk with many rows, two learners": "E_2",
        "what tuning each for itself loses there": r"E_2 - \min E_2",
    },
    "alignment": {
        "slope of the student's risk": r"dE_s/d\lambda_s\,|_{\lambda_s = 0}",
        "inner product": r"\mathbb{E}\langle \Gamma_s\beta_t, \Delta_t\rangle",
        "in words": r"\mathbb{E}\langle \Gamma_s\beta_t, \Delta_t\rangle",
    },
    "teacher_balance": {
        "slope of the teacher's risk": r"dE_t/d\kappa_t",
        "as the criterion": r"dE_t/d\kappa_t",
    },
    "aligned_student": {
        "slope of the gain": r"d(E_t - E_s)/d\lambda_s\,|_{\lambda_s = 0}", "gain": "E_t - E_s",
        "most": r"\max (E_t - E_s)",
    },
    "gradient_direction": {
        "overlap of the direction": r"\rho_t", "squared length": "|g|^2",
        "overlap of the direction, any labels": r"\langle v', b_e\rangle",
    },
    "two_layer_map": {
        "bias": r"\bar M'", "spread": "C'", "beside the new direction": "A'",
        "excess risk": r"E_{\mathrm{risk}}",
    },
    "two_layer_heads": {
        "risk of the teacher": "L_t", "teacher along its direction": r"\langle f_t, v_t\rangle",
        "labels head": "L_s", "retained head": "L_s", "probe head": "L_s",
    },
    "two_layer_winning": {"infinite width": "L_t"},
    "finite_spikes": {"test risk": r"E + \sigma^2", "what the fit leaves": "E"},
}  # fmt: skip


def left_side(derivation: Derivation, name: str, form: Any) -> str:
    r"""Return the LaTeX of what a form is equal to; nothing for relations, and where nobody has said it.

    >>> from w2s_asymptotics.theorems import registered
    >>> shown = registered("compensation")
    >>> left_side(shown, "lam_bar", shown.forms["lam_bar"])
    '\\bar\\lambda'
    """
    if isinstance(form, Relational):
        return ""
    stated = _TABLE.get(derivation.name, {}).get(name)
    if stated is not None:
        return stated
    for step in derivation.steps:
        found = _THIS_IS.search(step.note) if step.after == form else None
        if found:
            return found[1].strip()
    return ""
