"A review of one paper, of a few, and of texts that say the same, little or nothing: no topics and the reason, or few topics, and never a traceback"
import warnings

import nbformat
import numpy as np
import pandas as pd
import pytest

import paperlit
from paperlit.core import Notice, papers_table
from paperlit.topics import layout

WEIGHED = 'Trees are hard to weigh. We introduce {0}Net, which weighs {1} from one photograph. On OakBench, {0}Net outperforms a tape measure by 3.2% in accuracy.'
TREES = 'elm oak ash fir yew box bay'.split()
GREEK = [
    'Ζυγίζουμε δέντρα από φωτογραφίες και δείχνουμε ότι η μέθοδος είναι ακριβής.', 'Μετρούμε το ύψος των φύλλων με μια χάρτινη ταινία.',
    'Η σκιά ενός δέντρου δίνει το ύψος του κορμού.', 'Τα δάση μεγαλώνουν αργά στο βουνό.', 'Το νερό φτάνει στις ρίζες τη νύχτα.',
    'Οι ρίζες πίνουν νερό και μεγαλώνουν αργά.']
CHINESE = ['我们用照片称量树木，并表明该方法是准确的。', '我们用纸带测量树叶的高度。', '树的影子给出树干的高度。', '山上的森林生长缓慢。', '水在夜间到达树根。', '树根喝水并生长。']
ARABIC = ['نزن الأشجار بصورة واحدة.', 'نقيس ارتفاع الأوراق.', 'ظل الشجرة يعطي ارتفاع الجذع.', 'تنمو الغابات ببطء.', 'يصل الماء إلى الجذور.']


def said(*abstracts, **fields): return [dict(abstract=a) | fields for a in abstracts]
def untold(n): return [dict(doi=f'10.1000/{i}') for i in range(n)]


def weighed(n):
    trees = (TREES*9)[:n]
    return [dict(title=f'On the {t}', abstract=WEIGHED.format(t.title(), t), authors=['Roe, Ann'], year=2001 + i) for i, t in enumerate(trees)]



def table(records):
    "A papers table of records from a file"
    return papers_table([dict(source='trees.txt', record=f'L{i+1}') | r for i, r in enumerate(records)])


def review_of(records):
    "A review, without its notices"
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        return paperlit.write_review(table(records), progress=False)


def check_saved(review, folder, monkeypatch):
    "The folder is complete, and its notebook makes the same review again"
    review.save(folder)
    names = {p.name for p in folder.iterdir()}
    assert names - {'topic-model'} == {'review.ipynb', 'review.html', 'review.md', 'references.bib', 'papers.parquet', 'papers.csv', 'topics.csv',
                                       'systems.csv', 'results.csv', 'ledger.csv', 'tldrs.csv', 'figures', 'run.json', 'review.docx', 'map.html'}
    assert ('topic-model' in names) == bool(review.topics)
    assert len(pd.read_csv(folder/'topics.csv')) == (len(review.topics.table) if review.topics else 0)
    assert len(pd.read_csv(folder/'papers.csv')) == len(review.papers)
    for name in review.tables: assert {p.suffix for p in (folder/'figures').glob(f'{name}.*')} == {'.png', '.svg', '.csv', '.txt'}
    monkeypatch.chdir(folder)
    run = {}
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        for cell in nbformat.read('review.ipynb', 4).cells:
            if cell.cell_type == 'code' and not cell.source.startswith(('plot_', 'review.show')): exec(cell.source, run)
    assert run['review'].markdown == (folder/'review.md').read_text('utf-8') == review.markdown


