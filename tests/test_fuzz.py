"Damaged files through every reader: a short run of `tools/fuzz.py`, every fault that it ever found, and faults put in to see that it finds them"
import random

import fuzz
import pytest

from paperlit import core, duplicates, records, sentences, sources
from paperlit.core import Rejected

SEEDS = fuzz.corpus()
ONCE = {'tei': [37], 'acl_xml': [8, 54, 57, 141, 159], 'zotero_rdf': [72, 96, 124], 'author-page': [10], 'viewer': [42], 'cff': [311], 'jats': [488], 'repec': [200], 'xlsx': [0, 3, 15, 20], 'parquet': [276]}


@pytest.mark.parametrize('name', fuzz.READERS)
def test_damaged_files(name):
    n, found = fuzz.fuzz(name, SEEDS, range(10_001, 10_061), deep_every=60)
    assert n == 60 and found == {}


@pytest.mark.parametrize('name, number', [(name, n) for name, numbers in ONCE.items() for n in numbers])
def test_what_was_found_once(name, number): assert fuzz.why_wrong(name, fuzz.case(SEEDS, name, number), deep=False) is None


KEPT = sorted((fuzz.TESTS/'fixtures'/'fuzz').iterdir())


@pytest.mark.parametrize('path', KEPT, ids=lambda p: p.name)
def test_what_the_long_run_found(path): assert fuzz.why_wrong(path.name.rpartition('-')[0], path.read_bytes()) is None


def test_small_cases_are_small_sound_and_always_the_same():
    for name in fuzz.TEXT_READERS:
        texts, form = fuzz.small_seeds(name, SEEDS), sources.FORMATS[name]
        assert texts and all(any(isinstance(r, dict) for r in form.read(t)) for t in texts) and max(map(len, texts)) < 1200, name
        assert len({fuzz.small_case(texts, name, n) for n in range(40)}) > 25 and fuzz.small_case(texts, name, 7) == fuzz.small_case(texts, name, 7)


CHEAP = ['KeyError at a rare tag', 'RecursionError on a long run', 'place beyond the file', 'year as text', 'author of white space', 'a record without a place', 'rejected without a reason']


@pytest.mark.parametrize('name', CHEAP)
def test_the_cheap_oracle_sees_faults_of_a_reader(name, monkeypatch):
    texts = fuzz.small_seeds('ris', SEEDS)
    with monkeypatch.context() as patch:
        PLANTED[name](patch)
        assert fuzz.why_small(sources.FORMATS['ris'], texts, range(3000))


def test_every_reader_of_text_has_a_file_to_damage(): assert all(SEEDS.values()) and len(SEEDS) == len(fuzz.READERS) > 34


def test_cases_are_the_same_each_time():
    assert fuzz.case(SEEDS, 'ris', 7) == fuzz.case(SEEDS, 'ris', 7) != fuzz.case(SEEDS, 'ris', 8)
    rng = random.Random(0)
    for mutation in {*fuzz.MUTATIONS}: assert any(mutation(rng, SEEDS['ris'][0]) != SEEDS['ris'][0] for _ in range(20)), mutation


@pytest.mark.parametrize('data', [b'TY  - JOUR\nTI  - Trees\nER  - \n', b'\x00' * 50, b''])
def test_sound_files_pass(data): assert fuzz.why_wrong('ris', data) is None


def after(owner, name, change):
    "A fault to plant: what a function gives, changed"
    def plant(patch):
        real = getattr(owner, name)
        patch.setattr(owner, name, lambda *a, **k: change(real(*a, **k)))
    return plant


def raises_when(holds, error):
    def plant(patch):
        real = sources.FORMATS['ris'].read
        def read(text):
            if holds(text): raise error
            return real(text)
        patch.setitem(sources.FORMATS, 'ris', sources.FORMATS['ris']._replace(read=read))
    return plant


def reader(change): return lambda patch: patch.setitem(sources.FORMATS, 'ris', sources.FORMATS['ris']._replace(read=lambda text, real=sources.FORMATS['ris'].read: change(text, [*real(text)])))


def hang(text, records):
    while '@a{@a{@a{' in text: pass
    return records


def late(patch): patch.setattr(fuzz, 'limit', lambda real=fuzz.limit: real(2))


