"""Downloading by http and https: bounded, checked, and able to go on after an interruption.

What has arrived lies beside its final name as ``….partial``, with a note of which state of the file it is (its
``ETag`` or date). The next attempt asks for the rest (RFC 9110, Range and If-Range); a server whose file has changed since
sends all of it again. The final name appears only when everything is there and its checksum is right.
"""

import hashlib
import http.client
import ipaddress
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.core.errors import UnreadableFile, WorkFailed
from workbench.sources.addresses import Address
from workbench.sources.items import reason, suffix_of

MAX_BYTES = 20_000_000_000
TIMEOUT_SECONDS = 30.0
_CHUNK_BYTES = 2**18
_ABOUT_US = {"User-Agent": "music-workbench"}

Progress = Callable[[int, int | None], None]
"""Takes the bytes that are here and those that are expected, where the server says."""


class Stopped(Exception):
    """Somebody asked the download to stop; what has arrived is kept."""


def download(
    address: Address,
    folder: Path,
    *,
    progress: Progress = lambda here, expected: None,
    should_stop: Callable[[], bool] = lambda: False,
    limit: int = MAX_BYTES,
    into_own_net: bool = False,
) -> Path:
    """Bring the file of an address into a folder; its path there.

    ``into_own_net``: whether addresses of this machine and its own network may be asked, which a server that
    serves strangers must not do for them.

    Raises
    ------
    UnreadableFile
        The address cannot be reached, the file is too large or not the one that was expected.
    WorkFailed
        The line broke; asking again goes on where it broke.
    Stopped
        ``should_stop`` said so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / (hashlib.sha256(address.url.encode()).hexdigest() + suffix_of(address.name))
    final = final.with_name(final.stem + _compound_suffix(address.name))
    partial = final.with_name(final.name + ".partial")
    try:
        if final.exists() and _is_same(address, final, into_own_net):
            return final
        _transfer(address, partial, progress, should_stop, limit, into_own_net)
    except urllib.error.HTTPError as error:
        raise UnreadableFile(
            f"{address.shown} cannot be fetched (the server says {error.code} {error.reason}); check the "
            "address, or download the file yourself and import it from your disk."
        ) from error
    except urllib.error.URLError as error:
        raise UnreadableFile(
            f"{address.shown} cannot be reached ({_why(error)}); check the address and the connection."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise WorkFailed(
            f"The connection to {address.shown} broke ({reason(error)}). What has arrived is kept; "
            "go on with the import to fetch the rest."
        ) from error
    _check(address, partial)
    partial.replace(final)
    _note(partial).replace(_note(final))
    return final


def forget(path: Path) -> None:
    """Throw away what :func:`download` brought."""
    path.unlink(missing_ok=True)
    _note(path).unlink(missing_ok=True)


def _is_same(address: Address, final: Path, into_own_net: bool) -> bool:
    """Whether what is here is still what the server has (RFC 9110, If-None-Match); a checksum settles it without asking."""
    if address.sha256:
        return _sha256(final) == address.sha256
    _, state = _arrived(final)
    if not state:
        return False
    request = urllib.request.Request(address.url, headers=_ABOUT_US)
    request.add_header("If-None-Match" if '"' in state else "If-Modified-Since", state)
    try:
        with _opener(into_own_net).open(request, timeout=TIMEOUT_SECONDS):
            return False  # it begins to send another one
    except urllib.error.HTTPError as answer:
        return answer.code == 304


def _transfer(
    address: Address, partial: Path, progress: Progress, should_stop: Callable[[], bool],
    limit: int, into_own_net: bool,
) -> None:  # fmt: skip
    here, state = _arrived(partial)
    request = urllib.request.Request(address.url, headers=_ABOUT_US)
    if here:
        request.add_header("Range", f"bytes={here}-")
        request.add_header("If-Range", state)
    try:
        answer = _opener(into_own_net).open(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not here:
            raise
        # Nothing is left to send: all had arrived before it was interrupted, or the file is another one now.
        if error.headers.get("Content-Range") != f"bytes */{here}":
            forget(partial)
            _transfer(address, partial, progress, should_stop, limit, into_own_net)
        return
    with answer:
        goes_on = answer.status == 206 and _begins_at(answer.headers, here)
        if here and not goes_on:
            here = 0
        length = answer.headers.get("Content-Length")
        expected = here + int(length) if length and length.isdigit() else None
        state = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        _check_size(address, expected or 0, limit)
        _note(partial).write_text(json.dumps({"state": state}))
        with partial.open("ab" if here else "wb") as file:
            while chunk := answer.read(_CHUNK_BYTES):
                if should_stop():
                    raise Stopped
                here += file.write(chunk)
                _check_size(address, here, limit)
                progress(here, expected)
    if expected is not None and here < expected:
        raise ConnectionResetError("it ended early")


def _check_size(address: Address, size: int, limit: int) -> None:
    if size > limit:
        raise UnreadableFile(
            f"{address.shown} is larger than the {limit / 1e6:,.0f} MB the workbench takes from an "
            "address; download the part you need and import it from your disk."
        )


def _arrived(partial: Path) -> tuple[int, str]:
    """How many bytes are here, and the state of the file they belong to; 0 where that is not known."""
    try:
        state = str(json.loads(_note(partial).read_text())["state"])
        return (partial.stat().st_size, state) if state else (0, "")
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""


def _begins_at(headers: Any, here: int) -> bool:
    return str(headers.get("Content-Range", "")).startswith(f"bytes {here}-")


def _check(address: Address, path: Path) -> None:
    if address.sha256 and _sha256(path) != address.sha256:
        path.unlink()
        raise UnreadableFile(
            f"{address.shown} is not the file it should be: its checksum is another one than was "
            "published; try again, and if that fails get it from another place."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _note(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")


def _compound_suffix(name: str) -> str:
    """``.tar.gz`` as a whole: an archive is known by it."""
    last = suffix_of(name)
    before = suffix_of(name[: -len(last)]) if last else ""
    return (".tar" if before == ".tar" else "") + last


def _why(error: urllib.error.URLError) -> str:
    inner = error.reason
    return reason(inner) if isinstance(inner, Exception) else str(inner)


# --- who may be asked -------------------------------------------------------------------------


def _opener(into_own_net: bool) -> urllib.request.OpenerDirector:
    """http and https alone: urllib would read ``file:`` and ``ftp:`` too, also where a server redirects to them."""
    opener = urllib.request.OpenerDirector()
    guarded = not into_own_net and not urllib.request.getproxies()  # a proxy has its own rules
    for handler in (
        urllib.request.ProxyHandler(),
        _PublicHTTP() if guarded else urllib.request.HTTPHandler(),
        _PublicHTTPS() if guarded else urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _check_public(connection: http.client.HTTPConnection) -> None:
    """Refuse this machine and its own network. Asked of the open connection: a name may mean something else each time."""
    peer = ipaddress.ip_address(connection.sock.getpeername()[0].partition("%")[0])
    if isinstance(peer, ipaddress.IPv6Address):
        peer = peer.ipv4_mapped or peer
    if not peer.is_global or peer.is_multicast:
        connection.close()
        raise OSError("it leads into the server's own network, which is closed to imports")


class _PublicConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _check_public(self)


class _PublicSecureConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _check_public(self)


class _PublicHTTP(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_PublicConnection, req)


class _PublicHTTPS(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_PublicSecureConnection, req)
