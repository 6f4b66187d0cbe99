"What somebody sends as a folder, a saved table, saved topics or a notebook: it is read as what it is or refused in a sentence, nothing outside is written, removed, opened or copied"
import base64
import copy
import json
import os
import random
import shutil
import struct
import sys
import warnings
import zlib

import numpy as np
import pandas as pd
import pytest

import paperlit
from paperlit import cli
from paperlit.additions import edited, merge, read_notebook
from paperlit.core import KINDS, Notice, SourceError, papers_table
from paperlit.export import to_html
from paperlit.scale import LargeTopics
from paperlit.sections import to_markdown
from paperlit.views import view
from paperlit.word import to_docx

pytestmark = pytest.mark.filterwarnings('ignore::paperlit.core.Notice')
LINKS = pytest.mark.skipif(sys.platform == 'win32', reason='links need a right there')
SOME = ('md', 'ipynb')


def some_papers(**more): return papers_table([dict(title=f'On oaks {i}', abstract='We introduce OakNet, which weighs oaks.', authors=['Roe, Ann'], year=2001 + i, source='a.ris', record=f'L{i}') | more for i in range(3)])


@pytest.fixture(scope='module')
def review(): return paperlit.write_review(some_papers(), progress=False)


# Folders

@pytest.fixture
def outside(tmp_path):
    "A folder of the user's own that a link leads to"
    (folder := tmp_path/'own').mkdir()
    for name in ('own-tree.png', 'flow.png', 'papers.parquet', 'topics.json', 'review-0001-2020-01-01.ipynb'): (folder/name).write_text('mine')
    return folder


@LINKS
@pytest.mark.parametrize('name', ['figures', 'topic-model', 'backups'])
def test_a_folder_in_a_review_that_leads_elsewhere(review, tmp_path, outside, name):
    (folder := tmp_path/'review').mkdir()
    (folder/name).symlink_to(outside)
    (folder/'review.ipynb').write_text('mine')
    before = {p.name: p.read_bytes() for p in outside.iterdir()}
    with pytest.raises(ValueError, match='is a link to another folder'): review.save(folder, formats=SOME, progress=False)
    assert {p.name: p.read_bytes() for p in outside.iterdir()} == before and sorted(p.name for p in folder.iterdir()) == sorted([name, 'review.ipynb'])


@LINKS
def test_a_review_may_lie_behind_a_link(review, tmp_path):
    (tmp_path/'disk').mkdir(); (tmp_path/'review').symlink_to(tmp_path/'disk')
    assert (review.save(tmp_path/'review', formats=SOME, progress=False)/'figures').is_dir() and (tmp_path/'disk'/'review.md').exists()


@LINKS
@pytest.mark.parametrize('name', ['review.ipynb', 'review.md', 'run.json', 'papers.csv'])
def test_a_file_in_a_review_that_leads_elsewhere(review, tmp_path, name):
    (secret := tmp_path/'secret.txt').write_text('a secret')
    (folder := tmp_path/'review').mkdir()
    (folder/name).symlink_to(secret)
    review.save(folder, formats=SOME, progress=False)
    assert secret.read_text() == 'a secret' and not (folder/name).is_symlink()
    assert not [p for p in folder.rglob('*') if p.is_file() and b'a secret' in p.read_bytes()]


@LINKS
def test_a_notebook_that_is_a_link_is_told(review, tmp_path):
    (tmp_path/'secret.txt').write_text('a secret')
    (folder := tmp_path/'review').mkdir()
    (folder/'review.ipynb').symlink_to(tmp_path/'secret.txt')
    with pytest.warns(Notice, match='is a link to another place'): review.save(folder, formats=SOME, progress=False)


def test_no_source_is_opened_because_a_table_names_it(tmp_path, monkeypatch):
    own, secret = tmp_path/'own.ris', tmp_path/'secret.txt'
    own.write_text('TY  - JOUR\nTI  - Weighing trees\nER  - \n'); secret.write_text('a secret')
    table = paperlit.save(some_papers(source=str(secret)), tmp_path/'papers.parquet')
    rows = tmp_path/'rows.jsonl'
    rows.write_text(''.join(json.dumps(dict(title=f'On elms {i}', source=str(secret), record='L1', key=f'elms{i}', extra={})) + '\n' for i in range(2)))
    opened = []
    sys.addaudithook(lambda event, args: opened.append(os.fsdecode(args[0])) if event == 'open' and isinstance(args[0], (str, bytes)) and str(args[0]).endswith('secret.txt') else None)
    folder = paperlit.write_review(paperlit.load(own, table, rows, progress=False), progress=False).save(tmp_path/'review', formats=SOME, progress=False)
    said = {i['source']: i['sha256'] for i in json.loads((folder/'run.json').read_text())['inputs']}
    assert said[str(secret)] is None and len(said[own.as_posix()]) == 64 and opened == []


