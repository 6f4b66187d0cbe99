"The review folder holds its promises: every line in its source, every record accounted for, the same bytes twice, nothing half-written"
import ast
import copy
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from io import StringIO

import nbformat
import pandas as pd
import pytest
from markdown_it import MarkdownIt

import paperlit
from paperlit.markdown import unguarded
from paperlit.notebooks import INTRO
from paperlit.sources import demo_corpus

FEW = ['flow', 'map', 'results', 'timeline', 'topics', 'trends', 'years']
FIGURES = sorted([*FEW, 'network', 'similarity'])


def start(*arguments, hash_seed='0'):
    "The installed command as a fresh process"
    command = shutil.which('paperlit', path=os.path.dirname(sys.executable))
    return subprocess.Popen([command, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding='utf-8',
                            env=os.environ | {'PYTHONHASHSEED': hash_seed})


def bytes_of(folder): return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob('*')) if p.is_file()}


@pytest.fixture(scope='session')
def folders(tmp_path_factory):
    "Two review folders of the demo corpus, written by two processes that hash strings differently"
    made = [tmp_path_factory.mktemp(f'demo{seed}')/'review' for seed in '12']
    runs = [start('demo', '--out', folder, hash_seed=seed) for folder, seed in zip(made, '12')]
    for run in runs:
        said, complaints = run.communicate()
        assert (run.returncode, complaints) == (0, ''), complaints
        assert said.startswith('67 records read: 64 kept, 2 merged, 1 rejected. The review lies in ')
    return made


@pytest.fixture(scope='session')
def folder(folders): return folders[0]


@pytest.fixture(scope='session')
def markdown(folder): return (folder/'review.md').read_text('utf-8')


@pytest.fixture(scope='session')
def papers(folder): return paperlit.load(folder/'papers.parquet', progress=False)


@pytest.fixture(scope='session')
def review(papers): return paperlit.write_review(papers, progress=False)


def blocks(markdown):
    "The words of each paragraph, heading, list item and cell, as markdown-it shows them"
    for token in MarkdownIt('commonmark').enable('table').parse(markdown):
        if token.type == 'inline': yield ''.join('\n' if t.type in ('softbreak', 'hardbreak') else t.content for t in token.children)


def quotations(markdown):
    "Pairs of a key and what is quoted before it"
    for block in blocks(markdown):
        at = 0
        for cited in re.finditer(r'\[@([^\]]+)\]', block):
            before, at = block[at:cited.start()], cited.end()
            if before.endswith('” '): yield cited[1], before[before.index('“')+1:-2]


def test_reader_of_quotations_reads():
    text = '- **Oak \\| Elm**: “We say “so” at 5 \\* 3\\<x.” [@a]\n\n| a | b |\n| --- | --- |\n| “c \\| d” [@b] | “e” [@f; @g] |\n\nNo “quotation” here: [@h].'
    assert list(quotations(text)) == [('a', 'We say “so” at 5 * 3<x.'), ('b', 'c | d'), ('f; @g', 'e')]


def test_every_quotation_stands_letter_for_letter_in_its_abstract(markdown, papers, review):
    found = list(quotations(markdown))
    assert not [(key, text) for key, text in found if text not in papers.abstract.get(key, '')]
    m = review.material
    for name, table, column in [('lines', m.lines, 'text'), ('tldrs', m.tldrs, 'text'), ('systems', m.systems, 'sentence'), ('results', m.results, 'sentence')]:
        assert len(table) > 20, name
        if name != 'lines': assert set(zip(table['key'], table[column])) <= set(found), name
        else: assert not [(key, line) for key, line in zip(table['key'], table[column]) if not any(k == key and text in line and len(text) > 20 for k, text in found)]


def test_every_citation_names_a_paper(markdown, papers):
    cited = [key for keys in re.findall(r'\[@([^\]]+)\]', markdown) for key in keys.split('; @')]
    assert len(cited) > 200 and set(cited) <= set(papers.index)


