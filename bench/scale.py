"""Topics of a large corpus: seconds, memory, and what a second worker gains.

    python bench/scale.py CORPUS.parquet [--papers 30000 300000] [--workers 1 2] [--out FOLDER]

Each run is a process of its own on the first rows of the corpus, from a cold start to written topics. CPU seconds are of the run and its workers,
and count on a machine that others use too; wall seconds and the load of the machine stand beside them. Peak memory is of the largest process.
The folder must be new; it is left for you to look at."""
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


def used():
    "CPU seconds of this process and of children that ended, and the peak memory of the largest in MB"
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(r.ru_utime + r.ru_stime for r in both), max(r.ru_maxrss for r in both) / 1024

def cut(corpus, n, path):
    "The first `n` rows of a Parquet file as a file of its own"
    import pyarrow as pa
    import pyarrow.parquet as pq
    left = n
    with pq.ParquetFile(corpus) as source, pq.ParquetWriter(path, source.schema_arrow) as target:
        for batch in source.iter_batches(10_000):
            target.write_table(pa.Table.from_batches([batch.slice(0, left)]), row_group_size=10_000)
            left -= min(left, len(batch))
            if not left: break

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
        cut(args.corpus, n, folder/f'{n}.parquet')
        for workers in args.workers: print(f'{n:,} papers, {workers or "no"} workers: {run(folder/f"{n}.parquet", folder/f"{n}-{workers}", workers)}', flush=True)

if __name__ == '__main__': main()
