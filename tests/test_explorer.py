"""The explorer in a real browser: what it shows is what Python computes, however its parameters are set."""

import json
import math
import random
import re
from dataclasses import replace

import chromium
import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.notation import QUANTITIES
from w2s_asymptotics.questions.phrases import short
from w2s_asymptotics.report import generate_javascript
from w2s_asymptotics.report.explorer import PARAMETERS, explorer
from w2s_asymptotics.report.words import number
from w2s_asymptotics.theorems import marchenko_pastur, ridge_map

in_browser = pytest.mark.skipif(
    chromium.PATH is None, reason="no Chromium on this machine (Debian: apt-get install chromium)"
)
DEFAULTS = {"mechanism": 1, **{each.key: each.default for each in PARAMETERS}}
INFINITE = "(_, value) => typeof value === 'number' && !Number.isFinite(value) ? String(value) : value"
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SETTINGS = [
    {},
    {"lam_t": 0.25},
    {"lam_s": 0},
    {"gamma_s": 2, "gamma_t": 0.7, "lam_t": 0.01, "lam_s": 1},
    {"gamma_s": 1, "lam_t": 0},
    {"gamma_s": 1, "lam_s": 0},
    {"gamma_t": 1, "lam_t": 0},
    {"gamma_t": 0.98, "lam_t": 0, "gamma_s": 5, "lam_s": 30},
    {"gamma_t": 3, "lam_t": 1e-9, "lam_s": 1e-9},
    {"lam_t": 1e12, "lam_s": 1e15},
    {"signal": 0},
    {"noise": 0, "lam_t": 0},
    {"noise_s": 0.3},
    {"truth_s": 0.4, "gamma_s": 1.7},
    {"mechanism": 2},
    {"mechanism": 2, "lam_t": 0.25, "gamma_s": 0.5, "lam_s": 0.03},
    {"mechanism": 2, "s_1": 9, "s_2": 0.1, "w_1": 0.2, "gamma_t": 2, "gamma_s": 1, "lam_s": 0},
    {"mechanism": 2, "s_2": 0, "gamma_s": 2, "lam_t": 0, "lam_s": 0.1},
    {"mechanism": 2, "gamma_t": 1, "lam_t": 0, "lam_s": 0.2},
    {"mechanism": 2, "gamma_t": 1, "lam_t": 0, "gamma_s": 5, "s_1": 4, "s_2": 0.05, "g_s1": 0.01, "g_s2": 30},
    {"gamma_t": 1, "lam_t": 0, "gamma_s": 3, "noise_s": 0.2, "truth_s": 0.3},
    {"mechanism": 2, "g_t1": 1e-3, "g_t2": 1e3, "g_s1": 50, "g_s2": 0.02, "noise_s": 0.1},
    {"mechanism": 2, "e_1": 1, "w_1": 0.05, "truth_s": 0.5, "gamma_s": 6},
    {"mechanism": 2, "lam_s": 1e9, "lam_t": 1e-14},
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return explorer(tmp_path_factory.mktemp("explorer") / "explorer.html")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = chromium.Browser(tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture
def browser(shared, page):
    shared.resize(1280, 900)
    shared.errors.clear()
    shared.requests.clear()
    shared.open(page)
    shared.evaluate(DRAWN)
    yield shared
    assert not shared.errors
    assert all(url == "about:blank" or url.startswith(page.as_uri()) for url in shared.requests)


def asked(given):
    """World, teacher and student of a setting of the page."""
    if given["mechanism"] == 1:
        world = w2s.Population.isotropic(signal=given["signal"], noise=given["noise"])
        of_teacher = of_student = None
    else:
        world = w2s.Population(
            [given["s_1"], given["s_2"]],
            signal=[given["signal"] * given["e_1"], given["signal"] * (1 - given["e_1"])],
            weights=[given["w_1"], 1 - given["w_1"]],
            noise=given["noise"],
        )
        of_teacher, of_student = ([given[f"g_{who}{i}"] for i in (1, 2)] for who in "ts")
    teacher = w2s.Ridge(gamma=given["gamma_t"], lam=given["lam_t"], penalty=of_teacher)
    student = w2s.Ridge(
        gamma=given["gamma_s"],
        lam=given["lam_s"],
        penalty=of_student,
        noise=given["noise_s"],
        truth=given["truth_s"],
    )
    return world, teacher, student


def off(found, expected, scale):
    """Deviation in units of `scale`; infinities must be equal."""
    if found == expected:
        return 0.0
    return abs(found - expected) / scale if math.isfinite(expected) else math.inf


def compared(given, found):
    """Assert that what the page says is what Python says; return the largest deviation of a risk."""
    world, teacher, student = asked(given)
    said, interval = w2s.compare(world, teacher, student), w2s.winning_interval(world, teacher, student)
    numbers = {name: float(found[name]) for name in ("teacher", "student", "ceiling", "gain", "pgr")}
    risks = [
        off(numbers[name], getattr(said, name), getattr(said, name))
        for name in ("teacher", "student", "ceiling")
    ]
    assert max(risks) < 1e-13, given
    weak = said.teacher if math.isfinite(said.teacher) else 0.0
    # Near the boundary a gain is as good as zero.
    assert off(numbers["gain"], said.gain, max(abs(said.gain), 1e-3 * weak)) < 1e-12, given
    gap = abs(weak - said.ceiling) or math.inf
    assert off(numbers["pgr"], said.pgr, max(abs(said.pgr), 1e-3 * weak / gap, 1e-6)) < 1e-12, given
    ends = found["interval"] and [float(end) for end in found["interval"]]
    assert (ends is None) == (interval is None), given
    for end, expected in zip(ends or (), interval or (), strict=True):
        assert off(end, expected, expected or 1.0) < 1e-12, given
    assert found["reason"] == said.reason
    return max(risks)


def set_by_fields(browser, given):
    """Type every parameter that differs from what the page has, as a user's input would arrive."""
    browser.evaluate(
        f"""(() => {{
          const given = {json.dumps(given)};
          const radio = document.querySelector(`input[name=mechanism][value="${{given.mechanism}}"]`);
          if (!radio.checked) radio.click();
          for (const [key, value] of Object.entries(given)) {{
            const field = document.getElementById(key);
            if (!field || Number(field.value) === value) continue;
            field.focus();
            field.value = String(value);
            field.dispatchEvent(new InputEvent("input", {{bubbles: true}}));
            field.dispatchEvent(new Event("change", {{bubbles: true}}));
          }}
        }})()"""
    )


def read(browser):
    """What the page shows: numbers, their texts, interval and reason."""
    return browser.evaluate(
        """(() => {
          const slots = [...document.querySelectorAll("dd[data-name]")];
          return {
            ...Object.fromEntries(slots.map(slot => [slot.dataset.name, slot.dataset.value])),
            interval: JSON.parse(document.getElementById("interval").dataset.value),
            reason: document.getElementById("reason").dataset.reason,
            headline: document.getElementById("headline").textContent,
            texts: Object.fromEntries(slots.map(slot => [slot.dataset.name, slot.textContent])),
            interval_text: document.getElementById("interval").textContent,
            caption: document.getElementById("curves-text").textContent,
          };
        })()"""
    )


@in_browser
def test_what_is_shown_is_what_python_computes(browser):
    for changes in SETTINGS:
        given = DEFAULTS | changes
        set_by_fields(browser, given)
        found = read(browser)
        compared(given, found)
        for name, text in found["texts"].items():
            assert text == number(float(found[name])), name
        ends = found["interval"] and ", ".join(number(float(end)) for end in found["interval"])
        assert found["interval_text"] == (f"({ends})" if ends else "none")
        wins = w2s.compare(*asked(given)).student_wins
        assert found["headline"].startswith(f"The student {'beats' if wins else 'does not beat'} its teacher")
        best = w2s.tune(*asked(given)[:2])
        if best.note:
            assert found["best"] == "Infinity"
        elif given["mechanism"] == 1:
            assert off(float(found["best"]), best.lam, best.lam) < 1e-12
        else:  # where a risk is flat, its minimum is known to half the digits
            assert off(float(found["best"]), best.lam, best.lam or 1.0) < 1e-4


@in_browser
def test_many_points_in_one_page(browser):
    rng = random.Random(0)

    def spread(low, high):
        return 10 ** rng.uniform(low, high)

    points = []
    for place in range(240):
        given = {"mechanism": 1 + place % 2, "w_1": rng.uniform(0.02, 0.98), "e_1": rng.random()}
        given |= {key: spread(-1, 1) for key in ("signal", "s_1", "s_2", "g_t1", "g_t2", "g_s1", "g_s2")}
        given |= {key: rng.choice([spread(-1.3, 1.3)] * 8 + [1.0]) for key in ("gamma_t", "gamma_s")}
        given |= {key: rng.choice([spread(-5, 3)] * 6 + [0.0]) for key in ("lam_t", "lam_s")}
        given |= {"noise": spread(-2, 1), "noise_s": rng.choice([0.0, 0.0, spread(-2, 0.5)])}
        given["truth_s"] = rng.choice([0.0, 0.0, rng.random()])
        points.append(given)
    found = json.loads(browser.evaluate(f"JSON.stringify({json.dumps(points)}.map(answer), {INFINITE})"))
    worst = max(compared(given, one) for given, one in zip(points, found, strict=True))
    assert worst < 2e-14


@in_browser
@pytest.mark.parametrize("place", [0, 3, 5, 7, 13, 15, 16], ids=str)
def test_the_map_is_the_phase_diagram(browser, place):
    given = DEFAULTS | SETTINGS[place]
    set_by_fields(browser, given)
    browser.evaluate(DRAWN)
    drawn = json.loads(browser.evaluate("JSON.stringify(shown.phase)"))
    world, teacher, student = asked(given)
    diagram = w2s.phase_diagram(
        world, teacher, student, x=("student.lam", drawn["lamS"]), y=("teacher.lam", drawn["lamT"])
    )
    scale = np.maximum(abs(diagram.gain), 1e-3 * w2s.risk(world, replace(teacher, lam=diagram.y))[:, None])
    assert (abs(np.array(drawn["gain"]) - diagram.gain) < 1e-12 * scale).all()
    expected = sorted({tuple(point) for curve in diagram.boundary for point in curve.tolist()})
    assert len(expected) > 10
    np.testing.assert_allclose(sorted(map(tuple, drawn["boundary"])), expected, rtol=1e-10)
    shown = json.loads(browser.evaluate("JSON.stringify(shown.curves)"))
    student_risks = w2s.risk(world, teacher, replace(student, lam=np.array(shown["lams"])))
    np.testing.assert_allclose(shown["student"], student_risks, rtol=1e-13)
    ceiling = w2s.risk(world, replace(student, lam=np.array(shown["lams"]), truth=0.0))
    np.testing.assert_allclose(shown["ceiling"], ceiling, rtol=1e-13)


@in_browser
def test_keys_and_pointer_move_the_sliders(browser):
    state = "({...state, text: document.getElementById('lam_s-slider').getAttribute('aria-valuetext')})"
    browser.evaluate("document.getElementById('lam_s-slider').focus()")
    browser.press("ArrowRight", 39)
    given = browser.evaluate(state)
    assert given["lam_s"] == 0.309 and given["text"] == "0.309"
    compared({**DEFAULTS, "lam_s": 0.309}, read(browser))
    browser.press("Home", 36)
    assert browser.evaluate(state)["lam_s"] == 0.0
    compared({**DEFAULTS, "lam_s": 0.0}, read(browser))
    browser.evaluate("document.getElementById('gamma_t').focus()")
    browser.press("ArrowUp", 38)
    moved = browser.evaluate(state)["gamma_t"]
    assert 0.5 < moved < 0.53
    compared({**DEFAULTS, "lam_s": 0.0, "gamma_t": moved}, read(browser))
    browser.evaluate("document.getElementById('phase').scrollIntoView({block: 'center'})")
    box = browser.evaluate("document.getElementById('map').getBoundingClientRect().toJSON()")
    browser.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.8)
    given = browser.evaluate(state)
    assert given["lam_s"] == pytest.approx(1.0, rel=0.05) and given["lam_t"] == pytest.approx(0.01, rel=0.05)
    compared({**DEFAULTS, **{key: given[key] for key in ("lam_s", "lam_t", "gamma_t")}}, read(browser))
    for parameter in PARAMETERS:  # every slider's events reach the numbers
        slider = f"document.getElementById('{parameter.key}-slider')"
        before = browser.evaluate(f"state['{parameter.key}']")
        browser.evaluate(
            f"{slider}.value = {slider}.max - 20, "
            f"{slider}.dispatchEvent(new InputEvent('input', {{bubbles: true}}))"
        )
        after, field = browser.evaluate(
            f"[state['{parameter.key}'], Number(document.getElementById('{parameter.key}').value)]"
        )
        assert after == field != before
    compared(browser.evaluate("state"), read(browser))


@in_browser
def test_rows_and_alpha_go_both_ways_and_retuning_is_told_first(browser, page):
    browser.open(page, "#mechanism=1&noise=0.6&gamma_t=0.25&lam_t=0.01&gamma_s=0.5&lam_s=0.1")
    field = "document.getElementById('{}').value"
    assert [browser.evaluate(field.format(name)) for name in ("n_t", "alpha_t", "n_s", "alpha_s")] == [
        "2000", "20", "1000", "100",
    ]  # fmt: skip
    told = browser.evaluate("document.getElementById('advice').textContent")
    world = w2s.Population.isotropic(noise=0.6)
    verdict = w2s.compare(world, w2s.Ridge(gamma=0.25, lam=0.01), w2s.Ridge(gamma=0.5, lam=0.1))
    assert "alpha = 300) the teacher has" in told and "no student of this kind beats that" in told
    for value in (verdict.retuned.risk, verdict.best_student.risk, verdict.best_student.lam):
        assert number(float(value)) in told
    for name, value in (("n_t", "4000"), ("alpha_t", "80")):
        browser.evaluate(
            f"(() => {{ const field = document.getElementById('{name}'); field.value = '{value}'; "
            "field.dispatchEvent(new Event('input')); })()"
        )
    assert browser.evaluate("[state.gamma_t, state.lam_t]") == [0.125, 0.02]


@in_browser
def test_a_view_is_in_the_address(browser, page):
    given = DEFAULTS | {"mechanism": 2, "lam_s": 0.1 + 0.2, "s_1": 3.3}
    set_by_fields(browser, given)
    fragment = browser.evaluate("location.hash")
    before = read(browser)
    browser.open(page, fragment)
    assert browser.evaluate("state") == given and read(browser)["student"] == before["student"]
    browser.open(page, "#mechanism=2&lam_s=-1&gamma_t=0&noise=alert(1)&w_1=")
    assert browser.evaluate("state") == DEFAULTS | {"mechanism": 2}
    browser.evaluate("document.getElementById('lam_t').value = '3'")
    set_by_fields(browser, given)
    browser.evaluate("document.getElementById('reset').click()")
    assert browser.evaluate("state") == DEFAULTS | {"mechanism": 2}
    browser.evaluate("location.hash = '#mechanism=1&lam_t=0.25'")
    browser.evaluate("new Promise(done => setTimeout(done, 50))")
    compared(DEFAULTS | {"lam_t": 0.25}, read(browser))


@in_browser
@pytest.mark.parametrize(
    ("key", "text"), [("lam_s", "-1"), ("gamma_t", "0"), ("truth_s", "1.5"), ("noise", ""), ("w_1", "2")]
)
def test_a_value_outside_its_domain_is_refused_in_words(browser, key, text):
    before = read(browser)
    browser.evaluate(
        f"const field = document.getElementById('{key}'); field.value = '{text}';"
        "field.dispatchEvent(new InputEvent('input', {bubbles: true}))"
    )
    parameter = next(each for each in PARAMETERS if each.key == key)
    domain = QUANTITIES[parameter.quantity].domain
    told = browser.evaluate(f"document.getElementById('{key}-domain').textContent")
    assert told.startswith(f"must be {domain} (")
    assert browser.evaluate(f"document.getElementById('{key}').getAttribute('aria-invalid')") == "true"
    assert read(browser) == before
    browser.evaluate("field.dispatchEvent(new Event('change', {bubbles: true}))")
    assert browser.evaluate("Number(field.value)") == parameter.default
    assert browser.evaluate(f"document.getElementById('{key}-domain').textContent") == domain.replace(
        ">=", "≥"
    )


@in_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_speaks(browser, page, width, dark):
    browser.resize(width, 844, dark)
    for mechanism in (1, 2):
        browser.open(page, f"#mechanism={mechanism}")
        browser.evaluate(DRAWN)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        ink, paper = browser.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        light = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ink, paper)]
        assert (light[0] > light[1]) == dark
        unnamed = browser.evaluate(
            """[...document.querySelectorAll("input")].filter(each =>
                 !each.labels.length && !each.getAttribute("aria-label")).length"""
        )
        assert unnamed == 0
    caption = read(browser)["caption"]
    browser.evaluate("document.getElementById('lam_t').focus()")
    browser.press("ArrowUp", 38)
    browser.evaluate(DRAWN)
    assert read(browser)["caption"] != caption
    described = "document.getElementById(document.getElementById('phase').getAttribute('aria-describedby'))"
    assert "zero" in browser.evaluate(f"{described}.textContent")


