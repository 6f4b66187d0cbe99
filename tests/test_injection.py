"What a record says is text wherever a review shows it: no script runs, nothing is asked of the network, no cell computes"
import csv
import html
import io
import json
import re
import shutil
import time
import warnings
import zipfile
from html.parser import HTMLParser

import nbformat
import openpyxl
import pytest
from hostile_strings import CALL, MORE
from lxml import etree
from test_jupyterlab import WIDE, jupyterlab

import paperlit
from paperlit import cli
from paperlit.core import Notice, papers_table
from paperlit.explorer import explore

PAYLOADS = [f'<script>{CALL}</script>', f'</script><script>{CALL}</script>', f'<img src=x onerror="{CALL}">', f'<svg onload="{CALL}">', f'"><img src=x onerror={CALL}>', f"'><svg/onload={CALL}>", f'" onmouseover="{CALL}" x="', f"' onfocus='{CALL}' autofocus='",
    f'<iframe src="javascript:{CALL}"></iframe>', f'<iframe srcdoc="<script>{CALL}</script>"></iframe>', f'<a href="javascript:{CALL}">click</a>', f'<body onload={CALL}>', f'<details open ontoggle="{CALL}">', f'<math><mtext><script>{CALL}</script></mtext></math>',
    f'<object data="javascript:{CALL}"></object>', f'<embed src="javascript:{CALL}">', '<base href="http://attacker.invalid/">', '<meta http-equiv="refresh" content="0;url=http://attacker.invalid/">', '<link rel=stylesheet href="http://attacker.invalid/a.css">',
    '<style>@import "http://attacker.invalid/a.css";</style>', '<img src="http://attacker.invalid/a.png">', '<form action="http://attacker.invalid/"><input autofocus></form>', '<!--', '-->', '<![CDATA[', ']]>', '</title><script>window.hit=1</script>', '</textarea>', '</style><script>window.hit=1</script>',
    f'[click](javascript:{CALL})', '![x](http://attacker.invalid/a.png)', '[x]: http://attacker.invalid/ "t"', '<http://attacker.invalid/>', f'[click](data:text/html,<script>{CALL}</script>)', '[@nobody]', '[@nobody; @else]', '“nothing” [@nobody]', '# Heading', '## References', '\n## References\n',
    '| a | b |', '```python\nimport os\n```', '``` {=html}', '$$\\href{javascript:alert(1)}{x}$$', '\\write18{touch hit}', '\\input{/etc/passwd}', '\\immediate\\write18{ls}', '\\href{javascript:alert(1)}{x}', '\\includegraphics{/etc/passwd}', '{{ 7*7 }}', '{% for x in y %}', '{{ self.__init__.__globals__ }}', '${7*7}', '<%= 7*7 %>', '#{7*7}',
    '{0.__class__}', '%s%n%x', "=HYPERLINK(\"http://attacker.invalid/\",\"x\")", '=1+1', '+1+1', '-1+1', '@SUM(1+1)', '\t=1+1', '\r=1+1', "=cmd|' /C calc'!A0", '=WEBSERVICE("http://attacker.invalid/")', '＝1+1', "'=1+1", '};alert(1);//', '\\u003cscript\\u003ealert(1)\\u003c/script\\u003e',
    '&lt;script&gt;window.hit=1&lt;/script&gt;', '&#60;script&#62;window.hit=1&#60;/script&#62;', '\u202escript\u202c', '\u2028window.hit=1\u2029', '\x1b[31mred', '<a\u200b href=x>', '__proto__', 'constructor', '@article{x, title={y}}', '}, url={http://attacker.invalid/}, x={', '" # "', '%', 'ER  - \nTY  - JOUR']
