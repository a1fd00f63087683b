"""One file out of many: inlines styles and scripts, and allows exactly those and no other."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from string import Template

_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
SESSION_STYLES = ("vendor/leaflet.css", "vendor/uPlot.min.css", "assets/session.css")
SESSION_SCRIPTS = (
    "vendor/uPlot.iife.min.js",
    "vendor/leaflet.js",
    "assets/data.js",
    "assets/charts.js",
    "assets/map.js",
    "assets/session.js",
)
_EARLY = "assets/theme.js"


def document(
    *,
    title: str,
    home: str,
    nav: str,
    body: str,
    credits_html: str,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    data: str | None = None,
) -> str:
    """Return a whole page that needs nothing beside itself.

    Args:
        title: Already escaped.
        home: Link of the word mark.
        nav: Links of the header, HTML.
        body: The main part, HTML.
        credits_html: Whose data and work is shown, HTML.
        styles: Style files beyond those of every page.
        scripts: Script files beyond the one for the theme.
        data: JSON for the scripts, without any `<`.
    """
    sheet = _sheet(tuple(styles))
    early = _asset(_EARLY)
    codes = [_script(name) for name in scripts]
    block = (
        ""
        if data is None
        else f'<script type="application/json" id="session-data">{data}</script>\n'
    )
    return Template(_asset("assets/shell.html")).substitute(
        csp=_POLICY.format(
            scripts=" ".join(_hash(code) for code in (early, *codes)), styles=_hash(sheet)
        ),
        title=title,
        styles=f"<style>{sheet}</style>",
        early=f"<script>{early}</script>",
        sprite=_asset("assets/sprite.svg").strip(),
        home=home,
        nav=nav,
        body=body,
        credits=credits_html,
        scripts=block + "\n".join(f"<script>{code}</script>" for code in codes),
    )


@cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _script(name: str) -> str:
    """Return a script; a source map beside the page does not exist."""
    code = _asset(name)
    cut = code.rfind("//# sourceMappingURL=")
    return code if cut < 0 else code[:cut]


@cache
def _sheet(names: tuple[str, ...]) -> str:
    light, dark = _asset("assets/light.css"), _asset("assets/dark.css")
    by_system = f":root:not([data-theme=light]) {{\n{dark}}}"
    colours = (
        f":root {{\n{light}}}\n"
        f"@media (prefers-color-scheme: dark) {{ {by_system} }}\n"
        f":root[data-theme=dark] {{\n{dark}}}\n"
    )
    own = ("assets/page.css", "assets/shapes.css")
    return colours + "\n".join(_asset(name) for name in (*names, *own, "assets/print.css"))


@cache
def _hash(inline: str) -> str:
    digest = hashlib.sha256(inline.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