@in_browser
def test_numbers_are_written_as_python_writes_them(browser):
    rng = random.Random(1)
    values = [
        0.0,
        -0.0,
        0.015625,
        0.046875,
        1000.5,
        1001.5,
        9999.5,
        99995.0,
        1e-5,
        9.9995e-5,
        1e22,
        -2.5e-7,
        3081.0,
    ]
    values += [rng.choice([-1, 1]) * 10 ** rng.uniform(-12, 12) for _ in range(300)]
    assert browser.evaluate(f"{json.dumps(values)}.map(value => short(value))") == [short(v) for v in values]


def test_the_derivations_decide_the_script(monkeypatch):
    derived, stage = ridge_map.derivation(), ridge_map.STAGE
    changed = replace(derived, result=derived.result.subs(stage.noise, 3 * stage.noise))
    with monkeypatch.context() as patched:
        patched.setattr(ridge_map, "derivation", lambda: changed)
        assert "unexplained = 3 * noise + " in generate_javascript.source()
    equation = marchenko_pastur.quadratic()
    doubled = sp.Eq(equation.lhs.subs(marchenko_pastur.STAGE.gamma, 2 * marchenko_pastur.STAGE.gamma), 0)
    monkeypatch.setattr(marchenko_pastur, "quadratic", lambda: doubled)
    assert "exact = 1 - 2*gamma" in generate_javascript.source()