PAYLOADS += [s for s in MORE if s not in PAYLOADS]
LINKS = [f'javascript:{CALL}', f'JaVaScRiPt:{CALL}', f' javascript:{CALL}', f'java\tscript:{CALL}', f'\x01javascript:{CALL}', f'data:text/html,<script>{CALL}</script>', f'vbscript:{CALL}', 'file:///etc/passwd', 'blob:x', '//attacker.invalid/', f'http://x/"onmouseover="{CALL}', f"http://x/'><script>{CALL}</script>", 'http://[x', 'https://a b/', 'view-source:http://x', f'javascript&colon;{CALL}']
CONTROLS = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]') # What a terminal, or the direction of writing, obeys


def record(n, payload):
    "A paper whose every field holds a payload, some words beside it so that it stands in lines, names and results"
    said = f'We introduce {payload} OakNet{n}, which weighs {payload} oaks. On OakBench, OakNet{n} outperforms {payload} ElmNet by 3.2% in accuracy. {payload}'
    return dict(title=f'{payload} OakNet{n}: weighing {payload}', abstract=said, authors=[f'{payload}, Ann', payload], keywords=[payload, 'oak'], venue=f'{payload} Letters', urls=[LINKS[n % len(LINKS)], f'http://example.org/{payload}'],
                doi=f'10.1000/{n}{LINKS[n % len(LINKS)]}', year=2000 + n % 20, source=f'{payload}.ris', record=payload, language=payload, extra={payload: payload})


LABELS = [f'<script>{CALL}</script>', f'"><img src=x onerror={CALL}>', '=HYPERLINK("http://attacker.invalid/","x")', '$\\frac{1$ \\(\\href{javascript:alert(1)}{x}\\)', '[x](javascript:alert(1)) ![x](http://attacker.invalid/a.png)', '\x1b[2J\u202emoc.rekcatta', '</script><!--<script>', '| a | b |\n## References', "x;=cmd|' /C calc'!A0", '{{ 7*7 }}{% for x in y %}'] # Of topics, as a stranger's saved ones have them


@pytest.fixture(scope='module')
def papers(): return papers_table([record(n, p) for n, p in enumerate(PAYLOADS)])


@pytest.fixture(scope='module')
def folder(papers, tmp_path_factory):
    out = tmp_path_factory.mktemp('hostile')/'review'
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        topics = paperlit.fit_topics(papers, n_topics=len(LABELS), progress=False).rename(dict(enumerate(LABELS)))
        review = paperlit.write_review(papers, topics=topics, title=f'<script>{CALL}</script>{{{{ 7*7 }}}}', progress=False)
        review.save(out)
    assert review.verify().empty, review.verify()
    return out


OPEN_ALL = "() => document.querySelectorAll('details').forEach(d => d.open = true)"
NEW = '() => [...document.querySelectorAll("script")].length + "|" + [...document.querySelectorAll("*")].filter(e => [...e.attributes].some(a => a.name.startsWith("on"))).length'
ODD = '() => [...document.querySelectorAll("[href],[src],[action],[srcdoc]")].flatMap(e => ["href","src","action","srcdoc"].map(n => e.getAttribute(n))).filter(Boolean).filter(v => !/^(#|map\\.html$|https?:\\/\\/|data:image\\/png)/.test(v))'


def what_happened(browser, path, look):
    "Requests, dialogs and scripts of a page while everything on it is opened and clicked"
    page, seen = browser.new_page(viewport=dict(width=1400, height=900)), []
    page.on('request', lambda r: r.url.startswith(('file:', 'data:', 'blob:')) or seen.append(f'request {r.url}'))
    page.on('dialog', lambda d: (seen.append(f'dialog {d.message}'), d.dismiss()))
    page.on('popup', lambda p: (seen.append(f'popup {p.url}') if not p.url.startswith(('about:', 'http', 'chrome-error:')) else None, p.close()))
    page.context.set_offline(True)
    page.goto(path.as_uri())
    page.evaluate(OPEN_ALL)
    look(page)
    if page.evaluate('() => window.hit'): seen.append('a script ran')
    out = seen, page.evaluate(NEW), page.evaluate(ODD), page.evaluate('() => document.querySelector("meta[http-equiv=Content-Security-Policy]")?.content || ""')
    page.close()
    return out


