"""Topics of a large corpus: seconds, memory, and what a second worker gains.

    python bench/scale.py CORPUS.parquet                                     30,000 and 300,000 papers in one process
    python bench/scale.py CORPUS.parquet --papers 300000 --workers 1 2       what the second worker gains, stage by stage
    python bench/scale.py CORPUS.parquet --papers 3000000 --workers 2        the corpus again and again, each time with other titles

Each run is a process of its own, from a cold start to written topics; papers come again, changed, when the corpus has fewer. CPU seconds are of
the run and its workers, and count on a machine that others use too; wall seconds and the load of the machine stand beside them. Peak memory is of
the largest process. The folder must be new; it is left for you to look at."""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))
import corpus


def used():
    "CPU seconds of this process and of children that ended, and the peak memory of the largest in MB"
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(r.ru_utime + r.ru_stime for r in both), max(r.ru_maxrss for r in both) / 1024

def one(path, out, workers):
    "One run: seconds of each stage"
    from paperlit import scale
    seconds, client, cluster = {}, None, None
    if workers:
        from distributed import Client, LocalCluster
        cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        client = Client(cluster)
    done = scale._done
    def timed(client, tasks, total, what, out, progress):
        start, own = time.perf_counter(), time.process_time()
        yield from done(client, tasks, total, what, out, progress)
        seconds[what], seconds[f'{what} (this process, CPU)'] = time.perf_counter() - start, time.process_time() - own
    scale._done = timed
    start = time.perf_counter()
    large = scale.fit_large(scale.scan(path), out=out, client=client, progress=False)
    seconds['all'] = time.perf_counter() - start
    if client: client.close(); cluster.close()
    cpu, memory = used()
    print(json.dumps(dict(seconds={k: round(v, 1) for k, v in seconds.items()}, cpu=round(cpu, 1), memory=round(memory), topics=len(large.table), papers=int(large.table['size'].sum()))))

def run(path, out, workers):
    "One run in a process of its own"
    load, start = os.getloadavg()[0], time.perf_counter()
    env = os.environ | dict(OMP_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')
    done = subprocess.run([sys.executable, __file__, str(path), '--one', str(out), str(workers)], capture_output=True, text=True, env=env)
    if done.returncode: raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1]) | dict(wall=round(time.perf_counter() - start, 1), load=f'{load:.1f} → {os.getloadavg()[0]:.1f}')

def gained(found):
    "How much faster each stage is with more workers than with the fewest"
    least = min(found)
    for many in sorted(set(found) - {least}):
        ratios = {what: found[least]['seconds'][what] / found[many]['seconds'][what] for what in ('read', 'place', 'all')}
        both = sum(found[least]['seconds'][w] for w in ('read', 'place')) / sum(found[many]['seconds'][w] for w in ('read', 'place'))
        print(f'{many} workers against {least}: ' + ', '.join(f'{what} {r:.2f}x' for what,r in ratios.items()) + f', read and place {both:.2f}x', flush=True)

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('corpus')
    parser.add_argument('--papers', type=int, nargs='+', default=[30_000, 300_000])
    parser.add_argument('--workers', type=int, nargs='+', default=[0], help='0: in the process itself')
    parser.add_argument('--out', help='folder (default: a new one)')
    parser.add_argument('--one', nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one: one(args.corpus, args.one[0], int(args.one[1])); return
    folder = Path(args.out or tempfile.mkdtemp(prefix='paperlit-scale-'))
    folder.mkdir(parents=True, exist_ok=True)
    for n in args.papers:
        path,found = corpus.write(folder/f'{n}.parquet', n, args.corpus),{}
        for workers in args.workers:
            found[workers] = run(path, folder/f'{n}-{workers}', workers)
            print(f'{n:,} papers, {workers or "no"} workers: {found[workers]}', flush=True)
        gained(found)

if __name__ == '__main__': main()
