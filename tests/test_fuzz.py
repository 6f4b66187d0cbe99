"Damaged files through every reader and damaged papers through all that follows: a short run of `tools/fuzz.py`, every fault that it ever found, and faults put in to see that it finds them"
import random

import cases
import fuzz
import oracle
import pytest
import targets
from planted import PLANTED

from paperlit import sources

SEEDS = fuzz.corpus()
ONCE = {'tei': [37], 'acl_xml': [8, 54, 57, 141, 159], 'zotero_rdf': [72, 96, 124], 'author-page': [10], 'viewer': [42], 'cff': [311], 'jats': [488], 'repec': [200], 'xlsx': [0, 3, 15, 20], 'parquet': [276]}


@pytest.mark.parametrize('name', fuzz.READERS)
def test_damaged_files(name):
    n, found = fuzz.fuzz(name, SEEDS, range(10_001, 10_061), deep_every=60)
    assert n == 60 and found == {}


@pytest.mark.parametrize('name', targets.TARGETS)
def test_damaged_papers(name):
    n, found = fuzz.fuzz(name, SEEDS, range(1000, 1004 if targets.TARGETS[name].cheap else 1002))
    assert n > 1 and found == {}


@pytest.mark.parametrize('name, number', [(name, n) for name, numbers in ONCE.items() for n in numbers])
def test_what_was_found_once(name, number): assert fuzz.why_wrong(name, fuzz.case(SEEDS, name, number), deep=False) is None


KEPT = sorted((cases.TESTS/'fixtures'/'fuzz').iterdir())


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
        PLANTED[name].plant(patch)
        assert fuzz.why_small(sources.FORMATS['ris'], texts, range(3000))


def test_every_reader_of_text_has_a_file_to_damage(): assert all(SEEDS.values()) and len(SEEDS) == len(fuzz.READERS) > 34


def test_cases_are_the_same_each_time():
    assert fuzz.case(SEEDS, 'ris', 7) == fuzz.case(SEEDS, 'ris', 7) != fuzz.case(SEEDS, 'ris', 8)
    assert fuzz.case(SEEDS, 'word', 7) == fuzz.case(SEEDS, 'word', 7) != fuzz.case(SEEDS, 'word', 8)
    rng = random.Random(0)
    for mutation in {*cases.MUTATIONS}: assert any(mutation(rng, SEEDS['ris'][0]) != SEEDS['ris'][0] for _ in range(20)), mutation


@pytest.mark.parametrize('data', [b'TY  - JOUR\nTI  - Trees\nER  - \n', b'\x00' * 50, b''])
def test_sound_files_pass(data): assert fuzz.why_wrong('ris', data) is None


def test_a_fault_is_kept_with_the_papers_that_it_takes(monkeypatch):
    data = targets.packed([cases.PAPERS[0], cases.PAPERS[5], cases.PAPERS[7]])
    with monkeypatch.context() as patch:
        PLANTED['XLSX with live formulas'].plant(patch)
        assert fuzz.why_wrong('save.xlsx', targets.packed([cases.PAPERS[4], *cases.PAPERS[:2]])) and fuzz.why_wrong('save.xlsx', data) is None
        assert fuzz.smaller('save.xlsx', targets.packed(cases.PAPERS)) == targets.packed([cases.PAPERS[4]])


@pytest.mark.parametrize('name', PLANTED)
def test_planted_faults_are_found(name, monkeypatch):
    "Those of a reader within 3000 cases, the others within 200 tables of papers; most within ten"
    where, at = PLANTED[name].where, PLANTED[name].at
    with monkeypatch.context() as patch:
        PLANTED[name].plant(patch)
        for number in range(at, at + (200 if where in targets.TARGETS else 3000)):
            if fuzz.why_wrong(where, fuzz.case(SEEDS, where, number), deep=number % 10 == 0): return
    pytest.fail('not found')
