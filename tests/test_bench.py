"The measuring programs run, and the page of benchmarks says what was measured"
import json
import subprocess
import sys

import pytest


@pytest.fixture
def page(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root/'bench'))
    import page
    return page


def test_page_is_of_the_results(root, page):
    found = json.loads((root/'bench'/'results.json').read_text('utf-8'))
    assert (root/'docs'/'benchmarks.md').read_text('utf-8') == page.page(found), 'run `python bench/page.py`'


def test_a_peer_that_needs_more_stands_above_one(page):
    row = lambda method, wall: dict(method=method, papers=100, wall=wall, cpu=wall, memory=wall, stages={}, load=0)
    found = dict(stages=[row('paperlit_topics', 2), row('bertopic', 9), row('nmf', 1), dict(method='bertopic', papers=1000, failed='not installed')])
    assert page.topic_ratios(found) == [['100', 'plain BERTopic', *['4.5 ×']*3], ['100', 'NMF (scikit-learn)', *['0.5 ×']*3]]
    assert page.failures(found) == ['* plain BERTopic, 1,000 papers: not installed']


def test_a_process_is_measured(root, tmp_path):
    code = f'import sys; sys.path.insert(0, {str(root/"bench")!r}); import corpus, run; run.peers.python_of = lambda name: None; path = corpus.write({str(tmp_path/"made.parquet")!r}, 40); ' \
           'print(run.json.dumps([run.fresh(m, path, 300) for m in ("paperlit_topics", "bertopic")]))'
    own, peer = json.loads(subprocess.run([sys.executable, '-c', code], cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    assert set(own['stages']) == {'load', 'embed', 'fit'} and own['cpu'] > 0 and own['memory'] > 50 and own['found'] >= 1
    assert peer == dict(failed='not installed')
