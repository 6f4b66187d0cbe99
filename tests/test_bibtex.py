"Whatever stands in a papers table comes back from the `.bib` file that it was saved to, and a file of any damage is read"
import re
import string

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st
from paperlit.core import Rejected, papers_table
from paperlit.entries import entries
from paperlit.formats.bibtex import read_bibtex, write_bibtex
from paperlit.latex import latex, one_line, unlatex

MARKS = r'''# $ % & _ { } ~ ^ \ -- --- ` `` ' '' " @ = , ; : | * \" \'e {\"u} \\ \textbf $x$ é Ł ß α Σ ≤ H₂O x² 茶 🍵 – — “ ” … ½ and others'''.split()
WORDS = 'tea cup leaf Steam of 5 2020 warm'.split()
texts = st.lists(st.sampled_from(MARKS + WORDS), min_size=1, max_size=8).flatmap(lambda parts: st.sampled_from([' '.join(parts), ''.join(parts)]))
plain = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(' '.join)
names = st.builds('{}, {}'.format, st.sampled_from(['Doe', 'van Dyk', 'Núñez', "O'Neil", 'Müller-Lüdenscheidt', '王']), st.sampled_from(['Jane', 'J. R.', 'Åse']))
records = st.fixed_dictionaries(dict(title=texts), optional=dict(
    abstract=texts, venue=texts, authors=st.lists(st.one_of(names, st.just('World Tea Organization'), st.just('Salt and Pepper, Inc.')), max_size=4), year=st.integers(1800, 2030), doi=st.sampled_from(['10.1000/a_b(c)', '10.1000/x%5e#1']),
    arxiv_id=st.just('2101.00001'), pmid=st.just('123'), language=st.sampled_from(['en', 'de']), citations=st.integers(0, 999), kind=st.sampled_from(['paper', 'review', 'book', 'thesis', 'dataset', 'other']),
    urls=st.lists(st.sampled_from(['https://example.org/a_b?c=d&e=%20#f', 'ftp://example.org/x~y']), unique=True), keywords=st.lists(plain, unique=True, max_size=3), references=st.lists(plain, max_size=3),
    extra=st.fixed_dictionaries({}, optional=dict(volume=st.just('5'), pages=st.just('1-9'), issue=st.just('2'), publisher=texts, editors=st.lists(names, min_size=1, max_size=2), others=st.just(True)))))


@given(texts)
@example('\\input{x} }{ $5 and $6 -- ``a\'\'')
@settings(max_examples=200, deadline=None)
def test_text_comes_back_from_latex(text):
    assert unlatex(latex(text)) == one_line(text)
    depth = 0
    for brace in re.findall('[{}]', latex(text)):  # as BibTeX counts, escaped ones too
        depth += 1 if brace == '{' else -1
        assert depth >= 0
    assert depth == 0


def said(row): return {c: v for c, v in row.items() if c not in ('raw', 'record', 'extra') and not (v == [] or v is None or v is pd.NA or v != v)}


@given(st.lists(records, min_size=1, max_size=3))
@settings(max_examples=80, deadline=None)
def test_table_comes_back(rows):
    papers = papers_table([row | {c: one_line(row[c]) for c in ('title', 'abstract', 'venue') if c in row} for row in rows])
    back = list(read_bibtex(write_bibtex(papers)))
    assert [said(r) for r in back] == [said(r) for r in papers.reset_index().astype(object).to_dict('records')]
    for row, record in zip(rows, back):
        assert {n: v for n, v in record['extra'].items() if n != 'type'} == {n: one_line(v) if n == 'publisher' else v for n, v in row.get('extra', {}).items()}


@given(st.lists(st.sampled_from(['@article{', '@misc(', 'k1', ',', ' title = ', '{', '}', '"', '\\', 'Tea', ' # ', '\n', 'year = 2020', '@string{t = "x"}\n', '@comment{', '%', '},\n', 'note = {a},\n', ')']), max_size=30).map(''.join))
@settings(max_examples=200, deadline=None)
def test_no_damage_stops_it(text):
    found = list(read_bibtex(text))
    assert all(isinstance(r, (dict, Rejected)) for r in found)
    assert len(found) == len(list(entries(text)))


def test_long_unclosed_field_takes_no_square_of_time():
    text = '@article{a, title = {Tea}, abstract = {' + 'a = {b}, ' * 20_000
    assert [r['title'] for r in read_bibtex(text)] == ['Tea']


def test_keys_that_bibtex_cannot_hold():
    papers = papers_table([dict(title='Tea'), dict(title='Cup')], keys=['a,b', 'a b'])
    assert [r['key'] for r in read_bibtex(write_bibtex(papers))] == ['a-b', 'a-b-2']
    assert set(string.punctuation) & set('a-b-2') == {'-'}
