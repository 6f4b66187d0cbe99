"What BERTopic offers on the fitted model works and agrees with Topics, every small corpus has topics, and a grown corpus keeps its names"
import warnings

import numpy as np
import pandas as pd
import pytest
import paperlit
from paperlit.core import Notice, papers_table

PLACES = 'forest garden marsh meadow orchard harbour river valley'.split()
ABOUT = {'trees': 'Old trees in the {} grow rings of wood and shed leaves and bark in year {}', 'birds': 'Small birds of the {} sing at dawn, nest and feed on flies and seeds in year {}',
         'boats': 'Wooden boats near the {} carry sails, oars and ropes past the quay in year {}'}


def corpus(n):
    "`n` sentences on trees, birds and boats in turn"
    kinds = list(ABOUT.values())
    papers = papers_table([dict(title=f'Note {i} on the {PLACES[i % 8]}', abstract=kinds[i % 3].format(PLACES[i % 8], 1900 + i), year=1990 + i % 7) for i in range(n)])
    return papers.set_axis(pd.Index([f'note{i}' for i in range(n)], name='key'))


@pytest.fixture(scope='module')
def topics(): return paperlit.fit_topics(corpus(48), n_topics=3)


def test_topics_are_the_subjects(topics):
    subject = np.arange(48) % 3
    assert pd.crosstab(subject, topics.papers.topic.to_numpy()).astype(bool).to_numpy().sum() == 3
    assert sorted(topics.table['size']) == [16, 16, 16] and topics.table.stability.min() > .9


def test_words_belong_to_one_topic(topics):
    words = [w for ws in topics.table.words for w in ws]
    assert len(words) == len(set(words)) and all(len(ws) >= 4 for ws in topics.table.words)


def test_transform_agrees_with_predict(topics):
    new = ['Old trees shed bark', 'Birds nest at dawn', 'The boats have sails and oars', '']
    placed, _ = topics.model.transform(new)
    assert list(placed) == topics.predict(new).topic.tolist() and placed[3] == -1
    assert list(topics.model.transform(topics.texts)[0]) == topics.papers.topic.tolist()


def test_hierarchy_agrees_with_bertopic(topics):
    tree, theirs = topics.hierarchy(), topics.model.hierarchical_topics(topics.texts, use_ctfidf=False)
    assert tree.topics.iloc[-1] == [0, 1, 2] and len(tree) == len(theirs) == 2
    assert np.allclose(sorted(tree.distance), sorted(theirs.Distance), atol=1e-4)


def test_bertopic_counts_topics_over_time(topics):
    papers = corpus(48)
    found = topics.model.topics_over_time(topics.texts, papers.year.tolist())
    assert found.groupby('Topic').Frequency.sum().to_dict() == topics.table['size'].to_dict()


def test_bertopic_draws_the_words(topics):
    assert len(topics.model.visualize_barchart().data) == 3
    assert [w for w, _ in topics.model.get_topic(0)][:5] == topics.table.words[0][:5]


@pytest.mark.parametrize('n', [5, 6, 7, 8, 9, 10, 11, 13, 17, 19, 20, 23, 31, 47, 64, 101, 150, 200])
def test_every_number_of_papers_has_topics(n):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        topics = paperlit.fit_topics(corpus(n))
    assert (topics.papers.topic >= 0).all() and topics.table['size'].sum() == n and 2 <= len(topics.table) <= n
    assert topics.table.label.is_unique and topics.table.label.str.len().gt(0).all()
    also = topics.papers.also.dropna()
    assert also.isin(topics.table.topic).all() and (also != topics.papers.topic[also.index]).all()


@pytest.mark.parametrize('n', [0, 1, 2, 3, 4])
def test_too_few_papers_are_told_so(n):
    with pytest.raises(ValueError, match=f'at least 5 papers, there are {n}'): paperlit.fit_topics(corpus(5).head(n))


def test_fitted_twice_is_the_same():
    a, b = (paperlit.fit_topics(corpus(60)) for _ in range(2))
    assert a.table.equals(b.table) and a.papers.equals(b.papers)


def test_grown_corpus_keeps_names():
    papers = corpus(60)
    topics = paperlit.fit_topics(papers.head(45), n_topics=3)
    birds = topics.papers.topic['note1']
    topics.rename({birds: 'Life of birds'}).update(papers)
    assert len(topics.papers) == 60 and topics.drift.added.sum() == 15 and topics.drift.before.sum() == 45
    assert topics.table.label[topics.papers.topic['note58']] == topics.table.label[topics.papers.topic['note1']] == 'Life of birds'
    assert topics.update(papers).drift.added.sum() == 0


def test_saved_folder_holds_no_code(topics, tmp_path):
    folder = topics.save(tmp_path/'topics')
    assert {p.suffix for p in folder.iterdir()} == {'.parquet', '.json'}
    back = paperlit.Topics.load(folder)
    new = ['Old trees shed bark', 'Birds nest at dawn']
    assert back.table.equals(topics.table) and back.predict(new).equals(topics.predict(new)) and back.hierarchy().equals(topics.hierarchy())


