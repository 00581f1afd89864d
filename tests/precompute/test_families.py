"""Families of captures: found where their specs were put, and a wrong name is told what there is."""

import json
from typing import Any

import numpy as np
import pytest

from course.errors import CourseError
from course.precompute import CaptureSpec
from course.precompute.families import CaptureMapping, Specs, flatten, memberships, view


def spec(seed: int) -> CaptureSpec:
    return CaptureSpec("a snail", seed)


SPECS: Specs = {
    "walk": spec(0),
    "walks": [spec(k) for k in range(1, 5)],
    "endings": {6: [spec(10), spec(11)], 12: (spec(20), spec(21), spec(22))},
    "told": {"a cat / a dog": spec(30), ("x", 2): {"deep": [{7: spec(31)}]}},
    "none": [],
}


class Looked:
    """A view whose captures are their specs' seeds; which were looked up, and what was noted."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.noted: dict[str, Any] = {}
        specs, families = flatten(SPECS)

        def look(name: str) -> Any:
            self.names.append(name)
            return specs[name].seed

        # As it comes out of a plan on disk, or into a worker elsewhere.
        families = json.loads(json.dumps(families))
        self.view: CaptureMapping = view(families, look, lambda: " (ch9_x.py:12)").noting(
            self.noted.__setitem__
        )


@pytest.fixture
def looked() -> Looked:
    return Looked()


def test_every_spec_has_a_name_of_its_own_that_says_where_it_stands() -> None:
    names = {name: one.seed for name, one in flatten(SPECS).specs.items()}
    assert names == {
        "walk": 0,
        **{f"walks/{k}": k + 1 for k in range(4)},
        "endings/6/0": 10,
        "endings/6/1": 11,
        "endings/12/0": 20,
        "endings/12/1": 21,
        "endings/12/2": 22,
        "told/a cat / a dog": 30,
        "told/('x', 2)/deep/0/7": 31,
    }


def test_captures_stand_where_their_specs_do_and_are_looked_up_one_by_one(looked: Looked) -> None:
    captures = looked.view
    assert captures["endings"][6][1] == 11
    assert captures["endings"][np.int64(12)][-1] == 22
    assert captures["told"]["x", 2]["deep"][0][7] == 31
    assert captures["told"]["a cat / a dog"] == 30
    assert looked.names == ["endings/6/1", "endings/12/2", "told/('x', 2)/deep/0/7", "told/a cat / a dog"]


def test_a_list_of_captures_is_a_list_and_a_mapping_a_mapping(looked: Looked) -> None:
    walks, endings = looked.view["walks"], looked.view["endings"]
    assert (len(walks), list(walks), list(walks[1:3]), list(walks[::-2])) == (4, [1, 2, 3, 4], [2, 3], [4, 2])
    assert (walks[1:][0], 3 in walks, walks.index(4), walks[np.int64(2)]) == (2, True, 3, 3)
    assert list(zip("ab", walks, strict=False)) == [("a", 1), ("b", 2)]
    assert list(endings.keys()) == [6, 12]
    assert {key: list(one) for key, one in endings.items()} == {6: [10, 11], 12: [20, 21, 22]}
    assert (6 in endings, 7 in endings, len(endings)) == (True, False, 2)
    assert (endings.get(7), endings.get(7, "no"), looked.view.get("walk")) == (None, "no", 0)
    assert list(looked.view) == list(SPECS)
    assert (len(looked.view["none"]), list(looked.view["none"])) == (0, [])


def test_what_is_taken_by_name_notes_that_capture_and_no_other(looked: Looked) -> None:
    looked.view["endings"][6][1]
    assert looked.noted == {"endings/6/1": 11}


@pytest.mark.parametrize(
    "count",
    [
        lambda walks: len(walks),
        lambda walks: walks[-1],
        lambda walks: walks[1:2],
        lambda walks: next(iter(walks)),
        lambda walks: 3 in walks,
    ],
    ids=["length", "from the end", "a slice", "all", "membership"],
)
def test_what_depends_on_how_many_there_are_notes_the_family(looked: Looked, count: Any) -> None:
    count(looked.view["walks"])
    assert "walks" in looked.noted
    assert looked.noted["walks"] is None


def test_what_depends_on_which_keys_there_are_notes_the_family(looked: Looked) -> None:
    assert 6 in looked.view["endings"]
    assert looked.noted == {"endings": None}
    assert list(looked.view["told"])
    assert looked.noted == {"endings": None, "told": None}


def test_another_member_or_key_is_another_membership_and_other_specs_are_not() -> None:
    before = memberships(flatten({"a": [spec(1), spec(2)], "b": {6: spec(3), 12: spec(4)}}).families)
    same = memberships(flatten({"a": [spec(5), spec(6)], "b": {6: spec(7), 12: spec(8)}}).families)
    more = memberships(flatten({"a": [spec(1), spec(2), spec(3)], "b": {6: spec(3), 13: spec(4)}}).families)
    assert before == same
    assert {name for name in before if before[name] != more[name]} == {"a", "b"}
    string = memberships(flatten({"b": {"6": spec(3), 12: spec(4)}}).families)
    assert before["b"] != string["b"]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (
            lambda c: c["walkk"],
            "The chapter has no capture 'walkk' (ch9_x.py:12): it has walk, walks, endings, told, none. "
            "Add it in specs().",
        ),
        (
            lambda c: c["endings"][7],
            "The capture family endings has no member 7 (ch9_x.py:12): it has 6, 12. Add it in specs().",
        ),
        (lambda c: c["endings"]["6"], "family endings has no member '6' (ch9_x.py:12): it has 6, 12."),
        (lambda c: c["endings"][6][2], "family endings/6 has no member 2 (ch9_x.py:12): it has 0 to 1."),
        (lambda c: c["walks"][-5], "family walks has no member -5 (ch9_x.py:12): it has 0 to 3."),
        (lambda c: c["walks"]["first"], "family walks has no member 'first' (ch9_x.py:12): it has 0 to 3."),
        (lambda c: c["none"][0], "family none has no member 0 (ch9_x.py:12): it has no member."),
        (lambda c: c["told"][["x", 2]], "family told has no member ['x', 2]"),
    ],
)
def test_a_member_that_is_not_there_is_refused_in_one_sentence(looked: Looked, ask: Any, says: str) -> None:
    with pytest.raises(CourseError) as caught:
        ask(looked.view)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_of_a_hundred_names_only_some_are_told() -> None:
    names: Any = {f"walk {k}": spec(k) for k in range(100)}
    with pytest.raises(CourseError, match=r"it has walk 0, walk 1, .*, …\. Add it in specs") as caught:
        view(flatten(names).families, lambda name: pytest.fail(name))["wlak"]
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("specs", "says"),
    [
        ([spec(1)], "specs() (ch9_x.py:7) returns [CaptureSpec"),
        ({"walk": 3}, "specs() (ch9_x.py:7) holds 3 at walk, which is no CaptureSpec."),
        ({"walk": None}, "holds None at walk"),
        ({"walks": [spec(1), "a snail"]}, "holds 'a snail' at walks/1"),
        ({"endings": {6: [{"x": 2.5}]}}, "holds 2.5 at endings/6/0/x"),
        ({"walks": (spec(k) for k in range(3))}, "at walks, which is no CaptureSpec"),
        ({1: spec(1)}, "has the key 1 in specs(). A key there is a word."),
        ({"walks": {1.5: spec(1)}}, "has the key 1.5 in walks. A key there is a whole number, a word, or"),
        ({"walks": {True: spec(1)}}, "has the key True in walks"),
        ({"walks": {(1, None): spec(1)}}, "has the key None in walks"),
        ({"endings": {6: spec(1), "6": spec(2)}}, "has two members named endings/6"),
        ({"a/b": spec(1), "a": {"b": spec(2)}}, "has two members named a/b"),
        ({"a/b": spec(1), "a": {"b": []}}, "has two members named a/b"),
    ],
)
def test_what_is_no_family_of_specs_is_refused_by_name(specs: Any, says: str) -> None:
    with pytest.raises(CourseError) as caught:
        flatten(specs, " (ch9_x.py:7)")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
