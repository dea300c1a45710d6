"""The page for people says what the importer does."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.services.imports.document import rewrite

PAGE = Path(__file__).parents[3] / "docs" / "import.md"


def test_the_page_has_the_columns_of_today() -> None:
    page = PAGE.read_text("utf-8")
    assert rewrite(page) == page, "run `python -m core.services.imports.document docs/import.md`"


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        rewrite("nothing here")