WITHOUT_TOPICS = {
    'one paper': (weighed(1), 'there is 1'),
    'two papers': (weighed(2), 'there are 2'),
    'four papers': (weighed(4), 'there are 4'),
    'one title': ([dict(title='On the elm')], 'there is 1'),
    'one paper without any text': (untold(1), 'there are 0'),
    'four of nine papers with text': (weighed(4) + untold(5), 'there are 4'),
    'papers without any text': (untold(7), 'there are 0'),
    'texts without a word': (said(*['?!']*4, '…', '—'), 'tell one from another'),
    'one letter each': (said(*'abcdefg'), 'tell one from another'),
    'blanks': (said(*[' \n ']*6), 'tell one from another'),
}



@pytest.mark.parametrize('what', WITHOUT_TOPICS)
def test_review_without_topics_says_why(what):
    records, why = WITHOUT_TOPICS[what]
    review = review_of(records)
    assert review.topics is None and review.verify().empty
    assert (reason := review.markdown.split('There are no topics in this review: ')[1].split('.')[0]) and why in reason
    assert 'No topics were modelled.' in review.markdown and '## The topics' not in review.markdown
    references = review.markdown.split('## References')[1].splitlines()
    assert [line.split('**')[1].replace('\\', '') for line in references if line.startswith('- **')] == list(review.papers.index)
    assert len(review.papers) == len(records)



@pytest.mark.parametrize('what', ['one paper', 'four papers', 'one paper without any text', 'blanks'])
def test_folder_without_topics_is_complete(what, tmp_path, monkeypatch): check_saved(review_of(WITHOUT_TOPICS[what][0]), tmp_path/'review', monkeypatch)


def test_hundred_copies_in_the_folder(tmp_path, monkeypatch):
    review = review_of(weighed(1)*100)
    assert review.verify().empty and len(review.papers) == 100
    assert 'There are no topics in this review: ' in review.markdown if review.topics is None else len(review.topics.table) == 1
    check_saved(review, tmp_path/'review', monkeypatch)


def test_hundred_copies_become_one_paper():
    papers = paperlit.dedupe(table(weighed(1)*100))
    assert len(papers) == 1 and paperlit.ledger(papers).action.value_counts().to_dict() == {'merged': 99, 'kept': 1}
    assert paperlit.write_review(papers, progress=False).verify().empty


def test_no_papers_at_all():
    with pytest.raises(ValueError, match='no papers to review'): paperlit.write_review(table([]))


ODD = {
    'five papers': weighed(5),
    'nineteen papers': weighed(19),
    'five copies': weighed(1)*5,
    'three texts, each thrice': weighed(3)*3,
    'one word, the same': said(*['elm']*6),
    'one word each': said(*TREES),
    'numbers': said(*(f'{i} {i}{i}.5' for i in range(7))),
    'little words': said(*['of the']*3, *['and this']*3) + weighed(2),
    'Greek': said(*GREEK),
    'Chinese': said(*CHINESE),
    'Arabic': said(*ARABIC),
    'Greek, Chinese and English': said(*GREEK, *CHINESE) + weighed(5),
    'papers without any text among others': weighed(6) + untold(4),
    'empty abstracts': weighed(6) + [dict(title=f'Untold {i}', abstract='') for i in range(4)],
    'titles alone': [dict(title=f'On the {t}') for t in TREES],
    'one very long text': weighed(6) + said('Leaves fall. '*1000),
    'one line of one word': weighed(6) + said('leaf'*5000),
    'odd characters': said('\u200b\u202eelm', '\x07oak', '🌳🌲🌴', 'a\u0301sh', '\ufefffir', '𝔶𝔢𝔴'),
    'far years': [r | dict(year=y) for r, y in zip(weighed(6), [1, 1500, 1999, 2400, 9999, 2001])],
}