@LINKS
def test_a_new_project_is_written_over_no_link(tmp_path, capsys):
    for name in ('review.ipynb', 'templates/review.md'):
        (project := tmp_path/name.replace('/', '-')/'project').mkdir(parents=True)
        (project/name).parent.mkdir(exist_ok=True)
        (project/name).symlink_to(tmp_path/'made')
        cli.main(['new', str(project), '--templates'])
        assert not (tmp_path/'made').exists()


# Saved tables

def column(name, value): return lambda t: t.assign(**{name: [value] * len(t)})


def index(*keys): return lambda t: t.set_axis(pd.Index(keys, name='key'))


TABLES = {'extra is no JSON': column('extra', '{'), 'extra is a list': column('extra', '[1]'), 'extra is nothing': column('extra', None), 'extra is nested deep': column('extra', '[' * 100_000), 'authors are numbers': column('authors', [1, 2]), 'authors are a text': column('authors', 'Roe'),
          'authors are nothing': column('authors', None), 'authors are objects': column('authors', [dict(a=1)]), 'a year that is a word': column('year', 'x'), 'a year of a thousand million million': column('year', 10**15), 'a year before all': column('year', -10**9), 'titles of bytes': column('title', b'\xff'),
          'urls are numbers': column('urls', [5]), 'a kind that is markup': column('kind', '<script>'), 'no kind': column('kind', None), 'citations that are a word': column('citations', 'x'), 'a key that is a link': index('a](javascript:alert(1))', 'b', 'c'), 'keys are numbers': index(1, 2, 3), 'no key': index(None, 'a', 'b'), 'a key twice': index('a', 'a', 'b'),
          'a key that is a command': index('a\x1b[2J', 'b', 'c')}
LEDGERS = {'is a text': 'abc', 'is numbers': [1, 2], 'lacks columns': [dict(a=1)], 'is nothing': None, 'has another action': [dict(source='x', record='L1', key='q', action='<script>', into=None, reason=None)], 'has lists': [dict(source=1, record={}, key=['x'], action='kept', into=None, reason=None)], 'is an object': dict(a=1)}


@pytest.mark.parametrize('what', [*TABLES, *(f'the ledger {n}' for n in LEDGERS)])
def test_a_table_that_a_stranger_saved(tmp_path, what):
    table = pd.read_parquet(paperlit.save(some_papers(), tmp_path/'papers.parquet'))
    table = TABLES.get(what, lambda t: t)(table)
    table.attrs = dict(ledger=LEDGERS[what.removeprefix('the ledger ')]) if what not in TABLES else {}
    table.to_parquet(tmp_path/'papers.parquet')
    papers = paperlit.load(tmp_path/'papers.parquet', progress=False)
    rows = paperlit.ledger(paperlit.dedupe(papers))
    view(papers)._repr_html_(), paperlit.search(papers, 'oaks'), paperlit.brief(papers, papers.index[0])
    for suffix in ('.bib', '.ris', '.csv', '.jsonl', '.xlsx', '.parquet'): paperlit.save(papers, tmp_path/f'again{suffix}')
    said = paperlit.write_review(papers, progress=False).markdown
    assert len(papers) == 3 and set(rows['action']) <= {'kept', 'merged', 'rejected', 'excluded'} and set(papers['kind']) <= set(KINDS) and '<script>' not in said
    assert papers['year'].dropna().between(1, 9999).all()


def test_a_table_of_ones_own_comes_back_as_it_was(tmp_path):
    papers = paperlit.exclude(some_papers(), [True, False, False], 'too short')
    back = paperlit.load(paperlit.save(papers, tmp_path/'papers.parquet'), progress=False)
    assert list(back.index) == list(papers.index) and paperlit.ledger(back).sort_values('key').reset_index(drop=True).equals(paperlit.ledger(papers).sort_values('key').reset_index(drop=True))


# Saved topics

@pytest.fixture(scope='module')
def topics(tmp_path_factory):
    texts = [f'{w} {v} by the river' for w in ('Old trees', 'Young birds', 'Long boats') for v in ('grow', 'rest', 'move', 'turn')]
    return paperlit.fit_topics(papers_table([dict(title=t) for t in texts]), n_topics=2, progress=False).save(tmp_path_factory.mktemp('saved')/'topics')


SAID = {'a list': lambda a: [1], 'nothing': lambda a: {}, 'labels in a list': lambda a: a | dict(labels=[1]), 'labels of other topics': lambda a: a | dict(labels={'77': 'x'}), 'labels of words': lambda a: a | dict(labels={'x': 'y'}), 'labels that are lists': lambda a: a | dict(labels={'0': ['a'], '1': 'b'}),
        'a seed that is a word': lambda a: a | dict(seed='x'), 'a seed below nothing': lambda a: a | dict(seed=-1), 'no seed': lambda a: a | dict(seed=None), 'no embedder': lambda a: {k: v for k, v in a.items() if k != 'embedder'}}
