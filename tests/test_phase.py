import numpy as np
import pytest

from w2s_asymptotics import Population, Ridge, phase_diagram, winning_interval
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.questions.roots import bracketed_roots

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


def test_a_penalty_and_a_signal_of_one_atom() -> None:
    world = Population([1, 1], [0.9, 0.1], weights=[0.2, 0.8], noise=0.3)
    teacher, student = Ridge(0.6, 0.2), Ridge(0.6, 0.05, penalty=[0.2, 3.0])
    x, y = np.geomspace(0.05, 20, 12), np.linspace(0.05, 2.0, 9)
    diagram = phase_diagram(world, teacher, student, x=("student.penalty.0", x), y=("signal.1", y))

    def at(weight: float, energy: float) -> float:
        changed = Population([1, 1], [0.9, energy], weights=[0.2, 0.8], noise=0.3)
        return float(gain(changed, teacher, Ridge(0.6, 0.05, penalty=[weight, 3.0])))

    assert diagram.gain[4, 7] == pytest.approx(at(x[7], y[4]), rel=1e-12)
    assert (diagram.gain > 0).any() and (diagram.gain < 0).any() and diagram.boundary
    for curve in diagram.boundary:
        assert all(abs(at(*point)) < 1e-13 for point in curve)
    mixed = phase_diagram(world, teacher, student, x=("student.lam", x), y=("student.penalty.1", x))
    assert mixed.gain[3, 5] == pytest.approx(
        float(gain(world, teacher, Ridge(0.6, x[5], penalty=[0.2, x[3]]))), rel=1e-12
    )
    for name, message in (("student.penalty.2", "has 2"), ("noise.0", "unknown parameter")):
        with pytest.raises(ValueError, match=message):
            phase_diagram(world, teacher, student, x=(name, x), y=("noise", y))


def test_rows_of_a_finite_world() -> None:
    law = Population.power_law(40, 1.2, 1.0, 0.5)
    teacher, student = Ridge(samples=30, lam=0.001), Ridge(samples=60, lam=0.05)
    x, y = np.array([20.0, 40, 80, 160]), np.array([15.0, 30, 60, 120])
    diagram = phase_diagram(law, teacher, student, x=("student.samples", x), y=("teacher.samples", y))
    for column, row in np.ndindex(4, 4):
        pair = Ridge(samples=y[row], lam=0.001), Ridge(samples=x[column], lam=0.05)
        assert diagram.gain[row, column] == pytest.approx(gain(law, *pair), rel=1e-12)
    for curve in diagram.boundary:
        for n_s, n_t in curve:
            assert abs(gain(law, Ridge(samples=n_t, lam=0.001), Ridge(samples=n_s, lam=0.05))) < 1e-12
