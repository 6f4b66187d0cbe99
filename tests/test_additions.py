"What a user does to a review's notebook survives the next review: text and code of their own, changes, deletions, another order, pictures; and nothing is lost when it does not"
import base64
import io
import json
import re
import warnings

import nbformat
import pytest
from docx import Document
from PIL import Image

import paperlit
from paperlit.backups import amount_said, backups
from paperlit.core import Notice, papers_table

SAID = 'Trees that stand {1} are hard to weigh. We introduce {0}Scale, a scale that counts the rings of trees {1}. On OakBench, {0}Scale outperforms a tape measure by {2}.5% in accuracy.'
PLACES = [('Rock', 'on rocks'), ('Sand', 'on sand'), ('Moor', 'in a moor'), ('City', 'beside a street'), ('Hill', 'on a hill'), ('Lake', 'by a lake'), ('Park', 'in a park')]


def review(n=6, **kwargs):
    papers = papers_table([dict(title=f'{name}Scale: weighing trees {where}', abstract=SAID.format(name, where, i + 2), authors=['Roe, Ann'], year=2001 + i, source='trees.txt', record=f'L{i+1}')
                           for i, (name, where) in enumerate(PLACES[:n])])
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        return paperlit.write_review(papers, title='On trees', progress=False, **kwargs)


def png(colour='#0072B2'):
    Image.new('RGB', (40, 20), colour).save(out := io.BytesIO(), 'PNG')
    return base64.b64encode(out.getvalue()).decode()


def markdown(source, id='mine', **more): return dict(cell_type='markdown', id=id, metadata={}, source=source) | more
def code(source, outputs=(), id='my-code'): return dict(cell_type='code', id=id, metadata={'tags': ['keep']}, execution_count=7, outputs=list(outputs), source=source)
def shown(**data): return dict(output_type='display_data', metadata={}, data={k.replace('_', '/'): v for k, v in data.items()})


class Book:
    "The notebook of a review folder, to be edited as JupyterLab would"
    def __init__(self, folder): self.path, self.made = folder/'review.ipynb', json.loads((folder/'review.ipynb').read_text('utf-8'))
    @property
    def cells(self): return self.made['cells']
    def __getitem__(self, id): return next(c for c in self.cells if c['id'] == id)
    def at(self, id): return self.cells.index(self[id])
    def after(self, id, *cells): self.cells[self.at(id) + 1:self.at(id) + 1] = cells
    def names(self): return [c['id'] for c in self.cells]
    def write(self):
        self.path.write_text(json.dumps(self.made, ensure_ascii=False), 'utf-8')
        return self


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    "Figures that cost nothing: what is tried here is the notebook"
    from contextlib import contextmanager
    from paperlit import pictures, review as module
    dot = base64.b64decode(png('#009E73'))
    for place in (pictures, module):
        monkeypatch.setattr(place, 'picture', lambda ax, dpi, kind='png': dot)
        monkeypatch.setattr(place, 'smaller', lambda data, share: data)
        monkeypatch.setattr(place, 'drawn', contextmanager(lambda plot, table: (None for _ in '1')))


@pytest.fixture(scope='module')
def six(): return review(6)


@pytest.fixture(scope='module')
def seven(): return review(7)


@pytest.fixture
def folder(six, tmp_path): return six.save(tmp_path/'review', formats=['ipynb', 'md'])


def documents(folder):
    "The words of the review in each of its forms"
    words = lambda text: ' '.join(text.split())
    page = re.sub(r'<[^>]+>', ' ', (folder/'review.html').read_text('utf-8').split('<main>')[1])
    return dict(md=words((folder/'review.md').read_text('utf-8')), html=words(page), docx=words(' '.join(p.text for p in Document(folder/'review.docx').paragraphs)))


def test_a_review_that_nobody_touched_is_written_anew(folder, six):
    before = (folder/'review.ipynb').read_bytes()
    six.save(folder)
    assert (folder/'review.ipynb').read_bytes() == before and not (folder/'backups').exists()
    assert (folder/'review.md').read_text('utf-8') == six.markdown


