"The Word document: what the Markdown says, in the same order, with captions, alternative texts and links that lead somewhere; the same bytes twice"
import io
import re
import shutil
import subprocess
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree
from PIL import Image

from paperlit.core import papers_table
from paperlit.word import to_docx


def picture(width=200, height=100):
    out = io.BytesIO()
    Image.new('RGB', (width, height), '#0072B2').save(out, 'PNG')
    return out.getvalue()


PAPERS = papers_table([dict(title='Weighing <b>Trees</b> & "Shrubs"', authors=['Roe, Jane'], year=2020, source='a.bib', record='L1', abstract='Trees are heavy.', urls=['https://example.org/?a=1&b="2"']),
                       dict(title='\u202eright to left\u202c 大規模', authors=['Doe, Jim'], year=2021, source='a.bib', record='L2', abstract='Elms\x0b are light.')])
ROE, DOE = PAPERS.index
WORDS = [f'Uncommonly{c}' for c in 'abcdefgh']
MARKDOWN = f'''# Trees \\& more

## What was read

Two records: 1 of kind *paper*, `ledger.csv` tells.[^1]

![Bar chart of 2 papers.](figures/years.png)

*Figure 1. Papers by year.*

![High picture.](figures/high.png)

*Figure 2. A high one.*

### A part

- **Oak**: “Trees are heavy.” [@{ROE}]
- Two said it [@{ROE}; @{DOE}] and [@nobody2020].
    - below

1. first

| Name | In its own words |
| --- | --- |
| **Oak \\| Elm** | “Trees are heavy.” [@{ROE}] |

| {' | '.join(WORDS)} |
|{' --- |' * 8}
| {' | '.join('12345678')} |

<script>alert(1)</script> [link](https://example.org) [bad](javascript:alert)

## References

- **{ROE}** Roe, Jane. <https://example.org/?a=1&b=%222%22>
- **{DOE}** Doe, Jim \x0b.

## Methods

```
code
```

> quoted
'''
IMAGES = {'figures/years.png': picture(), 'figures/high.png': picture(100, 900)}


@pytest.fixture(scope='module')
def made(): return to_docx(MARKDOWN, PAPERS, IMAGES, 'Trees & more')


@pytest.fixture(scope='module')
def document(made): return Document(io.BytesIO(made))


def test_headings_stand_in_their_order(document):
    found = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith(('Title', 'Heading'))]
    assert found == [('Title', 'Trees & more'), ('Heading 1', 'What was read'), ('Heading 2', 'A part'), ('Heading 1', 'References'), ('Heading 1', 'Methods')]


def test_contents_lead_to_the_headings(document):
    entries = [p for p in document.paragraphs if p.style.name.startswith('toc')]
    assert [p.text for p in entries] == ['What was read', 'A part', 'References', 'Methods']
    assert re.search(r'TOC \\o "1-2"', entries[0]._p.xml)


def test_links_lead_somewhere(document):
    body = document.element.body
    marks = [m.get(qn('w:name')) for m in body.iter(qn('w:bookmarkStart'))]
    ids = [m.get(qn('w:id')) for m in body.iter(qn('w:bookmarkStart'))]
    inside = [h.get(qn('w:anchor')) for h in body.iter(qn('w:hyperlink')) if h.get(qn('w:anchor'))]
    outside = [document.part.rels[h.get(qn('r:id'))].target_ref for h in body.iter(qn('w:hyperlink')) if h.get(qn('r:id'))]
    assert len(set(marks)) == len(marks) and len(set(ids)) == len(ids) == len(list(body.iter(qn('w:bookmarkEnd'))))
    assert set(inside) <= set(marks) and {'ref_0', 'ref_1'} <= set(inside)
    assert outside == ['https://example.org', 'https://example.org/?a=1&b=%222%22']
    assert all(re.fullmatch(r'[A-Za-z_]\w{0,39}', m) for m in marks)


