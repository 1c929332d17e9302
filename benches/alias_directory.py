"""Writes a large generated directory as alias evidence: name,source,count.

  python3 benches/alias_directory.py OUT.csv [--names 1000000] [--rows 2000000] [--seed 7] [--tables DIR]

Shaped like the network of LinkOrgs (Libgober and Jerzak, "Linking Datasets on Organizations Using Half a Billion
Open-Collaborated Records", 2025): on average 2.88 names for a source and 1.12 sources for a name; names for a source and
counts have heavy tails (the floor of a Pareto variable, whose mean is the zeta function of its exponent). Names are made of
words: a made-up one, a trade, and what people add to a name or leave out of it. Where a name is used for a second source, that
is the source of any other name, so most names hang together in the end, as in real networks. A name and its source may come
in several rows, as when evidence is collected over time.

--tables writes left.csv, right.csv and truth.csv, 700 x 7,000 names as in LinkOrgs' first task: on the left one name of a
source, half of them with a letter left out, on the right its first name; one left row in seven has no partner. With OUT.csv as
DIR/full.csv, DIR is a task of `cognate bench aliases`. Memory is bounded: names are computed from their numbers."""
import argparse, os, random

SYLLABLES = ('al an ar bel bor cal cor dan del dor el en fal fin gal gor hal hel il in jan kar kel lan lor mal mar nel nor '
             'or pal per quin ral ren sal sol tar tor ul val ver wil zen').split()
TRADES = ('Bank, Insurance, Steel, Foods, Energy, Software, Pharma, Logistics, Textiles, Optics, Mining, Aviation, Robotics, '
          'Paper, Chemicals, Telecom, Marine, Motors, Media, Airlines, Hospital, University, College, Institute, Foundation, '
          'Press, Hotels, Retail, Builders, Partners, Capital, Consulting, Systems, Semiconductor, Biotech, Rail, Shipping, '
          'Water, Gas, Power').split(', ')
FORMS = 'Inc, Ltd, GmbH, SA, PLC, LLC, AG, BV, SpA, Corp'.split(', ')
PLACES = ('Berlin, Paris, Madrid, Lima, Austin, Boston, Chicago, Delhi, Mumbai, Osaka, Seoul, Lagos, Cairo, Nairobi, Oslo, '
          'Milan, Toronto, Sydney, Dublin, Santiago, Warsaw, Vienna, Accra, Manila').split(', ')
UNITS = 'Group, Holdings, International, Services, Research, Sales, Europe, Asia, Americas, Careers'.split(', ')
NAMES_A_SOURCE = 1.51  # zeta(1.51) = 2.57 names of a source's own; with second sources 2.88
MOST_NAMES = 20_000
COUNTS = 1.2
MOST_USES = 1_000_000
LEFT, RIGHT, LONELY = 700, 7000, 7
SECOND_SOURCE = 0.12


def base(source):
    """Two words that no other source has."""
    # An odd factor makes neighbours look different; multiplying by it is one to one below the number of combinations.
    size = len(SYLLABLES)
    number = source * 2_654_435_761 % (size ** 3 * len(TRADES))
    number, trade = divmod(number, len(TRADES))
    number, first = divmod(number, size)
    third, second = divmod(number, size)
    return (SYLLABLES[first] + SYLLABLES[second] + SYLLABLES[third]).capitalize(), TRADES[trade]


def name(source, place):
    """The name of a source with a number."""
    word, trade = base(source)
    form, city = FORMS[source % len(FORMS)], PLACES[source * 7 % len(PLACES)]
    usual = [f'{word} {trade}', f'{word} {trade} {form}', f'{word.upper()} {trade} {city}', f'{trade} of {word}, {city}',
             f'The {word} {trade} Company', f'{word}{trade.lower()}.com']
    if place < len(usual):
        return usual[place]
    number, unit = divmod(place - len(usual), len(UNITS))
    number, city = divmod(number, len(PLACES))
    return f'{word} {trade} {UNITS[unit]} {PLACES[city]}' + (f' {number + 1}' if number else '')


def heavy(chance, exponent, most):
    return min(int((1.0 - chance.random()) ** (-1.0 / exponent)), most)


def write_tables(folder, picked, chance):
    """Left rows are of the first sources picked, each as (source, number of its names)."""
    names = ['left', 'right', 'truth']
    left, right, truth = [open(os.path.join(folder, f'{name}.csv'), 'w', encoding='utf8', newline='\n') for name in names]
    with left, right, truth:
        left.write('id,name\n'), right.write('id,name\n'), truth.write('left_id,right_id\n')
        for place, (source, names) in enumerate(picked):
            asked, lonely = place < LEFT, place < LEFT and place % LONELY == 0
            if asked:
                text = name(source, names - 1)
                at = chance.randrange(1, len(text) - 1)
                text = text[:at] + text[at + 1:] if chance.random() < 0.5 else text
                left.write(f'l{place},"{text}"\n')
            if not lonely:
                right.write(f'r{place},"{name(source, 0)}"\n')
            if asked and not lonely:
                truth.write(f'l{place},r{place}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out')
    parser.add_argument('--names', type=int, default=1_000_000)
    parser.add_argument('--rows', type=int, default=2_000_000)
    parser.add_argument('--seed', type=int, default=7)
    parser.add_argument('--tables', metavar='DIR')
    options = parser.parse_args()
    chance = random.Random(options.seed)
    sources = int(options.names * (1 + SECOND_SOURCE) / 2.88)
    source, made, written, picked = 0, 0, 0, []
    with open(options.out, 'w', encoding='utf8', newline='\n') as file:
        file.write('name,source,count\n')
        while made < options.names:
            of_source = min(heavy(chance, NAMES_A_SOURCE, MOST_NAMES), options.names - made)
            if 1 < of_source and len(picked) < RIGHT + LEFT // LONELY:
                picked.append((source, of_source))
            for place in range(of_source):
                made += 1
                edges = [source]
                if chance.random() < SECOND_SOURCE:
                    edges.append(chance.randrange(sources))
                # As many rows as are due by now, one for each source at least.
                due = max(options.rows * made // options.names - written, len(edges))
                for row in range(due):
                    used = edges[row] if row < len(edges) else edges[0]
                    text = name(source, place)
                    text = f'"{text}"' if ',' in text else text
                    file.write(f'{text},s{used},{heavy(chance, COUNTS, MOST_USES)}\n')
                written += due
            source += 1
    if options.tables:
        write_tables(options.tables, picked, chance)


if __name__ == '__main__':
    main()
