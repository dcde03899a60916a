"""From a LaTeX source to a PDF, with the machine's own pdflatex."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from w2s_asymptotics.files import write_beside

__all__ = ["LatexError", "LatexNotFoundError", "compile_pdf", "overfull_points"]

_RUNS = 2  # references and long tables settle on the second run
_TIMEOUT = 120  # seconds
_OVERFULL = re.compile(r"Overfull \\hbox \(([0-9.]+)pt too wide\)")


class LatexError(RuntimeError):
    """A source that LaTeX does not accept, with the part of the log that says why."""


class LatexNotFoundError(LatexError):
    """There is no pdflatex on this machine."""


def compile_pdf(
    source: str, path: str | Path, beside: str | Path | None = None, keep_log: bool = False
) -> Path:
    """Compile a LaTeX source and write the PDF to `path` (with `keep_log`, the log beside it).

    Figures are looked for in the folder `beside`. Runs in a temporary folder, without shell escape, and
    stops at the first error. `LatexNotFoundError` says what to install where there is no pdflatex;
    `LatexError` carries the lines of the log around the first error.
    """
    pdflatex = shutil.which("pdflatex")
    if pdflatex is None:
        raise LatexNotFoundError(
            "pdflatex not found: install texlive-latex-recommended, texlive-latex-extra and lmodern "
            "(Debian, Ubuntu), MacTeX or MiKTeX; --format html needs no LaTeX"
        )
    target = Path(path)
    searched = "" if beside is None else str(Path(beside).resolve())
    environment = os.environ | {"TEXINPUTS": f"{searched}:", "openout_any": "p"}
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "account.tex").write_text(source, encoding="utf-8")
        command = [pdflatex, "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "account.tex"]
        for _ in range(_RUNS):
            try:
                run = subprocess.run(
                    command,
                    cwd=folder,
                    env=environment,
                    capture_output=True,
                    timeout=_TIMEOUT,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise LatexError(f"pdflatex took more than {_TIMEOUT} s") from error
            if run.returncode != 0:
                raise LatexError(
                    "pdflatex failed:\n" + _excerpt(run.stdout.decode("utf-8", errors="replace"))
                )
        write_beside(target, Path(folder, "account.pdf").read_bytes())
        if keep_log:
            write_beside(target.with_suffix(".log"), Path(folder, "account.log").read_bytes())
    return target


def overfull_points(log: str) -> float:
    r"""Read from a LaTeX log how far the widest line leaves the text block, in points (0 where all fit).

    >>> overfull_points(r"Overfull \hbox (3.5pt too wide) in paragraph")
    3.5
    """
    return max((float(width) for width in _OVERFULL.findall(log)), default=0.0)


def _excerpt(log: str, lines: int = 12) -> str:
    rows = log.splitlines()
    first = next((index for index, row in enumerate(rows) if row.startswith("!")), max(0, len(rows) - lines))
    return "\n".join(rows[first : first + lines])
