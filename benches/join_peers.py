"""One fuzzy join of two tables of names by cognate and by its fastest peers, in one run on one machine.

  pip install sparse_dot_topn sp-matmul-rs scikit-learn
  cargo build --release
  python3 benches/join_peers.py LEFT RIGHT TRUTH [ROUNDS]

LEFT and RIGHT are CSV files (plain or .gz) with the columns id and name, TRUTH has left_id and right_id. Every tool answers
each right row with its best left row. Each round runs every tool once, in turn, as a process of its own; printed are the
medians of the CPU seconds, the ratio of cognate's to each peer's, peak memory, F1 at the best threshold, and the share of
right rows with a partner whose first answer is right. The peers get lower-case names without punctuation and compare TF-IDF
of character 3-grams within words, which is what their documentation shows."""
import csv, gzip, json, os, re, resource, statistics, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def rows(path):
    with (gzip.open if path.endswith('.gz') else open)(path, 'rt', encoding='utf8', newline='') as file:
        return list(csv.DictReader(file))


def plain(name):
    return ' '.join(re.sub(r'[^\w]+', ' ', name.lower()).split())


def peer(tool, left, right, truth):
    """Runs in a process of its own: the join, then its figures as JSON."""
    os.environ.setdefault('OMP_NUM_THREADS', '2')
    from sklearn.feature_extraction.text import TfidfVectorizer
    if tool == 'sparse_dot_topn':
        from sparse_dot_topn import sp_matmul_topn
    else:
        from sp_matmul_rs import sp_matmul_topn
    left_rows, right_rows = rows(left), rows(right)
    partner = {pair['right_id']: pair['left_id'] for pair in rows(truth)}
    before = resource.getrusage(resource.RUSAGE_SELF)
    left_names, right_names = ([plain(row['name']) for row in table] for table in (left_rows, right_rows))
    vectors = TfidfVectorizer(analyzer='char_wb', ngram_range=(3, 3)).fit(left_names + right_names)
    best = sp_matmul_topn(vectors.transform(right_names), vectors.transform(left_names).T.tocsr(), top_n=1, threshold=0.3,
                          n_threads=2).tocoo()
    answers = list(zip(best.row.tolist(), best.col.tolist(), best.data.tolist()))
    after = resource.getrusage(resource.RUSAGE_SELF)
    scored = [(score, partner.get(right_rows[j]['id']) == left_rows[i]['id']) for j, i, score in answers]
    print(json.dumps({'cpu': after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                      'peak': after.ru_maxrss * 1024, 'f1': best_f1(scored, len(partner)),
                      'first': sum(right for _, right in scored) / len(partner)}))


def best_f1(scored, positives):
    scored = sorted(scored, key=lambda pair: -pair[0])
    found, best = 0, 0.0
    for place, (score, right) in enumerate(scored, 1):
        found += right
        if place == len(scored) or scored[place][0] != score:
            best = max(best, 2 * found / (place + positives))
    return best


def run(tool, files):
    if tool == 'cognate':
        program = os.environ.get('COGNATE', os.path.join(ROOT, 'target', 'release', 'cognate'))
        out = json.loads(subprocess.run([program, 'bench', 'join', *files, '--json'], check=True, capture_output=True).stdout)
        usage = out['summary']['usage']
        return {'cpu': usage['cpu_seconds'], 'peak': usage['peak_bytes'], 'f1': out['best_f1'], 'first': out['first_is_right']}
    command = [sys.executable, os.path.abspath(__file__), '--peer', tool, *files]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main():
    if sys.argv[1] == '--peer':
        return peer(sys.argv[2], *sys.argv[3:6])
    files, rounds = sys.argv[1:4], int(sys.argv[4]) if len(sys.argv) > 4 else 3
    tools = ['cognate', 'sp_matmul_rs', 'sparse_dot_topn']
    results = {tool: [] for tool in tools}
    for _ in range(rounds):
        for tool in tools:
            results[tool].append(run(tool, files))
    ours = [result['cpu'] for result in results['cognate']]
    print(f'{"tool":16} {"CPU s":>7} {"cognate/tool":>12} {"peak MB":>8} {"best F1":>8} {"first right":>11}')
    for tool in tools:
        cpu = [result['cpu'] for result in results[tool]]
        ratio = statistics.median(a / b for a, b in zip(ours, cpu))
        last = results[tool][-1]
        print(f'{tool:16} {statistics.median(cpu):7.2f} {ratio:12.3f} {last["peak"] / 1e6:8.0f} {last["f1"]:8.4f} {last["first"]:11.4f}')


main()
