import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics import serial
from w2s_asymptotics.learners import Learner
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.serial.records import TYPES, find, plain, restored
from w2s_asymptotics.study import QUESTIONS, Study

WORLD = w2s.Population.isotropic(noise=0.5)
ATOMS = w2s.Population([3.0, 1.0], signal=[0.5, 0.5], noise=0.2)
TEACHER, STUDENT = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
LAMS = np.logspace(-2, 1, 12)
X = sp.Symbol("x")


def data() -> w2s.Population:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((60, 3)) + 1e6
    return w2s.Population.from_data(rows, rows @ np.ones(3) + rng.standard_normal(60))


def with_mpmath() -> w2s.Population:
    with mpmath.workdps(60):
        return w2s.Population.isotropic(noise=mpmath.mpf(1) / 3, signal=mpmath.mpf("1e-500"))


NETWORK = w2s.TwoLayer(0.5, 0.5, width=2.0, lam=0.1, step_exponent=0.3)
RECORDS: dict[str, Any] = {
    "isotropic": lambda: WORLD,
    "mpmath": with_mpmath,
    "symbols": lambda: w2s.Population.isotropic(noise=sp.Symbol("s", positive=True) ** 2 / 3 + sp.sqrt(2)),
    "decimal": lambda: w2s.Population.isotropic(noise=sp.Symbol("s", positive=True) + sp.Float("0.1", 40)),
    "atoms": lambda: ATOMS,
    "power law": lambda: w2s.Population.power_law(50, 1.2, 0.3, noise=0.1),
    "matrices": lambda: w2s.Population.from_matrices([[2.0, 0.1], [0.1, 1.0]], [1.0, 0.0]),
    "data": data,
    "coefficients": lambda: w2s.MultiIndex([1.0, 0.3], "he2", 0.1),
    "names": lambda: w2s.MultiIndex("tanh", "abs"),
    "expressions": lambda: w2s.MultiIndex(X + sp.sin(X), sp.Abs(X) - sp.pi),
    "ridge": lambda: w2s.Ridge(gamma=0.5, lam=LAMS, penalty=[1.0, 2.0]),
    "repeated": lambda: w2s.SelfDistilled(gamma=0.5, lams=(0.1, 0.2), own=0.4),
    "flow": lambda: w2s.GradientFlow(gamma=0.5, time=np.inf),
    "components": lambda: w2s.PrincipalComponents(gamma=0.5, components=0.3),
    "features": lambda: w2s.RandomFeatures(samples=40, width=np.inf, lam=0.1, activation="relu"),
    "network": lambda: NETWORK,
    "comparison": lambda: w2s.compare(WORLD, TEACHER, STUDENT),
    "comparisons": lambda: w2s.compare(WORLD, TEACHER, w2s.Ridge(gamma=0.8, lam=LAMS)),
    "infinite": lambda: w2s.compare(WORLD, w2s.Ridge(gamma=1.0, lam=0.0), STUDENT),
    "tuned": lambda: w2s.tune(WORLD, TEACHER, STUDENT),
    "chain": lambda: w2s.tune_all(WORLD, TEACHER, STUDENT),
    "learned": lambda: w2s.learned(ATOMS, TEACHER, STUDENT),
    "phases": lambda: w2s.phase_diagram(WORLD, TEACHER, STUDENT, x=("student.lam", LAMS), y=("noise", LAMS)),
    "alignment": lambda: w2s.alignment(ATOMS, TEACHER),
    "simulation": lambda: w2s.simulate(WORLD, TEACHER, STUDENT, dim=20, repetitions=3, seed=1),
    "trend": lambda: w2s.trend(WORLD, TEACHER, dims=(10, 20, 40), repetitions=3, seed=1),
    "study": lambda: Study(WORLD, (TEACHER, STUDENT), "sweep", {"over": {"student.lam": LAMS}}, "a study"),
    "answer": lambda: Study(WORLD, (TEACHER, STUDENT), "risks").run(),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_comes_back(name: str) -> None:
    record = RECORDS[name]()
    back = w2s.from_json(record.to_json())
    assert type(back) is type(record) and back == record and hash(back) == hash(record)
    assert back.to_json() == record.to_json() == RECORDS[name]().to_json()
    assert back != 1 and record == RECORDS[name]()


def test_a_record_differs_by_any_entry() -> None:
    one, other = (
        w2s.compare(WORLD, TEACHER, w2s.Ridge(gamma=0.8, lam=lams)) for lams in (LAMS, LAMS * (1 + 1e-15))
    )
    assert one != other and one == w2s.compare(WORLD, TEACHER, w2s.Ridge(gamma=0.8, lam=LAMS.copy()))
    assert len({one, other, one}) == 2
    assert w2s.Ridge(gamma=0.5, lam=np.array([1.0])) != w2s.Ridge(gamma=0.5, lam=1.0)


def test_large_arrays_are_summarised_in_print() -> None:
    shape = (3, 4, 5, 6)
    verdict = w2s.compare(WORLD, TEACHER, w2s.Ridge(gamma=0.8, lam=np.linspace(0.1, 1, 360).reshape(shape)))
    assert "3 x 4 x 5 x 6, from" in str(verdict) and len(str(verdict)) < 500
    assert len(str(w2s.learned(WORLD, w2s.Ridge(gamma=0.8, lam=LAMS)))) < 400
    assert len(str(w2s.tune(WORLD, w2s.Ridge(gamma=LAMS, lam=0)))) < 100
    assert "true" in verdict._repr_html_()
    assert str(TEACHER) == repr(TEACHER)


def test_every_number_comes_back_to_the_last_bit() -> None:
    values = [0.1, 5e-324, 1.7976931348623157e308, -0.0, np.inf, -np.inf, 3, 2**80, True, None, "inf"]
    values += [
        np.array([[0.1, np.inf], [np.nan, -0.0]]),
        np.zeros((0, 3)),
        np.array([1, 2]),
        np.array([True]),
    ]
    values += [
        (1.0, (2.0,)),
        [1.0, [2]],
        {"type": 1},
        {"a": {"tuple": 2}},
        mpmath.mpf("-inf"),
        sp.Rational(1, 3),
    ]
    for value in values:
        back = restored(json.loads(json.dumps(plain(value), allow_nan=False)))
        assert type(back) is type(value)
        if isinstance(value, np.ndarray):
            assert (
                back.dtype == value.dtype and back.shape == value.shape and back.tobytes() == value.tobytes()
            )
        else:
            assert back == value and str(back) == str(value)


def test_mpmath_numbers_keep_all_their_digits() -> None:
    with mpmath.workdps(80):
        long = mpmath.pi**3
    assert restored(plain(long)) == long and restored(plain(long))._mpf_ == long._mpf_


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "^not JSON: "),
        ("3", "needed|$"),
        ('{"type": "Rigde"}', "unknown type 'Rigde'; did you mean Ridge?"),
        ('{"type": "os.system"}', "unknown type 'os.system'; known are"),
        ('{"type": ["Ridge"]}', "unknown type"),
        ('{"type": "Ridge", "gamma": 0.5, "lamb": 1}', "Ridge: Ridge has no 'lamb'; did you mean lam?"),
        ('{"type": "Ridge", "gamma": -1, "lam": 1}', "gamma must be > 0, got -1"),
        ('{"type": "Ridge", "gamma": 1, "gamma": 2, "lam": 1}', "'gamma' is given twice"),
        ('{"type": "Population", "signal": [1]}', "Population needs eigenvalues"),
        ('{"format": 2, "type": "Ridge"}', "format must be 1, got 2: written for another version"),
        ('{"type": "Ridge", "gamma": NaN, "lam": 1}', 'NaN is not JSON; write {"real": "nan"}'),
        ('{"type": "Ridge", "gamma": {"real": "1"}, "lam": 1}', "Ridge.gamma: real must be one of inf"),
        ('{"type": "Ridge", "gamma": {"mpf": ["0x3", 0]}, "lam": 1}', "written as a string of digits"),
        (
            '{"type": "Ridge", "gamma": {"array": [[1], [1, 2]]}, "lam": 1}',
            "rows of an array must be equally long",
        ),
        ('{"type": "Ridge", "gamma": {"array": [1], "dtype": "O"}, "lam": 1}', "dtype must be one of"),
        ('{"type": "Ridge", "gamma": {"array": ["1"]}, "lam": 1}', "nothing else in it"),
        ('{"type": "Ridge", "gamma": {"apply": "exec", "arguments": []}, "lam": 1}', "apply must be one of"),
        ('{"type": "Ridge", "gamma": {"symbol": "a+b"}, "lam": 1}', "symbol must be a name"),
        ('{"type": "Ridge", "gamma": {"sum": ["__import__(1)"]}, "lam": 1}', "an expression is made of"),
        ('{"type": "Ridge", "gamma": {"rational": ["1", "0"]}, "lam": 1}', "rational must be"),
        ('{"type": "Ridge", "gamma": {"constant": "oo"}, "lam": 1}', "constant must be one of"),
        ('{"type": "Ridge", "gamma": {"real": "inf", "size": 3}, "lam": 1}', "'real' takes no size"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_refused_says_where(text: str, message: str) -> None:
    if text == "3":
        assert w2s.from_json(text) == 3
        return
    with pytest.raises(ValueError) as caught:
        w2s.from_json(text)
    assert message.strip("^$") in str(caught.value)


def test_functions_are_not_written() -> None:
    world = w2s.MultiIndex(easy=lambda z: z, hard="he2")
    with pytest.raises(ValueError, match=r"MultiIndex.easy.function: a function cannot be written to a file"):
        world.to_json()
    with pytest.raises(ValueError, match="has gamma in it: only symbols, numbers"):
        w2s.Population.isotropic(noise=sp.gamma(sp.Symbol("s", positive=True))).to_json()


@dataclass(frozen=True, eq=False)
class Own(Learner):
    gamma: Any = None
    noise: Any = 0.0
    samples: Any = None


def test_learners_of_ones_own() -> None:
    text = Own(gamma=0.5).to_json()
    with pytest.raises(ValueError, match="unknown type 'Own'"):
        w2s.from_json(text)
    assert w2s.from_json(text, types=[Own]) == Own(gamma=0.5)


def kinds(kind: Any) -> set[Any]:
    return {kind}.union(*map(kinds, kind.__subclasses__()))


def test_the_table_names_records_that_are_there() -> None:
    """Every world and learner of the library, but for those made of functions."""
    assert all(find(name).__name__ == name for name in TYPES)
    ours = {
        kind.__name__
        for base in (w2s.Population, w2s.MultiIndex, Learner)
        for kind in kinds(base)
        if kind.__module__.startswith("w2s_asymptotics.") and not getattr(kind, "__abstractmethods__", None)
    }
    assert ours - set(TYPES) <= {"Learner", "Spectral", "DensityPopulation"}
    assert serial.FORMAT == 1


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_can_be_a_study(question: str) -> None:
    arguments: dict[str, Any] = {
        "phase_diagram": {"x": ["student.lam", [0.1, 0.2]], "y": ["teacher.lam", [0.1, 0.2]]},
        "simulate": {"dim": 20, "repetitions": 3, "seed": 1},
        "trend": {"dims": [10, 20, 40], "repetitions": 3, "seed": 1},
        "sweep": {"over": {"student.lam": [0.1, 0.2]}, "ask": ["gain"]},
    }
    if question == "sweep":
        pytest.importorskip("xarray")
    learners = (TEACHER,) if question == "alignment" else (TEACHER, STUDENT)
    study = Study(ATOMS, learners, question, arguments.get(question, {}))
    answer = study.run()
    back = w2s.from_json(answer.to_json())
    assert back == answer and back.study.run().differs(answer) == []
    if question == "gain":
        assert answer.result == gain(ATOMS, *learners)
    if question == "simulate":
        assert answer.seed == 1 and "numpy" in answer.versions


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"world": TEACHER}, "world must be a Population"),
        ({"learners": WORLD}, "learners must be a row"),
        ({"question": "rsik"}, "did you mean risk?"),
        ({"arguments": {"seed": 3}}, "risk has no argument 'seed'; it takes dim"),
        ({"question": "simulate"}, "simulate: missing a required argument: 'seed'"),
        ({"question": "compare", "learners": (TEACHER,)}, "missing a required argument"),
        ({"question": "simulate", "arguments": {"seed": 1, "workers": 2}}, "no argument 'workers'"),
    ],
)
def test_a_study_checks_itself(change: dict[str, Any], message: str) -> None:
    given = {"world": WORLD, "learners": (TEACHER, STUDENT), "question": "risk"} | change
    with pytest.raises(ValueError) as caught:
        Study(**given)
    assert message in str(caught.value)


