"What makes the way to topics short changes no result"
import subprocess
import sys

import numpy as np

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
