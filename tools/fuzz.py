"""Feed damaged files to the readers, and damaged papers to all that works on the papers table, and hold what comes out against what must be true.

    python tools/fuzz.py --minutes 10                # every target by turns
    python tools/fuzz.py --minutes 10 --target ris   # one of them
    python tools/fuzz.py --executions 1000000 --minutes 900  # so many small files through every reader, and papers through every target; a twentieth for the dear ones; found faults go to fuzz-found/
    python tools/fuzz.py --planted --minutes 10      # faults put in on purpose, one at a time: how many does a run like the first find?
    python tools/fuzz.py --show 'ris 1234'           # one case again: the bytes, and what is wrong with it
    python tools/fuzz.py --show fuzz-found/ris-1     # the same for a file

The cases are made in `cases.py`; what must be true of a reader is in `oracle.py`, of the rest in `targets.py`; the faults to plant are in `planted.py`.
A case is named by its target and a number and is the same on every machine. One that found a fault goes into `tests/fixtures/fuzz`, which `tests/test_fuzz.py` holds against the oracle for ever."""
import argparse
import gc
import io
import json
import multiprocessing
import re
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import cases
import oracle
import targets
from cases import BINARY, READERS, TEXT_READERS, corpus, small_case, small_seeds
from oracle import SECONDS, Fault, TooLong, check_parts, check_record, check_table, in_one_line, must, named
from paperlit import charsets, core, sources
from paperlit.core import SourceError
from paperlit.records import judged
from targets import TARGETS

ALL = [*TARGETS, *READERS]


def case(seeds, name, number):
    "Case `number` of a reader or another target: always the same bytes"
    if name not in TARGETS: return cases.case(seeds, name, number)
    n = TARGETS[name].papers
    return targets.packed(targets.records_of(name, range(n*number, n*number + n)))


def check_loaded(papers):
    "What was loaded is a papers table with whole spans, says the same after saving and loading, after finding duplicates and in any order, and its documents hold when they are verified"
    check_table(papers)
    for name in targets.TARGETS:
        if name != 'review': targets.TARGETS[name].check(papers)


def check_bytes(name, data, deep):
    "Raise `Fault` where something is wrong with what is made of a file of bytes"
    stream = io.BytesIO(data)
    stream.name = f'case.{name}'
    try: papers = sources.load(stream, progress=False)
    except SourceError as e: must('the reader failed' not in str(e), str(e)); return
    check_loaded(papers) if deep else check_table(papers)


def check(name, data, deep=True):
    "Raise `Fault` where something is wrong with what a reader makes of `data`; `deep` looks at all that follows, too"
    if name in targets.TARGETS: targets.check_target(name, data); return
    if name in BINARY: check_bytes(name, data, deep); return
    form, text = sources.FORMATS[name], charsets.decode(data)
    if text is None: records = []
    else:
        try: records = list(form.read(text))
        except SourceError: records = []
    for r in records: check_record(r, text.count('\n') + 1)
    found = [judged(r, 'case') for r in records]
    if not deep: return
    if text: check_parts(form, text)
    papers = core.papers_table(found)
    must(len(core.ledger(papers)) == len(records), f'{len(records)} records, {len(core.ledger(papers))} rows in the ledger')
    check_table(papers)
    try: loaded = sources.load(named(data, name), progress=False)
    except SourceError: return
    check_loaded(loaded)


def why_wrong(name, data, deep=True):
    "What is wrong with a case in one line, or None"
    try:
        with oracle.limit(), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            check(name, data, deep)
    except TooLong: return f'it takes longer than {SECONDS} s'
    except Exception as e: return in_one_line(e)


def kind_of(why): return re.sub(r"'[^']*'|\d+|\W+", ' ', why)[:70]


def fuzz(name, seeds, numbers, until=None, deep_every=100):
    "Run cases of a target: how many ran, and what was found as {kind: (number, why)}"
    found, n = {}, 0
    for n, number in enumerate(numbers, 1):
        why = why_wrong(name, case(seeds, name, number), number % deep_every == 0)
        if why: found.setdefault(kind_of(why), (number, why))
        if until and time.monotonic() > until: break
    return n, found


def smaller(name, data):
    "The papers of a case of which each is needed for its fault"
    records = json.loads(data)
    wrong = lambda rs: rs and why_wrong(name, targets.packed(rs))
    if one := next((r for r in records if wrong([r])), None): return targets.packed([one])
    for r in list(records):
        if wrong(fewer := [x for x in records if x is not r]): records = fewer
    return targets.packed(records)


BLOCK = 500  # Small cases that share one clock
AGAIN = 5000 # Every so many small cases one is held against all that follows, too


def check_small(form, text, number):
    "The cheap oracle: the reader's own exception or sound records with places; of every fourth case the cleaning, too"
    try: records = list(form.read(text))
    except SourceError: return
    n_lines = text.count('\n') + 1
    for r in records: check_record(r, n_lines)
    if number % 4 == 0:
        for r in records: judged(r, 'case')


def why_small(form, texts, numbers):
    "The first of these small cases that is wrong, as (number, why), or None"
    number = numbers.start
    try:
        with oracle.limit(SECONDS + 2):
            for number in numbers: check_small(form, small_case(texts, form.name, number), number)
    except TooLong: return number, f'it takes longer than {SECONDS} s'
    except Exception as e: return number, in_one_line(e)


def keep(folder, name, number, data, why):
    "A file for a fault that was found, with what is wrong with it beside it"
    folder.mkdir(exist_ok=True)
    (folder/f'{name}-{number}').write_bytes(data)
    print(f'{folder/f"{name}-{number}"}: {why}', flush=True)


