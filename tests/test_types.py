"""What a type checker says of calls that are right and of calls that are wrong."""

import pytest

RIGHT = """
import numpy as np
import w2s_asymptotics as w2s
world = w2s.Population.isotropic(noise=0.5)
teacher = w2s.Ridge(gamma=0.5, lam=np.geomspace(1e-3, 1.0, 5))
risk = w2s.risk(world, teacher, w2s.Ridge(gamma=[0.8, 0.9], lam=1, noise=0.1))
w2s.RandomFeatures(gamma=0.5, width=2, lam=0.1), w2s.GradientFlow(gamma=0.5, time=1.0)
"""
WRONG = {
    'w2s.Ridge(gamma="x", lam=0.1)': '"gamma" to "Ridge" has incompatible type "str"',
    "w2s.Ridge(gamma=0.5, lam=None)": '"lam" to "Ridge" has incompatible type "None"',
    "w2s.RandomFeatures(gamma=0.5, width='2', lam=0.1)": '"width" to "RandomFeatures" has',
}


@pytest.mark.slow
def test_wrong_calls_fail_the_type_checker(tmp_path):
    api = pytest.importorskip("mypy.api")
    path = tmp_path / "calls.py"
    path.write_text(RIGHT + "\n".join(WRONG) + "\n")
    found, _, _ = api.run([str(path), "--ignore-missing-imports", f"--cache-dir={tmp_path / 'cache'}"])
    lines = [line for line in found.splitlines() if ": error:" in line]
    assert len(lines) == len(WRONG), found
    for line, message in zip(lines, WRONG.values(), strict=True):
        assert message in line