def test_citations_read_as_on_the_page(document):
    text = '\n'.join(p.text for p in document.paragraphs)
    assert '“Trees are heavy.” (Roe, 2020 [1])' in text and '(Roe, 2020 [1]; Doe, 2021 [2]) and (nobody2020)' in text
    assert [p.text for p in document.paragraphs if p.style.name == 'Reference'] == ['[1]\tRoe, Jane. https://example.org/?a=1&b="2"', '[2]\tDoe, Jim .']


def test_tables_have_a_head_that_comes_again_and_wide_ones_lie_on_their_side(document):
    first, wide = document.tables
    assert [[c.text for c in row.cells] for row in first.rows] == [['Name', 'In its own words'], ['Oak | Elm', '“Trees are heavy.” (Roe, 2020 [1])']]
    assert [c.text for c in wide.rows[1].cells] == list('12345678')
    assert all(t.rows[0]._tr.xpath('./w:trPr/w:tblHeader') and not t.rows[1]._tr.xpath('./w:trPr/w:tblHeader') for t in document.tables)
    assert [s.page_width > s.page_height for s in document.sections] == [False, True, False]
    for table, section in ((first, document.sections[0]), (wide, document.sections[1])):
        assert sum(int(g.get(qn('w:w'))) for g in table._tbl.tblGrid) * 635 <= section.page_width - section.left_margin - section.right_margin + 5000


def test_pictures_have_alternative_texts_and_fit(document):
    shapes = document.inline_shapes
    assert [s._inline.docPr.get('descr') for s in shapes] == ['Bar chart of 2 papers.', 'High picture.']
    section = document.sections[0]
    assert all(s.width <= section.page_width - section.left_margin - section.right_margin and s.height < section.page_height - section.top_margin - section.bottom_margin for s in shapes)
    captions = [p for p in document.paragraphs if p.style.name == 'Caption']
    assert ['SEQ Figure' in p._p.xml for p in captions] == [True, True]
    assert [''.join(t.text for t in p._p.iter(qn('w:t'))) for p in captions] == ['Figure 1. Papers by year.', 'Figure 2. A high one.']


def test_what_records_say_is_text(document):
    text = '\n'.join(p.text for p in document.paragraphs)
    assert '<script>alert(1)</script>' in text and '[bad](javascript:alert)' in text
    assert 'javascript' not in ' '.join(r.target_ref for r in document.part.rels.values() if r.is_external)


def test_same_bytes_without_dates_and_valid_parts(made):
    assert to_docx(MARKDOWN, PAPERS, IMAGES, 'Trees & more') == made
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert {p.date_time for p in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in parts.namelist():
            if name.endswith(('.xml', '.rels')): etree.fromstring(parts.read(name))
        core = parts.read('docProps/core.xml').decode()
        assert 'Trees &amp; more' in core and not re.search('created|modified|python-docx', core)
        assert not [n for n in parts.namelist() if 'thumbnail' in n]


def test_elements_stand_in_the_order_that_word_wants(document):
    order = dict(rPr=['rFonts', 'b', 'i', 'color'], tblPr=['tblW', 'tblBorders', 'tblLayout', 'tblCellMar'], tcPr=['tcW', 'shd'], trPr=['cantSplit', 'tblHeader'])
    for name, wanted in order.items():
        for element in document.element.body.iter(qn(f'w:{name}')):
            found = [etree.QName(child).localname for child in element]
            assert found == [w for w in wanted if w in found]


def test_libreoffice_opens_it(made, tmp_path):
    if not (office := shutil.which('soffice')): pytest.skip('no LibreOffice')
    (tmp_path/'review.docx').write_bytes(made)
    subprocess.run([office, f'-env:UserInstallation=file://{tmp_path}/profile', '--headless', '--convert-to', 'pdf', '--outdir', tmp_path, tmp_path/'review.docx'], check=True, capture_output=True, timeout=120)
    assert (tmp_path/'review.pdf').stat().st_size > 5000