TYPE_ALL = '''strings => { for (const field of document.querySelectorAll('input[type=search]')) for (const s of [...strings, '']) { field.value = s; field.dispatchEvent(new Event('input', {bubbles: true})); } }'''


def click_all(page):
    page.evaluate(TYPE_ALL, PAYLOADS[::5])
    page.evaluate('() => [...document.querySelectorAll("main a[href^=http]")].slice(0, 200).filter((_, n) => n % 50 == 0).forEach(a => { a.target = "_blank"; a.click(); })')
    page.evaluate('''() => document.querySelectorAll('a[href^="#"], button, summary, [tabindex]').forEach(e => { e.focus(); e.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})); e.click(); })''')


def look_at_map(page):
    "Find each paper, open it and look at its links; point at places all over the map; type every string"
    opened = page.evaluate('''most => { const field = document.getElementById('search'), found = document.getElementById('found'); let opened = 0;
        for (let n = 0; n < most; n++) { field.value = 'oaknet' + n; field.dispatchEvent(new Event('input')); const button = found.querySelector('button'); if (button) { button.click(); opened += !document.getElementById('paper').hidden; } }
        return opened; }''', len(PAYLOADS))
    assert opened == len(PAYLOADS)
    page.evaluate(TYPE_ALL, PAYLOADS)
    page.keyboard.press('Escape')
    for x in range(3, 10):
        for y in range(2, 9): page.mouse.move(140 * x, 100 * y)
    for name in ('in', 'out', 'home', 'none', 'all'): page.click(f'#{name}')
    page.mouse.click(800, 450)
    page.fill('#search', '<script>')


class Tags(HTMLParser):
    "The tags of a page, and the attributes of each"
    def __init__(self, page): super().__init__(); self.found = []; self.feed(page)
    def handle_starttag(self, tag, attrs): self.found += [(tag, a, v or '') for a, v in attrs]


def strict(policy): return "default-src 'none'" in policy and 'unsafe-inline' not in re.sub(r'style-src[^;]*', '', policy) and 'unsafe-eval' not in policy and '*' not in policy


@pytest.mark.parametrize('name, look', [('review.html', click_all), ('map.html', look_at_map)])
def test_nothing_runs_in_the_pages(browser, folder, name, look):
    seen, counts, odd, policy = what_happened(browser, folder/name, look)
    own = re.findall(r'<script\b', (folder/name).read_text('utf-8'))
    assert seen == [] and odd == [] and strict(policy)
    assert counts == f'{len(own)}|0' and len(own) <= 2


def test_a_script_that_runs_is_seen(browser, tmp_path):
    (tmp_path/'page.html').write_text(f'<title>t</title><a href="javascript:void 0">x</a><script>{CALL}</script><img src="http://127.0.0.1:9/x">')
    seen, _, odd, policy = what_happened(browser, tmp_path/'page.html', click_all)
    assert {s.split()[0] for s in seen} == {'dialog', 'request', 'a'} and odd and not strict(policy)


def test_there_are_enough_strings(papers, folder):
    "All of them, in every field of a paper, and each paper in every document"
    assert len({*PAYLOADS, *LINKS, *LABELS}) >= 400 and len(papers) == len(PAYLOADS)
    for name in ('review.html', 'review.md', 'map.html', 'papers.csv', 'references.bib'):
        text = (folder/name).read_text('utf-8')
        assert not [n for n in range(len(PAYLOADS)) if not re.search(rf'OakNet{n}\b', text)], name
    with zipfile.ZipFile(folder/'review.docx') as z: said = re.sub('<[^>]*>', '', z.read('word/document.xml').decode())
    said += ''.join(''.join(o['data'].get('text/markdown', '')) for c in json.loads((folder/'review.ipynb').read_text('utf-8'))['cells'] for o in c.get('outputs', ()))
    assert not [n for n in range(len(PAYLOADS)) if len(re.findall(rf'OakNet{n}\b', said)) < 2]