def test_running_the_notebook_is_no_edit(folder, six):
    book = Book(folder)
    for c in book.cells: c['metadata']['jupyter'] = {'source_hidden': False}; c.get('outputs') and c.update(outputs=[])
    book.write()
    six.save(folder)
    assert not (folder/'backups').exists() and Book(folder)['show-read']['outputs']


def test_text_of_ones_own_stays_with_new_papers_and_comes_into_every_document(folder, seven):
    book = Book(folder)
    book.after('show-topics', markdown('### My view\n\nScales for *moors* are overdue [@roe2001rockscale].\n\n<script>alert(1)</script>'))
    book.after('title', markdown('This review was written for the foresters.', 'preface'))
    book.write()
    seven.save(folder)
    new = Book(folder)
    assert new.names().index('mine') == new.names().index('show-topics') + 1 and new.names()[1] == 'preface'
    for kind, text in documents(folder).items():
        assert text.count('are overdue') == 1 and text.index('7 records were read') > text.index('for the foresters') and text.index('My view') > text.index('The topics'), kind
    assert '<script>alert(1)' not in (folder/'review.html').read_text('utf-8')
    assert '7 papers' in (folder/'review.md').read_text('utf-8') or '7 records' in (folder/'review.md').read_text('utf-8')
    assert seven.verify((folder/'review.md').read_text('utf-8')).empty
    nbformat.validate(nbformat.read(folder/'review.ipynb', 4))
    seven.save(folder)
    assert Book(folder).made == new.made


def test_code_of_ones_own_stays_with_its_outputs_and_its_pictures_come_into_the_documents(folder, six):
    book = Book(folder)
    mine = code('my_plot()', [shown(image_png=png(), text_plain='<Figure>'), shown(text_markdown='*42* oaks'), shown(text_html='<b>no</b>', text_plain='no'), shown(image_png='no picture')])
    book.after('figure-years', mine)
    book.write()
    six.save(folder)
    assert Book(folder)['my-code'] == mine
    text, page = (folder/'review.md').read_text('utf-8'), (folder/'review.html').read_text('utf-8')
    picture, = re.findall(r'\]\((figures/own-[^)]*)\)', text)
    assert Image.open(folder/picture).size == (40, 20) and base64.b64encode((folder/picture).read_bytes()).decode() in page and '<b>no</b>' not in page
    assert '42' in text and len(Document(folder/'review.docx').inline_shapes) == len(six.tables) + 1
    del book.cells[book.at('my-code')]
    book.write()
    six.save(folder)
    assert not list((folder/'figures').glob('own-*')) and 'figures/own' not in (folder/'review.md').read_text('utf-8')


def test_a_picture_pasted_into_a_text_comes_along(folder, six):
    book = Book(folder)
    book.after('show-read', markdown('![An old elm](attachment:elm.png)', attachments={'elm.png': {'image/png': png()}}))
    book.write()
    six.save(folder)
    assert '![An old elm](figures/own-mine-0.png)' in (folder/'review.md').read_text('utf-8') and 'attachments' in Book(folder)['mine']


def test_changed_text_wins_and_is_marked(folder, seven):
    book = Book(folder)
    book['section-read']['source'] = '## Sources\n\nWe asked three libraries.'
    book['title']['source'] = '# Weighing trees in the field\n\nFor my thesis.\n\n' + book['title']['source'].split('\n\n', 1)[1]
    book.write()
    seven.save(folder)
    new = Book(folder)
    assert new['section-read']['source'] == '## Sources\n\nWe asked three libraries.' and new['section-read']['metadata']['paperlit']['changed'] is True
    for kind, text in documents(folder).items():
        assert 'We asked three libraries.' in text and 'What was read' not in text and 'Weighing trees in the field' in text and 'For my thesis.' in text and 'makes the review again' not in text, kind
    assert '<title>Weighing trees in the field</title>' in (folder/'review.html').read_text('utf-8')
    seven.save(folder)
    assert Book(folder).made == new.made


