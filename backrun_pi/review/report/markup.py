"""Small pieces of HTML that every section is put together from."""

from __future__ import annotations

from collections.abc import Sequence

Head = tuple[str, str]
"""(HTML, CSS class) of a column."""


def icon(name: str) -> str:
    """Return a shape of the sprite; its meaning stands beside it in words."""
    use = f'<use href="#i-{name}"/>'
    return f'<svg class="shape" viewBox="0 0 20 20" aria-hidden="true">{use}</svg>'


def stroke(css: str, wide_px: int, tall_px: int) -> str:
    """Return a piece of line in the style it has on the map or in a chart."""
    path = f'<path class="l-{css}" d="M0 {tall_px // 2}h{wide_px}"/>'
    return f'<svg viewBox="0 0 {wide_px} {tall_px}" aria-hidden="true">{path}</svg>'


def card(key: str, title: str, body: str, css: str = "") -> str:
    """Return a section with its title.

    Args:
        key: Unique on the page.
        title: Escaped.
        body: HTML.
        css: A class beside `card`.
    """
    name = f"card {css}".strip()
    return (
        f'<section class="{name}" id="{key}" aria-labelledby="{key}-title">'
        f'<h2 id="{key}-title">{title}</h2>{body}</section>'
    )


def callout(shape: str, title: str, body: str, css: str = "") -> str:
    """Return what must not be overlooked."""
    name = f"callout {css}".strip()
    return f'<div class="{name}">{icon(shape)}<div><h2>{title}</h2>{body}</div></div>'


def plain(line: str) -> str:
    """Return a quiet sentence in place of a list with nothing in it."""
    return f'<p class="plain">{line}</p>'


def numbers(cells: Sequence[str]) -> str:
    """Return table cells with numbers."""
    return "".join(f'<td class="number">{cell}</td>' for cell in cells)


def table(caption: str, heads: Sequence[Head], rows: Sequence[str]) -> str:
    """Return a table that scrolls sideways on a narrow screen.

    Args:
        caption: For screen readers, escaped.
        heads: One per column.
        rows: Whole `<tr>` elements.
    """
    head = "".join(
        f'<th scope="col"{f" class={css}" if css else ""}>{name}</th>' for name, css in heads
    )
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{caption}">'
        f'<table><caption class="visually-hidden">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def moment(t_s: float, shown: str, pin: str = "") -> str:
    """Return a button that moves the page's time cursor.

    Args:
        t_s: To when.
        shown: HTML.
        pin: Escaped title of the alert whose pin it opens on the map.
    """
    opens = f' data-pin="{pin}"' if pin else ""
    at = f'data-at="{t_s:.1f}"{opens}'
    return f'<button type="button" class="link-button" {at}>{shown}</button>'


def stretch(start_s: float, end_s: float, shown: str) -> str:
    """Return a button that shows a part of the session on the map and in the charts."""
    span = f'data-from="{start_s:.1f}" data-to="{end_s:.1f}"'
    return f'<button type="button" class="link-button" {span}>{shown}</button>'