def test_markdown_holds_no_html_and_no_link_of_the_records(folder):
    from markdown_it import MarkdownIt
    shown = MarkdownIt('commonmark', {'html': True}).enable('table').render((folder/'review.md').read_text('utf-8'))
    assert not re.search(r'<(?!/?(?:p|h\d|ul|ol|li|em|strong|code|pre|table|thead|tbody|tr|th|td|img|a|br|hr|blockquote)\b)', shown)
    assert not [a for _, a, _ in Tags(shown).found if a.startswith('on')]
    assert {u.split(':')[0] for u in re.findall(r'(?:href|src)="([^"]+)"', shown)} <= {'http', 'https', 'map.html'} | {u for u in re.findall(r'src="(figures/\w+\.png)"', shown)}
    assert not re.findall(r'src="http', shown)


def test_brief_in_markdown_holds_no_html_and_no_other_link(papers):
    from markdown_it import MarkdownIt
    for key, beside in [*((k, papers.loc[[k]]) for k in papers.index), *((k, papers) for k in papers.index[::40])]:
        shown = MarkdownIt('commonmark', {'html': True}).enable('table').render(paperlit.brief(beside, key))
        assert not re.search(r'<(?!/?(?:p|h\d|ul|ol|li|em|strong|code|pre|table|thead|tbody|tr|th|td|a|br|hr|blockquote)\b)', shown)
        assert {u.split(':')[0] for u in re.findall(r'(?:href|src)="([^"]+)"', shown)} <= {'http', 'https'}


def test_notebook_holds_only_its_own_code_and_no_html(folder):
    book = nbformat.read(folder/'review.ipynb', 4)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == 'code':
            compile(cell.source, 'cell', 'exec')
            for out in cell.outputs: assert set(out['data']) <= {'text/markdown', 'text/plain', 'image/png'}
    code = '\n'.join(c.source for c in book.cells if c.cell_type == 'code')
    assert 'window.hit' not in re.sub(r"title='(?:[^'\\]|\\.)*'|title=\"(?:[^\"\\]|\\.)*\"", '', code)
    assert not any(c.get('attachments') or 'trusted' in c.metadata for c in book.cells)


def test_word_document_has_no_link_but_to_the_web_and_no_field_of_the_records(folder):
    with zipfile.ZipFile(folder/'review.docx') as z:
        for name in z.namelist():
            text = z.read(name).decode('utf-8', 'replace')
            if name.endswith('.rels'): assert all(re.match(r'https?://', html.unescape(t)) for t in re.findall(r'Target="([^"]*)"[^>]*TargetMode="External"', text))
            if name == 'word/document.xml':
                codes = set(re.findall(r'<w:instrText[^>]*>([^<]*)', text))
                assert all(re.match(r'\s*(?:TOC|PAGE|NUMPAGES|REF|HYPERLINK \\l)', c) for c in codes), codes
        assert not [n for n in z.namelist() if 'vba' in n.lower() or 'embeddings' in n]


def test_workbook_has_no_formula(papers, tmp_path):
    paperlit.save(papers, tmp_path/'p.xlsx')
    book = openpyxl.load_workbook(tmp_path/'p.xlsx')
    cells = [c for row in book.active.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == 'f' or c.hyperlink]
    with zipfile.ZipFile(tmp_path/'p.xlsx') as z: assert not any(b'<f>' in z.read(n) for n in z.namelist())


def live(cell): return bool(re.match(r'\s*[=@＝＠]|[\t\r]|\s*[+＋－-](?!\d[\d.,]*(?:e-?\d+)?\s?%?$)', cell))


