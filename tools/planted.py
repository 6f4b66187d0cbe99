"""Faults to plant, one at a time, to see that the fuzzer finds them"""
import re
from io import BytesIO
from typing import NamedTuple
from zipfile import ZipFile

import pandas as pd

import oracle
from paperlit import briefs, checking, citations, core, digests, duplicates, export, joining, material, records, results, review, saving, sections, sentences, sources, systems, word
from paperlit import text as texts
from paperlit.core import Rejected
from paperlit.formats import bibtex, tagged


class Planted(NamedTuple):
    "A fault"
    plant: callable # Puts it in, given pytest's `MonkeyPatch`
    where: str='ris' # A target that finds it
    at: int=0        # A case of it a little before the one that does, where that is far


def around(owner, name, change, where='ris'):
    "What a function gives, changed; `change` gets that and the function's arguments"
    def plant(patch):
        real = getattr(owner, name)
        patch.setattr(owner, name, lambda *a, **k: change(real(*a, **k), *a))
    return Planted(plant, where)


def after(owner, name, change, where='ris'): return around(owner, name, lambda out, *args: change(out), where)
def before(owner, name, change, where): return Planted(lambda patch: patch.setattr(owner, name, lambda first, *a, real=getattr(owner, name), **k: real(change(first), *a, **k)), where)
def instead(owner, name, new, where): return Planted(lambda patch: patch.setattr(owner, name, new), where)


def raises_when(holds, error):
    def read(text, records):
        if holds(text): raise error
        return records
    return reader(read)


def reader(change):
    def plant(patch):
        real = sources.FORMATS['ris'].read
        patch.setitem(sources.FORMATS, 'ris', sources.FORMATS['ris']._replace(read=lambda text: change(text, [*real(text)])))
    return Planted(plant)


def of_records(change): return reader(lambda text, rs: [change(r, rs, text) if isinstance(r, dict) else r for r in rs])


def hang(text, records):
    while '@a{@a{@a{' in text: pass
    return records


def slow(patch):
    patch.setattr(oracle, 'limit', lambda seconds=2, real=oracle.limit: real(2))
    reader(hang).plant(patch)


def writer(suffix, change):
    "The bytes that are written, changed"
    def plant(patch):
        real = saving.WRITERS[suffix]
        def write(papers, path): real(papers, path); path.write_bytes(change(path.read_bytes()))
        patch.setitem(saving.WRITERS, suffix, write)
    return Planted(plant, f'save{suffix}')


def table_for(suffix, change): return Planted(lambda patch: patch.setitem(saving.WRITERS, suffix, lambda papers, path, real=saving.WRITERS[suffix]: real(change(papers), path)), f'save{suffix}')
def live(papers, path): saving.cells(papers).map(lambda v: saving._UNPRINTABLE.sub(' ', v) if isinstance(v, str) else v).to_excel(path, index=False, engine='openpyxl')


def unescaped(data):
    "A document of Word in which text is not escaped"
    out = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(out, 'w') as new:
        for name in old.namelist(): new.writestr(name, old.read(name).replace(b'&lt;', b'<') if name == 'word/document.xml' else old.read(name))
    return out.getvalue()


def rounded(row): return row | dict(value=re.sub(r'(\d)\.\d+', r'\1', row['value'])) if pd.notna(row['value']) else row


