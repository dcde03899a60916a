"""Copy the README's figures out of the gallery: run its scripts and save what they draw first.

Run as ``python docs/make_figures.py``; it takes a minute or two.
"""

import runpy
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

HERE = Path(__file__).parent
FIGURES = {
    "figure": "plot_02_compensation",
    "alignment": "plot_03_alignment",
    "easy_and_hard": "plot_04_easy_and_hard",
    "double_descent": "plot_11_random_features",
    "generations": "plot_13_generations",
}
"""Each picture beside this file, and the script of the gallery that draws it."""


def main() -> None:
    """Draw and save each."""
    for name, script in FIGURES.items():
        plt.close("all")
        plt.rcdefaults()
        runpy.run_path(str(HERE / "gallery" / f"{script}.py"))
        target = HERE / f"{name}.png"
        plt.figure(1).savefig(target, dpi=150)
        print("wrote", target)


if __name__ == "__main__":
    main()
