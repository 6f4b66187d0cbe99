"The interactive map in a real browser: it draws, finds, filters, opens, asks nobody for anything, and shows what records say as text"
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from paperlit.core import papers_table
from paperlit.explorer import make_explorer
from paperlit.sentences import tldr

HOSTILE = ['<script>document.title = "run"</script>', '</script><img src=x onerror="document.title=1">', '"quoted" & \'single\' `back` ${x} {{ y }}', '\u202eright to left\u202c override \u2066isolated', 'Ünïcödé 大規模 Ελληνικά <!-- -->',
           '\u2028separated\u2029lines']
LINKS = ['javascript:alert(1)', 'data:text/html,<script>alert(1)</script>', ' javascript:alert(1)', 'http://[bad', 'https://example.org/?a="><script>', 'file:///etc/passwd', 'vbscript:x']


def corpus(n, topics=3, seed=0):
    "An explorer of `n` papers around the middles of topics, its first titles hostile"
    rng = np.random.default_rng(seed)
    topic = np.arange(n) % topics
    middle = rng.random((topics, 2))
    titles = [*HOSTILE, *(f'Weighing tree number {i}' for i in range(len(HOSTILE), n))]
    papers = papers_table([dict(title=t, year=2000 + i % 20 if i % 5 else None, authors=['Roe, <i>Jane</i>'], source='a.bib', record=f'L{i}', urls=LINKS,
                                abstract=f'Trees are heavy. We weigh tree number {i} on {"oak" if i % 2 else "elm"} scales. Ending of abstract {i} </script><b>bold</b>.') for i, t in enumerate(titles)])
    xy = pd.DataFrame(np.clip(middle[topic] + rng.normal(0, .06, (n, 2)), 0, 1).round(4), index=papers.index, columns=['x', 'y'])
    made = SimpleNamespace(papers=pd.DataFrame({'topic': topic}, index=papers.index), table=pd.DataFrame({'topic': range(topics), 'label': [f'Topic <b>{i}</b>' for i in range(topics)]}))
    lines = tldr(papers.head(200))
    return make_explorer(papers, made, xy, lines, 'A <map> & more')


class Opened:
    "The page of an explorer, and everything it said or asked for"
    def __init__(self, browser, path, **options):
        self.page, self.said, self.asked = browser.new_page(**{'viewport': {'width': 1300, 'height': 850}} | options), [], []
        self.page.on('console', lambda m: self.said.append(m.text))
        self.page.on('pageerror', lambda e: self.said.append(str(e)))
        self.page.on('request', lambda r: self.asked.append(r.url))
        self.page.on('dialog', lambda d: (self.said.append(d.message), d.dismiss()))
        self.page.goto(path.as_uri())
        self.page.wait_for_function('labels.length > 0')

    def shown(self): return self.page.locator('#count').inner_text()
    def ink(self): return self.page.evaluate('() => { const d = pen.getImageData(0, 0, canvas.width, canvas.height).data, first = d.slice(0, 3).join(); let k = 0; for (let i = 0; i < d.length; i += 4) k += d.slice(i, i + 3).join() !== first; return k }')

    def point(self, i):
        x, y, box = *self.page.evaluate(f'[px[{i}], py[{i}]]'), self.page.locator('#map').bounding_box()
        return box['x'] + x, box['y'] + y

    def close(self):
        "No word on the console, nothing fetched but the page, and no script of a record has run"
        assert (self.said, [u for u in self.asked if not u.startswith('file:')], len(self.asked)) == ([], [], 1)
        assert self.page.title() == 'A <map> & more'
        self.page.close()


@pytest.fixture(scope='module')
def path(tmp_path_factory): return corpus(90).save(tmp_path_factory.mktemp('map')/'map.html')


@pytest.fixture
def opened(browser, path):
    opened = Opened(browser, path)
    yield opened
    opened.close()


