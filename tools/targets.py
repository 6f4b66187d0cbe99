"""What must be true of all that works on a papers table: the splitter, the extractor, the digests, the writers, the search for duplicates"""
import ast
import io
import json
import re
import tempfile
import zipfile
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

import nbformat
import pandas as pd

import cases
from oracle import check_table, differences, must
from paperlit import briefs, checking, citations, core, duplicates, export, markdown, material, results, review, saving, sentences, sources, systems, word
from paperlit import text as texts
from paperlit.digests import SHARES
from paperlit.fields import plain_record
from paperlit.joining import Read, joined
from paperlit.latex import unlatex
from paperlit.notices import without_tags
from paperlit.roles import ROLES
from paperlit.text import clean


def table(records):
    "The papers table of papers as a source gives them"
    return joined([Read('case', [plain_record(r, f'row {n}') for n, r in enumerate(records, 1)])])


def check_spans(papers):
    "Every sentence and every one-line summary is a slice of its abstract, and no letter is in none or in two"
    said, tagged, lines = papers['abstract'].dropna(), sentences.tag_sentences(papers, progress=False), sentences.tldr(papers, progress=False)
    for key, abstract in said.items():
        spans, links = texts.sentences(abstract), [m.span() for m in texts.URL.finditer(abstract)]
        must(all(a < b and abstract[a:b] == abstract[a:b].strip() for a, b in spans), f'{key}: sentences with white space')
        must(all(b <= c for (_, b), (c, _) in zip(spans, spans[1:])), f'{key}: sentences overlap')
        must(''.join(abstract.split()) == ''.join(''.join(abstract[a:b] for a, b in spans).split()), f'{key}: a letter is in no sentence')
        must(all(any(a <= s and e <= b for a, b in spans) for s, e in links), f'{key}: a link is in two sentences')
        own = tagged[tagged['key'] == key] if len(said) < 5 else None
        must(own is None or list(zip(own['start'], own['end'])) == spans and list(own['n']) == [*range(len(spans))], f'{key}: other sentences are tagged than there are')
    check_slices(papers, tagged, 'sentence')
    check_slices(papers, lines, 'text')
    must(tagged['role'].isin(ROLES).all() and tagged['p'].between(0, 1).all(), 'a role or a probability that is none')
    must([*lines['key']] == [k for k, a in said.items() if a.strip()], 'not one line for each abstract')


def check_slices(papers, found, column):
    "Each row's text is what its span says"
    for key, start, end, said in zip(found['key'], found['start'], found['end'], found[column]):
        must(0 <= start < end and papers.at[key, 'abstract'][start:end] == said, f'{key}: the span of {said[:60]!r} is another text')


def check_claims(papers):
    "Whatever a system or a result names stands in its sentence, letter by letter"
    named = systems.find_systems(papers, progress=False)
    claimed = results.find_results(papers, systems=named, progress=False)
    check_slices(papers, named, 'sentence')
    check_slices(papers, claimed, 'sentence')
    for found, columns in ((named, ['system', 'aliases']), (claimed, ['system', 'comparators', 'metric', 'datasets', 'value', 'condition'])):
        must(found['confidence'].between(0, 1).all(), 'a confidence that is none')
        for row in found[['sentence', *columns]].to_dict('records'):
            said = row.pop('sentence')
            for c, v in row.items():
                for what in v if isinstance(v, list) else [v]:
                    must(not isinstance(what, str) or what.strip() and (what in said or what == '[?]' and c == 'value'), f'{c} {what!r} is not in its sentence: {said!r:.200}')


class OneTopic:
    "As `Topics` to whom all papers are alike"
    def __init__(self, papers):
        self.table = pd.DataFrame([dict(topic=0, label='trees', words=['oak'], size=len(papers), exemplars=list(papers.index[:3]), stability=1.)])
        self.papers = pd.DataFrame(dict(topic=0, strength=1., also=pd.NA), index=papers.index)
    def __bool__(self): return True


