"""The network in force in this process: opened once, renewed when the map or a closure changes."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeGuard
from zipfile import BadZipFile

from django.conf import settings
from django.db import DatabaseError

from tongxin.foundation.roads import rushhours
from tongxin.foundation.roads.folders import current_folder
from tongxin.foundation.roads.network import Conditions, Mode, RoadNetwork
from tongxin.foundation.roads.straight import StraightLineNetwork
from tongxin.foundation.roads.tiles import BaseMap
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

if TYPE_CHECKING:
    # SciPy and the engine come with it: only processes that ask for travel times load them.
    from tongxin.foundation.roads.cch import CchNetwork

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
"""How often the pointer and the closures are looked at, so that both hold within a second."""
_SAME_STREET_M = 30.0


class _Holder:
    """Keeps one data folder's network."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._conditions = Conditions()
        self.network: RoadNetwork | None = None
        self._basemap: BaseMap | None = None
        self._basemap_looked_at = float("-inf")

    def looked(self) -> _Holder:
        """Look again when the last look is too long ago; readers never wait for one another."""
        if self.network is None:
            with self._lock:
                if self.network is None:
                    self._look()
        elif monotonic() - self._looked_at > LOOK_EVERY_S:
            self._look_unless_busy()
        return self

    def basemap(self) -> BaseMap | None:
        """Return the base map in force without opening the road engine."""
        if monotonic() - self._basemap_looked_at > LOOK_EVERY_S:
            self._basemap_looked_at = monotonic()
            folder = current_folder(self._data_dir)
            if folder is None:
                self._basemap = None
            elif self._basemap is None or self._basemap.version != folder.name:
                self._basemap = BaseMap(folder)
        return self._basemap

    def look_now(self) -> None:
        """Look at once, after any look under way."""
        with self._lock:
            self._look()

    def _look_unless_busy(self) -> None:
        if self._lock.acquire(blocking=False):
            try:
                self._look()
            except (DatabaseError, OSError, ValueError, KeyError, BadZipFile):
                logger.exception("roads: what holds now could not be read; what held before does")
            finally:
                self._lock.release()

    def _look(self) -> None:
        """Put the map, closures and pace of this moment in force, all at once."""
        self._looked_at = monotonic()
        before = self.network
        network = self._at_hand()
        if _is_engine(network):
            conditions = conditions_now(network)
            if network is not before or conditions != self._conditions:
                network.apply(conditions)
                self._conditions = conditions
            if network is not before:
                _warm(network, before)
        self.network = network

    def _at_hand(self) -> RoadNetwork:
        """Return the network in force, or a new one when the map has changed."""
        kept = self.network or StraightLineNetwork()
        folder = current_folder(self._data_dir)
        if folder is None or folder.name == kept.version:
            return kept
        from tongxin.foundation.roads.cch import CchNetwork

        try:
            return CchNetwork(folder)
        except (OSError, ValueError, KeyError):
            logger.exception("roads: map version %s cannot be opened; the last one holds", folder)
            return kept


def _is_engine(network: RoadNetwork) -> TypeGuard[CchNetwork]:
    return not network.estimate


def _warm(network: CchNetwork, before: RoadNetwork | None) -> None:
    """Open the modes that were in use, so that nobody waits for them after the swap."""
    for mode in before.modes_in_use if before is not None and _is_engine(before) else ():
        network.engine(mode)
    logger.info("roads: map version %s is in force", network.version)


def conditions_now(network: CchNetwork) -> Conditions:
    """Read closures and pace that hold at the clock's present moment."""
    from tongxin.foundation.roads import selectors

    moment = clock.now()
    closed: dict[Mode, set[int]] = {}
    for closure in selectors.closures_in_force(moment):
        modes = [Mode(mode) for mode in closure.modes]
        spot = Spot(closure.lon, closure.lat)
        key = _key_today(network, closure.segment_key, spot, modes[0])
        for mode in modes:
            closed.setdefault(mode, set()).add(key)
    pace = rushhours.pace(selectors.rush_hours_in_force(), moment)
    return Conditions({mode: frozenset(keys) for mode, keys in closed.items()}, pace)


def _key_today(network: CchNetwork, key: int, spot: Spot, mode: Mode) -> int:
    """Find a closed street again that the map in force has drawn anew."""
    if key in network.graph.position_of_key:
        return key
    snap = network.snap(spot, mode)
    return snap.segment if snap.distance_m <= _SAME_STREET_M else key


_basemaps: dict[Path, BaseMap] = {}
_holders: dict[Path, _Holder] = {}
_holders_lock = threading.Lock()


def _holder(data_dir: Path | None) -> _Holder:
    folder = Path(data_dir or settings.TONGXIN_DATA)
    with _holders_lock:
        return _holders.setdefault(folder, _Holder(folder))


def current_network(data_dir: Path | None = None) -> RoadNetwork:
    """Return the network in force: the imported map, or straight lines while there is none.

    Ask again for each piece of work and do not keep the answer. With a map, at most one short query
    each half second looks for closures (alias ``default``). ``data_dir`` is `TONGXIN_DATA` if left
    out.
    """
    network = _holder(data_dir).looked().network
    if network is None:
        raise RuntimeError("the road network could not be opened")
    return network


def current_basemap(data_dir: Path | None = None) -> BaseMap | None:
    """Return the base map in force, or None while no map is imported; asks no database."""
    folder = current_folder(Path(data_dir or settings.TONGXIN_DATA))
    if folder is None:
        return None
    known = _basemaps.get(folder)
    if known is None:
        known = _basemaps[folder] = BaseMap(folder)
        for older in [path for path in _basemaps if path.parent == folder.parent]:
            if older != folder:
                del _basemaps[older]
    return known


def refresh(data_dir: Path | None = None) -> None:
    """Look for a new map, closures and rush hours at once, in this process."""
    _holder(data_dir).look_now()