def live_elsewhere(cell): return bool(re.match(r'[=@＝＠]|[+＋－-](?!\d)', cell))


def test_tables_of_a_review_hold_no_live_cell(folder):
    "Cells of the CSV files that a review writes for people to open, also for a program for which semicolons or tabs part cells; `papers.csv` is told apart below"
    seen = 0
    for path in folder.rglob('*.csv'):
        if path.name == 'papers.csv': continue
        text = path.read_text('utf-8')
        for row in csv.reader(io.StringIO(text)): assert not [c for c in row if live(c)], path.name
        for part in ';\t':
            for row in csv.reader(io.StringIO(text), delimiter=part): assert not [c for c in row if live_elsewhere(c)], (path.name, part)
        seen += text.count("'=")
    assert seen > 50 and live('=1+1') and live_elsewhere('＝1')


def test_figures_hold_text_alone(folder):
    "Words of a figure are text in its SVG, formulas are not read, and no sign in them turns the direction of writing"
    for path in folder.glob('figures/*.svg'):
        tree = etree.parse(str(path))
        for e in tree.iter(etree.Element):
            assert etree.QName(e).localname not in ('script', 'foreignObject', 'a', 'animate', 'set', 'iframe', 'handler') and not [a for a in e.attrib if etree.QName(a).localname.startswith('on')]
            assert all(v.startswith(('#', 'data:image/png')) for a, v in e.attrib.items() if etree.QName(a).localname == 'href') and 'url(http' not in ''.join(e.attrib.values())
        assert not CONTROLS.search(''.join(tree.getroot().itertext()))
    assert '\\frac{1' in (folder/'figures'/'topics.svg').read_text('utf-8').replace('$', '')


def test_what_is_printed_commands_no_terminal(papers, tmp_path, capsys):
    paperlit.save(papers, tmp_path/'papers.parquet')
    for command in (['search', str(tmp_path), '--query', 'OakNet weighing oaks', '-n', '1000'], *(['brief', str(tmp_path), '--key', k] for k in papers.index[::60]), ['load', str(tmp_path), '--out', str(tmp_path/'p.csv'), '--ledger', str(tmp_path/'l.csv')]): cli.main(command)
    out, err = capsys.readouterr()
    assert out.count('OakNet') >= len(papers) and not CONTROLS.search(out.replace('\n', '') + err.replace('\n', ''))
    for row in csv.reader((tmp_path/'l.csv').open(encoding='utf-8')): assert not [c for c in row if live(c)]


def test_csv_loads_again_as_it_was(papers, tmp_path):
    "`save` writes what it was given: a formula stays one in `.csv`, and loads as the same text; `.xlsx` is the file to open in Excel"
    back = paperlit.load(paperlit.save(papers, tmp_path/'p.csv'), progress=False)
    one_line = lambda values: [' '.join(v.split()) for v in values]
    assert len(back) == len(papers)
    assert one_line(back['title'])[0] == one_line(papers['title'])[0]


@pytest.mark.parametrize('suffix', ['.bib', '.ris', '.jsonl', '.csv', '.xlsx', '.parquet'])
def test_a_record_stays_one_record(papers, tmp_path, suffix):
    back = paperlit.load(paperlit.save(papers, tmp_path/f'p{suffix}'), progress=False)
    assert len(back) == len(papers) and not paperlit.ledger(back)['reason'].notna().any()


def test_bibtex_of_the_review_runs_nothing(folder):
    text = (folder/'references.bib').read_text('utf-8')
    assert not re.search(r'(?<!\\textbackslash)\\(?:write18|input|immediate|include|href|openout|catcode|def)\b', text)
    assert text.count('@') >= len(PAYLOADS)


def test_map_in_a_notebook_is_shut_in(papers):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        shown = explore(papers, None)._repr_html_()
    assert re.match(r'<iframe srcdoc="[^"]*" sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox" title="[^"]*" style="[^"]*"></iframe>$', shown)


