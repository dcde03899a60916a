"""Lines and seconds of the eight tasks of a first day: runs the blocks of docs/first-steps.md.

Run as ``python benchmarks/first_steps.py``. Imports count: the first block pays for the library's own.
"""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from time import perf_counter

PAGE = Path(__file__).parents[1] / "docs" / "first-steps.md"
TASK = re.compile(r"^## (\d\. .*?)$.*?^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def main() -> None:
    """Run and time each block, in one session."""
    import matplotlib

    matplotlib.use("Agg")
    names: dict[str, object] = {}
    print(f"{'lines':>5} {'seconds':>8}  task")
    for title, block in TASK.findall(PAGE.read_text(encoding="utf-8")):
        examples = doctest.DocTestParser().get_examples(block)
        start = perf_counter()
        for example in examples:
            exec(compile(example.source, title, "single"), names)
        seconds = perf_counter() - start
        print(f"{len(examples):5} {seconds:8.2f}  {title}", flush=True)


if __name__ == "__main__":
    main()
