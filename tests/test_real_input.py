"The main job on the folder that PAPERLIT_REAL_INPUT names: nothing lost, nothing invented, the same bytes twice"
import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest

INPUT = os.environ.get('PAPERLIT_REAL_INPUT')
pytestmark = pytest.mark.skipif(not INPUT, reason='PAPERLIT_REAL_INPUT names no folder of real papers')


@pytest.fixture(scope='module')
def reviews(tmp_path_factory):
    "Two review folders that two runs of the command wrote"
    command = shutil.which('paperlit', path=os.path.dirname(sys.executable))
    folders = [tmp_path_factory.mktemp('real')/name for name in 'ab']
    for folder in folders:
        done = subprocess.run([command, 'review', INPUT, '--out', folder], capture_output=True, text=True, encoding='utf-8')
        assert done.returncode == 0, done.stderr
    return folders


def test_ledger_adds_up(reviews):
    ledger, papers = (pd.read_csv(reviews[0]/f'{name}.csv') for name in ('ledger', 'papers'))
    counts = ledger.action.value_counts()
    assert set(counts.index) <= {'kept', 'merged', 'rejected', 'excluded'}
    assert counts['kept'] == len(papers) == papers.key.nunique()
    assert set(ledger.key[ledger.action == 'kept']) == set(papers.key)
    assert set(ledger.into[ledger.action == 'merged']) <= set(papers.key)
    assert ledger.reason[ledger.action.isin(['rejected', 'excluded'])].notna().all()


def test_every_line_of_the_review_is_in_its_source():
    import paperlit
    papers = paperlit.load(INPUT, progress=False).pipe(paperlit.dedupe)
    assert paperlit.write_review(papers, topics=paperlit.fit_topics(papers)).verify().empty


def test_two_runs_give_the_same_bytes(reviews):
    first, second = ({p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob('*') if p.suffix in ('.csv', '.md', '.bib')} for folder in reviews)
    assert 'review.md' in first and set(first) == set(second)
    assert not [name for name in first if first[name] != second[name]]
