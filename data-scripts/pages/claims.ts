/** lib/recorded/claims.md: every claim of the paper and its state; and the same in short for the README. */
import { UserError } from '@mckd/lib/base';
import {
  CLAIM_STATES,
  CLAIMS,
  judgedClaims,
  judgeTree,
  readRecords,
  scoreOf,
  scoreSentence,
  shareText,
  statesText,
  type JudgedClaim,
  type JudgedNode,
} from '@mckd/lib/claims';
import { head } from './page';

export function claimsPage(): string {
  const tree = judgeTree(CLAIMS, readRecords());
  const tolerances = [...new Set(judgedClaims(tree).map(({ claim }) => claim.tolerance))];
  return `${head(
    'Claims of the paper',
    'What arXiv 2405.07155 claims, how each claim is checked here, and what the committed runs say of it. The text of the paper was not at hand beyond its abstract; what comes from elsewhere is marked.',
  )}
**${scoreSentence(scoreOf(tree))}.** Weights say how central a claim is to the paper, and were set without regard to results. Only a reproduced claim
scores; an open one does not. Phantoms show an order between trainings, and nothing about patients, so their part is named.
\`npx mckd claims\` prints the same, and \`npx mckd claims --run KEY\` makes the runs of one claim.

| part | weight | ${CLAIM_STATES.join(' | ')} |
| --- | ---: | ${CLAIM_STATES.map(() => '---:').join(' | ')} |
${rowsOf(tree).map(shareRow).join('\n')}

Marks of places: V1: read in the original or its authors' repository; S: at second hand; not verified: no place was at hand.

${'children' in tree ? `Why the parts have their weights: ${tree.group.why}.` : ''}
${'children' in tree ? tree.children.map((node) => section(node, 2, tolerances)).join('\n') : ''}

## Tolerances

${tolerances.map((text, i) => `- **T${i + 1}**: ${text}.`).join('\n')}
`;
}

const titleOf = (node: JudgedNode): string =>
  'children' in node ? node.group.title : node.claim.title;

/** The nodes that stand for a row, in order. */
function rowsOf(node: JudgedNode): JudgedNode[] {
  const { row } = 'children' in node ? node.group : node.claim;
  if (row) return [node];
  return 'children' in node ? node.children.flatMap(rowsOf) : [];
}

function shareRow(node: JudgedNode): string {
  const { shares } = scoreOf(node);
  const cells = CLAIM_STATES.map((state) =>
    shares[state] === 0 ? '' : shareText(node.share * shares[state]),
  );
  return `| ${titleOf(node)} | ${shareText(node.share)} | ${cells.join(' | ')} |`;
}

function section(node: JudgedNode, level: number, tolerances: readonly string[]): string {
  if (!('children' in node)) return entry(node, tolerances);
  const { title, why } = node.group;
  const below = node.children.map((child) => section(child, level + 1, tolerances));
  const heading = `\n${'#'.repeat(level)} ${upper(title)}, ${shareText(node.share)}`;
  return `${heading}\n\nWeights: ${why}.\n${'children' in node.children[0] ? '' : '\n'}${below.join('\n')}`;
}

function entry({ claim, share, judgement }: JudgedClaim, tolerances: readonly string[]): string {
  const { key, title, where, mark, check, command, tolerance } = claim;
  const { state, reason, numbers, on } = judgement;
  const lines = [
    `**${state}**${on ? ` (${on.provenance === 'phantom' ? 'PHANTOMS: ' : ''}${on.description})` : ''}: ${reason}.`,
    ...(numbers.length === 0
      ? []
      : [`Numbers: ${numbers.map(({ name, text }) => escaped(`${name}: ${text}`)).join('; ')}.`]),
    `In the paper: ${where} [${mark}].`,
    `Checked by: ${check}; ${command === null ? 'no command' : `\`${command}\``}; tolerance T${tolerances.indexOf(tolerance) + 1}.`,
  ];
  return `- **${title}** (\`${key}\`, ${shareText(share)}). ${claim.claim}.\n${lines.map((line) => `  - ${line}`).join('\n')}`;
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Brackets are no links. */
const escaped = (text: string): string => text.replace(/[[\]]/g, '\\$&');

/** The README's lines before and after what is made here. */
const [BEGIN, END] = [
  '## State of the reproduction\n\n',
  '<!-- The above is made by `npx mckd pages` from lib/claims: change that. -->',
];

/** @returns the README with score and table of claims made anew */
export function withClaims(readme: string): string {
  const [begin, end] = [BEGIN, END].map((line) => readme.indexOf(line));
  if (begin < 0 || end < begin)
    throw new UserError(
      `README.md lacks the line ${BEGIN.trim()} or, after it, ${END}; put them back`,
      { code: 'BAD_FILE', file: 'README.md' },
    );
  return `${readme.slice(0, begin)}${BEGIN}${readmeTable()}\n${readme.slice(end)}`;
}

function readmeTable(): string {
  const tree = judgeTree(CLAIMS, readRecords());
  return `${scoreSentence(scoreOf(tree))} ([every claim](lib/recorded/claims.md)).

| claim | weight | command | state |
| --- | ---: | --- | --- |
${rowsOf(tree)
  .map(
    (node) =>
      `| ${titleOf(node)} | ${shareText(node.share)} | ${commandsOf(node)} | ${statesText(node)} |`,
  )
  .join('\n')}`;
}

/** Each command once, with the training time of its recorded runs. */
function commandsOf(node: JudgedNode): string {
  const minutes = new Map<string, number | undefined>();
  for (const { claim, judgement } of judgedClaims(node))
    if (claim.command !== null) minutes.set(claim.command, judgement.coreMinutes);
  return [...minutes]
    .map(
      ([command, time]) =>
        `\`${command}\`${time === undefined ? '' : ` (${Math.round(time)} core-minutes)`}`,
    )
    .join('; ');
}