HELD = {'no text': lambda t: t.drop(columns='text'), 'no topic': lambda t: t.drop(columns='topic'), 'topics that are words': lambda t: t.assign(topic='x'), 'topics without end': lambda t: t.assign(topic=2**62), 'texts that are numbers': lambda t: t.assign(text=5), 'too few papers': lambda t: t.iloc[:3], 'a key twice': lambda t: pd.concat([t.iloc[:6]] * 2)}
VECTORS = {'no numbers': lambda v: v * np.nan, 'no columns': lambda v: v.iloc[:, :0], 'endless numbers': lambda v: v * np.inf}
BYTES = {'no JSON': b'{', 'JSON 100,000 deep': b'[' * 100_000, 'no text': b'\xff\xfe\0'}


@pytest.mark.parametrize('name, what', [(n, w) for n, c in (('topics.json', SAID | BYTES), ('papers.parquet', HELD), ('vectors.parquet', VECTORS), ('lacking', dict.fromkeys(['topics.json', 'papers.parquet', 'vectors.parquet']))) for w in c])
def test_topics_that_a_stranger_saved(topics, tmp_path, name, what):
    folder = shutil.copytree(topics, tmp_path/'topics')
    if name == 'lacking': (folder/what).unlink(); (folder/what).symlink_to('/dev/zero') if sys.platform != 'win32' else None
    elif what in BYTES: (folder/name).write_bytes(BYTES[what])
    elif name == 'topics.json': (folder/name).write_text(json.dumps(SAID[what](json.loads((folder/name).read_text()))))
    else: (HELD | VECTORS)[what](pd.read_parquet(folder/name)).to_parquet(folder/name)
    with pytest.raises(ValueError, match='holds no sound topics|holds no saved topics') as e: paperlit.Topics.load(folder)
    assert '\n' not in str(e.value) and len(str(e.value)) < 600


@pytest.mark.parametrize('table', [None, b'PAR1xxxx', pd.DataFrame(dict(a=[1])), pd.DataFrame(dict(topic=[0], words=[5], exemplars=[['a']]))])
def test_topics_of_a_large_corpus_that_a_stranger_saved(tmp_path, table):
    if isinstance(table, bytes): (tmp_path/'topics.parquet').write_bytes(table)
    elif table is not None: table.to_parquet(tmp_path/'topics.parquet')
    with pytest.raises(ValueError, match='are damaged|holds no topics'): LargeTopics(tmp_path)


# Notebooks

def chunk(name, data): return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))


def png(width, height, *chunks): return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)) + b''.join(chunks) + chunk(b'IDAT', zlib.compress(b'\0' * 10)) + chunk(b'IEND', b'')


PICTURES = {'small': png(3, 3), 'ten thousand million dots': png(10**5, 10**5), 'as many as can be said': png(2**31 - 1, 2**31 - 1), 'no dot': png(0, 0), 'no height': png(5, 0), 'no dots in an inch': png(3, 3, chunk(b'pHYs', struct.pack('>IIB', 0, 0, 1))),
            'four thousand million dots in an inch': png(3, 3, chunk(b'pHYs', struct.pack('>IIB', 1, 2**32 - 1, 1))), 'a line': png(60_000, 1), 'words that swell': png(3, 3, chunk(b'zTXt', b'a\0\0' + zlib.compress(b'x' * (70 << 20)))), 'cut off': png(3, 3)[:40]}
ODD = [None, 5, -1, 10**400, 1.5, True, '', 'x', [], [[]], {}, [None], {'a': 1}, '\ud800', ['a', 5], [{'a': [1]}], '<script>alert(1)</script>', '![x](http://attacker.invalid/a.png)', '# a\n## References\n[@nobody] “x” [@a]', '|a|\n|-|\n|b|', '- ' * 300, '> ' * 500, '*' * 5000, '```\n',
       '![a](figures/flow.png)\n\n*Figure 9999999999999999999999. x*', '- - - a\n  - b\n\n    # c', '- ```\n  x', '- > a\n- | b |', '-\n-\n', '[](x) ![]()', '1. a\n\n   | b | c |\n   |--|--|\n']


def places(value, place=()):
    if place: yield place
    for k in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else (): yield from places(value[k], (*place, k))


