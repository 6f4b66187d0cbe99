"The review on paper: whole, with page numbers and heads of tables on every page, nothing blank, nothing cut, on A4 and on letter"
import ctypes
import re
import warnings

import pypdfium2
import pypdfium2.raw as raw
import pytest

import paperlit
from paperlit.core import Notice, papers_table

SIZES = {'A4': (595, 842), 'letter': (612, 792)}
N = 60


def papers():
    said = 'Trees of kind {0} are hard to weigh. We introduce T{0}Scale, a scale that counts the rings of trees of kind {0}. On OakBench, T{0}Scale outperforms a tape measure by {0}.5% in accuracy and matches a steel rule. Leaves were counted by {1} hands.'
    return papers_table([dict(title=f'T{i}Scale: weighing trees of kind {i}', abstract=said.format(i, i % 7), authors=[f'Roe, {"ABCDEFG"[i % 7]}.'], year=2001 + i % 9, source='trees.txt', record=f'L{i+1}') for i in range(N)])


@pytest.fixture(scope='module')
def review(browser):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        return paperlit.write_review(papers(), title='On trees', progress=False)


@pytest.fixture(scope='module', params=SIZES)
def printed(request, review, tmp_path_factory):
    folder = review.save(tmp_path_factory.mktemp(request.param)/'review', formats=['html', 'md', 'pdf'], paper=request.param)
    return request.param, folder, pypdfium2.PdfDocument(folder/'review.pdf')


def text_of(pdf): return [page.get_textpage().get_text_range() for page in pdf]
def squeezed(text): return re.sub(r'[\s\u00ad\ufffe-]+', '', text)


def test_size_of_the_paper(printed):
    kind, _, pdf = printed
    for page in pdf: assert [round(s) for s in page.get_size()] == pytest.approx(SIZES[kind], abs=1)


def test_every_page_has_its_number_and_something_to_say(printed):
    for n, text in enumerate(text_of(printed[2]), 1):
        assert str(n) in text.splitlines()[-1] + text.splitlines()[0] and len(text) > 60 or any(o.type == raw.FPDF_PAGEOBJ_IMAGE for o in printed[2][n-1].get_objects()), n


def test_the_text_is_whole(printed):
    _, folder, pdf = printed
    whole = squeezed(''.join(re.sub(r'\r?\n\d+\s*$', '', t) for t in text_of(pdf)))
    headings = re.findall(r'(?m)^#+ (.*)', (folder/'review.md').read_text('utf-8'))
    assert len(headings) > 12 and not [h for h in headings if squeezed(h.replace('\\', '')) not in whole]
    titles = [t for t in papers().title if squeezed(t) not in whole]
    assert not titles
    assert f'[{N}]' in whole and 'Filter' not in whole and 'Abstract' not in whole.replace('Abstracts', '') or 'abstract' in whole


def test_heads_of_tables_come_again(printed):
    on_pages = lambda head: sum(head in t for t in text_of(printed[2]))
    assert on_pages('In its paper') > 1 and on_pages('In its own words') > 1, 'two tables, each longer than a page'


def test_a_sentence_is_printed_once_below_all_that_it_claims(printed):
    _, folder, pdf = printed
    claims = squeezed(''.join(text_of(pdf))).split('Whatisclaimed')[-1].split('Timelineandtrends')[0]
    assert 'again">' in (folder/'review.html').read_text('utf-8')
    assert claims.count('T7Scaleoutperformsatapemeasureby7.5%inaccuracyandmatchesasteelrule') == 1 and claims.count('T7Scalematches') == 1


def test_nothing_leaves_the_page(printed):
    for page in printed[2]:
        width, height = page.get_size()
        for o in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_IMAGE]):
            left, bottom, right, top = o.get_bounds()
            assert left > 20 and right < width - 20 and bottom > 8 and top < height - 8


def test_fonts_are_embedded(printed):
    fonts = {}
    for page in printed[2]:
        for o in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            font = raw.FPDFTextObj_GetFont(o.raw)
            name = ctypes.create_string_buffer(200)
            raw.FPDFFont_GetBaseFontName(font, name, 200)
            fonts[name.value] = raw.FPDFFont_GetIsEmbedded(font)
    assert len(fonts) > 1 and set(fonts.values()) == {1}, fonts


def test_without_a_browser_the_message_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr('paperlit.printing.find_browser', str)
    monkeypatch.setattr('paperlit.review.find_browser', str)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        small = paperlit.write_review(papers().head(3), progress=False)
    with pytest.raises(ValueError, match='open review.html in any browser and print it'): small.save(tmp_path/'review', formats=['pdf'])
    assert not (tmp_path/'review').exists()
