"A long file is read in parts, and what comes out is what its reader gives of the whole"
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from paperlit import charsets, ledger, load, streams
from paperlit.sources import FORMATS, _sniff

FILES = sorted(p for p in (Path(__file__).parent/'fixtures'/'formats').iterdir() if p.name != 'expected.json')


def small(monkeypatch, chunk, block):
    monkeypatch.setattr(streams, 'CHUNK', chunk)
    monkeypatch.setattr(charsets, 'BLOCK', block)


def whole_and_streamed(data, name, monkeypatch, chunk, block):
    "What the reader gives of a text at once, and in parts; and how many parts there were"
    form, charset = _sniff(lambda: io.BytesIO(data), name)
    if form.binary: return None, None, 0
    whole = list(form.read(charsets.decode(data)))
    small(monkeypatch, chunk, block)
    parts = [list(p) for p in streams.read_parts(form, lambda: charsets.characters(lambda: io.BytesIO(data), charset))]
    return whole, [r for p in parts for r in p], len(parts)