def test_every_paper_stands_in_the_references(markdown, papers):
    lines = markdown.split('\n## References\n')[1].split('\n## ')[0].strip().splitlines()
    assert [line.split('**')[1].replace('\\', '') for line in lines] == list(papers.index)


def test_verify_finds_nothing_wrong(review, markdown):
    assert review.verify().empty
    assert review.markdown == markdown
    assert review.verify(markdown).empty


def altered(markdown, old, new):
    assert old in markdown
    return markdown.replace(old, new, 1)


FIRST = re.compile(r'“([^“”]{40,})” \[@([\w.:+-]+)\]')
ALTERED = {
    'a word of a quotation': lambda md: altered(md, FIRST.search(md)[1], re.sub(r' \w+ ', ' nowhere ', FIRST.search(md)[1], count=1)),
    'a number of a quotation': lambda md: altered(md, '87.2 with 0.3M trainable', '88.2 with 0.3M trainable'),
    'the beginning of a quotation': lambda md: altered(md, f'“{FIRST.search(md)[1]}', f'“It is proven that {FIRST.search(md)[1]}'),
    'the paper of a quotation': lambda md: altered(md, f'{FIRST.search(md)[1]}” [@{FIRST.search(md)[2]}]', f'{FIRST.search(md)[1]}” [@mikolovefficient]'),
    'a second paper of a quotation': lambda md: altered(md, f'{FIRST.search(md)[1]}” [@{FIRST.search(md)[2]}]',
                                                        f'{FIRST.search(md)[1]}” [@{FIRST.search(md)[2]}; @mikolovefficient]'),
    'a quotation that nobody wrote': lambda md: md + '\n“Trees weigh nothing at all.” [@mikolovefficient]\n',
    'a quotation beside a true one': lambda md: altered(md, FIRST.search(md)[0], f'“Trees weigh nothing.” [@{FIRST.search(md)[2]}] {FIRST.search(md)[0]}'),
    'a paper that is not there': lambda md: md + '\nTrees have been weighed [@nobody2020trees].\n',
    'a paper that is not there among others': lambda md: re.sub(r'\[@[^\];]+; @', '[@nobody2020trees; @', md, count=1),
    'the number of records': lambda md: altered(md, '67 records were read', '68 records were read'),
    'the number of merged records': lambda md: altered(md, '2 records were merged', '3 records were merged'),
    'the number of topics': lambda md: re.sub(r'\d+ topics were found', '9 topics were found', md, count=1),
    'the size of a topic': lambda md: re.sub(r'\d+ papers, told from the rest', '99 papers, told from the rest', md, count=1),
    'the number of systems': lambda md: re.sub(r'\d+ introduce something by name', '99 introduce something by name', md, count=1),
    'the number of claims': lambda md: re.sub(r'\d+ claims of', '999 claims of', md, count=1),
    'a count of the flow figure': lambda md: altered(md, 'the review: 67 read', 'the review: 76 read'),
    'everything': lambda md: '',
}


@pytest.mark.parametrize('what', ALTERED)
def test_verify_finds_what_is_altered_in_the_text(review, markdown, what):
    text = ALTERED[what](markdown)
    assert text != markdown
    found = review.verify(text)
    assert len(found), what
    assert found.columns.tolist() == ['part', 'key', 'problem'] and found.problem.str.len().min() > 10


def with_tables(review, **tables):
    "The review with other tables under it"
    out = copy.copy(review)
    out.material = review.material._replace(**tables)
    out.papers = out.material.papers
    return out


