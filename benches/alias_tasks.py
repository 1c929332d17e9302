"""Writes the tasks of `cognate bench aliases`: tables to link whose names mean the same without being spelled alike, and
the alias evidence that a user may have.

  python3 benches/alias_tasks.py OUT [--data DIR] [--split valid|test]     (DIR: default $COGNATE_DATA)

Each task is a folder OUT/TASK with
  left.csv, right.csv     id, name: the tables; every name of a table is there once
  truth.csv               left_id, right_id: at most one partner for each left row
  evidence.csv            name, source, count: what the user knows; none of its names is a left name
  full.csv                the same and the left names: a directory that knows both names
  half.csv                the same and every second left name, as drawn: a directory that knows some of the names
  noisy.csv               evidence.csv with 5 % of the uses pointed to the source of another use, each by itself
  noisy_full.csv          full.csv, likewise
  noisy_rows.csv          full.csv with 5 % of its rows, each with all its uses, pointed to that of another row: where that was
                          a name's only row, nothing is left but its spelling
How often a name was used for its source is drawn from a heavy tail, as in LinkOrgs' network: the floor of a Pareto variable
of exponent 1.2 (one use for 56 in 100 names, 5.6 on average), five times that for usual names; papers are counted as they are.

Tasks. All of a task's entities are of one part of the data (60 % train, 20 % valid, 20 % test, by the hash of their ids
that `cognate bench organizations` uses, src/pipeline/bench/tasks.rs), so nothing of the test part is in the valid tasks.
  ror     Left: one alias, label, acronym or former name of a research organization, in any script. Right: display names.
          About 700 x 7,000 rows, as in LinkOrgs' first task. Evidence: the other names of all of these organizations, their
          display names too, and affiliations as papers print them with the organizations that somebody
          found in them (ror_affiliations), with the number of papers.
  brands  Left: a further name of a brand or operator; right: its first name; evidence: all its names but the left one
          (name-suggestion-index).
  ofac    Left: an a.k.a., f.k.a. or n.k.a. name of a sanctioned organization; right: its primary name.
  sec     Left: an older name of a registrant at the SEC; right: its latest one. Few have a third name, so evidence.csv
          says little here; full.csv knows the rename.

What is fair. A left name is never in evidence.csv, whoever bears it: names are compared without case, accents, spaces and
punctuation. The usual name, on the right, mostly is. A left name that means two entities of the part is not asked, and
neither is one whose partner's name means two, since a name alone cannot be right then. Where an entity has no names but
the left and the right one, it stays: only the spelling can help. One left row in seven has no partner: its entity's usual
name is left out of the right table, though not of the evidence. Everything is drawn by hashes of ids and names, so the
same data give the same files."""
import argparse, collections, csv, gzip, hashlib, json, os, unicodedata

Entity = collections.namedtuple('Entity', 'id usual others evidence')  # evidence: {name: count} beyond its names
Sizes = collections.namedtuple('Sizes', 'left right')
SIZES = {'ror': Sizes(700, 7000), 'brands': Sizes(700, 7000), 'ofac': Sizes(700, 7000), 'sec': Sizes(700, 7000)}
LONELY = 7
NOISE = 0.05
TAIL = 1.2


def part(entity):
    """The part of the data an entity is in: Split::of."""
    value = 0xcbf29ce484222325
    for byte in entity.encode():
        value = (value ^ byte) * 0x100000001b3 % 2**64
    value = value * 0x9E3779B97F4A7C15 % 2**64
    return 'train train train train train train valid valid test test'.split()[(value >> 32) % 10]


def drawn(*texts):
    """A number from 0 to 1 that depends on the texts alone."""
    return int.from_bytes(hashlib.sha256('\0'.join(texts).encode()).digest()[:8], 'big') / 2**64


def key(name):
    """What makes two names the same: letters, digits and vowel signs, without case and accents."""
    letters = unicodedata.normalize('NFKD', name.replace('&', ' and ')).casefold()
    return ''.join(c for c in unicodedata.normalize('NFKD', letters)
                   if c.isalnum() or unicodedata.category(c) == 'Mc' or (unicodedata.category(c) == 'Mn' and c > '\u0370'))


def rows(path):
    with (gzip.open if path.endswith('.gz') else open)(path, 'rt', encoding='utf8', newline='') as file:
        yield from csv.DictReader(file)


def ror(data):
    used = collections.defaultdict(collections.Counter)
    for row in rows(f'{data}/ror_affiliations/crossref_train.csv'):
        for entity, status in zip(row['ror_ids'].split('|'), row['gold_status'].split('|')):
            if status == 'visible':
                used[entity][row['affiliation']] += 1
    others = collections.defaultdict(list)
    for row in rows(f'{data}/ror/alias_queries.csv.gz'):
        others[row['ror_id']].append(row['query'])
    with gzip.open(f'{data}/ror/orgs.jsonl.gz', 'rt', encoding='utf8') as file:
        for line in file:
            record = json.loads(line)
            usual = [name['value'] for name in record['names'] if 'ror_display' in name['types']]
            if usual:
                all_names = [name['value'] for name in record['names'] + record['dropped_names']]
                evidence = collections.Counter(dict.fromkeys(all_names, 1)) + used[record['id']]
                yield Entity(record['id'], usual[0], others[record['id']], evidence)


def listed(path, entity, is_usual):
    """Entities of a file with a row for each name; the usual name is the first for which `is_usual` holds, else the first."""
    names = collections.defaultdict(list)
    for row in rows(path):
        names[row[entity]].append((not is_usual(row), len(names[row[entity]]), row['name']))
    for entity, of_entity in names.items():
        usual = min(of_entity)[2]
        everything = [name for _, _, name in of_entity]
        yield Entity(entity, usual, [name for name in everything if name != usual],
                     collections.Counter(dict.fromkeys(everything, 1)))