def changed(notebook, rng):
    "A notebook with an odd value in some of its places, and often an odd cell"
    made = copy.deepcopy(notebook)
    for _ in range(rng.randint(1, 3)):
        *way, last = rng.choice([*places(made)])
        at = made
        for k in way: at = at[k]
        if rng.random() < .8: at[last] = rng.choice(ODD)
        elif isinstance(at, dict): del at[last]
    if isinstance(made.get('cells'), list) and rng.random() < .5:
        made['cells'].append(dict(cell_type=rng.choice(['markdown', 'code', 'raw']), id=rng.choice(['a', '', 'x/../y', 'é' * 30]), metadata={}, source=rng.choice(ODD), attachments=rng.choice([None, {'a': {'image/png': 'x'}}, [1], 'x']), outputs=rng.choice([None, [dict(data={'text/markdown': rng.choice(ODD)})], 'x'])))
    return json.dumps(made).encode()


def remade(review, data):
    "The documents of a review over which somebody's notebook lay"
    new = edited(review.title, review.sections, merged := merge(review.notebook, read_notebook(data)))
    text = to_markdown(new.title, new.sections, review.tables)
    return text, json.dumps(merged, ensure_ascii=False).encode(), to_html(text, review.papers, new.images), to_docx(text, review.papers, new.images, 'T')


@pytest.fixture(scope='module')
def notebook(review, tmp_path_factory):
    import matplotlib.pyplot as plt
    book = json.loads((review.save(tmp_path_factory.mktemp('book')/'review', formats=['ipynb'], progress=False)/'review.ipynb').read_text('utf-8'))
    type(review).notebook, old = property(lambda self, made=review.notebook: copy.deepcopy(made)), type(review).notebook # It is drawn once
    yield book
    type(review).notebook = old
    plt.close('all')


@pytest.mark.parametrize('what', PICTURES)
def test_a_picture_in_a_strangers_notebook(review, notebook, what):
    book = copy.deepcopy(notebook)
    data = {'image/png': base64.b64encode(PICTURES[what]).decode()}
    book['cells'].insert(3, dict(cell_type='code', id='mine', metadata={}, source='x', execution_count=1, outputs=[dict(output_type='display_data', data=data, metadata={})]))
    for c in book['cells']:
        if c['metadata'].get('paperlit', {}).get('cell') == 'figure-flow': c['source'], c['outputs'] = 'x', [dict(output_type='display_data', data=data, metadata={})]
    text, *_ = remade(review, json.dumps(book).encode())
    assert 'On oaks' in text


def test_an_odd_notebook_costs_a_sentence(review, notebook):
    rng, read = random.Random(20), 0
    for _ in range(60):
        data = changed(notebook, rng)
        try: remade(review, data); read += 1
        except ValueError as e: assert type(e) is ValueError and '\n' not in str(e), e
    assert 15 < read < 60


def test_a_picture_of_the_web_in_a_strangers_notebook_is_not_asked_for(review, notebook):
    book = copy.deepcopy(notebook)
    book['cells'].insert(3, dict(cell_type='markdown', id='mine', metadata={}, source='![seen](http://attacker.invalid/a.png) <img src="http://attacker.invalid/b.png">'))
    _, _, page, _ = remade(review, json.dumps(book).encode())
    assert 'src="http' not in page and 'seen' in page


# Messages

ODD_NAME = 'a\x1b]0;owned\x07\x9b2J\u202e\nb.ris'


@pytest.mark.skipif(sys.platform == 'win32', reason='no such names there')
def test_no_name_commands_a_terminal(tmp_path, capsys):
    (folder := tmp_path/'papers').mkdir()
    (folder/ODD_NAME).write_text('nothing'); (folder/'good.ris').write_text('TY  - JOUR\nTI  - On \x1b[2J\x9b2J\u202e oaks\nAU  - Roe \x1b]8;;http://attacker.invalid\x07, Ann\nID  - k\x1b[1m\nER  - \n')
    with pytest.raises(SourceError) as e: paperlit.load(folder/ODD_NAME, progress=False)
    with warnings.catch_warnings(record=True) as told: warnings.simplefilter('always'); papers = paperlit.load(folder, progress=False)
    out = str(e.value) + ''.join(str(w.message) for w in told)
    for command in (['load', str(folder), '--out', str(tmp_path/'o.csv'), '--ledger', str(tmp_path/'l.csv')], ['search', str(folder), '--query', 'oaks'], ['brief', str(folder), '--key', papers.index[0]], ['load', str(folder/ODD_NAME), '--out', str(tmp_path/'o.csv')], ['review', str(folder), '--out', str(tmp_path/'r')]): cli.main(command)
    printed = capsys.readouterr()
    assert told and 'b.ris' in out and not [c for c in out + printed.out + printed.err if c in '\x1b\x07\x9b\u202e'] and '\n' not in out
    assert not [line for line in printed.err.splitlines() if not line.startswith('paperlit: ')]