@pytest.mark.parametrize('name, column', [('systems', 'sentence'), ('results', 'sentence'), ('tldrs', 'text'), ('lines', 'text')])
@pytest.mark.parametrize('what', ['start', 'end', 'text', 'key'])
def test_verify_finds_what_is_altered_in_a_table(review, name, column, what):
    table = getattr(review.material, name).copy()
    at = table.index[len(table)//2]
    if what in ('start', 'end'): table.loc[at, what] += 1
    elif what == 'text': table.loc[at, column] = table.loc[at, column].replace('e', 'a', 1)
    else: table.loc[at, 'key'] = 'nobody2020trees'
    found = with_tables(review, **{name: table}).verify()
    assert len(found) == 1 and found.part[0] == {'tldrs': 'one line', 'lines': 'digest'}.get(name, name)


def test_verify_finds_an_altered_abstract(review):
    other = review.papers.copy()
    key = review.material.tldrs.key[3]
    other.loc[key, 'abstract'] = 'X' + other.loc[key, 'abstract']
    found = with_tables(review, papers=other).verify()
    assert set(found.key) == {key} and len(found) > 1
    other.loc[key, 'abstract'] = 'Trees weigh nothing.'
    assert 'text' in set(with_tables(review, papers=other).verify().part)


def test_verify_finds_an_altered_ledger(review):
    other = review.papers.copy()
    other.attrs['ledger'] = type(other.attrs['ledger'])(row for row in other.attrs['ledger'] if row['action'] != 'rejected')
    assert len(with_tables(review, papers=other).verify())
    other.attrs['ledger'] = type(other.attrs['ledger'])(row | dict(into='nobody2020trees') if row['action'] == 'merged' else row for row in review.papers.attrs['ledger'])
    assert (with_tables(review, papers=other).verify().part == 'ledger').sum() == 2


def test_verify_finds_a_paper_that_went_missing(review):
    key = review.material.tldrs.key[3]
    found = with_tables(review, papers=review.papers.drop(index=key)).verify()
    assert key in set(found.key) and {'text', 'one line'} <= set(found.part)


def test_ledger_adds_up_to_what_the_demo_corpus_says(folder, markdown, root):
    ledger = pd.read_csv(folder/'ledger.csv')
    counts = ledger.action.value_counts()
    assert counts.to_dict() == {'kept': 64, 'merged': 2, 'rejected': 1} and len(ledger) == 67
    said = re.search(r'So (\d+) records are read: (\d+) kept \(.*?\), (\d+) merged, (\d+) rejected', (root/'docs'/'demo-corpus.md').read_text('utf-8'))
    assert [int(n) for n in said.groups()] == [67, 64, 2, 1]
    assert '67 records were read from 6 files: 64 records were kept; 2 records were merged' in markdown
    assert counts['kept'] == len(pd.read_csv(folder/'papers.csv')) and set(ledger[ledger.action == 'kept'].key) == set(pd.read_csv(folder/'papers.csv').key)


def test_planted_duplicates_and_the_broken_record_are_the_ones_that_are_named(folder):
    ledger = pd.read_csv(folder/'ledger.csv')
    ledger['file'] = ledger.source.str.split('/').str[-1]
    merged, broken = ledger[ledger.action == 'merged'], ledger[ledger.action == 'rejected']
    assert set(zip(merged.file, merged.into)) == {('dataset.txt', 'he2016deep'), ('digest.txt', 'hessel2018rainbow')}
    assert merged.set_index('file').reason['dataset.txt'].startswith('same arXiv id 1512.03385') and merged.set_index('file').reason['digest.txt'].startswith('same title')
    assert broken.file.tolist() == ['library.bib'] and broken.reason.str.len().min() > 20
    first, last = map(int, re.fullmatch(r'L(\d+)-L(\d+)', broken.record.iloc[0]).groups())
    assert any('sandler2018mobilenetv2' in line for line in (demo_corpus()/'library.bib').read_text('utf-8').splitlines()[first-1:last])
    into = ledger[(ledger.action == 'kept') & ledger.key.isin(merged.into)].set_index('key').file
    assert into.to_dict() == {'he2016deep': 'library.bib', 'hessel2018rainbow': 'export.ris'}


def test_kinds_are_those_that_the_demo_corpus_says(papers):
    assert papers.kind.replace('book', 'paper').value_counts().to_dict() == {'paper': 60, 'news': 3, 'review': 1}


def test_two_processes_write_the_same_bytes(folders):
    first, second = map(bytes_of, folders)
    assert set(first) == set(second) and {'review.md', 'ledger.csv', 'figures/flow.csv'} <= set(first)
    assert [name for name in first if first[name] != second[name]] == ['run.json']


def test_runs_differ_in_their_seconds_only(folders):
    first, second = (json.loads((folder/'run.json').read_text('utf-8')) for folder in folders)
    assert first.pop('seconds').keys() == second.pop('seconds').keys() and first == second
    assert len(first['inputs']) == 6 and all(len(i['sha256']) == 64 for i in first['inputs']) and first['seed'] == 0


def test_no_file_is_opened_because_a_table_names_it(folder, tmp_path):
    "A table of a stranger may name any file as its source: only what this process was given to read is hashed"
    (secret := tmp_path/'secret.txt').write_text('nobody knows')
    strange = paperlit.load(folder/'papers.parquet', progress=False).head(6).assign(source=str(secret))
    strange.attrs['ledger'] = [dict(r, source=str(secret)) for r in strange.attrs['ledger'] if r['key'] in strange.index]
    paperlit.write_review(strange, progress=False).save(tmp_path/'out', formats=['md'])
    assert json.loads((tmp_path/'out'/'run.json').read_text('utf-8'))['inputs'] == [dict(source=str(secret), sha256=None)]


def test_hashes_of_an_earlier_session_stay(folder, tmp_path):
    "The notebook makes the review again from `papers.parquet` alone, in a process that read no source"
    shutil.copytree(folder, tmp_path/'review')
    code = 'from paperlit import load, write_review; write_review(load("papers.parquet", progress=False).head(6), progress=False).save(".", formats=["md"])'
    subprocess.run([sys.executable, '-c', code], cwd=tmp_path/'review', check=True)
    before, after = ({i['source']: i['sha256'] for i in json.loads((at/'run.json').read_text('utf-8'))['inputs']} for at in (folder, tmp_path/'review'))
    assert after.items() <= before.items() and all(after.values())


@pytest.mark.parametrize('name', FIGURES)
def test_figure_has_its_table_caption_and_alternative_text(folder, markdown, name):
    png, svg = (folder/'figures'/f'{name}.png').read_bytes(), (folder/'figures'/f'{name}.svg').read_text('utf-8')
    assert png.startswith(b'\x89PNG') and len(png) > 5000 and '<svg' in svg and '<text' in svg and '<script' not in svg
    assert len(pd.read_csv(folder/'figures'/f'{name}.csv'))
    said = re.fullmatch(r'Caption: (.{20,})\n\nAlternative text: (.{40,})\n', (folder/'figures'/f'{name}.txt').read_text('utf-8'))
    shown = list(blocks(markdown))
    at = shown.index(said[2])
    assert re.fullmatch(r'Figure \d\. ' + re.escape(said[1]), shown[at+1])
    assert f'](figures/{name}.png)' in markdown


def test_all_figures_are_named(folder): assert sorted({p.stem for p in (folder/'figures').iterdir()}) == FIGURES


def test_bibliography_reads_back_with_the_same_keys(folder, papers):
    import bibtexparser
    library = bibtexparser.parse_file(str(folder/'references.bib'), encoding='utf-8')
    assert not library.failed_blocks
    assert [e.key for e in library.entries] == list(papers.index)
    titles = {e.key: e.fields_dict['title'].value for e in library.entries if 'title' in e.fields_dict}
    assert set(titles) == set(papers.index[papers.title.notna()])


def test_topics_of_the_folder_are_those_of_the_review(folder, review):
    topics = paperlit.Topics.load(folder/'topic-model')
    assert topics.papers.topic.equals(review.topics.papers.topic)
    assert pd.read_csv(folder/'topics.csv').label.tolist() == topics.table.label.tolist()
    assert topics.table['size'].sum() == 64


class Page(HTMLParser):
    "Tags with their attributes, and the text that is shown"
    HIDDEN = ('script', 'style', 'title')

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.shown, self.hidden, self.inside = [], [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == 'br': self.shown.append(' ')
        if tag in self.HIDDEN: self.inside = tag

    def handle_endtag(self, tag):
        if tag in self.HIDDEN: self.inside = None

    def handle_data(self, data): (self.hidden if self.inside else self.shown).append(data)

    @property
    def text(self): return ' '.join(''.join(self.shown).split())


TAGS = set('html head meta title style body div nav main header footer section article aside details summary ul ol li a h1 h2 h3 h4 p em strong i b mark br '
           'span figure figcaption img table colgroup col thead tbody tr th td button input label script code small'.split())


def check_page(page, html):
    "A page asks for nothing from outside and runs nothing but paperlit's own script"
    assert {tag for tag, _ in page.tags} <= TAGS
    assert sum(tag == 'script' for tag, _ in page.tags) == html.count('<script') == 1
    for tag, attrs in page.tags:
        assert not [a for a in attrs if a.startswith('on') or a in ('srcset', 'action', 'formaction', 'background', 'ping')], (tag, attrs)
        assert attrs.get('src', 'data:image/png;').startswith('data:image/png;'), (tag, attrs)
        assert tag == 'a' or 'href' not in attrs
        assert re.match('#|https?://|map.html$', attrs.get('href', '#')), attrs
        if tag == 'img': assert len(attrs['alt']) > 10
        if tag == 'script': assert not attrs
    css = ''.join(page.hidden)
    assert 'url(' not in css and '@import' not in css
    policy = next(attrs['content'] for tag, attrs in page.tags if attrs.get('http-equiv', '').lower() == 'content-security-policy')
    assert "default-src 'none'" in policy and 'http' not in policy
    ids = {attrs['id'] for _, attrs in page.tags if 'id' in attrs}
    assert not {attrs['href'][1:] for tag, attrs in page.tags if tag == 'a' and attrs['href'].startswith('#')} - ids


def test_page_asks_for_nothing_and_leads_to_every_source(folder, papers, markdown):
    html = (folder/'review.html').read_text('utf-8')
    page = Page(html)
    check_page(page, html)
    ids = [attrs['id'] for _, attrs in page.tags if 'id' in attrs]
    assert len(ids) == len(set(ids)) and {f'ref-{n}' for n in range(1, len(papers) + 1)} <= set(ids)
    assert sum(tag == 'img' for tag, _ in page.tags) == len(FIGURES)
    marks = [attrs['href'] for tag, attrs in page.tags if tag == 'a' and attrs['href'].startswith('#q-')]
    assert len(marks) == len(list(quotations(markdown)))
    assert not [text for text in papers.abstract.dropna() if ' '.join(text.split()) not in page.text]


def outputs(notebook): return [o.data['text/markdown'] for c in notebook.cells if c.cell_type == 'code' for o in c.outputs if 'text/markdown' in o.get('data', {})]


def test_notebook_runs_again_from_the_papers_alone(folder, tmp_path):
    from nbclient import NotebookClient
    for name in ('review.ipynb', 'papers.parquet'): shutil.copy(folder/name, tmp_path)
    stored = nbformat.read(tmp_path/'review.ipynb', 4)
    nbformat.validate(stored)
    again = copy.deepcopy(stored)
    for cell in again.cells:
        if cell.cell_type == 'code': cell.outputs, cell.execution_count = [], None
    NotebookClient(again, timeout=120, resources={'metadata': {'path': str(tmp_path)}}).execute()
    assert len(outputs(stored)) > 10 and outputs(again) == outputs(stored)
    pictures = [[c.id for c in nb.cells if c.cell_type == 'code' and any('image/png' in o.get('data', {}) for o in c.outputs)] for nb in (stored, again)]
    assert pictures[0] == pictures[1] and len(pictures[0]) == len(FIGURES)
    assert not [o for c in again.cells if c.cell_type == 'code' for o in c.outputs if o.output_type in ('error', 'stream')]
    assert sorted(p.name for p in tmp_path.iterdir()) == ['papers.parquet', 'review.ipynb']


def test_notebook_says_what_the_markdown_says(folder, markdown):
    words = outputs(nbformat.read(folder/'review.ipynb', 4))
    assert not [text for text in words if text not in markdown]
    assert set(quotations('\n\n'.join(words))) == set(quotations(markdown))


WEIGHED = 'We introduce {0}Net, which weighs a tree from one photograph. ' \
          'On OakBench, {0}Net reaches an error of {1}.5%, which is lower than that of a tape measure. Leaves were counted by hand.'


def small(n=3, **fields):
    "A review of a few papers on weighing trees"
    from paperlit.core import papers_table
    names = ['Elm', 'Oak', 'Ash', 'Fir', 'Yew', 'Box', 'Bay']
    records = [dict(title=f'{names[i]}Net: weighing trees', abstract=WEIGHED.format(names[i], i + 2), authors=['Roe, Ann'], year=2001 + i,
                    source='trees.txt', record=f'L{i+1}') | fields for i in range(n)]
    return paperlit.write_review(papers_table(records), progress=False)


@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    "A small review that is saved"
    return small().save(tmp_path_factory.mktemp('small')/'review')


@pytest.fixture
def old(saved, tmp_path):
    "A folder with that review, in a folder of its own"
    return shutil.copytree(saved, tmp_path/'review')


def fail(*_, **__): raise OSError('the disk is full')


@pytest.mark.parametrize('where', ['paperlit.review.to_html', 'paperlit.review.write_bibtex', 'paperlit.pictures.alt_text',
                                   'paperlit.review.make_notebook', 'paperlit.review.Review._run'])
def test_review_that_fails_half_way_leaves_the_old_folder(old, monkeypatch, where):
    before = bytes_of(old)
    monkeypatch.setattr(where, fail)
    with pytest.raises(OSError, match='the disk is full'): small(2).save(old)
    assert bytes_of(old) == before
    assert [p.name for p in old.parent.iterdir()] == ['review']


def test_review_that_cannot_be_moved_in_leaves_the_old_folder(old, monkeypatch):
    from pathlib import Path
    before, replace = bytes_of(old), Path.replace
    def in_the_way(self, target): return fail() if (self.name, target) == ('run.json', old/'run.json') and b'2 records' in self.read_bytes() else replace(self, target)
    monkeypatch.setattr(Path, 'replace', in_the_way)
    with pytest.raises(OSError, match='the disk is full'): small(2).save(old)
    monkeypatch.undo()
    assert bytes_of(old) == before
    assert [p.name for p in old.parent.iterdir()] == ['review']


def test_review_that_fails_in_a_new_place_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr('paperlit.review.to_html', fail)
    with pytest.raises(OSError): small(2).save(tmp_path/'review')
    assert not list(tmp_path.iterdir())


def test_files_of_the_user_survive_and_nothing_old_is_left(saved, tmp_path):
    folder = shutil.copytree(saved, tmp_path/'review')
    for name in ('notes.txt', 'figures/my-photograph.jpg', 'drafts/one.md'):
        (folder/name).parent.mkdir(exist_ok=True)
        (folder/name).write_text('my own')
    (folder/'topic-model').mkdir()
    (folder/'topic-model'/'topics.json').write_text('{}')
    small(2).save(folder)
    for name in ('notes.txt', 'figures/my-photograph.jpg', 'drafts/one.md'): assert (folder/name).read_text() == 'my own'
    assert 'A review of 2 records' in (folder/'review.md').read_text('utf-8')
    assert not (folder/'topic-model').exists(), 'topics of an earlier review'


def test_own_topics_survive_into_the_notebook(papers, tmp_path, monkeypatch):
    papers = papers.head(24)
    topics = paperlit.fit_topics(papers, n_topics=4)
    first, second = topics.table.topic.tolist()[:2]
    topics.merge([first, second])
    label = 'Mine, $x_{1$ | <b>*own*</b>'
    topics.rename({topics.table.topic.iloc[-1]: label})
    own = paperlit.write_review(papers, topics=topics, progress=False)
    own.save(tmp_path, formats=['ipynb'])
    monkeypatch.chdir(tmp_path)
    notebook = nbformat.read('review.ipynb', 4)
    code = [c.source for c in notebook.cells if c.cell_type == 'code']
    assert "topics = Topics.load('topic-model')" in code
    names = {}
    for source in code[:code.index("topics = Topics.load('topic-model')") + 2]: exec(source, names)
    assert names['topics'].table.drop(columns='words').equals(topics.table.drop(columns='words')) and label in names['topics'].table.label.tolist()
    assert names['topics'].papers.topic.equals(topics.papers.topic)
    assert names['review'].markdown == own.markdown and names['review'].verify().empty


EVIL = '<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](https://e.org/y.png) [@nobody] $x$ $\\frac$ `code` a|b **bold** <!-- c --> “odd ” ' \
       '&lt;script&gt;alert(2)&lt;/script&gt; <script>alert(3)</script>'
SAFE = MarkdownIt('commonmark').enable('table')


def evil_records():
    for i, tree in enumerate(['elm', 'oak', 'ash', 'fir', 'yew']):
        yield dict(title=f'{EVIL} On {tree}\n\n## Injected heading\n\n- item', authors=[f'{EVIL}, Ann', 'Roe, <b>Rick</b>'], year=2001 + i,
                   venue=f'{EVIL}\n| --- |\n{tree}', keywords=[EVIL],
                   urls=['javascript:alert(1)', f'https://e.org/{tree}"><img src=x onerror=alert(1)>'], doi='10.1000/"><img src=x onerror=alert(1)>' if i == 1 else None,
                   abstract=f'We introduce {tree.title()}Net, {EVIL}, which weighs\n\n# every {tree}.\n\nOn OakBench, {tree.title()}Net outperforms BarNet by {i+2}.5% in accuracy.'
                            f' However, it remains difficult to lift a tree {EVIL}.')


@pytest.fixture(scope='module')
def evil(tmp_path_factory):
    "A review of records that carry markup wherever they can, read from a file with such a name"
    stream = StringIO('\n'.join([*(json.dumps(r) for r in evil_records()), '{"title": ' + EVIL]))
    stream.name = f'{EVIL}\n# x.jsonl'
    with pytest.warns(paperlit.core.Notice, match='only 5 papers'): made = paperlit.write_review(paperlit.load(stream, progress=False), title=EVIL, progress=False)
    return made, made.save(tmp_path_factory.mktemp('evil')/'review')


def markup(markdown):
    "Kinds of tokens in a Markdown text where raw HTML counts, and where its links lead"
    tokens = [t for token in SAFE.parse(markdown) for t in [token, *(token.children or [])]]
    return {t.type for t in tokens}, [t.attrs.get('href') or t.attrs.get('src') for t in tokens if t.type in ('link_open', 'image')]


def codes(markdown): return [t.content for token in SAFE.parse(markdown) for t in token.children or [] if t.type == 'code_inline']


PLAIN = {*'inline text text_special softbreak image code_inline'.split(),
         *(f'{name}_{end}' for name in 'heading paragraph strong em link bullet_list list_item table thead tbody tr th td'.split() for end in ('open', 'close'))}


def check_markdown(markdown, papers):
    kinds, links = markup(markdown)
    assert kinds <= PLAIN
    assert not [c for c in codes(markdown) if not re.fullmatch(r'[\w.-]+', c)]
    assert not [link for link in links if not re.fullmatch(r'figures/\w+\.png|map\.html|https://doi\.org/[^\s<>"]+|https?://e\.org/[^\s<>"]*|https://arxiv\.org/abs/\S+', link)]
    assert set(re.findall(r'(?<!\\)\[@([^\];]+)', markdown)) <= set(papers.index) and 'nobody' not in papers.index
    assert not re.search(r'(?<!\\)(?:\\\\)*\$', markdown), 'a formula'
    return links


def test_markup_is_seen(): assert {'html_inline', 'code_inline', 'link_open'} <= markup('<b>x</b> `y` <https://e.org>')[0]


def test_strangers_markup_stays_text_in_the_markdown(evil):
    made, folder = evil
    text = (folder/'review.md').read_text('utf-8')
    links = check_markdown(text, made.papers)
    assert len([link for link in links if link.startswith('figures/')]) == len(FEW)
    headings = [b for b in re.findall(r'(?m)^#+ (.*)', text)]
    assert len([h for h in headings if 'Injected' in h]) == 0 and len(headings) < 25
    shown = list(blocks(text))
    assert ' '.join(EVIL.split()) == shown[0]
    assert '1 record was rejected' in text and any(b.endswith('</script> # x.jsonl') or b == 'script> # x.jsonl' for b in shown), 'the name of the file'
    assert sum('<img src=x onerror=alert(1)>' in b for b in shown) > 10
    assert made.verify().empty and not [(key, quote) for key, quote in quotations(text) if ' '.join(quote.split()) not in ' '.join(made.papers.abstract[key].split())]
    assert made.verify(text.replace('We introduce OakNet', 'We introduce BoxNet')).key.nunique() == 1


def test_strangers_markup_stays_text_in_the_page(evil):
    made, folder = evil
    html = (folder/'review.html').read_text('utf-8')
    page = Page(html)
    check_page(page, html)
    assert sum(tag == 'img' for tag, _ in page.tags) == len(FEW)
    assert page.text.count('<img src=x onerror=alert(1)>') > 10 and page.text.count('<script>alert(3)</script>') > 10


def test_strangers_markup_stays_text_in_the_notebook(evil):
    made, folder = evil
    notebook = nbformat.read(folder/'review.ipynb', 4)
    nbformat.validate(notebook)
    words = [c.source.split('\n')[0] for c in notebook.cells if c.cell_type == 'markdown'] + outputs(notebook)
    assert len(words) > 20 and [c.source.split('\n')[1:] for c in notebook.cells if c.id == 'title'] == [['', *INTRO.split('\n')]]
    for text in words: check_markdown(unguarded(text), made.papers)
    assert {kind for c in notebook.cells if c.cell_type == 'code' for o in c.outputs for kind in o.data} == {'text/markdown', 'text/plain', 'image/png'}
    calls = [c.source for start in ('topics = ', 'review = ') for c in notebook.cells if c.source.startswith(start)]
    assert len(calls) == 2 and f'title={EVIL!r}' in calls[1]
    for source in calls: assert len(ast.parse(source).body) == 1


def test_strangers_markup_stays_text_in_the_references(evil):
    import bibtexparser
    made, folder = evil
    library = bibtexparser.parse_file(str(folder/'references.bib'), encoding='utf-8')
    assert not library.failed_blocks and [e.key for e in library.entries] == list(made.papers.index)


def test_keys_of_strangers_cannot_break_out(tmp_path):
    papers = small(2).papers
    papers.index = pd.Index(['"><img src=x onerror=alert(1)>', 'a] [b'], name='key', dtype='object')
    with pytest.raises(ValueError, match='cannot stand in a citation'): paperlit.save(papers, tmp_path/'papers.parquet')
    papers.assign(extra='{}').to_parquet(tmp_path/'papers.parquet')
    with pytest.warns(match='is not as paperlit saved it'): read = paperlit.load(tmp_path/'papers.parquet', progress=False)
    assert len(read) == 2 and all(re.fullmatch(r'[\w.:+-]+', k) for k in read.index) and 'onerror' not in paperlit.write_review(read, progress=False).markdown
