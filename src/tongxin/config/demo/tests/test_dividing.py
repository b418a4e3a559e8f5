from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from tongxin.config.demo.dividing import Divider


def field(wide: int, high: int, weights: list[float], leaning: float) -> Divider:
    """A chessboard of blocks, each touching the four around it."""
    at = np.arange(wide * high).reshape(high, wide)
    across = np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()])
    up = np.column_stack([at[:-1].ravel(), at[1:].ravel()])
    middles = np.column_stack([at.ravel() % wide, at.ravel() // wide]).astype(float)
    rng = np.random.default_rng(len(weights))
    heavy = np.array(weights)[rng.integers(len(weights), size=wide * high)]
    return Divider(middles, heavy, np.vstack([across, up]), leaning)


def pieces(divider: Divider, blocks: np.ndarray) -> int:
    a, b = divider.neighbours.T
    size = len(divider.middles)
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(size, size)).tocsr()
    return int(connected_components(graph[blocks][:, blocks], directed=False)[0])


@settings(max_examples=60, deadline=None)
@given(
    wide=st.integers(2, 18),
    high=st.integers(2, 18),
    wanted=st.integers(1, 25),
    weights=st.lists(st.floats(0.1, 50), min_size=1, max_size=9),
    leaning=st.floats(0, 180),
)
def test_parts_hang_together_and_share_out_every_block_once(
    wide: int, high: int, wanted: int, weights: list[float], leaning: float
) -> None:
    divider = field(wide, high, weights, leaning)
    whole = np.arange(wide * high)
    parts = divider.parts(whole, wanted)
    assert sorted(np.concatenate(parts).tolist()) == whole.tolist()
    assert len(parts) <= wanted
    assert all(pieces(divider, part) == 1 for part in parts)


def test_parts_of_an_even_field_weigh_alike() -> None:
    divider = field(30, 30, [1.0], 20.0)
    sizes = [len(part) for part in divider.parts(np.arange(900), 12)]
    assert len(sizes) == 12
    assert max(sizes) <= 1.3 * min(sizes)


def test_quotas_keep_the_sum_and_give_everybody_one() -> None:
    divider = field(10, 10, [1.0], 0.0)
    parts = [np.arange(3), np.arange(3, 40), np.arange(40, 100)]
    quotas = divider.quotas(parts, 20)
    assert sum(quotas) == 20
    assert quotas[0] == 1
    assert quotas[2] > quotas[1]
    assert divider.quotas(parts, 3) == [1, 1, 1]
