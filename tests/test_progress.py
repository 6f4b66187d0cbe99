"""Bars of long work: one at a time, on a terminal and in a notebook, nowhere else"""
import io
import re
import sys

import nbformat
import pytest
from nbclient import NotebookClient

import paperlit
from paperlit import progress
from paperlit.core import papers_table

WORDS = ('Rock', 'Sand', 'Clay', 'Mud', 'Moor', 'Chalk', 'Peat')


class Screen(io.StringIO):
    "A stream that says whether it is a terminal"
    def __init__(self, terminal=True): super().__init__(); self.terminal = terminal
    def isatty(self): return self.terminal


@pytest.fixture(scope='module')
def papers():
    return papers_table([dict(title=f'{w}Scale: Weighing {w} Trees', authors=[f'Roe, {w}'], year=2019, source='a.bib', record=w,
                              abstract=f'Trees on {w.lower()} are difficult to weigh. We propose {w}Scale, a scale that counts rings of {w.lower()} trees. {w}Scale outperforms LogScale by {i + 3} % on pines.')
                         for i, w in enumerate(WORDS)])


@pytest.fixture(scope='module')
def topics(papers):
    with pytest.warns(paperlit.core.Notice): return paperlit.fit_topics(papers, n_topics=2)


@pytest.fixture
def at_once(monkeypatch):
    "All work counts as long"
    import tqdm
    real = tqdm.tqdm
    monkeypatch.setattr(progress, 'DELAY', 0)
    monkeypatch.setattr(tqdm, 'tqdm', lambda *a, **k: real(*a, **k | dict(mininterval=0)))


WORK = {
    'load': lambda p, t, d, **k: paperlit.load(p, **k),
    'duplicates': lambda p, t, d, **k: paperlit.dedupe(p, **k),
    'embed': lambda p, t, d, **k: paperlit.embed(p, **k),
    'topics': lambda p, t, d, **k: paperlit.fit_topics(p, n_topics=2, **k),
    'roles of sentences': lambda p, t, d, **k: paperlit.tag_sentences(p, **k),
    'one line per paper': lambda p, t, d, **k: paperlit.tldr(p, **k),
    'systems': lambda p, t, d, **k: paperlit.find_systems(p, **k),
    'results': lambda p, t, d, **k: paperlit.find_results(p, **k),
    'lines of topics': lambda p, t, d, **k: paperlit.digest(p, t, **k),
    'map': lambda p, t, d, **k: paperlit.explore(p, t, **k),
    'review': lambda p, t, d, **k: paperlit.write_review(p, topics=t, **k),
    'save': lambda p, t, d, progress=True: paperlit.write_review(p, topics=t, progress=False).save(d, progress=progress),
}


def shares(text):
    "What a screen showed: the names of bars, and how far they were"
    found = re.findall(r'([^\r|%]+?):\s+(\d+)%\|', text)
    return {name.split(',')[0].strip() for name, _ in found}, [int(n) for _, n in found]


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('name', WORK)
def test_long_work_shows_one_bar_that_only_grows(monkeypatch, at_once, papers, topics, tmp_path, name):
    monkeypatch.setattr(sys, 'stderr', screen := Screen())
    WORK[name](papers, topics, tmp_path/'out')
    names, far = shares(screen.getvalue())
    assert names == {name} and far[0] == 0 and far[-1] == 100 and far == sorted(far) and len(far) > 1
    assert re.search(r'\[\d\d:\d\d<(\d\d:\d\d|\?)', screen.getvalue())
    assert not screen.getvalue().split('\r')[-1].strip()


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('name', WORK)
def test_a_bar_shows_neither_in_a_file_nor_unasked(monkeypatch, at_once, papers, topics, tmp_path, name):
    for screen, more in ((Screen(False), {}), (Screen(), dict(progress=False))):
        monkeypatch.setattr(sys, 'stderr', screen)
        WORK[name](papers, topics, tmp_path/'out', **more)
        assert screen.getvalue() == ''


def test_short_work_shows_nothing(monkeypatch, papers):
    monkeypatch.setattr(sys, 'stderr', screen := Screen())
    monkeypatch.setattr(progress, 'DELAY', 600)
    paperlit.find_results(papers)
    assert screen.getvalue() == ''


@pytest.mark.filterwarnings('ignore')
def test_a_review_has_the_same_bytes_with_a_bar_and_without(monkeypatch, at_once, papers, topics, tmp_path):
    monkeypatch.setattr(sys, 'stderr', Screen())
    for name, shown in (('a', True), ('b', False)): paperlit.write_review(papers, topics=topics, progress=shown).save(tmp_path/name, progress=shown)
    files = lambda name: {p.relative_to(tmp_path/name): p.read_bytes() for p in (tmp_path/name).rglob('*') if p.is_file() and p.name != 'run.json'}
    assert files('a') == files('b')


@pytest.mark.filterwarnings('ignore')
def test_a_review_that_was_written_without_a_bar_is_saved_without_one(monkeypatch, at_once, papers, topics, tmp_path):
    monkeypatch.setattr(sys, 'stderr', screen := Screen())
    paperlit.write_review(papers, topics=topics, progress=False).save(tmp_path/'out', formats=['md'])
    assert screen.getvalue() == ''


def test_work_that_failed_leaves_the_screen_to_the_next(monkeypatch, at_once):
    monkeypatch.setattr(sys, 'stderr', screen := Screen())
    with pytest.raises(OSError), progress.steps(2, 'first') as advance, progress.part(advance, 1): raise OSError
    with progress.steps(1, 'second') as advance: advance()
    assert shares(screen.getvalue())[0] == {'first', 'second'} and shares(screen.getvalue())[1][-1] == 100


def test_a_notebook_shows_a_bar_of_its_own_and_keeps_none():
    code = '''import time
from paperlit import progress
progress.DELAY = .1
with progress.steps(4, 'weigh <trees>', mininterval=0) as advance:
    for _ in range(3): time.sleep(.1); advance()
    with progress.part(advance, 1), progress.steps(5, 'inner'): pass
6*7'''
    book, seen = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), []
    client = NotebookClient(book, kernel_name='python3', timeout=120)
    keep = client.process_message
    client.process_message = lambda message, *a: (seen.append(message), keep(message, *a))[1]
    client.execute()
    shown = [m['content']['data']['text/html'] for m in seen if m['msg_type'] in ('display_data', 'update_display_data')]
    assert '<progress value=' in shown[-2] and 'weigh &lt;trees&gt; ' in shown[-2] and not any('inner' in s for s in shown) and shown[-1] == ''
    outputs = book.cells[0].outputs
    assert [o.output_type for o in outputs] == ['display_data', 'execute_result'] and outputs[0].data == {'text/plain': '', 'text/html': ''}
