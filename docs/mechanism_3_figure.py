"""Draw what the tables of mechanism-3.md hold, as mechanism_3.png beside this file."""

import re
from pathlib import Path

import matplotlib.pyplot as plt

PAGE = Path(__file__).with_name("mechanism-3.md")
STYLES = {
    "teacher": ("#4b5563", "o"),
    "labels": ("#b35806", "s"),
    "retained": ("#0b5c7a", "D"),
    "probe": ("#542788", "^"),
}
DIMS = (60, 120, 240, 480)
_MEASURED = re.compile(r"([0-9.]+) ± ([0-9.]+)")


def rows() -> list[list[str]]:
    """The cells of every row of numbers."""
    found = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    return [cells for cells in found if cells[0] in ("squares", "cubes")]


def measured(cell: str) -> tuple[float, float]:
    """Mean and standard error."""
    seen = _MEASURED.match(cell)
    assert seen is not None
    return float(seen[1]), float(seen[2])


def draw() -> Path:
    """Draw both tables side by side, and save the figure."""
    figure, (ideal, real) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for setting, fill in (("squares", "full"), ("cubes", "none")):
        for learner, (colour, marker) in STYLES.items():
            own = [cells for cells in rows() if cells[:2] == [setting, learner]]
            (first,), later = [c for c in own if "±" in c[2]], [c for c in own if "±" not in c[2]]
            theory = float(first[-1])
            points = [measured(cell) for cell in first[2:6]]
            style = {
                "color": colour,
                "marker": marker,
                "fillstyle": fill,
                "linestyle": "none",
                "markersize": 5,
            }
            name = f"{learner}, {setting}"
            means, errors = ([point[part] / theory for point in points] for part in (0, 1))
            ideal.errorbar(DIMS, means, [2 * error for error in errors], label=name, **style)
            dims = [int(cells[2]) for cells in later]
            seen = [measured(cells[3]) for cells in later]
            limits = [float(cells[4].split()[0]) for cells in later]
            means = [point[0] / limit for point, limit in zip(seen, limits, strict=True)]
            real.errorbar(
                dims, means, [2 * p[1] / limit for p, limit in zip(seen, limits, strict=True)], **style
            )
            spikes = [float(cells[5].split()[0]) / limit for cells, limit in zip(later, limits, strict=True)]
            real.plot(dims, spikes, color=colour, linewidth=1, linestyle="-" if fill == "full" else "--")
    for axes, title, shown in ((ideal, "idealised networks", DIMS), (real, "real networks", (200, 400, 800))):
        axes.axhline(1.0, color="black", linewidth=0.8)
        axes.set(xscale="log", xlabel="dimension $d$", ylabel="measured / asymptotic risk", title=title)
        axes.set_xticks(shown, [str(dim) for dim in shown])
        axes.minorticks_off()
    real.set_yscale("log")
    real.set_yticks((1.0, 1.5, 2.0), ("1", "1.5", "2"))
    real.minorticks_off()
    ideal.legend(fontsize=8, ncols=2)
    path = Path(__file__).with_name("mechanism_3.png")
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


if __name__ == "__main__":
    print(draw())
