"""The report: data sets in, one page and its source out; figures that say what they should."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.commands import plain
from w2s_asymptotics.report import dataset, latex, page, plots

WORLD = w2s.Population.isotropic(noise=0.5)
TEACHER, STUDENT = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)


@pytest.fixture(scope="module")
def gaussian_data():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((600, 8)) * np.linspace(0.5, 1.5, 8)
    return dataset.DataSet("made-up rows", X, X @ rng.standard_normal(8) + rng.standard_normal(600))


@pytest.fixture(scope="module")
def written(tmp_path_factory, gaussian_data):
    out = tmp_path_factory.mktemp("report") / "new" / "folder"
    return page.report(WORLD, TEACHER, STUDENT, out, data=gaussian_data, dim=32, repetitions=12, seed=1)


def test_page_holds_every_part_and_fetches_nothing(written):
    text = written.page.read_text()
    for part in (
        "Risks",
        "Where the student wins",
        "Theory against simulation",
        "On a real data set",
        "Derivation",
    ):
        assert f">{part}</h2>" in text
    assert text.count('src="data:image/png;base64,') == text.count("<img ") == 6
    assert (
        "http://" not in text.replace("http://www.w3.org/", "")
        and "https://" not in text
        and "<script" not in text
    )
    assert "The student beats its teacher" in written.verdict and written.verdict in text


def test_figures_are_the_answers(written):
    figures = json.loads(json.dumps(plain(written.figures), allow_nan=False))
    assert figures["comparison"]["student"] == w2s.risk(WORLD, TEACHER, STUDENT)
    assert figures["best_teacher"]["lam"] == pytest.approx(0.25)
    assert [row["limit"] for row in figures["simulation"]] == [
        w2s.risk(WORLD, TEACHER),
        w2s.risk(WORLD, TEACHER, STUDENT),
        w2s.risk(WORLD, STUDENT),
    ]
    assert len(figures["data"]["students"]) == 3


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_source_compiles_within_its_margins(written, tmp_path):
    source = written.source.read_text()
    pdf = latex.compile_pdf(source, tmp_path / "report.pdf", beside=written.source.parent, keep_log=True)
    assert latex.overfull_points(pdf.with_suffix(".log").read_text(errors="replace")) < 5


def test_same_seed_same_page(tmp_path):
    pages = [
        page.report(WORLD, TEACHER, STUDENT, tmp_path / name, dim=16, repetitions=4, seed=7).page.read_bytes()
        for name in ("a", "b")
    ]
    assert pages[0] == pages[1]


def test_study_measures_what_theory_predicts_on_gaussian_rows(gaussian_data):
    found = dataset.study(gaussian_data, repetitions=60, seed=2)
    for curve in found.curves:
        assert np.all(curve.theory > 0)
        assert curve.predicted_risk <= curve.theory.min() * (1 + 1e-9)
        # At d = 8 the 1/d term is large: this bounds the order of magnitude, the trend tests bound the limit.
        assert np.all(np.abs(curve.control_mean / curve.theory - 1) < 0.6)
    assert found.median_deviation <= found.largest_deviation


def test_digits_are_a_parity_problem():
    data = dataset.digits()
    assert data.X.shape == (1797, 64) and data.X.max() == 1.0
    assert set(np.unique(data.y)) == {-1.0, 1.0}


def test_csv_and_npz_are_read_alike(tmp_path):
    X, y = np.arange(12.0).reshape(4, 3), np.array([1.0, 0.0, 2.0, 5.0])
    np.savez(tmp_path / "d.npz", X=X, y=y)
    rows = "\n".join(",".join(map(str, [*row, label])) for row, label in zip(X, y, strict=True))
    (tmp_path / "d.csv").write_text("a,b,c,target\n" + rows + "\n")
    (tmp_path / "bare.csv").write_text(rows)
    for name in ("d.npz", "d.csv", "bare.csv"):
        data = dataset.load(tmp_path / name)
        assert np.array_equal(data.X, X) and np.array_equal(data.y, y)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("1,2\n3,__import__('os')\n4,5\n", r"row 2, column 2: \"__import__\('os'\)\" is not a number"),
        ("1,2\n3\n4,5\n", "row 2: 1 columns"),
        ("1,2\n3,nan\n4,5\n", "finite"),
        ("1,2\n3,4\n", "too few"),
        ("1,2\n2,2\n3,2\n", "must vary"),
        ("1\n2\n3\n", "N x d"),
    ],
)
def test_a_bad_table_says_what_is_wrong(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        dataset.load(path)


def test_a_pickle_in_an_npz_is_refused(tmp_path):
    np.savez(tmp_path / "bad.npz", X=np.array([{"a": 1}], dtype=object), y=np.zeros(1))
    with pytest.raises(ValueError, match="allow_pickle"):
        dataset.load(tmp_path / "bad.npz")
    with pytest.raises(ValueError, match=r"\.csv or a \.npz"):
        dataset.load(tmp_path / "data.pkl")


def test_phase_figure_has_contours_boundary_and_the_optimal_teacher():
    grid = np.geomspace(1e-3, 10, 12)
    diagram = w2s.phase_diagram(WORLD, TEACHER, STUDENT, x=("student.lam", grid), y=("teacher.lam", grid))
    ax = plots.phase(diagram, optimum=0.25, ax=plots.new_axes())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "student and teacher equal",
        r"optimal teacher, $\lambda_\ast$",
    ]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert "student's penalty" in ax.get_xlabel() and "teacher's penalty" in ax.get_ylabel()
    horizontal = next(line for line in ax.lines if line.get_linestyle() == "--")
    assert list(horizontal.get_ydata()) == [0.25, 0.25]


def test_phase_figure_without_a_boundary_or_a_finite_gain():
    diagram = SimpleNamespace(
        x_name="student.lam",
        y_name="noise",
        x=np.array([0.0, 1.0]),
        y=np.array([0.0, 1.0]),
        gain=np.array([[np.nan, -np.inf], [-1.0, -2.0]]),
        boundary=[],
    )
    ax = plots.phase(diagram, ax=plots.new_axes())
    assert ax.get_legend() is None and ax.get_ylabel() == r"label noise $\sigma^2$"


def test_figures_are_written_by_suffix(tmp_path):
    ax = plots.risk_curve(
        [0.1, 1.0], [1.0, 2.0], mean=[1.1, 1.9], standard_error=[0.1, 0.1], ax=plots.new_axes()
    )
    assert plots.save(ax, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert plots.save(ax, tmp_path / "sub" / "a.svg").read_text() == plots.svg(ax)
    assert plots.save(ax, tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(ValueError, match=r"\.png, \.svg or \.pdf"):
        plots.save(ax, tmp_path / "a.exe")


def test_a_dimension_too_small_to_extrapolate_is_refused_before_any_work(tmp_path):
    with pytest.raises(ValueError, match="dim must be >= 16, got 8"):
        page.report(WORLD, TEACHER, STUDENT, tmp_path / "out", dim=8)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("world", "teacher", "verdict"),
    [
        ({"noise": 0.5}, {"gamma": 1.0, "lam": 0.0}, "both have infinite risk"),
        ({"noise": 0.0}, {"gamma": 0.5, "lam": 0.1}, "does not beat"),
        ({"noise": 0.5, "signal": 0.0}, {"gamma": 0.5, "lam": 0.1}, "beats its teacher"),
    ],
)
def test_edges_of_the_domain_are_reported_without_a_warning(world, teacher, verdict):
    answers = page.ask(
        w2s.Population.isotropic(**world), w2s.Ridge(**teacher), STUDENT, dim=16, repetitions=3
    )
    figures = page.drawn(answers)
    assert verdict in answers.verdict
    assert page.rendered(answers, [], figures).count("<img ") == 3
