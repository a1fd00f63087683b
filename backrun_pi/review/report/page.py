"""The pages on the drive, each a single file that opens from file:// without a network.

A page allows, by its own Content-Security-Policy, exactly the scripts and styles it carries and
no request at all. Everything that came from a map or a log is text, never markup.
"""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.review import layout
from backrun_pi.review.index_model import PlanProgress, SessionLine
from backrun_pi.review.model import MapLayers, SessionReview
from backrun_pi.review.report import document, index_body, payload, session_body, words

_DRAWN_WITH = (
    "Drawn with uPlot (MIT licence, © 2022 Leon Sorokin) and Leaflet (BSD 2-Clause, "
    "© 2010-2023 Volodymyr Agafonkin, © 2010-2011 CloudMade)."
)


def render_session(
    review: SessionReview, layers: MapLayers | None, files: Sequence[str] = ()
) -> str:
    """Return the page of one session.

    Args:
        review: What is known of the session; `None` and missing parts are shown as such.
        layers: What is drawn under the route. None without a map.
        files: Exports beside the page, as links relative to it.

    Returns:
        A whole HTML document, at most 1.5 MB for an hour.
    """
    owner = ""
    if layers is not None and layers.attribution:
        owner = f" Map data {layers.attribution}, Open Database License (ODbL)."
    return document.document(
        title=f"{session_body.title(review)} · backrun",
        home=f"../{layout.INDEX}",
        nav=f'<a href="../{layout.INDEX}">All sessions</a>',
        body=session_body.main_part(review, layers, files),
        credits_html=words.text(_DRAWN_WITH + owner),
        styles=document.SESSION_STYLES,
        scripts=document.SESSION_SCRIPTS,
        data=payload.encode(review, layers),
    )


def render_index(lines: Sequence[SessionLine], plan: PlanProgress | None) -> str:
    """Return the page of all sessions.

    Args:
        lines: One per session, in any order.
        plan: Where the wearer is in the plan. None when it is not known.
    """
    return document.document(
        title="All sessions · backrun",
        home=layout.INDEX,
        nav="",
        body=index_body.main_part(lines, plan),
        credits_html="This drive holds where you were. Hand it on with care.",
    )