def test_it_draws_points_and_names(opened):
    assert opened.ink() > 3000
    assert sorted(' '.join(lines) for lines in opened.page.evaluate('labels.filter(l => l.colour).map(l => l.lines)')) == ['Topic <b>0</b>', 'Topic <b>1</b>', 'Topic <b>2</b>']
    assert opened.shown() == '90 papers'


def test_nothing_can_be_loaded_and_no_other_script_runs(opened):
    policy = opened.page.locator('meta[http-equiv]').get_attribute('content')
    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-\S{44}'; script-src 'sha256-\S{44}'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'", policy)
    refused = opened.page.evaluate('''async () => {
        const out = [];
        try { document.body.innerHTML += '<i>x</i>'; } catch (e) { out.push('markup'); }
        try { const s = document.createElement('script'); s.textContent = '1'; } catch (e) { out.push('script'); }
        try { await fetch('http://127.0.0.1:9/'); } catch (e) { out.push('fetch'); }
        return out }''')
    assert refused == ['markup', 'script', 'fetch']
    assert opened.said
    opened.said.clear()


def test_search_finds_and_filters_filter(opened):
    page = opened.page
    page.fill('#search', 'NUMBER 33')
    assert opened.shown() == '1 paper of 90'
    assert page.locator('#found button').all_inner_texts() == ['Weighing tree number 33 (2013)']
    page.fill('#search', 'unicode')
    assert opened.shown() == '1 paper of 90'
    page.fill('#search', 'elm weigh')
    assert opened.shown() == '45 papers of 90'
    page.locator('#legend input').first.uncheck()
    assert opened.shown() == '30 papers of 90'
    page.fill('#search', '')
    page.click('#none')
    assert (opened.shown(), page.locator('#empty').inner_text()) == ('0 papers of 90', 'No paper is shown here: ⤢ shows everything.')
    page.click('#all')
    assert page.locator('#empty').inner_text() == ''
    page.fill('#from', '2010')
    page.fill('#to', '2012')
    assert opened.shown() == f'{18 + sum(2010 <= 2000 + i % 20 <= 2012 for i in range(90) if i % 5)} papers of 90'
    page.uncheck('#undated')
    assert opened.shown() == f'{sum(2010 <= 2000 + i % 20 <= 2012 for i in range(90) if i % 5)} papers of 90'
    assert page.evaluate('kept.reduce((a, b) => a + b)') == int(opened.shown().split()[0])


def test_a_click_opens_the_paper_under_it(opened):
    page = opened.page
    i = page.evaluate('px.findIndex((x, i) => i > 10 && nearest(x, py[i], 5) === i)')
    page.mouse.move(*opened.point(i))
    assert page.locator('#tip b').inner_text() == f'Weighing tree number {i}'
    assert re.search(r'(20\d\d|no year stated) · Topic <b>\d</b>', page.locator('#tip').inner_text())
    page.mouse.click(*opened.point(i))
    assert page.locator('#paper h2').inner_text() == f'Weighing tree number {i}'
    assert f'Ending of abstract {i} </script><b>bold</b>.' in page.locator('#paper').inner_text()
    page.keyboard.press('Escape')
    assert page.locator('#paper').is_hidden()


def test_what_records_say_is_text(opened):
    page = opened.page
    for i, title in enumerate(HOSTILE):
        page.locator('#found button').nth(i).click()
        assert page.locator('#paper h2').text_content() == title
        assert page.locator('#paper').locator('script, img, b, i').count() == 0
        assert page.locator('#paper a').evaluate_all('links => links.map(a => a.protocol + a.rel)') == ['https:noopener noreferrer']
    assert page.evaluate('labels.flatMap(l => l.lines).join("").match(/[\\u202a-\\u202e\\u2066-\\u2069]/)') is None


