"""A chain's arrows join neighbours, and its leap joins the ends, wherever the chain stands."""

import numpy as np
import pytest

from course.stage.parts.chain import Chain


def test_arrows_lie_between_the_pictures_in_their_order() -> None:
    pictures = np.zeros((3, 8, 8, 3), np.uint8)
    chain = Chain(pictures, ("x_0", "x_(t-1)", "x_t")).move_to([1, 2, 0])
    tops = {round(float(state[0].get_top()[1]), 6) for state in chain.states}
    assert len(tops) == 1
    for arrow, one, other in zip(chain.arrows, chain.states, chain.states[1:], strict=False):
        assert one[0].get_right()[0] < arrow.get_start()[0] < arrow.get_end()[0] < other[0].get_left()[0]
        assert arrow.get_y() == pytest.approx(one[0].get_y())
    leap = chain.leap()[0]
    assert leap.get_start()[0] == pytest.approx(chain.arrows[0].get_start()[0])
    assert leap.get_end()[0] == pytest.approx(chain.arrows[-1].get_end()[0])


def test_a_state_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        Chain(np.zeros((3, 8, 8, 3), np.uint8), ("x_0", "x_t"))
