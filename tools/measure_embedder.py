"""The figures of docs/model-embedder.md: abstracts found from their titles, and topics against human labels.

    python tools/measure_embedder.py CORPUS.parquet:LABEL ... [--sizes 100 1000] [--model OTHER.npz]

A corpus is a Parquet or CSV file with the columns `title` and `abstract` and the label's, or a folder of CSV files (LABEL is then `file`, a file's stem); without a label only the search is measured. Draws are random with fixed
seeds. Search: the mean reciprocal rank among the first ten of a paper whose abstract is indexed without its title, for `search`, plain BM25, and trained vectors alone. Topics: adjusted mutual information of k-means after
`fit_topics`' own neighbour diffusion, on the vectors of `embed`, on trained vectors alone and on plain latent semantic analysis (TF-IDF, 100 dimensions).
"""
import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd


def read(path):
    "Papers with a title and an abstract, none twice"
    files = sorted(path.rglob('*.csv')) if path.is_dir() else [path]
    frame = pd.concat([(pd.read_parquet(p) if p.suffix == '.parquet' else pd.read_csv(p)).assign(file=p.stem) for p in files])
    frame = frame[frame['title'].fillna('').str.len().ge(8) & frame['abstract'].fillna('').str.len().ge(100)]
    return frame.drop_duplicates('title').drop_duplicates('abstract').reset_index(drop=True)


def labelled(frame, label, most=20):
    "Papers with one of the commonest labels, in the column `y`"
    y = frame[label].fillna('').astype(str).str.replace(r'\s+[IVX]+$', '', regex=True)
    return frame.assign(y=y)[y.isin(y[y.ne('')].value_counts().index[:most])].reset_index(drop=True)


def draws(frame, n, seed):
    "A few draws of `n` papers, fewer of large ones"
    return [frame.sample(min(n, len(frame)), random_state=seed + i).reset_index(drop=True) for i in range(min(5, max(1, 2000//n)))]


def reciprocal(scores):
    "Mean reciprocal rank, to ten, of text i for query i; ties share the mean place"
    own = np.diag(scores)[:, None]
    place = (scores > own).sum(1) + ((scores == own).sum(1) - 1)/2
    return np.where(place < 10, 1/(place + 1), 0).mean()


def plain_bm25(texts, queries, k1=1.2, b=.75):
    "Okapi BM25 of single words (Robertson and Zaragoza 2009)"
    from scipy.sparse import diags
    from sklearn.feature_extraction.text import CountVectorizer
    counter = CountVectorizer(stop_words='english')
    X = counter.fit_transform(texts).tocsr().astype(float)
    length, held = np.asarray(X.sum(1)).ravel(), np.bincount(X.indices, minlength=X.shape[1])
    X.data *= (k1 + 1)/(X.data + k1*(1 - b + b*np.repeat(length/length.mean(), np.diff(X.indptr))))
    return ((counter.transform(queries) > 0) @ diags(np.log(1 + (len(length) - held + .5)/(held + .5))) @ X.T).toarray()


def search_figures(draw, queries):
    "MRR@10 of three ways to search"
    from paperlit.embedding import fitted_space
    from paperlit.retrieval import scores_of
    texts, asked = draw['abstract'].tolist(), draw['title'].tolist()[:queries]
    space = fitted_space(texts)
    return {'search': reciprocal(np.stack([scores_of(texts, q) for q in asked])), 'bm25': reciprocal(plain_bm25(texts, asked)),
            'trained': reciprocal(space.parts(asked)[0] @ space.trained.vectors.T), 'foreign': space.trained.foreign}


def lsa(texts, d=100):
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    X = TfidfVectorizer(sublinear_tf=True, stop_words='english', min_df=2, max_df=.7).fit_transform(texts)
    return TruncatedSVD(min(d, min(X.shape) - 1), random_state=0).fit_transform(X)


def topic_figures(draw):
    "AMI with the labels of three kinds of vectors"
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_mutual_info_score as ami

    from paperlit.embedding import fitted_space
    from paperlit.lexicon import unit
    from paperlit.topics import Diffusion
    texts, k = (draw['title'] + '. ' + draw['abstract']).tolist(), round(.9*len(draw)**.42)
    space = fitted_space(texts)
    agreement = lambda X: np.mean([ami(draw['y'], KMeans(k, n_init=5, random_state=s).fit_predict(Diffusion().fit_transform(unit(X)))) for s in range(2)])
    return {'embed': agreement(space.vectors), 'trained topics': agreement(space.trained.vectors), 'lsa': agreement(lsa(texts))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('corpora', nargs='+', help='PATH or PATH:LABEL')
    parser.add_argument('--sizes', nargs='*', type=int, default=[100, 1000])
    parser.add_argument('--queries', type=int, default=300, help='titles asked of each draw')
    parser.add_argument('--seed', type=int, default=2000, help='seed of the first draw')
    parser.add_argument('--model', type=Path, help='another file of word vectors than the one that ships')
    args = parser.parse_args()
    warnings.filterwarnings('ignore')
    if args.model:
        from paperlit import lexicon as module
        other = module.Lexicon(args.model)
        module.lexicon = lambda: other
        import paperlit.embedding
        paperlit.embedding.lexicon = module.lexicon
    rows = []
    for corpus in args.corpora:
        path, _, label = corpus.partition(':')
        frame = read(Path(path))
        for n in args.sizes:
            figures = [search_figures(d, args.queries) for d in draws(frame, n, args.seed)]
            if label: figures += [topic_figures(d) for d in draws(labelled(frame, label), n, args.seed)]
            rows.append(pd.DataFrame(figures).mean().rename(f'{Path(path).stem} {min(n, len(frame))}'))
            print(rows[-1].name, flush=True)
    print(pd.DataFrame(rows).T.round(3).to_string())


if __name__ == '__main__': main()
