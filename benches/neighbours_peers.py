"""Nearest neighbours by hnswlib on vectors exported as .npy, to set beside `cargo bench --bench neighbours` and the table in
`src/index/vectors/mod.rs`.

  pip install hnswlib numpy
  python3 benches/neighbours_peers.py BASE.npy QUERIES.npy [EF ...]

BASE and QUERIES are arrays of rows, of 8-bit integers or of floats; rows are brought to length one. Printed are the CPU
seconds of the build (M=16, ef_construction=200, one thread), then for each EF the recall of the ten nearest by cosine and the
queries per CPU second on one thread. What is as near as the tenth nearest counts as found, as names repeat."""
import sys, time
import hnswlib
import numpy as np

base, queries = (np.load(path).astype(np.float32) for path in sys.argv[1:3])
for rows in (base, queries):
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
nearest = [np.partition(base @ query, -10)[-10] for query in queries]

index = hnswlib.Index(space='ip', dim=base.shape[1])
index.init_index(max_elements=len(base), M=16, ef_construction=200, random_seed=1)
index.set_num_threads(1)
start = time.process_time()
index.add_items(base, num_threads=1)
print(f'{len(base)} vectors of {base.shape[1]}: build {time.process_time() - start:.2f} CPU-s', flush=True)
for ef in map(int, sys.argv[3:] or ('50', '100', '200', '400', '800')):
    index.set_ef(ef)
    start = time.process_time()
    found, _ = index.knn_query(queries, k=10, num_threads=1)
    took = time.process_time() - start
    hits = sum(int((base[row] @ query >= least - 1e-6).sum()) for row, query, least in zip(found, queries, nearest))
    print(f'ef {ef}: recall@10 {hits / found.size:.4f}, {len(queries) / took:.0f} queries per CPU-s', flush=True)