def test_the_keyboard_does_everything(opened):
    page = opened.page
    page.keyboard.press('/')
    assert page.evaluate('document.activeElement.id') == 'search'
    page.keyboard.type('number 4')
    page.locator('#found button').first.focus()
    page.keyboard.press('Enter')
    assert page.evaluate('document.activeElement.id') == 'paper'
    page.keyboard.press('Escape')
    assert page.evaluate('document.activeElement.parentElement.parentElement.id') == 'found'
    page.locator('#map').focus()
    before = page.evaluate('[view.x, view.y, view.zoom]')
    for key in ('ArrowRight', 'ArrowDown', '+'): page.keyboard.press(key)
    x, y, zoom = page.evaluate('[view.x, view.y, view.zoom]')
    assert x > before[0] and y < before[1] and zoom > before[2]
    page.keyboard.press('0')
    assert page.evaluate('[view.x, view.y, view.zoom]') == before
    page.keyboard.press('Enter')
    assert page.locator('#paper').is_visible()


def test_nearer_points_have_names_of_their_own(opened):
    page = opened.page
    page.evaluate('zoomBy(4, px[10], py[10])')
    page.wait_for_timeout(300)
    assert page.evaluate('labels.some(l => l.beside)')
    boxes = page.evaluate('labels.map(l => { const [x, y] = anchor(l); return [x + l.dx, y + l.dy, x + l.dx + l.w, y + l.dy + l.h] })')
    assert not [(a, b) for k, a in enumerate(boxes) for b in boxes[:k] if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]


@pytest.mark.parametrize('options', [{'color_scheme': 'dark'}, {'viewport': {'width': 390, 'height': 844}, 'has_touch': True, 'is_mobile': True}, {'device_scale_factor': 2}])
def test_in_the_dark_on_a_phone_and_on_a_fine_screen(browser, path, options):
    opened = Opened(browser, path, **options)
    assert opened.ink() > 3000
    assert opened.page.evaluate('document.scrollingElement.scrollWidth <= innerWidth')
    opened.page.locator('#found button').nth(8).click()
    assert opened.page.locator('#paper h2').inner_text() == 'Weighing tree number 8'
    opened.close()


def test_twenty_thousand_papers_move_fluidly(browser, tmp_path):
    opened = Opened(browser, corpus(20_000, 40).save(tmp_path/'map.html'))
    cost = opened.page.evaluate('''async () => {
        const out = [];
        for (let k = 0; k < 40; k++) { moveBy(k % 20 < 10 ? 5 : -5, 2); await new Promise(requestAnimationFrame); const start = performance.now(); draw(); out.push(performance.now() - start); }
        return out.sort((a, b) => a - b) }''')
    print(f'a frame of 20,000 papers: {cost[20]:.1f} ms in the middle, {cost[38]:.1f} ms at worst')
    assert cost[10] < 40
    opened.page.fill('#search', 'number 19999')
    assert opened.shown() == '1 paper of 20,000'
    opened.close()


def test_without_topics_there_is_a_list(browser, tmp_path):
    papers = papers_table([dict(title='Weighing Trees', abstract='Trees are heavy.', source='a.bib', record='L1')])
    page = browser.new_page()
    page.goto(make_explorer(papers, None, None, tldr(papers)).save(tmp_path/'map.html').as_uri())
    page.locator('#found button').click()
    assert page.locator('#paper h2').inner_text() == 'Weighing Trees' and 'no paper has a place' in page.locator('#empty').inner_text()
    page.close()


def test_in_a_notebook_it_is_a_frame_of_its_own(browser):
    said, page = [], browser.new_page()
    page.on('console', lambda m: said.append(m.text))
    page.set_content(corpus(30)._repr_html_())
    frame = page.frame_locator('iframe')
    frame.locator('#found button').nth(7).click()
    assert frame.locator('#paper h2').inner_text() == 'Weighing tree number 7'
    assert said == []
    page.close()


def test_notebook_of_many_papers_leaves_abstracts_out():
    many = corpus(3100)
    assert 'Ending of abstract 3000' in many.html and 'Ending of abstract 3000' not in many._repr_html_()
