"""What one process does when it is measured, paperlit or a peer: `python bench/stages.py METHOD FILE.parquet` prints the seconds of each stage."""
import json
import os
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


class Laps(dict):
    "Wall seconds since the last lap, by name"
    def __init__(self): self.last = time.perf_counter()
    def lap(self, name):
        now = time.perf_counter()
        self[name], self.last = now - self.last, now

def paperlit_topics(path, laps):
    import paperlit
    papers = paperlit.load(path, progress=False); laps.lap('load')
    X = paperlit.embed(papers); laps.lap('embed')
    topics = paperlit.fit_topics(papers, embeddings=X); laps.lap('fit')
    return len(topics.table)

def paperlit_review(path, laps):
    from paperlit.cli import main
    with tempfile.TemporaryDirectory() as folder:
        try: main(['review', str(path), '--out', f'{folder}/review'])
        except SystemExit as e: assert not e.code, e.code
        laps.lap('review')
        return round((Path(folder)/'review'/'review.html').stat().st_size / 2**20, 2)

def paperlit_large(path, laps, workers=0):
    from paperlit.scale import fit_large, scan
    client = cluster = None
    if workers:
        from distributed import Client, LocalCluster
        cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        client = Client(cluster)
    laps.lap('start')
    with tempfile.TemporaryDirectory() as folder:
        large = fit_large(scan(path), out=f'{folder}/topics', client=client, progress=False); laps.lap('topics')
        found = len(large.table)
    if client: client.close(); cluster.close()
    return found

def paperlit_large_1(path, laps): return paperlit_large(path, laps, 1)
def paperlit_large_2(path, laps): return paperlit_large(path, laps, 2)

def texts(path):
    import pandas as pd
    frame = pd.read_parquet(path, columns=['title', 'abstract']).fillna('')
    return (frame['title'] + '. ' + frame['abstract']).tolist()

def tfidf(docs):
    from sklearn.feature_extraction.text import TfidfVectorizer
    return TfidfVectorizer(stop_words='english', min_df=2 if len(docs) < 10_000 else 10, max_df=.9, sublinear_tf=True).fit_transform(docs)

def nmf(path, laps):
    "scikit-learn's NMF on TF-IDF, with the number of topics that a rule of thumb gives"
    from sklearn.decomposition import NMF
    docs = texts(path); laps.lap('load')
    X = tfidf(docs); laps.lap('embed')
    k = max(2, round(.9*len(docs)**.42))
    NMF(k, init='nndsvda', max_iter=500, random_state=0).fit_transform(X); laps.lap('fit')
    return k

def bertopic(path, laps):
    "BERTopic as it comes (UMAP, HDBSCAN) on TF-IDF and SVD, which are quicker than the vectors it would download a model for"
    import hdbscan, umap # without them BERTopic is another thing, and quicker
    from bertopic import BERTopic
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize
    docs = texts(path); laps.lap('load')
    X = tfidf(docs)
    X = normalize(TruncatedSVD(min(50, min(X.shape) - 1), random_state=0).fit_transform(X)).astype('float32'); laps.lap('embed')
    model = BERTopic().fit(docs, X); laps.lap('fit')
    return len([t for t in model.get_topics() if t != -1])

def memory():
    "Peak memory in MB of this process, or of its largest child where that was larger"
    own = int(re.search(r'VmHWM:\s+(\d+)', Path('/proc/self/status').read_text())[1]) if os.path.exists('/proc/self/status') else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024

def cpu(): return sum(r.ru_utime + r.ru_stime for r in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))

METHODS = dict(paperlit_topics=paperlit_topics, paperlit_review=paperlit_review, paperlit_large=paperlit_large, paperlit_large_1=paperlit_large_1, paperlit_large_2=paperlit_large_2, nmf=nmf, bertopic=bertopic)

def main():
    laps = Laps()
    found = METHODS[sys.argv[1]](sys.argv[2], laps)
    print(json.dumps(dict(stages={k: round(v, 2) for k,v in laps.items()}, cpu=round(cpu(), 2), memory=round(memory()), found=found)))

if __name__ == '__main__': main()
