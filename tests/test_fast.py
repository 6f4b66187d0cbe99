"What makes the way to topics short changes no result"
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from paperlit import joining, load, processes
from paperlit.topics import Topics

CUPS = 'cup kettle teapot saucer leaf spoon lemon honey'.split()
SIGHTS = 'tower harbour bridge garden museum island river castle'.split()


def many(n, topics, seed=0):
    "Texts, keys, vectors and labels of `topics` topics, many of them of the same size"
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(n) % topics)
    texts = [f'{CUPS[t % 8]} {SIGHTS[t // 8]} number {i} of the {CUPS[t % 8]} by the {SIGHTS[t // 8]}' for i, t in enumerate(labels)]
    X = np.eye(topics, dtype=np.float32)[labels] + .1 * random.random((n, topics), dtype=np.float32)
    return texts, [f'p{i}' for i in range(n)], X, labels


def test_topics_of_the_same_size_have_the_numbers_that_bertopic_gives_them():
    topics = Topics(*many(200, 40))
    before, words = topics.papers.topic.tolist(), topics.table.words.to_dict()
    assert topics.model.topics_ == before and len(set(before)) == 40
    assert {t: [w for w, _ in topics.model.get_topic(t)] for t in words} == words


def test_names_given_before_and_after_the_model_is_made_reach_it():
    topics = Topics(*many(60, 3)).rename({0: 'Tea'})
    assert topics.model.custom_labels_[0] == 'Tea'
    assert topics.rename({1: 'Towers'}).model.custom_labels_[:2] == ['Tea', 'Towers']


def test_fitted_topics_do_not_import_bertopic():
    code = 'import sys, paperlit; from paperlit.core import papers_table\n' \
           'papers = papers_table([dict(title=f"A {w} cup of {v}") for w in "warm cold green black white".split() for v in "tea coffee milk water".split()])\n' \
           'paperlit.fit_topics(papers); print("bertopic" in sys.modules, "plotly" in sys.modules)'
    assert subprocess.run([sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True, check=True).stdout.split() == ['False', 'False']


def table(n):
    "A table of papers with formulas, glued words and keywords that come again"
    rows = [dict(title=f'On {CUPS[i % 8]} {i}', abstract=f'We weigh $x_{{{i}}}$ \\times {i} cups.\nResults were{SIGHTS[i % 8].title()}like.', authors='Roe, Ann', year=1990 + i % 30, keywords='tea; cups', shelf=f'A{i % 7}') for i in range(n)]
    return pd.DataFrame(rows)


def plain(papers): return papers.astype(str).to_dict(), list(papers.index), list(papers.attrs['ledger'])


@pytest.fixture
def two(monkeypatch): monkeypatch.setenv('PAPERLIT_WORKERS', '2')


def whose(item): return item, os.getpid()


def dies_elsewhere(item):
    "As if the worker were killed; in this process all is well"
    if os.getpid() != int(os.environ['HOME_PID']): os._exit(9)
    return item


def fails(item): raise ZeroDivisionError(f'item {item}')


def test_two_workers_give_the_table_of_one_process(two, monkeypatch, tmp_path):
    monkeypatch.setattr(joining, '_MANY', 2)
    frame = table(7000)
    shared = plain(load(frame))
    monkeypatch.setenv('PAPERLIT_WORKERS', '1')
    assert plain(load(frame)) == shared
    frame.to_csv(tmp_path/'a.csv', index=False)
    alone = plain(load(tmp_path/'a.csv'))
    monkeypatch.setenv('PAPERLIT_WORKERS', '2')
    assert plain(load(tmp_path/'a.csv')) == alone


def test_work_is_shared_out_and_comes_back_in_order(two):
    items, places = zip(*processes.in_order(whose, range(40), 10))
    assert items == tuple(range(40)) and os.getpid() not in places


def test_few_items_start_no_process(two):
    assert {place for _, place in processes.in_order(whose, range(9), 10)} == {os.getpid()}


def test_where_no_process_starts_the_work_is_done_here(two, monkeypatch):
    from joblib.externals import loky
    def none(*a, **k): raise PermissionError('no semaphores in this container')
    monkeypatch.setattr(loky, 'ProcessPoolExecutor', none)
    assert [*processes.in_order(whose, range(12), 10)] == [(i, os.getpid()) for i in range(12)]


def test_where_workers_die_the_work_is_done_here(two, monkeypatch):
    monkeypatch.setenv('HOME_PID', str(os.getpid()))
    assert [*processes.in_order(dies_elsewhere, range(30), 10)] == [*range(30)]


def test_an_error_of_the_work_itself_is_seen(two):
    with pytest.raises(ZeroDivisionError, match='item 0'): list(processes.in_order(fails, range(30), 10))


@pytest.mark.skipif(os.name == 'nt', reason='no signals as on Unix')
def test_control_c_ends_the_workers(tmp_path):
    (tmp_path/'slow.py').write_text('import os, time\ndef nap(i): open(f"{os.path.dirname(__file__)}/{os.getpid()}.pid", "w").close(); time.sleep(60)\n')
    code = 'import slow\nfrom paperlit.processes import in_order\nlist(in_order(slow.nap, range(30), 10))'
    env = os.environ | dict(PAPERLIT_WORKERS='2', PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
    child = subprocess.Popen([sys.executable, '-c', code], env=env, stderr=subprocess.PIPE, text=True)
    end = time.time() + 60
    while len(found := [int(f.stem) for f in tmp_path.glob('*.pid')]) < 2 and time.time() < end: time.sleep(.1)
    assert len(found) == 2
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=30)
    end = time.time() + 30
    alive = lambda pid: os.path.exists(f'/proc/{pid}/cmdline') and open(f'/proc/{pid}/cmdline').read() != ''
    while any(map(alive, found)) and time.time() < end: time.sleep(.1)
    assert child.returncode not in (0, None) and not any(map(alive, found))
