"""Who sits at the other end of a connection on this machine, as the system's own table of sockets
says: no header can say otherwise. Linux only; decides nothing."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ESTABLISHED = "01"
Address = tuple[str, int]


def another_users(peer: Address, own: Address, tables: Iterable[Path] = TABLES) -> bool | None:
    """Return whether the process at ``peer`` belongs to another user than the one at ``own``, the
    end of the connection in this process. None where the system does not tell.

    A caller whose socket is in no table is nobody of this system, and counts as another user.
    """
    ours, theirs = _users(own, peer, tables)
    if ours is None:
        return None
    return theirs != ours


def _users(own: Address, peer: Address, tables: Iterable[Path]) -> tuple[str | None, str | None]:
    """Return the user ids of both ends; None for an end that stands in no table."""
    here, there = _written(own), _written(peer)
    ours = theirs = None
    for local, remote, user in _connections(tables):
        if local in here and remote in there:
            ours = user
        elif local in there and remote in here:
            theirs = user
    return ours, theirs


def _connections(tables: Iterable[Path]) -> Iterator[tuple[str, str, str]]:
    """Yield local address, remote address and user id of every connection."""
    for table in tables:
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except (OSError, UnicodeDecodeError):
            continue
        for line in lines:
            columns = line.split()
            if len(columns) > 7 and columns[3] == ESTABLISHED:
                yield columns[1], columns[2], columns[7]


def _written(address: Address) -> frozenset[str]:
    """Return an address as the tables write it: words of 32 bits in the machine's order. One of
    version 4 may stand in either table."""
    ip = ipaddress.ip_address(address[0].partition("%")[0])
    forms = [ip.packed]
    if isinstance(ip, ipaddress.IPv4Address):
        forms.append(bytes(10) + b"\xff\xff" + ip.packed)
    elif ip.ipv4_mapped is not None:
        forms.append(ip.ipv4_mapped.packed)
    return frozenset(f"{_words(form)}:{address[1]:04X}" for form in forms)


def _words(packed: bytes) -> str:
    return "".join(
        f"{int.from_bytes(packed[at : at + 4], sys.byteorder):08X}"
        for at in range(0, len(packed), 4)
    )
