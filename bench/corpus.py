"""Papers to measure with: the rows of a Parquet file, or papers made up here of themes, so that anybody can measure without a corpus."""
import random
from pathlib import Path


def words():
    "Words of the shipped vocabulary, the common ones first"
    from paperlit.lexicon import lexicon
    return [w for w in lexicon().rows if w.isalpha() and len(w) > 3]

def themes(k, vocabulary, rng):
    "For each theme the words that it is about"
    return [rng.sample(vocabulary[500:12_000], 60) for _ in range(k)]

def made_up(n, seed=0):
    "A frame of `n` papers on about √n themes: half of a text's words are of its theme, half of all"
    import pandas as pd
    rng, vocabulary = random.Random(seed), words()
    known = themes(max(3, round(n**.5 / 2)), vocabulary, rng)
    rows = []
    for i in range(n):
        theme = known[rng.randrange(len(known))]
        sentence = lambda k: ' '.join(rng.choice(theme if rng.random() < .5 else vocabulary[:3000]) for _ in range(k)).capitalize()
        rows.append(dict(title=f'{sentence(9)} {i}', abstract=' '.join(sentence(rng.randint(12, 25)) + '.' for _ in range(rng.randint(5, 9))), year=rng.randint(2000, 2025)))
    return pd.DataFrame(rows)

def first_rows(corpus, n):
    "The first `n` rows of a Parquet file"
    import pyarrow as pa
    import pyarrow.parquet as pq
    got, left = [], n
    with pq.ParquetFile(corpus) as source:
        for batch in source.iter_batches(10_000):
            got.append(batch.slice(0, left))
            left -= len(got[-1])
            if left <= 0: break
    return pa.Table.from_batches(got)

def write(path, n, corpus=None):
    "A Parquet file of `n` papers in row groups of 10,000; papers come again with another title when the corpus has fewer"
    import pyarrow as pa
    import pyarrow.parquet as pq
    table = first_rows(corpus, n) if corpus else pa.Table.from_pandas(made_up(n), preserve_index=False)
    with pq.ParquetWriter(path, table.schema) as out:
        for start in range(0, n, len(table)):
            again = table.slice(0, n - start)
            out.write_table(again if not start else changed(again, start), row_group_size=10_000)
    return Path(path)

def changed(table, number):
    "The same papers as others: a word with a number ends each title and each abstract, so that no key and no text comes twice"
    import pyarrow as pa
    import pyarrow.compute as pc
    for column in ('title', 'abstract'):
        at = table.schema.get_field_index(column)
        values = pc.binary_join_element_wise(table[column].cast(pa.large_string()).fill_null(''), *(pa.scalar(t, pa.large_string()) for t in (f'copy{number}', ' ')))
        table = table.set_column(at, table.field(at), values.cast(table.field(at).type))
    return table