SCHEMA = Path(__file__).parents[1] / "docs" / "schema" / "study.schema.json"


def test_the_published_schema_is_current() -> None:
    from w2s_asymptotics.schema import written

    assert SCHEMA.read_text(encoding="utf-8") == written(), "python -m w2s_asymptotics.schema " + str(SCHEMA)


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", RECORDS)
def test_the_schema_takes_every_record(name: str, validator: Any) -> None:
    validator.validate(json.loads(RECORDS[name]().to_json()))


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "Ridge", "gamma": -0.5, "lam": 0.1}',
        '{"type": "Ridge", "gamma": 0.5, "lamb": 0.1}',
        '{"type": "Rigde", "gamma": 0.5, "lam": 0.1}',
        '{"type": "Study", "learners": [], "question": "risk"}',
        '{"type": "Study", "world": {"type": "IsotropicPopulation"}, "learners": [], "question": "riks"}',
        '{"type": "Ridge", "format": 2, "gamma": 0.5, "lam": 0.1}',
        '{"type": "Ridge", "gamma": {"real": "infinity"}, "lam": 0.1}',
    ],
)
def test_the_schema_refuses(text: str, validator: Any) -> None:
    assert not validator.is_valid(json.loads(text))
    with pytest.raises(ValueError):
        w2s.from_json(text)