def check_lines(papers):
    "The lines of a digest are slices, one for each paper and role at most, and a brief review of each paper holds when it is verified; a quotation with one letter changed does not"
    found = material.gather(papers, OneTopic(papers), progress=False)
    must(found.lines['role'].isin(SHARES).all() and not found.lines.duplicated(['topic', 'key']).any(), 'a line of no role, or a paper that speaks twice')
    for key in papers.index[:2]:
        said = briefs.brief(papers, key)
        verified(found, said)
        changed = re.sub(r'(?<=“)(\w+ \w+[^“”]*)(?=” \[@)', lambda m: m[1][:-1] + chr(0x2603), said, count=1)
        must(changed == said or len(checking.check(found, changed, changed)), f'{key}: a quotation that was changed is not seen')


def verified(found, said):
    wrong = checking.check(found, said, said)
    must(wrong.empty, f'verify: {wrong.to_dict("records")[:2]!r:.300}')


HEADS = ['What', 'Said where']


def written(papers):
    "Markdown as reviews are made of, and the texts that stand in its headings, items and cells, as (kind, text)"
    names, said = core.label(papers), [(key, text[a:b]) for key, text in papers['abstract'].dropna().items() for a, b in texts.sentences(text)[:2]]
    rows = [(key, ', '.join(papers.at[key, 'keywords']), line) for key, line in said]
    blocks = [*(('h', n) for n in names), *(('li', f'“{line}”') for _, line in said), *(('td', text) for _, words, line in rows for text in (words, f'“{line}”'))]
    parts = [f'# {citations.escape(names.iloc[0])}', *(f'## {citations.escape(n)}' for n in names.iloc[1:]), '\n'.join(f'- {citations.quote(line, key)}' for key, line in said),
             citations.pipe_table(HEADS, [[citations.escape(words), citations.quote(line, key)] for key, words, line in rows]), '## References', '\n'.join(f'- {citations.reference_line(p)}' for _, p in papers.iterrows())]
    return '\n\n'.join(parts) + '\n', blocks


def flat(text): return ' '.join(text.split())


def check_shown(shown, blocks, where):
    "The headings, items and cells of a document, (kind, text) in order, begin with the texts that were written, letter by letter; where LaTeX is set, only their number is looked at"
    for kind in ('h', 'li', 'td'):
        seen, due = [t for k, t in shown if k == kind], [t for k, t in blocks if k == kind]
        must(len(seen) == len(due), f'{where}: {len(due)} blocks of {kind} were written, {len(seen)} are shown')
        for text, want in zip(map(flat, seen), map(flat, due)):
            must('\\' in want or want.count('$') > 1 or text.startswith(want), f'{where}: {want!r:.200} is shown as {text!r:.200}')


class Shown(HTMLParser):
    "What a page shows: its headings, items and cells; tags, attributes and addresses on the way"
    def __init__(self, page):
        super().__init__()
        self.open, self.blocks, self.found, self.links, self.references = [], [], set(), [], []
        self.feed(page)
        must(not self.open, f'html: left open are {[t for t, *_ in self.open]}')
    def handle_starttag(self, tag, attrs):
        self.found |= {tag, *(a for a, value in attrs if tag != 'col' or not re.fullmatch(r'width:[\d.]+%', value))}
        self.links += [v for a, v in attrs if a in ('href', 'src')]
        if tag == 'br': self.handle_data('\n')
        elif tag not in ('col', 'img'): self.open.append((tag, dict(attrs), []))
    def handle_endtag(self, tag):
        must(self.open and self.open[-1][0] == tag, f'html: </{tag}> closes nothing')
        _, attrs, text = self.open.pop()
        if tag in KIND_OF_TAG: (self.references if attrs.get('id', '').startswith('ref-') else self.blocks).append((KIND_OF_TAG[tag], ''.join(text)))
    def handle_data(self, data):
        for _, _, text in self.open: text.append(data)


KIND_OF_TAG = dict(h1='h', h2='h', li='li', td='td')
USUAL = set('mark i h1 h2 h3 p ul ol li a em strong code table colgroup col thead tbody tr th td div span footer section details summary q br id class href title rel tabindex role aria-label target lang'.split())