KERNEL = dict(kernelspec=dict(name='python3', display_name='Python 3', language='python'))
SHOWN = ['import warnings; warnings.simplefilter("ignore")\nimport paperlit\nfrom IPython.display import Markdown\npapers = paperlit.load("papers.parquet", progress=False); papers', 'paperlit.ledger(papers)', 'paperlit.search(papers, "oak", n=90)',
         'paperlit.explore(papers, None)', 'from paperlit.views import view; view(papers, 500)', 'view(paperlit.ledger(papers.iloc[:50]), 500)', 'from paperlit.markdown import guarded; Markdown(guarded(open("review.md", encoding="utf-8").read()))', 'print(papers.to_string())', 'Markdown(guarded(paperlit.brief(papers, papers.index[0])))', 'paperlit.find_results(papers)', 'papers.iloc[0]', 'papers["title"].tolist()']
OWN_LINK = 'e.matches("pre > a[rel=noopener][target=_blank]") && e.textContent == e.getAttribute("href")'  # JupyterLab's own, from the addresses in plain text: they are clicked below
ODD_IN_LAB = '''() => [...document.querySelectorAll('.jp-OutputArea *, .jp-MarkdownOutput *')].flatMap(e => [
    ...(e.tagName == 'SCRIPT' && e.type != 'application/json' && !/^mjx/.test(e.type) ? ['script'] : []), ...[...e.attributes].filter(a => /^on|^data-commandlinker|^srcdoc$/.test(a.name) && !(e.tagName == 'IFRAME' && e.getAttribute('sandbox') && a.name == 'srcdoc')).map(a => a.name),
    ...['href', 'src', 'action', 'xlink:href'].map(n => e.getAttribute(n)).filter(Boolean).filter(v => !/^(#|https?:|data:image[/]|about:|blob:http:..127)|^[^:]*$/i.test(v) && !(%s))])'''.replace('%s', OWN_LINK)
FORMULAS = '() => [...document.querySelectorAll(".jp-OutputArea mjx-container")].filter(e => !e.closest(".dataframe")).map(e => "formula " + e.closest(".jp-OutputArea").textContent.slice(0, 60))' # The tables that pandas itself shows are JupyterLab's affair
NO_WINDOW = {'windowingMode': 'none'} # Cells far down are in the page, too
CLICK_OWN = '''() => { const kinds = new Map([...document.querySelectorAll('.jp-OutputArea a')].filter(e => !/^https?:/.test(e.href) && %s).map(e => [e.protocol, e])); kinds.forEach(e => e.click());
    const other = Object.assign(document.createElement('a'), {href: 'about:blank', target: '_blank', rel: 'noopener'}); document.body.append(other); other.click(); }'''.replace('%s', OWN_LINK)


def saved_run(page, path):
    "The code cells of the open notebook, as soon as all of them have run"
    for _ in range(240):
        page.keyboard.press('Control+s')
        time.sleep(1)
        cells = [c for c in json.loads(path.read_text('utf-8'))['cells'] if c['cell_type'] == 'code']
        if all(c['execution_count'] for c in cells) or any(o['output_type'] == 'error' for c in cells for o in c['outputs']): return cells
    return cells


def what_opens(page):
    "What the links that JupyterLab makes of `data:` and `file:` addresses lead to, beside the empty page that a browser shows where it refuses"
    opened = []
    page.context.on('page', lambda p: opened.append(p))
    page.evaluate(CLICK_OWN)
    page.wait_for_timeout(1000)
    assert opened, 'what opens would not be seen'
    return [f'popup {p.url}' for p in opened if p.url not in ('', ':', 'about:blank') or p.evaluate('() => window.hit')]


