"""What must be true of whatever the readers make of a damaged file, and of any papers table"""
import io
import re
import signal
import traceback
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from paperlit import core, sources, streams
from paperlit.core import COLUMNS, Rejected

SECONDS = 10 # A case that computes longer hangs


class Fault(AssertionError):
    "Something that must be true of any file is not"


class TooLong(BaseException):
    "A case took longer than `SECONDS`; no `except Exception` stops it"


@contextmanager
def limit(seconds=SECONDS):
    def late(*_): raise TooLong
    old = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try: yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


def must(holds, why):
    if not holds: raise Fault(why)


LINE = re.compile(r'\bL(\d+)')
TYPES = {'string': str, 'list': list, 'dict': dict, 'Int64': int}


def check_record(record, n_lines):
    "A record of a reader has fields of the right types, and a place that lies in its file"
    place = record.record if isinstance(record, Rejected) else record.get('record')
    if not (isinstance(place, str) and place): raise Fault(f'no place: {record}')
    for n in LINE.findall(place):
        if not 0 < int(n) <= n_lines: raise Fault(f'{place} is beyond the file, which has {n_lines} lines')
    if isinstance(record, Rejected): must(isinstance(record.reason, str) and record.reason, 'rejected without a reason'); return
    for column, value in record.items():
        if column not in COLUMNS or value is None: continue
        if not isinstance(value, TYPES[COLUMNS[column]]): raise Fault(f'{column} is a {type(value).__name__}')
        if isinstance(value, list) and not all(isinstance(v, str) and v.strip() for v in value): raise Fault(f'{column} has an empty item: {value!r:.200}')


def check_table(papers):
    "A papers table is one, and its ledger adds up"
    core.check_papers(papers)
    led = core.ledger(papers)
    actions = led['action'].value_counts().to_dict()
    must(set(actions) <= {'kept', 'merged', 'rejected', 'excluded'}, f'actions {actions}')
    must(sorted(led.loc[led['action'] == 'kept', 'key']) == sorted(papers.index), 'the kept of the ledger are not the keys of the table')
    must(led.loc[led['action'].isin(['rejected', 'excluded']), 'reason'].notna().all(), 'a reason is lacking')
    must(set(led.loc[led['action'] == 'merged', 'into']) <= set(led.loc[led['action'] != 'merged', 'key']), 'merged into nothing')
    for r in led['reason'].dropna(): must('the reader failed' not in r, r)
    for column in (c for c, kind in COLUMNS.items() if kind == 'string'):
        for v in papers[column].dropna(): must('\0' not in v and not re.search('[\ud800-\udfff]', v), f'{column} holds what no file can: {v!r:.100}')
    for p in papers['urls']: must(all(isinstance(u, str) for u in p), 'a link that is no text')
    must(papers['raw'].isna().equals(papers['abstract'].isna()) or not (papers['raw'].isna() & papers['abstract'].notna()).any(), 'an abstract without a source')


def differences(a, b, columns=tuple(COLUMNS)):
    "What differs between two papers tables, and in which column"
    if list(a.index) != list(b.index): return [('key', f'{len(a)} and {len(b)} papers, keys {list(a.index)[:4]} and {list(b.index)[:4]}')]
    flat = lambda v: None if not isinstance(v, (list, dict)) and pd.isna(v) else v
    return [(c, f'{c} of {k}: {x!r:.200} and {y!r:.200}') for c in columns for k, x, y in zip(a.index, map(flat, a[c]), map(flat, b[c])) if x != y]


def check_parts(form, text):
    "A text read in small parts gives what it gives as a whole"
    if not form.cut: return
    cut, chunk = form.cut(text), streams.CHUNK
    if not cut: return
    try:
        streams.CHUNK = 200
        blocks = lambda: (text[i:i+60] for i in range(0, len(text), 60))
        parts = [r for p in streams.read_parts(form._replace(cut=lambda head: cut), blocks) for r in p]
    finally: streams.CHUNK = chunk
    whole = list(form.read(text))
    must(parts == whole, f'in parts: {len(parts)} records, as a whole: {len(whole)}, the first that differs: {next((x for x in zip(parts, whole) if x[0] != x[1]), None)!r:.300}')


def named(data, name):
    stream = io.BytesIO(data)
    stream.name = f'case{(sources.FORMATS[name].suffixes or (".txt",))[0]}'
    return stream


def in_one_line(e):
    at = traceback.extract_tb(e.__traceback__)[-1]
    return f'{type(e).__name__} in {Path(at.filename).name}, {at.name}: {e}'[:600]
