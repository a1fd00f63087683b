"""The pages on the drive, each a single file that opens from file:// without a network.

A page allows, by its own Content-Security-Policy, exactly the scripts and styles it carries and
no request at all. Everything that came from a map or a log is text, never markup.
"""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.review import layout
from backrun_pi.review.drawn_map import MapLayers
from backrun_pi.review.index_model import PlanProgress, SessionLine
from backrun_pi.review.model import SessionReview
from backrun_pi.review.report import (
    environment,
    index_page,
    payload,
    session_page,
    session_tables,
    study,
)
from backrun_pi.review.report.locale import Locale

ENGLISH = Locale()


def render_session(
    review: SessionReview,
    layers: MapLayers | None,
    files: Sequence[str] = (),
    locale: Locale = ENGLISH,
) -> str:
    """Return the page of one session.

    Args:
        review: What is known of the session; `None` and missing parts are shown as such.
        layers: What is drawn under the route. None without a map.
        files: Exports beside the page, as links relative to it.
        locale: For whom the page is.

    Returns:
        A whole HTML document, at most 1.5 MB for an hour.
    """
    values = {
        "home": f"../{layout.INDEX}",
        "credit": "" if layers is None else layers.attribution,
        **session_page.values(review, locale),
        **study.values(review, layers, locale),
        **session_tables.values(review, files, locale),
    }
    return environment.render(
        "session.html",
        locale,
        values,
        styles=environment.SESSION_STYLES,
        scripts=(*environment.SESSION_SCRIPTS, environment.TABLES_SCRIPT),
        data=payload.encode(review, layers, locale),
    )


def render_index(
    lines: Sequence[SessionLine], plan: PlanProgress | None, locale: Locale = ENGLISH
) -> str:
    """Return the page of all sessions.

    Args:
        lines: One per session, in any order.
        plan: Where the runner is in the plan. None when it is not known.
        locale: For whom the page is.
    """
    values = {"home": layout.INDEX, **index_page.values(lines, plan, locale)}
    return environment.render(
        "index.html", locale, values, scripts=(environment.TABLES_SCRIPT,)
    )