def check_page(page, papers, blocks):
    "A page is well formed, holds no markup of a record, leads only into the web and to itself, and shows what was written"
    must(page.count('http-equiv') == 1 and "default-src 'none'" in page.split('<title>')[0], 'html: no security policy')
    shown = Shown(page.split('<main>', 1)[1].rsplit('</main>', 1)[0])
    must(shown.found <= USUAL, f'html: markup of the record is markup of the page: {shown.found - USUAL}')
    must(all(re.match('https?://|#', link) for link in shown.links), f'html: leads to {[x for x in shown.links if not re.match("https?://|#", x)]}')
    must(len(shown.references) == len(papers), 'html: not one reference for each paper')
    for (_, text), (key, paper) in zip(shown.references, papers.iterrows()):
        for column in ('title', 'venue'): must(pd.isna(paper[column]) or markdown.typeset(paper[column].rstrip('.')) in text, f'html: the {column} of {key} is not in its reference: {text!r:.300}')
        must(pd.isna(paper['abstract']) or flat(markdown.typeset(paper['abstract'])) in flat(text), f'html: the abstract of {key} is not in its reference: {text!r:.300}')
    if blocks: check_shown(shown.blocks, with_references(blocks), 'html')


def with_references(blocks): return [*blocks, ('h', 'References')]


def check_html(papers):
    said, blocks = written(papers)
    check_page(export.to_html(said, papers, title=core.label(papers).iloc[0]), papers, blocks)


def check_markdown(papers):
    "A reader of Markdown that knows HTML finds none, no picture and no link but those of the references; it shows what was written"
    said, blocks = written(papers)
    check_plain_markdown(said)
    shown, kinds = [], []
    for token in READER.parse(said):
        if token.type.endswith('_open'): kinds.append(token.tag)
        elif token.type.endswith('_close'): kinds.pop()
        elif token.type == 'inline' and (kind := next((KIND_OF_TAG[k] for k in kinds if k in KIND_OF_TAG), None)): shown.append((kind, ''.join(c.content for c in token.children)))
    due = [*with_references(blocks), *(('li', k) for k in papers.index)]
    check_shown(shown, due, 'markdown')


def reader():
    from markdown_it import MarkdownIt
    return MarkdownIt('commonmark', {'html': True}).enable('table')


READER = reader()


def check_plain_markdown(said):
    for token in READER.parse(said):
        for t in (token, *(token.children or ())):
            must(t.type not in ('html_block', 'html_inline', 'image'), f'markdown: {t.type} {t.content!r:.100}')
            must(t.type != 'link_open' or re.match('https?://', t.attrs['href']) and t.markup == 'autolink', f'markdown: a link to {t.attrs.get("href")!r}')


def check_docx(papers):
    said, blocks = written(papers)
    check_word(word.to_docx(said, papers, {}, core.label(papers).iloc[0]), papers, blocks)


W = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'


def check_word(data, papers, blocks):
    "A document of Word is well formed, leads only into the web, and shows what was written"
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        must(z.testzip() is None, 'docx: a part is damaged')
        parts = {n: ElementTree.fromstring(z.read(n)) for n in z.namelist() if n.endswith(('.xml', '.rels'))}
    for n, part in parts.items():
        for r in part.iter('{http://schemas.openxmlformats.org/package/2006/relationships}Relationship'):
            must(r.get('TargetMode') != 'External' or re.match('https?://', r.get('Target')), f'docx: {n} leads to {r.get("Target")!r}')
    shown, body = [], parts['word/document.xml'][0]
    cells = {p for c in body.iter(f'{W}tc') for p in c.iter(f'{W}p')}
    for p in body.iter(f'{W}p'):
        style = p.find(f'{W}pPr/{W}pStyle').get(f'{W}val')
        kind = 'td' if p in cells else 'li' if style.startswith('ListBullet') else 'h' if style.startswith(('Heading', 'Title')) else None
        if kind: shown.append((kind, ''.join(t.text or '' for t in p.iter(f'{W}t'))))
    if blocks: check_shown(shown, [*with_references([b for b in blocks if b[0] == 'h']), *(b for b in blocks if b[0] == 'li'), *(('td', h) for h in HEADS), *(b for b in blocks if b[0] == 'td')], 'docx')


def shuffled(papers):
    "The same papers in another order"
    turned = papers.iloc[::-1].copy()
    turned.attrs = papers.attrs
    return turned