PLANTED = {
    # Of a reader
    'KeyError at a rare tag': raises_when(lambda text: 'JOUR' not in text, KeyError('JOUR')),
    'RecursionError on a long run': raises_when(lambda text: '{' * 30 in text, RecursionError('too deep')),
    'endless loop': Planted(slow),
    'place beyond the file': of_records(lambda r, rs, text: r | dict(record='L1-L999999') if 'é' in text else r),
    'year as text': of_records(lambda r, rs, text: r | dict(year='2001') if len(rs) == 1 else r),
    'year as a fraction': of_records(lambda r, rs, text: r | dict(year=float(r['year'])) if r.get('year') else r),
    'author of white space': of_records(lambda r, rs, text: r | dict(authors=[*r.get('authors', []), ' ']) if len(rs) > 2 else r),
    'authors as one text': of_records(lambda r, rs, text: r | dict(authors='; '.join(r['authors'])) if len(r.get('authors', ())) > 1 else r),
    'a record without a place': of_records(lambda r, rs, text: {k: v for k, v in r.items() if k != 'record'} if 'doi' in r else r),
    'the last record of a file lost': reader(lambda text, rs: rs[:-1]),
    'a record that comes twice': reader(lambda text, rs: rs + rs[-1:]),
    'rejected without a reason': reader(lambda text, rs: rs if 'TY' in text else [*rs, Rejected('L1', '')]),
    'an error swallowed with what came before it': reader(lambda text, rs: rs if len(text) < 150 else []),
    # Of the table
    'a row of the ledger lost': after(core, 'ledger', lambda led: led.iloc[:-1] if len(led) > 1 else led),
    'a kept row counted as merged': after(core, 'ledger', lambda led: led.assign(action=led['action'].where(led.index > 0, 'merged'), into=led['key'])),
    'zero bytes let through': after(records, 'cleaned', lambda r: r | dict(title=r['title'] + '\0') if r.get('title') and 'Trees' not in r['title'] else r),
    'half a character let through': instead(records, 'whole', lambda value: value, 'order'),
    'the same key twice': after(core, 'unique_keys', lambda keys: [keys[0]] * len(keys)),
    'keys by the order of reading': instead(joining, '_contents', lambda papers, wanted: {i: (i,) for i in range(len(wanted))}, 'order'),
    # Of the search for duplicates
    'dedupe loses a paper': after(duplicates, 'dedupe', lambda papers: papers.iloc[:-1], 'dedupe'),
    'dedupe that changes what it found': after(duplicates, 'dedupe', lambda papers: papers.assign(title=papers['title'] + '.'), 'dedupe'),
    'dedupe whose keys depend on order': after(duplicates, 'dedupe', lambda papers: papers.rename(index={papers.index[0]: papers.index[0] + '-first'}), 'dedupe'),
    'dedupe whose values depend on order': instead(duplicates, '_standing', lambda row: 0, 'dedupe'),
    # Of the splitter and what rests on it
    'spans one too far': after(sentences, 'tag_sentences', lambda t: t.assign(start=t['start'] + 1), 'sentences'),
    'the last sentence lost': after(texts, 'sentences', lambda spans: spans[:-1] if len(spans) > 1 else spans, 'sentences'),
    'sentences that overlap': after(texts, '_cut', lambda spans: tuple((max(0, a - 1), b) for a, b in spans), 'sentences'),
    'a sentence without its question mark': around(texts, '_cut', lambda spans, text: tuple((a, b - (text[b-1] == '?')) for a, b in spans), 'sentences'),
    'a link cut in two': around(texts, '_cut', lambda spans, text: tuple(s for a, b in spans for at in [text.find('://', a, b)] for s in ([(a, at), (at, b)] if at > a else [(a, b)])), 'sentences'),
    'a probability of more than one': after(sentences, 'roles_of', lambda roles: [(r, p * 1.2) for r, p in roles], 'sentences'),
    # Of the extractor
    'a number rounded': after(results, 'sentence_rows', lambda rows: [*map(rounded, rows)], 'claims'),
    'a comparator out of nowhere': after(results, 'sentence_rows', lambda rows: [r | dict(comparators=r['comparators'] or ['the baseline']) for r in rows], 'claims'),
    'the name of a system in capitals': after(systems, 'find_systems', lambda found: found.assign(system=found['system'].str.upper()), 'claims'),
    # Of digests, brief reviews and their check
    'a digest in lower case': after(material, 'digest', lambda lines: lines.assign(text=lines['text'].str.lower()), 'lines'),
    'a quotation without its commas': before(briefs, 'quote', lambda text: text.replace(',', ''), 'lines'),
    'verify that does not read quotations': instead(checking, '_check_text', lambda papers, markdown: (), 'lines'),
    'verify that looks at the beginning only': instead(checking, '_one_line', lambda text: ' '.join(text.split())[:20], 'lines'),
    # Of the page, Markdown, Word and the notebook
    'markup not escaped': after(export, 'to_html', lambda page: page.replace('&lt;', '<'), 'html'),
    'a page without its policy': after(export, '_guarded', lambda page: page.replace("default-src 'none'", 'default-src *'), 'html'),
    'an abstract cut off in the references': before(export, 'marked', lambda text: text[:200], 'html'),
    'Markdown whose < is not escaped': after(citations, 'escape', lambda text: text.replace('\\<', '<'), 'markdown'),
    'Markdown whose bar ends a cell': after(citations, 'escape', lambda text: text.replace('\\|', '|'), 'markdown'),
    'Markdown whose brackets make links': after(citations, 'escape', lambda text: text.replace('\\[', '[').replace('\\]', ']'), 'markdown'),
    'a document of Word cut short': after(word, 'to_docx', lambda data: data[:-40], 'word'),
    'a document of Word that is not escaped': after(word, 'to_docx', unescaped, 'word'),
    'Word that loses what follows a tab or a bar': before(word, 'run_of', lambda text: text.split('|')[0], 'word'),
    'a section of the review that is not escaped': instead(sections, 'escape', lambda text: ' '.join(str(text).split()), 'review')._replace(at=25),
    'a title that ends the code of the notebook': instead(review, '_code', lambda r: ['topics = None', f"review = write_review(papers, topics=topics, title='{r.title}', seed=0)"], 'review'),
    # Of saving
    'save loses a paper': table_for('.parquet', lambda papers: papers.iloc[1:]),
    'a year changed by saving': table_for('.parquet', lambda papers: papers.assign(year=papers['year'] + 1)),
    'JSON Lines without zeros': table_for('.jsonl', lambda papers: papers.assign(citations=papers['citations'].replace(0, pd.NA))),
    'CSV whose quotation marks are not doubled': writer('.csv', lambda data: data.replace(b'""', b'"')),
    'XLSX with live formulas': Planted(lambda patch: patch.setitem(saving.WRITERS, '.xlsx', live), 'save.xlsx'),
    'BibTeX that loses braces': after(bibtex, 'latex', lambda text: text.replace(r'\{', '').replace(r'\}', ''), 'save.bib'),
    'BibTeX whose names run together': writer('.bib', lambda data: data.replace(b' and ', b', ')),
    'BibTeX with the first keyword only': after(bibtex, '_list', lambda text: text.split(', ')[0], 'save.bib'),
    'RIS that breaks a line at a colon': after(tagged, 'write_ris', lambda text: text.replace(': ', ':\nT2  - '), 'save.ris'),
    'RIS without the last author': table_for('.ris', lambda papers: papers.assign(authors=[a[:-1] if len(a) > 2 else a for a in papers['authors']])),
}
