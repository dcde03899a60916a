"""Shared by the stories of this folder: verify a registered result, write it as LaTeX, HTML and PDF."""

from __future__ import annotations

import argparse
import runpy
from pathlib import Path

import w2s_asymptotics as w2s
from w2s_asymptotics.report.latex import LatexNotFoundError
from w2s_asymptotics.report.render import SUFFIXES, render

HERE = Path(__file__).parent
GALLERY = HERE.parent / "docs" / "gallery"


def story(name: str, account: str | None, gallery: str | None = None) -> None:
    """Tell, verify and write out one result; `account` is the story's docstring.

    `gallery` names a script of the gallery whose figures show the result; they are saved beside it.
    """
    parser = argparse.ArgumentParser(
        description=account, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=HERE / "out", help="folder to write to (default: out)"
    )
    folder: Path = parser.parse_args().output
    print(account)
    derivation = w2s.derive(name)
    print(derivation.verify())
    for kind in ("latex", "html", "pdf"):
        try:
            print("wrote", render(derivation, kind, folder / f"{name}{SUFFIXES[kind]}"))
        except LatexNotFoundError as error:
            print(error)
    if gallery is not None:
        draw(gallery, folder)


def draw(gallery: str, folder: Path) -> None:
    """Run a script of the gallery and save its figures."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    runpy.run_path(str(GALLERY / f"{gallery}.py"))
    for number in plt.get_fignums():
        target = folder / f"{gallery}_{number}.png"
        plt.figure(number).savefig(target, dpi=150)
        print("wrote", target)