def slow(patch): late(patch); reader(hang)(patch)



PLANTED = {
    'KeyError at a rare tag': raises_when(lambda text: 'JOUR' not in text, KeyError('JOUR')),
    'RecursionError on a long run': raises_when(lambda text: '{' * 30 in text, RecursionError('too deep')),
    'endless loop': slow,
    'place beyond the file': reader(lambda text, rs: [r | dict(record='L1-L999999') if isinstance(r, dict) and 'é' in text else r for r in rs]),
    'year as text': reader(lambda text, rs: [r | dict(year='2001') if isinstance(r, dict) and len(rs) == 1 else r for r in rs]),
    'author of white space': reader(lambda text, rs: [r | dict(authors=[*r.get('authors', []), ' ']) if isinstance(r, dict) and len(rs) > 2 else r for r in rs]),
    'a row of the ledger lost': after(core, 'ledger', lambda led: led.iloc[:-1] if len(led) > 1 else led),
    'spans one too far': after(sentences, 'tag_sentences', lambda t: t.assign(start=t['start'] + 1)),
    'dedupe loses a paper': after(duplicates, 'dedupe', lambda papers: papers.iloc[:-1]),
    'save loses a paper': lambda patch: patch.setattr(fuzz, 'save', lambda papers, path, real=fuzz.save: real(papers.iloc[1:], path)),
    'the last sentence lost': after(fuzz.texts, 'sentences', lambda spans: spans[:-1] if len(spans) > 1 else spans),
    'the last record of a file lost': reader(lambda text, rs: rs[:-1]),
    'a record that comes twice': reader(lambda text, rs: rs + rs[-1:]),
    'a record without a place': reader(lambda text, rs: [{k: v for k, v in r.items() if k != 'record'} if isinstance(r, dict) and 'doi' in r else r for r in rs]),
    'rejected without a reason': reader(lambda text, rs: rs if 'TY' in text else [*rs, Rejected('L1', '')]),
    'year as a fraction': reader(lambda text, rs: [r | dict(year=float(r['year'])) if isinstance(r, dict) and r.get('year') else r for r in rs]),
    'authors as one text': reader(lambda text, rs: [r | dict(authors='; '.join(r['authors'])) if isinstance(r, dict) and len(r.get('authors', ())) > 1 else r for r in rs]),
    'an error swallowed with what came before it': reader(lambda text, rs: rs if len(text) < 150 else []),
    'zero bytes let through': after(records, 'cleaned', lambda r: r | dict(title=r['title'] + '\0') if r.get('title') and 'Trees' not in r['title'] else r),
    'half a character let through': after(records, 'cleaned', lambda r: r | dict(venue=(r.get('venue') or '') + '\ud800')),
    'the same key twice': after(core, 'unique_keys', lambda keys: [keys[0]] * len(keys)),
    'a kept row counted as merged': after(core, 'ledger', lambda led: led.assign(action=led['action'].where(led.index > 0, 'merged'), into=led['key'])),
    'dedupe that changes what it found': after(duplicates, 'dedupe', lambda papers: papers.assign(title=papers['title'] + '.')),
    'dedupe that depends on order': after(duplicates, 'dedupe', lambda papers: papers.rename(index={papers.index[0]: papers.index[0] + '-first'})),
    'a year changed by saving': lambda patch: patch.setattr(fuzz, 'save', lambda papers, path, real=fuzz.save: real(papers.assign(year=papers['year'] + 1), path)),
    'markup not escaped': after(fuzz, 'to_html', lambda page: page.replace('&lt;', '<')),
    'a document of Word cut short': after(fuzz, 'to_docx', lambda data: data[:-40]),
    'sentences that overlap': after(fuzz.texts, 'sentences', lambda spans: [(max(0, a - 1), b) for a, b in spans]),
}


@pytest.mark.parametrize('name', PLANTED)
def test_planted_faults_are_found(name, monkeypatch):
    "Each within 3000 cases; most within ten"
    with monkeypatch.context() as patch:
        PLANTED[name](patch)
        for number in range(3000):
            if fuzz.why_wrong('ris', fuzz.case(SEEDS, 'ris', number), deep=number % 10 == 0): return
    pytest.fail('not found in 3000 cases')
