"""Put the built site into a folder of versions: ``python docs/publish.py docs/_build/html FOLDER``.

The folder is what a host serves: `FOLDER/0.2.0/` is the site of that version, `FOLDER/stable/` leads to the
newest, and `FOLDER/index.html` lists them all. Other versions that are there stay as they are.
"""

import re
import shutil
import sys
from pathlib import Path

import w2s_asymptotics as w2s

__all__ = ["publish"]

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>
<body><h1>{title}</h1>{body}</body></html>
"""


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def publish(site: Path, folder: Path, version: str = w2s.__version__) -> list[str]:
    """Copy a site to its version's folder; return the versions that are there, newest first."""
    if not (site / "index.html").is_file():
        raise ValueError(f"{site} has no index.html: build the site first (make docs)")
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", version):
        raise ValueError(f"version must be numbers between dots, got {version!r}")
    target = folder / version
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(site, target, ignore=shutil.ignore_patterns(".doctrees", ".buildinfo"))
    found = [each.name for each in folder.iterdir() if re.fullmatch(r"[0-9]+(\.[0-9]+)*", each.name)]
    versions = sorted(found, key=_number, reverse=True)
    rows = "".join(f'<li><a href="{each}/index.html">{each}</a></li>' for each in versions)
    listed = _PAGE.format(title="w2s_asymptotics, all versions", head="", body=f"<ul>{rows}</ul>")
    (folder / "index.html").write_text(listed, encoding="utf-8")
    newest = f"../{versions[0]}/index.html"
    leads = f'<meta http-equiv="refresh" content="0; url={newest}">'
    (folder / "stable").mkdir(exist_ok=True)
    page = _PAGE.format(
        title="w2s_asymptotics", head=leads, body=f'<p><a href="{newest}">{versions[0]}</a></p>'
    )
    (folder / "stable" / "index.html").write_text(page, encoding="utf-8")
    return versions


if __name__ == "__main__":
    print("\n".join(publish(Path(sys.argv[1]), Path(sys.argv[2]))))
