"A saved table that somebody changed is read row by row, with a word; it is never believed and never crashes"
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import paperlit
from paperlit.core import COLUMNS, Notice
from paperlit.sources import demo_corpus

N = 6
TEXTS = {'no object': ['{bad'] * N, 'a list': ['[1]'] * N, 'too deep': ['{"a":' + '[' * 100_000 + ']' * 100_000 + '}'] * N}
ROW = dict(source='x', record='y', key='z', action='kept', into=None, reason=None)


@pytest.fixture(scope='module')
def table(tmp_path_factory):
    papers = paperlit.load(demo_corpus()/'export.ris', progress=False).head(N)
    return pq.read_table(paperlit.save(papers, tmp_path_factory.mktemp('saved')/'papers.parquet'))


def column(name, values): return lambda table: table.set_column(table.schema.get_field_index(name), name, pa.array(values))


def attrs(**change):
    def changed(table):
        said = json.loads(table.schema.metadata[b'PANDAS_ATTRS']) | change
        return table.replace_schema_metadata(table.schema.metadata | {b'PANDAS_ATTRS': json.dumps(said).encode()})
    return changed


CHANGED = {
    **{f'extra that is {name}': column('extra', values) for name, values in TEXTS.items()},
    'authors that are a text': column('authors', ['a'] * N),
    'authors that are nothing': column('authors', pa.array([None] * N, pa.list_(pa.string()))),
    'authors that are numbers': column('authors', [[1, 2]] * N),
    'an author that is nothing': column('authors', [['a', None]] * N),
    'a zero byte': column('authors', [['a\0']] * N),
    'a title that is a number': column('title', [1] * N),
    'a year that is a word': column('year', ['soon'] * N),
    'no kind': column('kind', pa.array([None] * N, pa.string())),
    'one key for all': column('key', ['a'] * N),
    'no keys': column('key', pa.array([None] * N, pa.string())),
    'keys that are numbers': column('key', list(range(N))),
    'a ledger that is nothing': attrs(ledger=None),
    'a ledger that is a number': attrs(ledger=3),
    'a ledger of texts': attrs(ledger=['a']),
    'a ledger of other rows': attrs(ledger=[dict(a=1)]),
    'a ledger with an action of its own': attrs(ledger=[ROW | dict(action='lost')]),
    'a ledger that merges into nothing': attrs(ledger=[ROW | dict(action='merged', into='nobody')]),
    'a ledger that keeps a paper twice': attrs(ledger=[ROW, ROW]),
    'a ledger of other types': attrs(ledger=[ROW | dict(source=1, record=[2])]),
}


@pytest.mark.parametrize('what', CHANGED)
def test_a_table_that_somebody_changed_is_read_row_by_row(what, table, tmp_path):
    pq.write_table(CHANGED[what](table), path := tmp_path/'papers.parquet')
    with pytest.warns(Notice, match='is not as paperlit saved it'): papers = paperlit.load(path, progress=False)
    assert len(papers) == N and set(paperlit.ledger(papers).action) == {'kept'} and len(paperlit.ledger(papers)) == N
    assert papers.title.notna().all() and papers.abstract.notna().any()
    paperlit.save(papers, tmp_path/'again.parquet')
    assert paperlit.load(tmp_path/'again.parquet', progress=False).index.equals(papers.index)


@pytest.mark.parametrize('change', [lambda t: t, column('venue', pa.array(['Annals'] * N).dictionary_encode()), column('doi', pa.nulls(N)), column('references', [[]] * N)])
def test_a_sound_table_is_believed(change, table, tmp_path, recwarn):
    pq.write_table(change(table), path := tmp_path/'papers.parquet')
    papers = paperlit.load(path, progress=False)
    assert not [w for w in recwarn if issubclass(w.category, Notice)]
    assert (paperlit.ledger(papers).reason == 'filtered').any() and list(COLUMNS) == list(papers.columns)


def test_what_a_user_did_with_pandas_is_believed(table, tmp_path, recwarn):
    pq.write_table(table, path := tmp_path/'papers.parquet')
    papers = paperlit.load(path, progress=False)
    papers['mine'], papers['kind'] = range(N), papers['kind'].astype('category')
    papers = paperlit.exclude(papers.sort_values('title')[:4], papers.sort_values('title')[:4].year == papers.year.max(), 'too new')
    back = paperlit.load(paperlit.save(papers, path), progress=False)
    assert not [w for w in recwarn if issubclass(w.category, Notice)]
    pd.testing.assert_frame_equal(paperlit.ledger(back), paperlit.ledger(papers))
    assert [e['mine'] for e in back.extra] == papers.mine.tolist()
