"Topics that somebody saved, damaged or made to harm, cost one sentence"
import json
import re
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import paperlit
from paperlit.sources import demo_corpus


@pytest.fixture(scope='module')
def papers(): return paperlit.load(demo_corpus()/'export.ris', progress=False)


@pytest.fixture(scope='module')
def saved(papers, tmp_path_factory): return paperlit.fit_topics(papers, progress=False).save(tmp_path_factory.mktemp('saved')/'topics')


def about(**change):
    def changed(folder): (folder/'topics.json').write_text(json.dumps(json.loads((folder/'topics.json').read_text()) | change))
    return changed


def text(said): return lambda folder: (folder/'topics.json').write_text(said)


def table(name, change):
    def changed(folder): pq.write_table(change(pq.read_table(folder/name)), folder/name)
    return changed


def column(name, make): return lambda t: t.set_column(t.schema.get_field_index(name), name, make(t.num_rows))


CHANGED = {
    'no JSON': text(''), 'a list': text('[]'), 'nested without an end': text('[' * 100_000),
    'labels in a list': about(labels=['a']), 'no labels': about(labels=None), 'a label for nothing': about(labels={'99': 'Oaks'}), 'a label that is a number': about(labels={'0': 3}), 'a topic that is a word': about(labels={'oak': 'Oaks'}),
    'a seed that is a word': about(seed='now'), 'a seed below zero': about(seed=-1), 'a seed of 400 digits': about(seed=10**400),
    'topics that are words': table('papers.parquet', column('topic', lambda n: pa.array(['a'] * n))), 'topics that are nothing': table('papers.parquet', column('topic', lambda n: pa.nulls(n, pa.int64()))), 'topics that are fractions': table('papers.parquet', column('topic', lambda n: pa.array([.5] * n))),
    'a topic beyond all': table('papers.parquet', column('topic', lambda n: pa.array([10**9] * n))), 'texts that are nothing': table('papers.parquet', column('text', lambda n: pa.nulls(n, pa.string()))), 'no texts': table('papers.parquet', lambda t: t.drop(['text'])),
    'one key for all': table('papers.parquet', column('key', lambda n: pa.array(['a'] * n))), 'fewer papers': table('papers.parquet', lambda t: t.slice(0, 4)),
    'fewer vectors': table('vectors.parquet', lambda t: t.slice(0, 4)), 'vectors of words': table('vectors.parquet', column('d0', lambda n: pa.array(['a'] * n))), 'vectors without an end': table('vectors.parquet', column('d0', lambda n: pa.array([float('inf')] * n))),
    'vectors of nothing': table('vectors.parquet', column('d0', lambda n: pa.nulls(n, pa.float32()))), 'no vectors': lambda folder: (folder/'vectors.parquet').unlink(), 'half the vectors': lambda folder: (folder/'vectors.parquet').write_bytes((folder/'vectors.parquet').read_bytes()[:3000]),
}


@pytest.mark.parametrize('what', CHANGED)
def test_topics_that_somebody_changed_cost_one_sentence(what, saved, tmp_path):
    CHANGED[what](folder := shutil.copytree(saved, tmp_path/'topics'))
    with pytest.raises(ValueError, match=f'^{re.escape(str(folder))} holds no sound topics, for .*: fit them again') as told: paperlit.Topics.load(folder)
    assert type(told.value) is ValueError and '\n' not in str(told.value)


def test_vectors_of_another_kind_place_no_paper(saved, papers, tmp_path):
    table('vectors.parquet', lambda t: t.select(t.schema.names[:5]))(folder := shutil.copytree(saved, tmp_path/'topics'))
    with pytest.raises(ValueError, match='have .* numbers, those of the topics 5: load the topics with the embedder'): paperlit.Topics.load(folder).predict(papers)


def test_sound_topics_are_believed(saved, papers): assert paperlit.Topics.load(saved).papers.index.equals(papers.index)
