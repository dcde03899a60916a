"""Shared by the stories of this folder: verify a registered result write it as LaTeX, HTML and PDF."""

from __future__ import annotations

import argparse
from pathlib import Path

import w2s_asymptotics as w2s
from w2s_asymptotics.report.latex import LatexNotFoundError
from w2s_asymptotics.report.render import SUFFIXES, render

HERE = Path(__file__).parent


def story(name: str, account: str | None) -> None:
    """Tell, verify and write out one result; `account` is the story's docstring."""
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
