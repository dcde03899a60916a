import itertools
import json
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.sweeps import QUESTIONS, sweep
from w2s_asymptotics.sweeps import dataset as of_dataset
from w2s_asymptotics.sweeps.plan import computed, planned

pytest.importorskip("xarray")

WORLD = w2s.Population.isotropic(noise=0.5)
TEACHER, STUDENT = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
OVER = {
    "teacher.gamma": np.linspace(0.2, 2, 5),
    "student.lam": np.logspace(-2, 1, 7),
    "world.noise": [0.1, 0.5],
}


def same(one: Any, other: Any) -> bool:
    """Whether two datasets have the same numbers, bit for bit."""
    return set(one.data_vars) == set(other.data_vars) and all(
        one[name].dims == other[name].dims and one[name].values.tobytes() == other[name].values.tobytes()
        for name in one.data_vars
    )


def test_every_point_is_what_the_questions_say() -> None:
    found = sweep(WORLD, TEACHER, STUDENT, over=OVER, ask=("risks", "test_risk", "gain", "norm"), chunk=11)
    for gamma, lam, noise in itertools.product(*OVER.values()):
        chain = w2s.Ridge(gamma=gamma, lam=0.01), w2s.Ridge(gamma=0.8, lam=lam)
        world = w2s.Population.isotropic(noise=noise)
        at = found.sel({"teacher.gamma": gamma, "student.lam": lam, "world.noise": noise})
        np.testing.assert_allclose(at["risks"].values, w2s.risks(world, *chain), rtol=1e-13)
        np.testing.assert_allclose(at["gain"].item(), gain(world, *chain), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(at["test_risk"].item(), w2s.risk(world, *chain) + noise, rtol=1e-13)
        np.testing.assert_allclose(at["norm"].item(), w2s.learned(world, *chain).norm, rtol=1e-13)


def test_names_units_and_attributes_say_what_was_asked() -> None:
    found = sweep(WORLD, TEACHER, STUDENT, over=OVER, ask=("risks", "gain"))
    assert found["risks"].dims == ("learner", *OVER) and found["gain"].dims == tuple(OVER)
    assert found["student.lam"].attrs["units"] == "x^2" and "ridge penalty" in found["student.lam"].long_name
    assert found["gain"].attrs["units"] == "y^2"
    assert w2s.from_json(found.attrs["world"]) == WORLD
    assert [w2s.from_json(json.dumps(each)) for each in json.loads(found.attrs["chain"])] == [
        TEACHER,
        STUDENT,
    ]
    assert json.loads(found.attrs["question"]) == {"sweep over": list(OVER), "ask": ["risks", "gain"]}
    assert found.attrs["library"] == f"w2s_asymptotics {w2s.__version__}"
    frame = found.to_dataframe()
    assert len(frame) == 2 * 5 * 7 * 2 and list(frame.columns) == ["risks", "gain"]


@pytest.mark.parametrize("chunk", [1, 3, 70, None])
def test_chunks_cover_the_grid_once(chunk: int | None) -> None:
    plan = planned(WORLD, (TEACHER, STUDENT), OVER, "risk", chunk)
    count = np.zeros(plan.shape, dtype=int)
    for number in range(plan.chunks):
        count[plan.region(number)] += 1
        assert count[plan.region(number)].size <= (chunk or plan.points)
    assert (count == 1).all()


CHAIN = (
    TEACHER,
    w2s.SelfDistilled(gamma=0.7, lams=(0.1, 0.3)),
    w2s.RandomFeatures(gamma=0.8, width=2.0, lam=0.1),
)


def test_longer_chains_number_their_learners() -> None:
    over = {"learner2.gamma": [0.4, 0.9], "student.width": [1.0, 3.0], "learner2.lams.1": [0.2, 0.5]}
    found = sweep(WORLD, *CHAIN, over=over | {"student.activation": ["relu", "tanh"]}, ask=("risks", "gain"))
    at = found.isel({"learner2.gamma": 1, "student.width": 0, "learner2.lams.1": 1, "student.activation": 1})
    middle = w2s.SelfDistilled(gamma=0.9, lams=(0.1, 0.5))
    last = w2s.RandomFeatures(gamma=0.8, width=1.0, lam=0.1, activation="tanh")
    risks = w2s.risks(WORLD, TEACHER, middle, last)
    np.testing.assert_allclose(at["risks"].values, risks, rtol=1e-12)
    np.testing.assert_allclose(at["gain"].item(), risks[0] - risks[-1], rtol=1e-10)


def test_entries_of_rows_and_worlds_of_matrices() -> None:
    world = w2s.Population([3.0, 1.0], signal=[0.5, 0.5], noise=0.2)
    over = {
        "student.penalty.1": [0.5, 2.0],
        "teacher.lam": [0.1, 0.2, 0.4],
        "world.eigenvalues.0": [3.0, 4.0],
    }
    found = sweep(world, TEACHER, STUDENT, over=over, ask="risk", chunk=2)
    moved = w2s.Population([4.0, 1.0], signal=[0.5, 0.5], noise=0.2)
    student = w2s.Ridge(gamma=0.8, lam=0.3, penalty=[1.0, 2.0])
    expected = w2s.risk(moved, w2s.Ridge(gamma=0.5, lam=0.4), student)
    np.testing.assert_allclose(found["risk"].values[1, 2, 1], expected, rtol=1e-13)
    matrices = w2s.Population.from_matrices([[2.0, 0.5], [0.5, 1.0]], [1.0, 0.0], noise=0.1)
    bent = w2s.Ridge(gamma=0.8, lam=0.3, penalty=[[1.0, 0.2], [0.2, 1.0]])
    found = sweep(matrices, TEACHER, bent, over={"teacher.lam": [0.1, 0.4]}, ask=("overlap", "risk"))
    learned = w2s.learned(matrices, w2s.Ridge(gamma=0.5, lam=0.4), bent)
    np.testing.assert_allclose(found["overlap"].values[1], learned.overlap, rtol=1e-12)


def test_the_tuned_penalty_is_constant_along_the_students_own() -> None:
    over = {"teacher.lam": [0.01, 0.1], "student.lam": [0.1, 0.3, 1.0]}
    found = sweep(WORLD, TEACHER, STUDENT, over=over, ask=("tuned lam", "tuned risk"))
    best = w2s.tune(WORLD, w2s.Ridge(gamma=0.5, lam=0.1), STUDENT)
    assert (found["tuned lam"].values[1] == best.lam).all()
    assert (found["tuned risk"].values[1] == best.risk).all()


def test_networks() -> None:
    world = w2s.MultiIndex(easy=[1.0], hard="he2", noise=0.5)
    network = w2s.TwoLayer(0.5, 0.5, width=2.0, lam=0.5, hard_degree=2, head="retained", quality=0.6)
    over = {"student.quality": [0.2, 0.6], "teacher.degree": [1, 2]}
    found = sweep(world, w2s.TwoLayer(0.5, 0.5, width=2.0, lam=0.5), network, over=over, ask=("risk", "hard"))
    np.testing.assert_allclose(found["hard"].values[1], 0.32)


@pytest.mark.parametrize("kind", ["threads", "processes", "loky", "joblib"])
def test_executors_give_the_same_bits(kind: str) -> None:
    joblib = pytest.importorskip("joblib") if kind in ("loky", "joblib") else None
    alone = sweep(WORLD, TEACHER, STUDENT, over=OVER, ask=("risks", "gain"), chunk=10)
    if kind == "joblib":
        parallel = joblib.Parallel(n_jobs=2, backend="threading", return_as="generator_unordered")
        assert same(
            alone,
            sweep(WORLD, TEACHER, STUDENT, over=OVER, ask=("risks", "gain"), chunk=10, executor=parallel),
        )
        return
    if kind == "loky":
        pool = joblib.externals.loky.ProcessPoolExecutor(2)
    else:
        pool = ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2)
    with pool as executor:
        found = sweep(WORLD, TEACHER, STUDENT, over=OVER, ask=("risks", "gain"), chunk=10, executor=executor)
    assert same(alone, found)


