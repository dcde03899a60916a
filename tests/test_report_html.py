"""Formulas become whole MathML, and text stays text."""

import pytest

from w2s_asymptotics.report.article import formula_tex
from w2s_asymptotics.report.html import mathml, prose, symbols
from w2s_asymptotics.words.words import BETA, Quadratic, Stage, Trace


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{\kappa_{t}}{1 + \kappa_{t}}",
        r"\begin{align*} & a \\ ={} & b \end{align*}",
        r"\begin{cases} a & \text{for}\: x > 0 \\ b & \text{otherwise} \end{cases}",
        r"\left\| x \right\|_{\Sigma}^{2} \simeq \operatorname{tr}\left(\hat{\Sigma} R\right)",
        r"\xrightarrow{n \to \infty} \Longleftrightarrow \sqrt{1 - \gamma}",
    ],
)
def test_translated_whole(tex):
    out = mathml(tex, True)
    assert "\\" not in out
    assert out.startswith("<math") and out.endswith("</math>")


def test_words_of_matrices_are_translated():
    stage = Stage("t")
    word = Quadratic(stage.covariance, stage.resolvent * BETA) + Trace(stage.covariance * stage.resolvent)
    assert "\\" not in mathml(formula_tex(word))


def test_an_unknown_command_is_an_error_not_raw_latex():
    with pytest.raises(ValueError, match="no MathML"):
        mathml(r"\nonsense{x}")


def test_text_is_escaped():
    assert prose("<script>alert(1)</script> & $x$").startswith("&lt;script&gt;")
    assert symbols("<b> lam_t < 1") == "&lt;b&gt; λ<sub>t</sub> &lt; 1"
