import numpy as np
import pytest

from w2s_asymptotics import Population, Ridge, phase_diagram, winning_interval
from w2s_asymptotics.evaluate.gain import gain
from w2s_asymptotics.evaluate.roots import bracketed_roots

WORLD, TEACHER, STUDENT = Population.isotropic(noise=0.5), Ridge(0.5, 0.01), Ridge(0.8, 0.3)


def test_gains_and_a_boundary_where_they_vanish() -> None:
    x, y = np.linspace(0.01, 1, 20), np.linspace(0.01, 0.4, 15)
    diagram = phase_diagram(WORLD, TEACHER, STUDENT, x=("student.lam", x), y=("teacher.lam", y))
    assert diagram.gain.shape == (15, 20)
    assert diagram.gain[3, 7] == pytest.approx(gain(WORLD, Ridge(0.5, y[3]), Ridge(0.8, x[7])), rel=1e-12)
    assert len(diagram.boundary) == 1 and diagram.boundary[0].shape[1] == 2
    for lam_s, lam_t in diagram.boundary[0]:
        assert abs(gain(WORLD, Ridge(0.5, lam_t), Ridge(0.8, lam_s))) < 1e-14
        interval = winning_interval(WORLD, Ridge(0.5, lam_t), STUDENT)
        assert interval is not None and interval[1] == pytest.approx(lam_s, rel=1e-7)
    steps = np.diff(diagram.boundary[0], axis=0)
    assert (np.abs(steps) <= [x[1] - x[0] + 1e-9, y[1] - y[0] + 1e-9]).all()  # neighbours share a cell
    assert "20 x 15" in str(diagram) and diagram.as_dict()["x_name"] == "student.lam"


def test_parameters_of_world_and_learners() -> None:
    values = np.linspace(0.2, 2.0, 6)
    for x, y in (("noise", "signal"), ("student.gamma", "teacher.gamma"), ("student.noise", "noise")):
        diagram = phase_diagram(WORLD, TEACHER, STUDENT, x=(x, values), y=(y, values + 0.01))
        assert np.isfinite(diagram.gain).all()
    atoms = Population([3, 1], [0.2, 0.8], noise=1.0)
    aligned = Ridge(0.8, 0.2, penalty=[1.0, 2.0])
    diagram = phase_diagram(atoms, TEACHER, aligned, x=("student.lam", values), y=("noise", values))
    assert diagram.gain[2, 4] == pytest.approx(
        gain(
            Population([3, 1], [0.2, 0.8], noise=values[2]),
            TEACHER,
            Ridge(0.8, values[4], penalty=[1.0, 2.0]),
        )
    )
    law = Population.power_law(50, 1.2, 1.0, 0.5)
    diagram = phase_diagram(
        law, TEACHER, STUDENT, x=("student.samples", [20, 40, 80]), y=("teacher.lam", [0.001, 0.01])
    )
    assert diagram.gain.shape == (2, 3)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (("beta", [1, 2]), "unknown parameter 'beta'"),
        (("student.penalty", [1, 2]), "unknown parameter"),
        (("student.lam", [2, 1]), "increasing"),
        (("student.lam", [1]), "at least two"),
        ("student.lam", "pair"),
        (("noise", [1, 2]), "two different"),
        (("student.lam", [-1, 2]), "lam must be >= 0"),
    ],
)
def test_bad_axes(x: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        phase_diagram(WORLD, TEACHER, STUDENT, x=x, y=("noise", [1, 2]))  # type: ignore[arg-type]


def test_roots_of_hard_functions() -> None:
    roots = bracketed_roots(
        lambda x: np.array([x[0] ** 9, np.expm1(50 * (x[1] - 0.3)), x[2] - 1]), [-1.0, -5, 1], [4.0, 5, 2]
    )
    np.testing.assert_allclose(roots, [0.0, 0.3, 1.0], atol=1e-12)