def small_block(name, texts, start, kinds, folder):
    "A block of small cases of a reader, and every `AGAIN`th of them with the dear oracle"
    form, numbers = sources.FORMATS[name], range(start, start + BLOCK)
    def found(number, why):
        if kinds.setdefault((name, kind_of(why)), why) is why: keep(folder, name, number, small_case(texts, name, number).encode(), why)
    while numbers and (wrong := why_small(form, texts, numbers)): found(*wrong); numbers = range(wrong[0] + 1, numbers.stop)
    if start % AGAIN == 0 and (why := why_wrong(name, small_case(texts, name, start).encode())): found(start, why)



def due(name, executions): return executions if name in TEXT_READERS or name in TARGETS and TARGETS[name].cheap else executions // 20


def turn(name, at, seeds, small, kinds, folder):
    "A few cases of a target from number `at` on: how many there were"
    if name in small: small_block(name, small[name], at, kinds, folder); return BLOCK
    size = TARGETS[name].papers if name in TARGETS else 1
    first, n = at // size, max(1, 50 // size) if name in TARGETS else BLOCK // 20
    for kind, (number, why) in fuzz(name, seeds, range(first, first + n), deep_every=500)[1].items():
        if kinds.setdefault((name, kind), why) is not why: continue
        data = case(seeds, name, number)
        keep(folder, name, number, smaller(name, data) if name in TARGETS else data, why)
    return n*size


def many(names, executions, start, minutes, folder):
    "So many cases of each cheap target and a twentieth of them for each dear one, by turns, or until time is up; of what works on papers each paper counts"
    seeds, done, kinds, end = corpus(), Counter(), {}, time.monotonic() + 60*minutes
    small = {name: small_seeds(name, seeds) for name in names if name in TEXT_READERS}
    gc.freeze()
    warnings.simplefilter('ignore')
    spent, said = time.process_time(), time.monotonic()
    while time.monotonic() < end and (left := [n for n in names if done[n] < due(n, executions)]):
        for name in left: done[name] += turn(name, start + done[name], seeds, small, kinds, folder)
        if time.monotonic() > said + 60: said = time.monotonic(); print(f'{sum(done.values())} cases, {time.process_time() - spent:.0f} s of this process: {dict(done)}', flush=True)
    return done, kinds


def long_run(names, minutes, start, stop=False):
    "By turns half a second of each target, until time is up, or until something is found"
    seeds, done, kinds, end = corpus(), Counter(), {}, time.process_time() + 60*minutes
    while time.process_time() < end:
        for name in names:
            at = start + done[name]
            n, found = fuzz(name, seeds, range(at, at + 10**6), time.monotonic() + .5, deep_every=25)
            done[name] += n
            for kind, (number, why) in found.items():
                if kinds.setdefault((name, kind), (number, why))[1] is why and not stop: print(f'{name} {number}: {why}', flush=True)
            if kinds and stop: return done, kinds
    return done, kinds


def hunt(name, minutes, said):
    "Plant a fault and run until something is found that is nothing without the fault; in a process of its own, whose memory knows nothing of other faults"
    from planted import PLANTED
    from pytest import MonkeyPatch
    warnings.simplefilter('ignore')
    start, patch = time.process_time(), MonkeyPatch()
    PLANTED[name].plant(patch)
    _, kinds = long_run(ALL, minutes, 0, stop=True)
    patch.undo()
    (target, _), (number, why) = next(iter(kinds.items()), ((None, 0), (0, 'nothing was found')))
    said.put((target, number, why, time.process_time() - start))


def planted(minutes):
    "Which of the planted faults a run of so many minutes of computing finds"
    from planted import PLANTED
    found, fork = [], multiprocessing.get_context('fork')
    for name in PLANTED:
        worker = fork.Process(target=hunt, args=(name, minutes, said := fork.Queue()))
        worker.start()
        target, number, why, spent = said.get()
        worker.join()
        if target and not why_wrong(target, case(corpus(), target, number)): found.append(name)
        print(f'{name}: {f"{target} {number}, {why:.100}" if target else why} ({spent:.0f} s)', flush=True)
    print(f'{len(found)} of {len(PLANTED)} planted faults were found, each within {minutes:g} minutes of computing')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--minutes', type=float, default=10)
    parser.add_argument('--target', '--reader', choices=ALL, action='append')
    parser.add_argument('--start', type=int, default=0, help='number of the first case')
    parser.add_argument('--executions', type=int, help='cases of each cheap target, and a twentieth of them for the others')
    parser.add_argument('--kept', type=Path, default=Path('fuzz-found'), help='folder for what `--executions` finds')
    parser.add_argument('--planted', action='store_true', help='plant faults and see which are found')
    parser.add_argument('--show', metavar='CASE', help='a case, as `ris 1234`')
    args = parser.parse_args()
    if args.planted: planted(args.minutes); return
    if args.show:
        name, number = args.show.split() if ' ' in args.show else (Path(args.show).name.rpartition('-')[0], None)
        data = Path(args.show).read_bytes() if number is None else case(corpus(), name, int(number))
        sys.stdout.buffer.write(data + b'\n')
        print(why_wrong(name, data) or 'nothing is wrong with it', file=sys.stderr)
        return
    names = args.target or ALL
    done, kinds = many(names, args.executions, args.start, args.minutes, args.kept) if args.executions else long_run(names, args.minutes, args.start)
    print(f'{sum(done.values())} cases, {len(kinds)} kinds of fault')
    for name, n in done.items(): print(f'  {name:16} {n:8}  {sum(k[0] == name for k in kinds)}')
    sys.exit(bool(kinds))


if __name__ == '__main__': main()