def check_dedupe(papers):
    "Finding duplicates twice changes nothing in any column, their order does not matter, and no record leaves the ledger"
    once = duplicates.dedupe(papers, progress=False)
    check_table(once)
    must(len(core.ledger(once)) == len(core.ledger(papers)), 'dedupe: the ledger has another length')
    for what, other in (('twice', duplicates.dedupe(once, progress=False)), ('in another order', duplicates.dedupe(shuffled(papers), progress=False))):
        must(set(other.index) == set(once.index), f'dedupe {what}: other papers stay, {sorted(set(other.index) ^ set(once.index))[:4]}')
        must(not (wrong := differences(once, other.loc[once.index])), f'dedupe {what}: {wrong[:2]}')
        a, b = (core.ledger(p)[['source', 'record', 'key', 'action', 'into']].sort_values(['source', 'record']).fillna('').values.tolist() for p in (once, other))
        must(a == b, f'dedupe {what}: the ledger says {[x for x in zip(a, b) if x[0] != x[1]][:2]}')


def check_order(papers):
    "Two files give the same papers under the same keys, whichever is read first"
    half, rows = len(papers) // 2, papers.reset_index(drop=True)
    parts = [p for p in (rows.iloc[:half], rows.iloc[half:]) if len(p)]
    parts = [[{c: v for c, v in r.items() if v is not pd.NA} | dict(source=f'case {n}') for r in p.to_dict('records')] for n, p in enumerate(parts)]
    one, other = (joined([Read('case', p) for p in order]) for order in (parts, parts[::-1]))
    must(set(one.index) == set(other.index) and not differences(one, other.loc[one.index]), f'order: {differences(one, other.loc[one.index])[:2] if set(one.index) == set(other.index) else set(one.index) ^ set(other.index)}')


def check_review(papers):
    "A whole review holds when it is verified, is text in Markdown, page and Word, and its notebook is one that runs"
    made = review.write_review(papers.iloc[:4], title=core.label(papers).iloc[0], progress=False)
    said, title = made.markdown, core.label(papers).iloc[0]
    wrong = made.verify()
    must(wrong.empty, f'verify: {wrong.to_dict("records")[:2]!r:.300}')
    check_plain_markdown(re.sub(r'!\[(?:\\.|[^\]\\])*\]\(figures/\w+\.png\)', '', said))
    check_page(export.to_html(said, made.papers, {}, title), made.papers, [])
    check_word(word.to_docx(said, made.papers, {}, title), made.papers, [])
    check_notebook(made._notebook(dict.fromkeys(made.tables, b'')), title)


def check_notebook(made, title):
    "A notebook is valid, its words are plain Markdown, and no code in it but the title comes from data"
    nbformat.validate(nbformat.from_dict(json.loads(json.dumps(made))))
    for cell in made.cells:
        if cell.cell_type == 'markdown': check_plain_markdown(markdown.unguarded(cell.source))
        for out in cell.get('outputs', ()): check_plain_markdown(markdown.unguarded(out['data'].get('text/markdown', '')))
        if cell.cell_type == 'code':
            calls = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Call)]
            must({ast.unparse(c.func) for c in calls} <= CALLS, f'notebook: {cell.source!r:.200}')
            if cell.id == 'review': must([k.value.value for k in calls[0].keywords if k.arg == 'title'] == [title], f'notebook: another title, {cell.source!r:.200}')


CALLS = set('load fit_topics write_review review.show review.verify plot_flow flow_table plot_map map_table layout plot_topics topic_table plot_years year_table plot_results results_table plot_timeline timeline_table plot_similarity similarity_table plot_network network_table plot_trends trend_table'.split())


def shown_in_xlsx(value): return json.loads(shown_in_xlsx(json.dumps(value, ensure_ascii=False))) if isinstance(value, dict) else saving._UNPRINTABLE.sub(' ', value) if isinstance(value, str) else value


def no_marks(words): return list(dict.fromkeys(w for word in words for part in re.split('[;|]', word) if (w := part.strip(' ,'))))


def links_of_bibtex(links): return [*dict.fromkeys(quote(u, safe='%/:=&?~#+!$,;\'@()*[]^`') for link in links for u in re.findall(r'(?:https?|ftp)://.*', link))]


def read_again(text):
    "A text whose tags, entities and LaTeX are read until none is left; in nearly all nothing is"
    while text != (text := clean(without_tags(text)) or ''): pass
    return text or None


