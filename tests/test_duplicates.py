"What must hold for any table of records: the order of rows says nothing, a second pass finds nothing, the ledger sums, and every merge can be taken back"
import json
from collections import Counter

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paperlit import dedupe, ledger, load, save
from paperlit.core import papers_table
from paperlit.duplicates import unmerge
from paperlit.relatives import families
from paperlit.fingerprints import traits
from paperlit.matching import judge

TITLES = ['Weighing tall trees in the wind', 'WEIGHING TALL TREES IN THE WIND', 'Weighing tall tree in the wind', 'Weighing tall trees in the wind 2', 'Weighing tall trees', 'Erratum: Weighing tall trees in the wind',
          '[Weighing tall trees in the wind]', 'Counting the leaves of an oak', 'Editorial']
RECORD = st.fixed_dictionaries(dict(
    title=st.sampled_from([*TITLES, None]), authors=st.sampled_from([[], ['Roe, Jane'], ['Roe, J.', 'Doe, Ann'], ['Doe, Ann']]), year=st.sampled_from([None, 2019, 2020, 2023]),
    venue=st.sampled_from([None, 'Journal of Trees', 'J. Trees', 'Workshop on Trees', 'arXiv']), doi=st.sampled_from([None, None, '10.1000/a', '10.1000/b', '10.1000/a.pub2']), pmid=st.sampled_from([None, None, '11', '12']),
    kind=st.sampled_from(['paper', 'paper', 'paper', 'review', 'other']), abstract=st.sampled_from([None, 'Trees are heavy.', 'Trees are heavy and oaks are heavier. ' * 8]),
    keywords=st.sampled_from([[], ['trees'], ['Trees', 'wind']]), extra=st.sampled_from([{}, dict(volume='3', pages='1-9'), dict(volume='3', pages='77-9'), dict(pages='77-79')])))
TABLES = st.lists(RECORD, max_size=12)
LAWS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def table(records, order=None):
    "The table of records that were read in some order; each knows its place in its file"
    records = [r | dict(source='a.ris', record=f'L{i}') for i, r in enumerate(records)]
    return papers_table([records[i] for i in order] if order else records)


def content(papers):
    "Everything a table says, whatever the order of its rows"
    rows = json.loads(papers.to_json(orient='table'))['data']
    return sorted(json.dumps(r, sort_keys=True) for r in rows), sorted(map(str, ledger(papers).itertuples(index=False)))


@LAWS
@given(TABLES, st.randoms(use_true_random=False))
def test_rows_in_any_order_give_the_same(records, chance):
    papers = table(records)
    shuffled = papers.sample(frac=1, random_state=chance.randrange(2**31))
    assert content(dedupe(papers)) == content(dedupe(shuffled))


@LAWS
@given(TABLES, st.randoms(use_true_random=False))
def test_files_in_any_order_merge_the_same_records(records, chance):
    def merged(papers): return sorted(sorted(m['fields']['record'] for m in e['merged']) for e in dedupe(papers).extra if 'merged' in e)
    order = list(range(len(records)))
    chance.shuffle(order)
    assert merged(table(records)) == merged(table(records, order))


@LAWS
@given(TABLES)
def test_a_second_pass_finds_nothing(records):
    once = dedupe(table(records))
    assert content(dedupe(once)) == content(once)
    assert list(dedupe(once).index) == list(once.index)


@LAWS
@given(TABLES)
def test_the_ledger_sums_and_points_at_rows(records):
    papers = table(records)
    out = dedupe(papers)
    led = ledger(out)
    assert len(led) == len(records) and led.key.is_unique
    assert Counter(led.action)['kept'] == len(out) and set(led.key[led.action == 'kept']) == set(out.index)
    assert set(led.into.dropna()) <= set(out.index) and led.reason[led.action == 'merged'].notna().all()
    placed = led.set_index('key').loc[out.index]
    assert list(placed.record) == list(out.record)


@LAWS
@given(TABLES)
def test_every_merge_can_be_taken_back(records):
    papers = table(records)
    back = dedupe(papers)
    for key in [k for k, e in back.extra.items() if 'merged' in e]: back = unmerge(back, key)
    assert set(back.index) == set(papers.index) and set(ledger(back).action) <= {'kept'}
    back, papers = back.set_index('record'), papers.set_index('record')
    assert back.loc[papers.index].astype(str).equals(papers.astype(str))


@LAWS
@given(TABLES)
def test_no_row_holds_two_kinds_of_notice_or_two_ids(records):
    for extra in dedupe(table(records)).extra:
        members = [m['fields'] for m in extra.get('merged', ())]
        assert len({m['pmid'] for m in members if 'pmid' in m}) < 2
        assert len({m.get('title', '').startswith('Erratum') for m in members}) < 2
        assert not {'review', 'paper'} <= {m['kind'] for m in members}


