"""Bytes that the browser fetches by URL: sound and fonts for components.

Streamlit serves what ``st.audio`` plays from its media file manager, in pieces (Range requests) and cached by
content; a component has no public way to do the same, and raw bytes would travel with every
rerun. This module is the one place that reaches for the manager itself.
"""

from streamlit import runtime


def can_serve() -> bool:
    """Whether there is a server that the browser can fetch from."""
    return runtime.exists()


def media_url(data: bytes, mimetype: str, *, key: str) -> str:
    """A path such as ``/media/…``, relative to where the app is mounted, for as long as the page gives it.

    ``key`` names the place on the page, so that new data takes the place of the old. Call it
    on every run: what a run does not ask for is dropped. Without a server (a test that
    only runs the script) there is nothing to fetch from, and the URL is empty.
    """
    if not can_serve():
        return ""
    return runtime.get_instance().media_file_mgr.add(data, mimetype, f"workbench.media.{key}")