ODD = {'empty': [''] * 30, 'missing': [None, float('nan'), ''] * 8, 'half missing': ['Old trees grow rings', None, 'Birds sing at dawn', float('nan')] * 8, 'one text': ['Old trees grow rings of wood and bark'] * 100,
       'one word': ['tree'] * 30, 'words apart': [f'word{i}' for i in range(40)], 'letters': list('abc') * 10, 'digits': ['12 34 56', '77 88'] * 15, 'signs': ['...', '!!!', '$x^2$'] * 10, 'grammar': ['the of and'] * 30,
       'Russian': ['Деревья растут в лесу и дают тень', 'Птицы поют на рассвете у реки', 'Лодки стоят у причала в гавани'] * 8, 'Chinese': ['森林中的树木生长缓慢', '鸟儿在清晨歌唱', '港口的船只停泊'] * 8,
       'lines': ['Old\ntrees\tgrow', 'birds\nsing\tsongs'] * 10, 'long': ['tree bird boat ' * 300] * 8 + ['bird'] * 8}


@pytest.mark.parametrize('kind', ODD)
def test_odd_texts_have_topics_or_none(kind):
    papers = papers_table([dict(title=None, abstract=t if isinstance(t, str) else None) for t in ODD[kind]]).set_axis(pd.Index([f'odd{i}' for i in range(len(ODD[kind]))], name='key'))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        topics = paperlit.fit_topics(papers)
    assert len(topics.papers) == len(papers) and topics.table['size'].sum() == (topics.papers.topic >= 0).sum()
    assert topics.table.label.is_unique and list(topics.model.transform(topics.texts)[0]) == topics.papers.topic.tolist()
    if kind in ('Russian', 'Chinese'): assert len(topics.table) == 3


def test_one_paper_is_placed_as_in_the_fit():
    rng = np.random.default_rng(0)
    words = [f'{a}{b}' for a in 'ba ce di fo gu ha je ki lo mu'.split() for b in 'ran set lim pok'.split()]
    papers = papers_table([dict(title=f'Note {i}', abstract=' '.join(rng.choice(words, 40))) for i in range(90)]).set_axis(pd.Index([f'note{i}' for i in range(90)], name='key'))
    topics = paperlit.fit_topics(papers)
    assert list(topics.model.transform(topics.texts)[0]) == topics.predict(papers).topic.tolist() == topics.papers.topic.tolist()


def test_topics_do_not_depend_on_the_seed():
    a, b = (paperlit.fit_topics(corpus(60), seed=seed).papers.topic for seed in (0, 7))
    assert a.equals(b)


def test_exemplars_have_an_abstract_and_differ():
    papers = corpus(48)
    papers.loc['note3', 'abstract'] = papers.loc['note0', 'abstract'] + ' and ' + ' '.join(ABOUT['trees'].format(p, 2000) for p in PLACES)
    papers.loc[['note6', 'note9'], ['title', 'abstract']] = papers.loc['note0', ['title', 'abstract']].to_numpy()
    best = paperlit.fit_topics(papers, n_topics=3)
    chosen = best.table.exemplars[best.papers.topic['note0']]
    assert chosen[0] == 'note3' and len({papers.abstract[k] for k in chosen}) == 3


def test_a_paper_about_other_papers_is_no_exemplar():
    papers = corpus(48)
    papers.loc['note3', 'title'] = 'Erratum to notes on the forest'
    papers.loc['note6', 'title'] = 'A survey of trees, rings and bark'
    longer = ' and '.join(ABOUT['trees'].format(p, 2000) for p in PLACES)
    papers.loc[['note3', 'note6', 'note9'], 'abstract'] = [longer, longer + ' and more', longer + ' and again']
    best = paperlit.fit_topics(papers, n_topics=3)
    chosen = best.table.exemplars[best.papers.topic['note0']]
    assert chosen[0] == 'note9' and not {'note3', 'note6'} & set(chosen)


def test_labels_are_headings():
    kinds = [f'Considerably, we determine that {a} latter forests vary and enhance the carbon storage index (CSI)' for a in PLACES], [f'Besides, {a} auctions are expensive and varied; bidders detail reserve prices' for a in PLACES]
    papers = papers_table([dict(abstract=t) for ts in kinds for t in ts]).set_axis(pd.Index([f'note{i}' for i in range(16)], name='key'))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        labels = paperlit.fit_topics(papers, n_topics=2).table.label.str.lower().tolist()
    assert not [l for l in labels if any(w in l for w in ('considerably', 'determine', 'latter', 'besides', 'expensive', 'varied', 'enhance'))]
    assert any('carbon storage index (csi)' in l for l in labels)


def test_few_subjects_in_many_papers_are_few_topics():
    rng = np.random.default_rng(1)
    X = np.repeat(np.eye(6, 40), 100, axis=0) + rng.normal(size=(600, 40))/6
    papers = papers_table([dict(abstract=f'{list(ABOUT.values())[i // 200].format(PLACES[i % 8], i)} of kind {i // 100}') for i in range(600)]).set_axis(pd.Index([f'note{i}' for i in range(600)], name='key'))
    topics = paperlit.fit_topics(papers, embeddings=X)
    found = pd.crosstab(np.arange(600) // 100, topics.papers.topic.to_numpy())
    assert len(topics.table) <= 7 and (found.max(axis=1) > 90).all() and (found > 0).to_numpy().sum() == len(topics.table)