def in_lab(browser, address, path, run):
    "What a notebook does in JupyterLab while it is opened or run, and everything in its outputs is clicked"
    page, seen, own = browser.new_page(viewport=WIDE), [], address('').split('/lab')[0]
    page.on('request', lambda r: r.url.startswith((own, own.replace('http', 'ws'), 'data:', f'blob:{own}', 'about:')) or seen.append(f'request {r.url}'))
    page.on('dialog', lambda d: (seen.append(f'dialog {d.message}'), d.dismiss()))
    page.goto(address(path.name) + '&reset')  # an empty workspace: the notebook that the page before had open would take the commands
    page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell').first.wait_for(timeout=60_000)
    page.locator('#jp-main-statusbar', has_text='Idle').wait_for(timeout=60_000)
    if run:
        page.locator('.lm-MenuBar-itemLabel', has_text='Run').first.click()
        page.locator('.lm-Menu-itemLabel', has_text='Run All Cells').first.click()
        cells = saved_run(page, path)
        assert all(c['execution_count'] for c in cells), [(c['execution_count'], c['outputs']) for c in cells if not c['execution_count'] or any(o['output_type'] == 'error' for o in c['outputs'])]
    for n, cell in enumerate(json.loads(path.read_text('utf-8'))['cells']):
        if not cell.get('outputs'): continue
        page.evaluate('n => document.querySelectorAll(".jp-Notebook .jp-Cell")[n].scrollIntoView()', n)
        page.wait_for_function('n => document.querySelectorAll(".jp-Notebook .jp-Cell")[n].querySelector(".jp-OutputArea-output :is(p, li, td, pre, img, iframe)")', arg=n, timeout=60_000) # JupyterLab makes what is shown of a cell only when it is looked at
    for _ in range(2):
        page.evaluate("""() => document.querySelectorAll('.jp-OutputArea button, .jp-OutputArea summary, .jp-OutputArea [tabindex], .jp-OutputArea a[href^="#"]').forEach(e => { e.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})); e.click(); })""")
        time.sleep(.5)
        seen += page.evaluate(ODD_IN_LAB) + page.evaluate(FORMULAS)
    shown = page.evaluate('() => [...document.querySelectorAll(".jp-OutputArea")].map(e => e.textContent).join(" ")')
    seen += what_opens(page)
    seen += ['a script ran' for f in page.frames if f.evaluate('() => window.hit')]
    frames = len(page.frames)
    page.close()
    return seen, frames, {int(n) for n in re.findall(r'OakNet(\d+)', shown)}


def test_nothing_runs_in_jupyterlab(browser, folder, tmp_path):
    work, state = tmp_path/'work', tmp_path/'state'
    shutil.copytree(folder, work)
    (settings := state/'settings'/'@jupyterlab'/'notebook-extension').mkdir(parents=True)
    (settings/'tracker.jupyterlab-settings').write_text(json.dumps(NO_WINDOW))
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in SHOWN], metadata=KERNEL), work/'shown.ipynb')
    bad = nbformat.v4.new_output('display_data', {'text/html': f'<a href="x:y" data-commandlinker-command="x">a</a><img src="http://127.0.0.1:9/x"><script>{CALL}</script><p>$x^2$</p>'})
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f'from IPython.display import HTML; HTML({bad["data"]["text/html"]!r})')], metadata=KERNEL), work/'bad.ipynb')
    with jupyterlab(work, state) as address:
        seen, _, shown = in_lab(browser, address, work/'review.ipynb', run=False)
        assert sorted(set(seen)) == [] and shown >= {*range(len(PAYLOADS))}, 'a paper is not on the page'
        seen, frames, shown = in_lab(browser, address, work/'shown.ipynb', run=True)
        assert sorted(set(seen)) == [] and frames > 1 and shown >= {*range(len(PAYLOADS))}
        assert {s.split()[0] for s in in_lab(browser, address, work/'bad.ipynb', run=True)[0]} >= {'request', 'dialog', 'a', 'formula'}, 'what runs would not be seen'
