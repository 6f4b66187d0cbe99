"Real models of other libraries, made small and saved to disk: by name, as objects, kept and never stale"
import json
import os

import numpy as np
import pytest

from paperlit.embedders import kept_vectors
from paperlit.embedding import embed
from paperlit.lexicon import unit

TEXTS = ['heavy trees', 'light birds', 'trees and birds', '']
WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'heavy', 'trees', 'light', 'birds', 'and']


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv('PAPERLIT_CACHE', str(tmp_path/'cache'))
    return tmp_path/'cache'


def wordlevel():
    "A tokenizer that knows ten words"
    tokenizers = pytest.importorskip('tokenizers', reason='the tokenizers package is not installed')
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token='[UNK]'))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return tokenizer


def static_model(folder, seed=0):
    "A model2vec model with random vectors, saved"
    model2vec = pytest.importorskip('model2vec', reason='model2vec is not installed')
    vectors = np.random.default_rng(seed).normal(size=(len(WORDS), 8)).astype(np.float32)
    model = model2vec.StaticModel(vectors, wordlevel(), config={'normalize': False})
    model.save_pretrained(folder)
    return model


def sentence_model(folder, seed=0):
    "A sentence-transformers model of one BERT layer with random weights, saved"
    library = pytest.importorskip('sentence_transformers', reason='sentence-transformers is not installed')
    import torch
    import transformers
    torch.manual_seed(seed)
    (folder/'bert').mkdir(parents=True)
    (folder/'bert/vocab.txt').write_text('\n'.join(WORDS))
    config = transformers.BertConfig(vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, max_position_embeddings=32)
    transformers.BertModel(config).eval().save_pretrained(folder/'bert')
    transformers.BertTokenizer(str(folder/'bert/vocab.txt')).save_pretrained(folder/'bert')
    try: from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    except ImportError: from sentence_transformers.models import Pooling, Transformer
    words = Transformer(str(folder/'bert'))
    model = library.SentenceTransformer(modules=[words, Pooling(16)], device='cpu')
    model.save(str(folder/'model'))
    return model, str(folder/'model')


def same(embedder, vectors):
    "`embedder` gives `vectors` at unit length, and zeros for a text that says nothing"
    got = embed(TEXTS, embedder=embedder)
    assert got.dtype == np.float32 and not got[3].any()
    np.testing.assert_allclose(got[:3], unit(vectors)[:3], atol=1e-5)


def test_model2vec_by_folder_and_as_an_object(tmp_path):
    model = static_model(tmp_path/'static')
    same(f'model2vec:{tmp_path}/static', model.encode(TEXTS))
    same(model, model.encode(TEXTS))


def test_sentence_transformers_by_folder_and_as_an_object(tmp_path):
    model, folder = sentence_model(tmp_path)
    same(folder, model.encode(TEXTS))
    same(model, model.encode(TEXTS))


def test_topics_and_new_papers_with_a_model2vec_model(tmp_path):
    from paperlit import fit_topics, load
    import pandas as pd
    static_model(tmp_path/'static')
    papers = load(pd.DataFrame(dict(title=[f'{a} number {i}' for i in range(12) for a in ('heavy trees', 'light birds')])))
    topics = fit_topics(papers, n_topics=2, embedder=f'model2vec:{tmp_path}/static')
    assert topics.papers['topic'].tolist() == topics.papers['topic'].tolist()[:2] * 12
    assert topics.predict(['light birds'])['topic'].iloc[0] == topics.papers['topic'].iloc[1]


def test_kept_vectors_are_read_without_the_model(tmp_path, cache, monkeypatch):
    static_model(tmp_path/'static')
    name = f'model2vec:{tmp_path}/static'
    first = kept_vectors(name, TEXTS)
    monkeypatch.setattr('paperlit.embedders._model', lambda *_: pytest.fail('the model was loaded though every vector is kept'))
    np.testing.assert_array_equal(kept_vectors(name, TEXTS[::-1]), first[::-1])
    assert len(list(cache.iterdir())) == 1


def test_a_retrained_model_is_asked_again(tmp_path, cache):
    static_model(tmp_path/'static')
    name = f'model2vec:{tmp_path}/static'
    before = kept_vectors(name, TEXTS)
    again = static_model(tmp_path/'static', seed=1)
    assert not np.allclose(kept_vectors(name, TEXTS), before)
    np.testing.assert_allclose(kept_vectors(name, TEXTS), again.encode(TEXTS), atol=1e-6)
    assert len(list(cache.iterdir())) == 1, 'the vectors of the earlier model stay behind'


def test_nothing_is_written_where_the_variable_is_empty(tmp_path, cache, monkeypatch):
    static_model(tmp_path/'static')
    monkeypatch.setenv('PAPERLIT_CACHE', '')
    kept_vectors(f'model2vec:{tmp_path}/static', TEXTS)
    assert not cache.exists()


def test_a_hub_model_is_known_by_its_commit(tmp_path, monkeypatch):
    "The layout that huggingface_hub leaves on disk; nothing is downloaded"
    hub = pytest.importorskip('huggingface_hub', reason='huggingface_hub is not installed')
    from paperlit.embedders import model_state
    repo = tmp_path/'models--someone--model'
    for commit in ('a'*40, 'b'*40):
        (repo/'snapshots'/commit).mkdir(parents=True)
        (repo/'snapshots'/commit/'config.json').write_text(json.dumps({}))
    (repo/'refs').mkdir()
    states = []
    find = hub.try_to_load_from_cache
    monkeypatch.setattr(hub, 'try_to_load_from_cache', lambda name, file: find(name, file, cache_dir=tmp_path))
    for commit in ('a'*40, 'b'*40):
        (repo/'refs/main').write_text(commit)
        states.append(model_state('model2vec:someone/model'))
    assert states[0] != states[1] and 'a'*40 in states[0]
    assert model_state('someone/other') == ''


def test_environment_variable_names_the_folder(cache, monkeypatch):
    from paperlit.embedders import cache_folder
    assert str(cache_folder()) == os.environ['PAPERLIT_CACHE']
    monkeypatch.delenv('PAPERLIT_CACHE')
    assert cache_folder().name == 'paperlit'
