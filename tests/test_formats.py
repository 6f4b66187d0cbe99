"Every dialect that the project has a fixture of is read right, field by field"
import pytest
from format_page import FIELDS, fixtures, measure, page, wanted


@pytest.mark.parametrize('path', fixtures(), ids=lambda p: p.name)
def test_fields(path):
    right = measure(path)
    assert set(right) == {f for f in FIELDS if f in wanted(path)[0]}
    assert {f: share for f, share in right.items() if share < 1} == {}


def test_a_wrong_field_shows(monkeypatch):
    path = next(p for p in fixtures() if p.name == 'ris.ris')
    monkeypatch.setattr('format_page.wanted', lambda p: [dict(title='Something else'), *wanted(p)[1:]])
    assert measure(path)['title'] == .5


def test_page_names_every_fixture():
    text = page()
    assert all(f'`{p.name}`' in text for p in fixtures())