@LAWS
@given(TABLES, st.randoms(use_true_random=False))
def test_families_do_not_depend_on_the_order_of_rows(records, chance):
    papers = table(records)
    shuffled = papers.sample(frac=1, random_state=chance.randrange(2**31))
    assert families(papers).equals(families(shuffled))


@LAWS
@given(TABLES)
def test_a_family_has_two_members_and_leads_with_one_of_them(records):
    kin = families(dedupe(table(records)))
    assert kin.key.is_unique and set(kin.family) <= set(kin.key)
    assert (kin.groupby('family').size() > 1).all()


@LAWS
@given(RECORD, RECORD)
def test_judging_is_symmetric(a, b):
    a, b = (traits(r) for r in table([a, b]).to_dict('records'))
    assert judge(a, b) == judge(b, a)


def tall(**fields): return dict(title='Weighing tall trees in the wind', authors=['Roe, Jane'], year=2020) | fields


@pytest.mark.parametrize('a, b', [
    (dict(doi='10.1000/a'), dict(title='WEIGHING TALL TREES IN THE WIND', authors=['ROE J'])), (dict(venue='Journal of Tree Science'), dict(venue='J Tree Sci', authors=[])),
    (dict(title='Weighing tall tumours in the wind'), dict(title='Weighing tall tumors in the wind')), (dict(authors=['Müller, Jörg']), dict(authors=['Mueller, J.'])),
    (dict(extra=dict(volume='3', pages='131-142'), venue='J Tree Sci'), dict(title='[Vom Wägen hoher Bäume]', extra=dict(Volume='3', Pages='131-42'))),
    (dict(title='Vom Wägen hoher Bäume im Wind [Weighing tall trees in the wind]'), dict()), (dict(year=2019, venue='J Trees', extra=dict(pages='1-17')), dict(venue='Journal of Trees', extra=dict(volume='33', pages='566-82'))),
    (dict(doi='10.1002/14651858.cd000001.pub2', year=2012, extra=dict(volume='1')), dict(doi='10.1002/14651858.cd000001.pub3', year=2019, extra=dict(volume='9'))), (dict(title='RETRACTED: Weighing tall trees in the wind'), dict())])
def test_one_paper(a, b): assert len(dedupe(papers_table([tall(**a), tall(**b)]))) == 1


@pytest.mark.parametrize('a, b', [
    (dict(title='Erratum: Weighing tall trees in the wind'), dict()), (dict(title='Weighing tall trees in the wind: reply'), dict()), (dict(venue='Journal of Trees'), dict(venue='Workshop on Trees')),
    (dict(doi='10.1000/a'), dict(doi='10.1000/b')), (dict(title='Weighing tall trees in the wind. Part I'), dict(title='Weighing tall trees in the wind. Part II')), (dict(year=2016), dict()),
    (dict(venue='arXiv', arxiv_id='1901.00001'), dict(venue='Journal of Trees', doi='10.1000/a')), (dict(title='Weighing tall women in the wind'), dict(title='Weighing tall men in the wind')), (dict(kind='review'), dict()),
    (dict(doi='10.1002/14651858.cd000001'), dict(doi='10.1002/14651858.cd000001.pub2')), (dict(title='MiniTree: weighing tall trees'), dict(title='MiniTreev2: weighing tall trees')),
    (dict(doi='10.1000/supplement', title='Counting the leaves of an oak', authors=['Doe, Ann']), dict(doi='10.1000/supplement')), (dict(extra=dict(volume='3', pages='12')), dict(extra=dict(volume='3', pages='95')))])
def test_two_papers(a, b): assert len(dedupe(papers_table([tall(**a), tall(**b)]))) == 2


def test_new_records_join_a_merged_row_and_all_can_be_taken_apart():
    first = dedupe(papers_table([tall(doi='10.1000/a'), tall(abstract='Trees are heavy.')], keys=['a', 'b']))
    both = pd.concat([first, papers_table([tall(pmid='11', authors=['Roe, Jane', 'Doe, Ann'])], keys=['c'])])
    out = dedupe(both)
    assert len(out) == 1 and sorted(m['key'] for m in out.extra.iloc[0]['merged']) == ['a', 'b', 'c']
    assert (out.doi.iloc[0], out.pmid.iloc[0], len(out.authors.iloc[0]), out.abstract.iloc[0]) == ('10.1000/a', '11', 2, 'Trees are heavy.')
    assert sorted(unmerge(out, out.index[0]).index) == ['a', 'b', 'c']


@pytest.mark.parametrize('suffix', ['.parquet', '.jsonl', '.csv'])
def test_a_merge_survives_a_file_and_can_still_be_taken_back(tmp_path, suffix):
    papers = papers_table([tall(doi='10.1000/a', source='a.bib', record='L1'), tall(abstract='Trees are heavy.', source='b.ris', record='L1')])
    path = save(dedupe(papers), tmp_path / f'papers{suffix}')
    back = load(path, progress=False)
    assert len(back) == 1 and sorted(unmerge(back, back.index[0]).source) == ['a.bib', 'b.ris']