def some_of(*names): return lambda extra: {n: said for n in names if extra.get(n) and (said := flat(re.sub('[\x00-\x1f\x7f]', ' ', str(extra[n]))))}


TEXTS = dict.fromkeys(('title', 'venue', 'abstract'), read_again) # What looks like markup is taken for it in a file that may be anybody's
LOST = {
    # What a format cannot hold: for each column what is left of a value, None where that is nothing
    '.parquet': {},
    '.jsonl': {},
    '.csv': dict(raw=lambda text: re.sub('\r\n?', '\n', text)),                # A carriage return ends a row for some readers, so line ends are \n
    '.xlsx': dict(raw=shown_in_xlsx, extra=shown_in_xlsx),                      # XML has no control characters; nothing but what the source said as it is holds any
    '.bib': dict(**TEXTS, source=None, record=None, raw=None,                            # It is a source of its own, in which the text is LaTeX
                 extra=some_of('volume', 'publisher', 'isbn'),                  # Plain text under names that can be fields
                 urls=links_of_bibtex,                                          # Only what names its scheme is told from text; what no link may hold, braces, bars, backslashes and spaces, is written as %7B
                 authors=lambda names: [flat(re.sub(r'[\\~]', ' ', n)) for n in names]), # A backslash or a tilde is no part of a name
    '.ris': dict(**TEXTS, source=None, record=None, raw=None, extra=some_of('volume', 'publisher'),
                 references=None, citations=None,                               # It has no tags for them
                 kind=lambda kind: 'paper' if kind == 'review' else kind,       # … and no type for a review
                 keywords=no_marks),
}


def left_of(papers, lost):
    "What a format can hold of a table"
    form = lambda f, v: v if f and not isinstance(v, (list, dict)) and pd.isna(v) else f(v) if f else None
    return papers.assign(**{c: pd.Series([form(f, v) for v in papers[c]], index=papers.index, dtype='object') for c, f in lost.items()})


def check_round(papers, suffix):
    "A table that was saved and loaded says the same in each column, but for what the format cannot hold; the second time nothing changes at all"
    lost = LOST[suffix]
    with tempfile.TemporaryDirectory() as folder:
        once = sources.load(path := saving.save(papers, Path(folder)/f'papers{suffix}'), progress=False)
        twice = sources.load(saving.save(once, path), progress=False)
    wrong = differences(left_of(papers, lost), left_of(once, lost))
    must(not wrong, f'{suffix}: {wrong[:2]}')
    moved = dict(TEXTS, raw=lambda text: read_again(unlatex(text) if suffix == '.bib' else text), record=None) if 'record' in lost else {} # What the format cannot hold may have taken lines in the first file
    wrong = differences(left_of(once, moved), left_of(twice, moved))
    must(not wrong, f'{suffix}, the second time: {wrong[:2]}')
    must(suffix != '.parquet' or core.ledger(papers).equals(core.ledger(once)), f'{suffix}: another ledger')


class Target(NamedTuple):
    "What works on a papers table, as the fuzzer feeds it"
    check: callable # Papers table → nothing, or `Fault`
    papers: int     # In a table
    cheap: bool     # A million of them in the long run, or a twentieth?


TARGETS = {
    'sentences': Target(check_spans, 25, True), 'claims': Target(check_claims, 25, True), 'lines': Target(check_lines, 5, False),
    'html': Target(check_html, 10, True), 'markdown': Target(check_markdown, 10, True), 'word': Target(check_docx, 10, False), 'review': Target(check_review, 4, False),
    'dedupe': Target(check_dedupe, 25, True), 'order': Target(check_order, 25, True),
    **{f'save{suffix}': Target(partial(check_round, suffix=suffix), 25, suffix not in ('.xlsx', '.parquet')) for suffix in LOST},
}


def records_of(name, numbers):
    "The papers of some cases of a target"
    return [cases.paper(name, n) for n in numbers]


def check_target(name, data):
    "Raise `Fault` where something is wrong with what a target makes of papers, a list of them in JSON"
    papers = table(json.loads(data))
    check_table(papers)
    TARGETS[name].check(papers)


def packed(records): return json.dumps(records).encode()