def test_few_chunks_are_under_way_at_a_time() -> None:
    """Two for each worker, however many there are."""
    from w2s_asymptotics.sweeps.executors import as_done

    handed_out, most = 0, []

    def jobs() -> Any:
        nonlocal handed_out
        for number in range(50):
            handed_out += 1
            yield (number,)

    with ThreadPoolExecutor(2) as executor:
        for taken, (job, result) in enumerate(as_done(abs, jobs(), executor)):
            assert result == job[0]
            most.append(handed_out - taken)
    assert handed_out == len(most) == 50 and max(most) == 4


def test_a_failing_chunk_is_reported_and_the_rest_given_up() -> None:
    from w2s_asymptotics.sweeps.executors import as_done

    begun = []

    def job(number: int) -> float:
        begun.append(number)
        return 1 / (number - 3)

    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError):
        list(as_done(job, ((number,) for number in range(100)), executor))
    assert len(begun) < 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"over": {}}, "over must name the parameters"),
        ({"over": {"student.lamb": [1]}}, "did you mean lam"),
        ({"over": {"pupil.lam": [1]}}, "of this chain there are world, teacher, student and learner1"),
        ({"over": {"learner3.lam": [1]}}, "unknown parameter"),
        ({"over": {"student.lam": [0.1, -1.0]}}, r"lam must be >= 0, got -1.0 \(Ridge.lam"),
        ({"over": {"student.lam": 0.1}}, "must have a row of values"),
        ({"over": {"student.lam": [None]}}, "must be numbers or names"),
        ({"over": {"student.penalty": [1.0]}}, "name one entry of it, counted from 0, such as 'student"),
        ({"over": {"student.lam": [1], "learner2.lam": [1]}}, "over names one parameter twice"),
        ({"ask": "riks"}, "unknown question 'riks'"),
        ({"ask": ()}, "ask must be one or several"),
        ({"ask": "hard"}, "asked of networks"),
        ({"chunk": 0}, "chunk must be a whole number"),
        ({"executor": 3}, "executor must have a method submit"),
    ],
)  # fmt: skip
def test_what_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sweep(WORLD, TEACHER, STUDENT, **({"over": OVER} | change))


