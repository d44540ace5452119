"""The language that notebooks read: of cards, figures and exceptions."""

from __future__ import annotations

_language = "vi"


def language(lang: str | None = None) -> str:
    """The language that notebooks show cards and figures in; sets it where one is given.

    Parameters
    ----------
    lang
        ``"vi"`` or ``"en"``; nothing: leave it.

    Examples
    --------
    >>> import planner
    >>> planner.language("en")
    'en'
    """
    global _language  # noqa: PLW0603
    if lang is not None:
        if lang not in ("vi", "en"):
            raise ValueError(f"language must be 'vi' or 'en', not {lang!r}")
        _language = lang
    return _language
