from __future__ import annotations

from werkzeug.datastructures import MultiDict

from core.web.listing import Column, Filter, Held, ListState, Option, Range

COLUMNS = (Column("name", "企业", primary=True, sortable=True), Column("rent", "月租", kind="money"))
FILTERS = (Filter("stage", "阶段", [Option("nursery", "苗圃"), Option("graduated", "毕业")]),)


def read(**args: str) -> ListState:
    return ListState.read(MultiDict(args), COLUMNS, FILTERS, default_sort="-name")


def test_the_default_is_the_declared_sort_and_nothing_else() -> None:
    state = read()
    assert (state.sort, state.descending, state.q, state.filters) == ("name", True, "", {})
    assert not state.narrowed


def test_what_the_list_does_not_know_is_ignored() -> None:
    state = read(sort="rent", stage="unknown", colour="red")  # rent is a column, but not a sortable one
    assert state.sort == "name"
    assert state.filters == {}
    assert read(sort="-name; drop table").sort == "name"


def test_state_survives_the_way_to_an_export() -> None:
    state = read(q="  青禾   智造 ", stage="nursery", sort="name", after="abc")
    assert state.q == "青禾 智造"
    assert state.query() == {"q": "青禾 智造", "stage": "nursery", "sort": "name"}
    assert state.narrowed


def test_a_search_is_cut_off_where_it_can_only_be_a_mistake() -> None:
    assert len(read(q="长" * 5000).q) == 100


def test_headers_turn_round() -> None:
    assert read(sort="name").sort_value("name") == "-name"
    assert read(sort="-name").sort_value("name") == "name"
    assert read(sort="name").sort_value("rent") == "rent"
    assert read(sort="name").aria_sort("name") == "ascending"
    assert read(sort="-name").aria_sort("name") == "descending"
    assert read(sort="name").aria_sort("rent") is None


def test_one_place_at_a_time() -> None:
    state = read(after="a", before="b")
    assert (state.after, state.before) == ("a", None)


def test_classes_of_a_cell() -> None:
    assert Column("rent", "月租", kind="money", phone=False).css == "num desk-only"
    assert Column("since", "入驻", kind="date").css == "keep"
    assert Column("number", "编号", kind="code", primary=True).css == "keep primary"
    assert not Filter("x", "x", [Option(str(i), str(i)) for i in range(8)]).as_chips


class TestARange:
    FILTERS = (Range("amount", "金额", "money"), Range("on", "日期", "date"))

    def read(self, **args: str) -> ListState:
        return ListState.read(MultiDict(args), COLUMNS, self.FILTERS)

    def test_has_two_ends_to_the_fen(self) -> None:
        state = self.read(amount_from="1,234.5", amount_to="２０００ 元", on_from="2026-03-01")
        assert state.filters == {"amount_from": "1234.50", "amount_to": "2000.00", "on_from": "2026-03-01"}
        assert state.query()["amount_from"] == "1234.50"
        assert state.unread == {}

    def test_what_cannot_be_read_narrows_nothing_and_is_kept_to_be_shown(self) -> None:
        typed = {"amount_from": "1.234", "amount_to": "-5", "on_from": "2026-02-30", "on_to": "x" * 99}
        state = self.read(**typed)
        assert state.filters == {}
        assert state.unread == {**typed, "on_to": "x" * 40}
        assert not state.narrowed

    def test_an_empty_end_is_open(self) -> None:
        assert self.read(amount_from=" ", amount_to="1").filters == {"amount_to": "1.00"}


def test_what_is_held_must_look_as_it_was_given() -> None:
    held = (Held("person", "人", "已选", r"[0-9a-f]{32}"),)
    assert ListState.read(MultiDict({"person": "a" * 32}), COLUMNS, held).filters == {"person": "a" * 32}
    assert ListState.read(MultiDict({"person": "310109199001011234"}), COLUMNS, held).filters == {}