def test_arrays_belong_in_over() -> None:
    with pytest.raises(ValueError, match="varies what `over` names"):
        sweep(WORLD, w2s.Ridge(gamma=0.5, lam=[0.1, 0.2]), over={"teacher.gamma": [0.5]})
    with pytest.raises(ValueError, match="got one learner"):
        sweep(WORLD, TEACHER, over={"teacher.gamma": [0.5]}, ask="gain")


def test_without_xarray_there_is_one_line_of_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_dataset, "find_spec", lambda name: None)
    with pytest.raises(
        ModuleNotFoundError, match=r"^sweep needs xarray: pip install 'w2s_asymptotics\[sweep\]'$"
    ):
        sweep(WORLD, TEACHER, STUDENT, over=OVER)


def test_progress_goes_to_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    sweep(WORLD, TEACHER, STUDENT, over=OVER, chunk=7, progress=True)
    assert "70.0/70.0" in capsys.readouterr().err
    sweep(WORLD, TEACHER, STUDENT, over=OVER, chunk=7)
    assert not capsys.readouterr().err


def test_every_question_has_units_and_meaning() -> None:
    assert all(question.meaning and question.units for question in QUESTIONS.values())


def test_a_chunk_is_computed_where_its_plan_is_sent() -> None:
    import pickle

    plan = planned(WORLD, (TEACHER, STUDENT), OVER, ("risks",), 10)
    sent = pickle.loads(pickle.dumps(plan))
    assert computed(sent, 3)["risks"].tobytes() == computed(plan, 3)["risks"].tobytes()