TASKS = {
    'ror': ror,
    'brands': lambda data: listed(f'{data}/brands/nsi_names.csv', 'wikidata', lambda row: False),
    'ofac': lambda data: listed(f'{data}/ofac_orgs/names.csv', 'entity', lambda row: row['kind'] == 'primary'),
    'sec': lambda data: listed(f'{data}/sec_name_history/names.csv', 'cik', lambda row: row['is_latest'] == '1'),
}


def one_meaning(entities):
    """Which entity each name means, by key; None where it means several."""
    meaning = {}
    for entity in entities:
        for name in {key(name) for name in [entity.usual, *entity.others, *entity.evidence]}:
            meaning[name] = None if name in meaning else entity.id
    return meaning


def drawn_tables(task, entities, sizes):
    """The left rows as (entity, name), and the right rows as entities."""
    entities = sorted(entities, key=lambda entity: drawn(task, entity.id))
    meaning = one_meaning(entities)
    left, lonely = [], set()
    for entity in entities:
        askable = [name for name in entity.others if meaning.get(key(name)) == entity.id and key(name) != key(entity.usual)]
        if askable and meaning.get(key(entity.usual)) == entity.id and len(left) < sizes.left:
            left.append((entity, min(askable, key=lambda name: drawn(task, entity.id, name))))
            if len(left) % LONELY == 0:
                lonely.add(entity.id)
    asked = {entity.id for entity, _ in left}
    right, seen = [], set()
    for entity in [entity for entity, _ in left] + [entity for entity in entities if entity.id not in asked]:
        if entity.id not in lonely and key(entity.usual) and key(entity.usual) not in seen and len(right) < sizes.right:
            seen.add(key(entity.usual))
            right.append(entity)
    return left, right


def uses(entity, name, count):
    """How often a name was used for an entity; `count` is what the data say, 1 where they do not count."""
    if count > 1:
        return count
    return min(1000, int((1 - drawn('uses', entity.id, name)) ** (-1 / TAIL))) * (5 if name == entity.usual else 1)


def noisy(evidence, by_row=False):
    """The same with 5 % of the uses, or of the rows, pointed to the source of another use, or row."""
    sources = [source for _, source, count in evidence for _ in range(1 if by_row else count)]
    changed = collections.Counter()
    for name, source, count in evidence:
        for use in range(1 if by_row else count):
            pointed = source
            if drawn('noise', name, source, str(use)) < NOISE:
                pointed = sources[int(drawn('wrong', name, source, str(use)) * len(sources))]
            changed[name, pointed] += count if by_row else 1
    return sorted((name, source, count) for (name, source), count in changed.items())


def write(path, header, table):
    with open(path, 'w', encoding='utf8', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(header)
        writer.writerows(table)


def write_task(task, entities, folder):
    left, right = drawn_tables(task, entities, SIZES[task])
    in_tables = {entity.id: entity for entity, _ in left} | {entity.id: entity for entity in right}
    full = sorted((name, entity.id, uses(entity, name, count))
                  for entity in in_tables.values() for name, count in entity.evidence.items())
    asked = {key(name) for _, name in left}
    evidence = [row for row in full if key(row[0]) not in asked]
    # Left and right ids say nothing about each other.
    left = sorted((f'l{int(drawn("left", task, entity.id) * 2**48):012x}', entity.id, name) for entity, name in left)
    right = sorted((f'r{int(drawn("right", task, entity.id) * 2**48):012x}', entity.id, entity.usual) for entity in right)
    id_of = {entity: row for row, entity, _ in right}
    truth = [(row, id_of[entity]) for row, entity, _ in left if entity in id_of]
    os.makedirs(folder, exist_ok=True)
    write(f'{folder}/left.csv', ['id', 'name'], [(row, name) for row, _, name in left])
    write(f'{folder}/right.csv', ['id', 'name'], [(row, name) for row, _, name in right])
    write(f'{folder}/truth.csv', ['left_id', 'right_id'], truth)
    tables = [('evidence', evidence), ('full', full), ('noisy', noisy(evidence)), ('noisy_full', noisy(full)),
              ('noisy_rows', noisy(full, by_row=True))]
    for name, table in tables:
        write(f'{folder}/{name}.csv', ['name', 'source', 'count'], table)
    unknown = {key(name) for _, entity, name in left if drawn('half', task, entity) < 0.5}
    write(f'{folder}/half.csv', ['name', 'source', 'count'], [row for row in full if key(row[0]) not in unknown])
    known = {source for name, source, _ in evidence if key(name) != key(in_tables[source].usual)}
    helped = sum(1 for _, entity, _ in left if entity in known and entity in id_of)
    print(f'{task}: {len(left)} left, {len(right)} right, {len(truth)} true pairs ({helped} of entities with a third name '
          f'in the evidence), {len(evidence)} rows of evidence')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out')
    parser.add_argument('--data', default=os.environ.get('COGNATE_DATA'))
    parser.add_argument('--split', choices=['train', 'valid', 'test'], default='valid')
    options = parser.parse_args()
    if not options.data:
        parser.error('set COGNATE_DATA to the folder of the data sets, or name it with --data')
    for task, read in TASKS.items():
        entities = [entity for entity in read(options.data) if part(entity.id) == options.split]
        write_task(task, entities, os.path.join(options.out, task))


if __name__ == '__main__':
    main()
