"""How long hostile text takes, from 64 KB to 4 MB: every reader, splitter, extractor and writer, fed with every family of `tests/test_hostile.py`.

    python tools/linear.py                        # 256 KB of each; where that takes time, 64 KB, and what is slow or grows too fast, at 1, 2 and 4 MB
    python tools/linear.py --step bibtex --all    # the steps whose name holds this word, all families at every size

CPU time, to be taken on a quiet machine. A line for each pair that takes more than a second for a megabyte, or for which twice the text takes more than 2.2 times as long."""
import argparse
import gc
import math
import re
import signal
import sys
import time
import warnings
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]/'tests'))
import fuzz
from paperlit import sources
from paperlit.core import SourceError
from test_hostile import STEPS, UNITS, repeated

KB, MB = 2**10, 2**20


MARKS = (f' {n}' for n in count()) # At the end of each text, so that nothing is remembered of the one before


def within(name, seed):
    "A reader fed with a file of its own, the hostile text in the middle of its longest run of words"
    words = max(re.finditer(r'[A-Za-z .,]+', seed), key=lambda m: len(m[0]))
    at, form = (words.start() + words.end()) // 2, sources.FORMATS[name]
    return lambda text: list(form.read(seed[:at] + text + seed[at:]))


def as_load(step):
    "A reader as `load` calls it: the garbage collector waits, which would go through all records again and again"
    def read(text):
        gc.disable()
        try: step(text)
        finally: gc.enable()
    return read


def steps():
    "Those of the tests, and every reader of text fed with a record"
    seeds = fuzz.corpus()
    found = STEPS | {f'{n} record': within(n, fuzz.small_seeds(n, seeds)[0]) for n in fuzz.TEXT_READERS}
    return {n: as_load(s) if n.startswith('read ') or n.endswith(' record') else s for n, s in found.items()}


class TooLong(BaseException): pass


def late(*_): raise TooLong


def cpu(step, text, seconds):
    "CPU seconds that a step takes, or infinity"
    signal.setitimer(signal.ITIMER_PROF, seconds)
    start = time.process_time()
    try: step(text)
    except TooLong: return float('inf')
    except (SourceError, RecursionError): pass
    finally: signal.setitimer(signal.ITIMER_PROF, 0)
    return time.process_time() - start


def twice(times):
    "From {size: seconds} the largest growth for twice the text; what takes less than a tenth of a second shows the machine's other work"
    sizes = sorted(times)
    return max(((times[b] / max(times[a], 1e-3)) ** (1 / math.log2(b / a)) for a, b in zip(sizes, sizes[1:]) if times[b] > .1), default=1)


def measured(step, unit, all_sizes):
    "{size: seconds} of one family; the long texts only where the short ones are slow or grow fast"
    take = lambda size: cpu(step, repeated(unit, size) + next(MARKS), 3 * size / MB + .5)
    times = {256*KB: take(256*KB)}
    if times[256*KB] < .025 and not all_sizes: return times
    times[64*KB] = take(64*KB)
    if all_sizes or times[256*KB] > .22 or twice(times) > 2:
        times = {size: min(take(size), t) for size, t in times.items()} | {size: take(size) for size in (MB, 2*MB, 4*MB)}
        if twice(times) > 2.2: times = {size: min(take(size), t) for size, t in times.items()} # A busy machine is none of the step's faults
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--step', default='')
    parser.add_argument('--family', default='')
    parser.add_argument('--all', action='store_true')
    args = parser.parse_args()
    warnings.simplefilter('ignore')
    signal.signal(signal.SIGPROF, late)
    n, slow = 0, 0
    for name, step in ((n, s) for n, s in steps().items() if args.step in n):
        found = {f: measured(step, unit, args.all) for f, unit in UNITS.items() if args.family in f}
        n += len(found)
        rate = {f: max(t / s * MB for s, t in times.items() if s >= 256*KB) for f, times in found.items()}
        worst, fastest = max(rate, key=rate.get), max(found, key=lambda f: twice(found[f]))
        print(f'{name}: at most {rate[worst]:.2f} s/MB ({worst}), growth {twice(found[fastest]):.2f} ({fastest})', flush=True)
        for f, times in found.items():
            if rate[f] > 1 or twice(times) > 2.2: slow += 1; print(f'  SLOW {f}: ' + ', '.join(f'{s // KB} KB {t:.2f} s' for s, t in sorted(times.items())), flush=True)
    print(f'{n} pairs, {slow} of them slow')
    sys.exit(bool(slow))


if __name__ == '__main__': main()
