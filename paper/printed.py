"""Print every number of paper.md, each beside the call that gives it: ``python paper/printed.py``."""

from collections.abc import Iterator

import w2s_asymptotics as w2s

__all__ = ["numbers"]


def numbers() -> Iterator[tuple[str, str]]:
    """Yield what a number is, and the number as the paper prints it."""
    world = w2s.Population.isotropic(signal=1.0, noise=0.5)
    teacher, student = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
    found = w2s.compare(world, teacher, student)
    yield "gamma_t, lam_t, gamma_s, lam_s, noise", "0.5, 0.01, 0.8, 0.3, 0.5"
    yield "teacher's risk", f"{found.teacher:.4f}"
    yield "student's risk", f"{found.student:.4f}"
    yield "ceiling", f"{found.ceiling:.4f}"
    yield "teacher's best penalty", f"{w2s.tune(world, teacher).lam:.2f}"
    yield "teacher's risk with it", f"{w2s.tune(world, teacher).risk:.4f}"
    interval = w2s.winning_interval(world, teacher, student)
    assert interval is not None
    yield "student wins below", f"{interval[1]:.4f}"
    best = w2s.tune(world, teacher, student)
    yield "best student's penalty", f"{best.lam:.3f}"
    yield "best student's risk", f"{best.risk:.4f}"
    simulated = w2s.simulate(world, teacher, student, dim=200, repetitions=100, seed=0)
    for which, mean, error in zip("ts", simulated.mean, simulated.standard_error, strict=True):
        yield f"measured risk ({which})", f"{mean:.3f}"
        yield f"its standard error ({which})", f"{error:.3f}"
    networks = w2s.MultiIndex(easy=[1.0], hard="he2", noise=0.5)
    weak = w2s.TwoLayer(gamma_step=0.1, gamma=0.3, width=2.0, lam=0.1)
    strong = w2s.TwoLayer(
        gamma_step=0.1, gamma=0.3, width=4.0, lam=0.1, hard_degree=2, head="retained", quality=0.8
    )
    for whose, risk in zip(("teacher", "student"), w2s.risks(networks, weak, strong), strict=True):
        yield f"risk of a network ({whose})", f"{risk:.2f}"
    yield "registered results", str(len(w2s.derivations()))
    yield "steps of the compensation theorem", str(len(w2s.derive("compensation").steps))


if __name__ == "__main__":
    for what, number in numbers():
        print(f"{what:40} {number}")
