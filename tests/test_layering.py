"""Imports run one way, downward."""

import ast
from pathlib import Path

import pytest

import w2s_asymptotics

ROOT = Path(w2s_asymptotics.__file__).parent
LAYERS = [
    {"serial", "kinds"},
    {"quantity", "records", "files"},
    {"notation"},
    {"arithmetic"},
    {"fused"},
    {"losses"},
    {"witness"},  # the second engine owes the first nothing
    {"worlds"},
    {"spectrum"},
    {"learners"},
    {"words"},
    {"proof"},
    {"chains.setting", "chains.drawn"},
    {"chains.ridge"},
    {"theorems"},
    {"chains"},
    {"questions"},
    {"simulation"},
    {"sweeps"},
    {"advice"},
    {"study"},
    {"schema"},
    {"report"},
    {"learner_text", "command_help"},
    {"command_options"},
    {"commands_run"},
    {"commands"},
    {"cli"},
    {"__main__"},
]


def layer(module: str) -> int:
    parts = module.split(".")
    for name in (".".join(parts[:2]), parts[0]):
        for height, names in enumerate(LAYERS):
            if name in names:
                return height
    raise AssertionError(f"{module} has no layer: add it to LAYERS")


def imports(path: Path) -> set[str]:
    """Modules of the package that a file imports, relative to the package."""
    found = set()
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level]) if node.level else []
            target = ".".join([*base, *((node.module or "").split(".") if node.module else [])])
            if node.level:
                found |= (
                    {target} if node.module else {f"{target}.{alias.name}".strip(".") for alias in node.names}
                )
            elif target.startswith("w2s_asymptotics."):
                found.add(target.removeprefix("w2s_asymptotics."))
    return {name for name in found if name}


FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downward(path: Path) -> None:
    own = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for name in imports(path):
        same = name.split(".")[0] == own.split(".")[0]
        assert same or layer(name) < layer(own), f"{own} imports {name}, which is not below it"


def test_only_the_report_plots() -> None:
    for path in FILES:
        if "matplotlib" in path.read_text():
            assert path.relative_to(ROOT).parts[0] in {"report"}, path