@pytest.mark.parametrize('what', ODD)
def test_odd_texts_make_topics_and_a_review(what):
    review = review_of(ODD[what])
    topics = review.topics
    assert review.verify().empty
    assert len(review.papers) == len(ODD[what])
    assert topics.table['size'].sum() == (topics.papers.topic >= 0).sum() and topics.table.label.is_unique and (topics.table.label.str.len() > 0).all()
    assert topics.table.stability.between(0, 1).all() and topics.papers.strength.between(0, 1).all()
    assert np.isfinite(layout(topics).to_numpy()).all()
    silent = review.papers.title.isna() & review.papers.abstract.isna()
    assert (topics.papers.topic[silent] == -1).all()
    assert '**.' not in review.markdown and 'nan' not in review.markdown.split('## References')[0]


@pytest.mark.parametrize('what', ['five copies', 'one word, the same', 'odd characters', 'papers without any text among others', 'far years'])
def test_folder_of_odd_texts_is_complete(what, tmp_path, monkeypatch): check_saved(review_of(ODD[what]), tmp_path/'review', monkeypatch)


@pytest.mark.parametrize('what', ['five copies', 'Greek', 'one word, the same', 'papers without any text among others'])
def test_topics_of_odd_texts_come_back_and_place_others(what, tmp_path):
    with pytest.warns(Notice, match=f'only {len(ODD[what])} papers'): topics = paperlit.fit_topics(table(ODD[what]))
    back = paperlit.Topics.load(topics.save(tmp_path/'topics'))
    assert back.papers.equals(topics.papers) and back.table.astype(str).equals(topics.table.astype(str))
    placed = back.predict(['', 'We weigh an elm.', 'δέντρα'])
    assert placed.topic.isin([-1, *topics.table.topic]).all() and placed.topic[0] == -1


def test_topics_of_nothing_are_none():
    with pytest.warns(Notice): topics = paperlit.fit_topics(table(said(*['?!']*6)))
    assert len(topics.table) == 0 and (topics.papers.topic == -1).all() and (topics.predict(['An elm.', '']).topic == -1).all()


@pytest.mark.parametrize('n', [5, 19])
def test_few_papers_get_a_notice(n):
    with pytest.warns(Notice, match=f'only {n} papers'): paperlit.fit_topics(table(weighed(n)))


def test_twenty_papers_get_none():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        paperlit.fit_topics(table(weighed(20)))


@pytest.mark.parametrize('n', [0, 1, 4])
def test_topics_of_too_few_papers_are_refused(n):
    with pytest.raises(ValueError, match=f'at least 5 papers, there are {n}'): paperlit.fit_topics(table(weighed(n)))


@pytest.mark.parametrize('options, words', [
    (dict(n_topics=1), 'n_topics=1: from 2 to the number of papers, 20'), (dict(n_topics=21), 'n_topics=21'), (dict(n_topics=-2), 'n_topics=-2'),
    (dict(embeddings=np.ones((3, 4))), 'embeddings have 3 rows, the table 20'),
    (dict(embedder=7), 'embedder=7'), (dict(embedder=lambda texts: np.ones(3)), r'shape \(3,\) for 20 texts')])
def test_wrong_options_of_topics_are_named(options, words):
    with pytest.raises(ValueError, match=words): paperlit.fit_topics(table(weighed(20)), **options)


def test_wrong_tables_are_named():
    papers = table(weighed(6))
    with pytest.raises(ValueError, match='lacks the columns abstract'): paperlit.fit_topics(papers.drop(columns='abstract'))
    with pytest.raises(ValueError, match='not a list'): paperlit.fit_topics([1, 2])
    with pytest.raises(ValueError, match='stands twice'): paperlit.fit_topics(pd.concat([papers, papers]))
    with pytest.warns(Notice): topics = paperlit.fit_topics(papers)
    with pytest.raises(ValueError, match='topics are of other papers'): paperlit.write_review(papers.head(5), topics=topics, progress=False)
    with pytest.raises(ValueError, match='there is no topic 99'): topics.rename({99: 'Elms'})
    with pytest.raises(ValueError, match='there is no topic 99'): topics.merge([0, 99])
    with pytest.raises(ValueError, match='holds no saved topics'): paperlit.Topics.load('nowhere')
