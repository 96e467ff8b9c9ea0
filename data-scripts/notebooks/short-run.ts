/** The notebooks that show the most of the paper's claims within some minutes. */
import { UserError } from '@mckd/lib/base';
import { CLAIMS, claimsOf, isGroup, type ClaimNode } from '@mckd/lib/claims';

/** Notebooks whose trainings others show again. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  '04': ['02', '03'],
  '05': ['02', '03', '04'],
};

/** Always: what the kit is, and its data. */
const FIRST = ['00', '01'];

export interface ShortRun {
  /** Numbers, in order. */
  notebooks: string[];
  minutes: number;
  /** Of the paper's weight. */
  share: number;
  /** Titles of the claims that they show. */
  claims: string[];
}

/**
 * The choice of notebooks whose claims weigh most, of those that take no longer together; of equal ones the shortest.
 * @param minutes of each notebook by its number, as recorded
 * @throws UserError where not even the first two fit
 */
export function chooseNotebooks(minutes: ReadonlyMap<string, number>, most: number): ShortRun {
  const shares = sharesByNotebook(CLAIMS);
  const others = [...minutes.keys()].filter((one) => !FIRST.includes(one));
  let best: ShortRun | undefined;
  for (let choice = 0; choice < 2 ** others.length; choice++) {
    const chosen = others.filter((_, i) => choice & (1 << i));
    const all = new Set([...FIRST, ...chosen.flatMap((one) => [...(NEEDED[one] ?? []), one])]);
    const notebooks = [...all].filter((one) => minutes.has(one)).sort();
    const own = {
      notebooks,
      minutes: notebooks.reduce((sum, one) => sum + (minutes.get(one) ?? 0), 0),
      share: notebooks.reduce((sum, one) => sum + (shares.get(one) ?? 0), 0),
    };
    if (own.minutes > most) continue;
    const better = !best || own.share > best.share + 1e-9;
    const shorter = best && own.share > best.share - 1e-9 && own.minutes < best.minutes;
    if (better || shorter) best = { ...own, claims: titlesOf(notebooks) };
  }
  if (best) return best;
  throw new UserError(
    `--minutes is ${most}, and notebooks ${FIRST.join(' and ')} alone take longer; give more`,
    {
      code: 'BAD_VALUE',
      field: '--minutes',
      value: most,
    },
  );
}

/** Of the whole weight, what each notebook shows. */
function sharesByNotebook(
  node: ClaimNode,
  share = 1,
  found = new Map<string, number>(),
): Map<string, number> {
  if (isGroup(node)) {
    for (const child of node.children) sharesByNotebook(child, share * child.weight, found);
  } else if (node.notebook !== undefined) {
    found.set(node.notebook, (found.get(node.notebook) ?? 0) + share);
  }
  return found;
}

function titlesOf(notebooks: readonly string[]): string[] {
  return claimsOf(CLAIMS)
    .filter(({ notebook }) => notebook !== undefined && notebooks.includes(notebook))
    .map(({ title }) => title);
}