def test_a_heading_of_the_references_may_change(folder, six):
    book = Book(folder)
    book['section-references']['source'] = '## Bibliography'
    book.write()
    six.save(folder)
    page = (folder/'review.html').read_text('utf-8')
    anchors = set(re.findall(r'\bid="([^"]+)"', page))
    assert '>Bibliography</h2>' in page and not [a for a in re.findall(r'href="#([^"]+)"', page) if a not in anchors]
    links = re.findall(r'w:anchor="(ref_\d+)"', Document(folder/'review.docx').element.xml)
    marks = re.findall(r'w:name="(ref_\d+)"', Document(folder/'review.docx').element.xml)
    assert links and set(links) <= set(marks) and len(marks) == 6


def test_a_changed_figure_shows_the_users_picture(folder, six):
    book = Book(folder)
    book['figure-years'].update(source='plot_years(year_table(papers)).set_title("Mine");', outputs=[shown(image_png=png('#D55E00'))])
    book.write()
    six.save(folder)
    assert Book(folder)['figure-years']['source'].endswith('("Mine");') and png('#D55E00') in (folder/'review.html').read_text('utf-8')


def test_an_emptied_cell_is_paperlits_again(folder, six):
    book = Book(folder)
    before = book['section-read']['source']
    book['section-read']['source'] = '## Mine'
    book.write(); six.save(folder)
    book = Book(folder)
    book['section-read']['source'] = ' \n'
    book.write(); six.save(folder)
    assert Book(folder)['section-read']['source'] == before and 'changed' not in Book(folder)['section-read']['metadata']['paperlit']


def test_what_was_deleted_stays_away_and_what_is_new_comes(folder, six, seven):
    book = Book(folder)
    for id in ('section-tldr', 'show-tldr'): del book.cells[book.at(id)]
    book.write()
    for made in (six, seven, six):
        made.save(folder)
        assert not {'section-tldr', 'show-tldr'} & set(Book(folder).names())
        for kind, text in documents(folder).items(): assert 'Every paper in one line' not in text and 'References' in text, kind
    page = (folder/'review.html').read_text('utf-8')
    anchors = set(re.findall(r'\bid="([^"]+)"', page))
    assert not [a for a in re.findall(r'href="#([^"]+)"', page) if a not in anchors]


def test_deleting_the_references_leaves_no_dead_link(folder, six):
    book = Book(folder)
    for id in ('section-references', 'show-references'): del book.cells[book.at(id)]
    book.write(); six.save(folder)
    page = (folder/'review.html').read_text('utf-8')
    anchors = set(re.findall(r'\bid="([^"]+)"', page))
    assert '>References</h2>' not in page and not [a for a in re.findall(r'href="#([^"]+)"', page) if a not in anchors]


def test_sections_that_come_later_find_their_place(tmp_path, six):
    folder = review(3).save(tmp_path/'review', formats=['ipynb', 'md'])
    assert 'section-topics' not in Book(folder).names()
    book = Book(folder)
    book.after('figure-years', markdown('Mine, after the years.'))
    book.write(); six.save(folder)
    names = Book(folder).names()
    assert [n for n in names if n != 'mine'] == [c['id'] for c in six.notebook['cells']] and names[names.index('mine') - 1] in ('figure-years', 'figure-network')
    review(3).save(folder)
    assert 'section-topics' not in Book(folder).names() and 'mine' in Book(folder).names()


def test_cells_in_another_order_stay_in_it(folder, seven):
    book = Book(folder)
    moved = [book.cells.pop(book.at(id)) for id in ('section-gaps', 'show-gaps')]
    book.after('figure-flow', *moved)
    book.write(); seven.save(folder)
    names = Book(folder).names()
    assert names.index('section-gaps') == names.index('figure-flow') + 1
    for kind, text in documents(folder).items(): assert text.index('Disagreements and gaps') < text.index('Most alike') if 'Most alike' in text else True, kind
    text = (folder/'review.md').read_text('utf-8')
    assert text.index('## Disagreements') < text.index('## The topics')


