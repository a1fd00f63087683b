"""One file out of many: templates, inlined styles and scripts, and the policy of the page.

Every text is escaped by its type (MarkupSafe); only our own assets are markup. The policy
allows exactly the scripts and styles that the page carries, and no request at all.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from backrun_pi.review.report.locale import UNKNOWN, Locale

_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; "
    "connect-src {requests}; base-uri 'none'; form-action 'none'"
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
TABLES_SCRIPT = "assets/tables.js"
ATLAS_STYLES = ("vendor/leaflet.css", "assets/session.css")
ATLAS_SCRIPTS = ("vendor/leaflet.js", "assets/atlas.js", TABLES_SCRIPT)
_EARLY = "assets/theme.js"


def render(
    template: str,
    locale: Locale,
    values: dict[str, Any],
    *,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    data: str | None = None,
    requests: str = "'none'",
) -> str:
    """Return a whole page; but for the requests it may make it needs nothing beside itself.

    Args:
        template: Name of the page's template.
        locale: For whom it is.
        values: What the template shows; every text in it is escaped.
        styles: Style files beyond those of every page.
        scripts: Script files beyond the one for the theme.
        data: JSON for the scripts, without any `<`.
        requests: Sources that its scripts may ask, as the policy names them.
    """
    sheet = _sheet(tuple(styles))
    early = _asset(_EARLY)
    codes = [_script(name) for name in scripts]
    policy = _POLICY.format(
        scripts=" ".join(_hash(code) for code in (early, *codes)),
        styles=_hash(sheet),
        requests=requests,
    )
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            show=locale,
            t=locale.text,
            count=locale.count,
            unknown=UNKNOWN,
            policy=policy,
            sheet=Markup(sheet),  # noqa: S704 - a file of ours
            early=Markup(early),  # noqa: S704 - a file of ours
            codes=[Markup(code) for code in codes],  # noqa: S704 - files of ours
            sprite=Markup(_asset("assets/sprite.svg").strip()),  # noqa: S704 - a file of ours
            data=None if data is None else Markup(data),  # noqa: S704 - holds no `<`, see payload
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__package__ or "", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
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