def test_a_copy_of_a_cell_is_the_users(folder, six):
    book = Book(folder)
    copy = json.loads(json.dumps(book['section-read'])) | dict(id='copied', source='## What was read, once more')
    book.after('section-read', copy)
    book.write(); six.save(folder)
    new = Book(folder)
    assert new['section-read']['source'] == '## What was read' and new['copied']['source'] == copy['source'] and 'paperlit' not in new['copied']['metadata']


def test_all_deleted_is_all_anew(folder, six):
    book = Book(folder)
    book.made['cells'] = [markdown('Only this.')]
    book.write(); six.save(folder)
    assert {c['id'] for c in six.notebook['cells']} | {'mine'} == set(Book(folder).names())


DAMAGED = {'cut off': b'{"cells": [{"cell_type": "markdown", "source": "My words', 'nothing': b'', 'a list': b'[]', 'not UTF-8': b'\xff\xfe\x00', 'nested': b'[' * 100_000, 'old': b'{"nbformat": 3, "worksheets": []}',
           'no mark': b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', 'odd cells': b'{"nbformat": 4, "metadata": {"paperlit": 1}, "cells": [{"cell_type": "poem"}]}'}


@pytest.mark.parametrize('what', DAMAGED)
def test_a_damaged_notebook_is_kept_aside_and_told(what, folder, six):
    (folder/'review.ipynb').write_bytes(DAMAGED[what])
    with pytest.warns(Notice, match='could not be kept in the new review'): six.save(folder, formats=['ipynb', 'md'])
    assert [p.read_bytes() for p in backups(folder/'backups').values()] == [DAMAGED[what]]
    assert set(Book(folder).names()) == {c['id'] for c in six.notebook['cells']}


@pytest.mark.parametrize('mark', [dict(cell=['x'], hash={}), 'x', None, dict(cell='section-read'), dict(cell={}, hash=1)])
def test_odd_marks_do_no_harm(mark, folder, six):
    book = Book(folder)
    book['section-read']['metadata'] = {'paperlit': mark}
    book['show-read']['metadata'] = mark
    book.made['metadata']['paperlit'] = dict(cells=[1, None, 'section-read'], deleted='x')
    book.write(); six.save(folder, formats=['ipynb', 'md'])
    assert 'section-topics' in Book(folder).names()
    nbformat.validate(nbformat.read(folder/'review.ipynb', 4))


def test_each_changed_notebook_is_copied_before_it_is_written_over(folder, six):
    for n in range(13):
        book = Book(folder)
        if n == 0: book.after('title', *(markdown(f'Word {i}', f'w{i}') for i in range(9)))
        elif n == 1: book.made['cells'] = [c for c in book.cells if not c['id'].startswith('w')]; book.after('title', markdown('Only 1'))
        else: book['mine']['source'] = f'Only {n}'
        book.write()
        said = book.path.read_bytes()
        six.save(folder, formats=['ipynb', 'md'])
        assert list(backups(folder/'backups').values())[-1].read_bytes() == said
    counts = [amount_said(p.read_bytes()) for p in backups(folder/'backups').values()]
    assert len(counts) == 11 and counts[0] == max(counts) > counts[1]


def test_a_copy_that_was_not_written_whole_stops_the_review(folder, six, monkeypatch):
    from pathlib import Path
    book = Book(folder)
    book.after('title', markdown('Mine'))
    book.write()
    before, write = {p: p.read_bytes() for p in folder.rglob('*') if p.is_file()}, Path.write_bytes
    monkeypatch.setattr(Path, 'write_bytes', lambda self, data: write(self, data[:50] if self.parent.name == 'backups' else data))
    with pytest.raises(OSError, match='is not the notebook'): six.save(folder)
    assert {p: p.read_bytes() for p in folder.rglob('*') if p.is_file()} == before
