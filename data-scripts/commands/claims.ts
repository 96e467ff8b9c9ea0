/** `mckd claims`: the tree of claims with states and score, and the command of one of them. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { KIT_ROOT, startChild, UserError } from '@mckd/lib/base';
import {
  CLAIMS,
  claimsOf,
  judgeTree,
  readRecords,
  scoreOf,
  scoreSentence,
  shareText,
  type Claim,
  type JudgedNode,
} from '@mckd/lib/claims';
import { reportTo, type JsonOption } from '../terminal/report';

export interface ClaimsCommandOptions extends JsonOption {
  /** Key of the claim whose command is run. */
  run?: string;
}

/** @throws UserError if no claim has the key, or its command can't be run */
export async function claims({ run, json }: ClaimsCommandOptions): Promise<void> {
  const report = reportTo({ json });
  if (run === undefined) {
    const tree = judgeTree(CLAIMS, readRecords());
    const score = scoreOf(tree);
    return report.result(
      { ...nodeObject(tree), score },
      `${nodeLines(tree, 0).join('\n')}\n${scoreSentence(score)}`,
    );
  }
  const claim = claimNamed(run);
  const code = await runClaim(claim, { json, say: report.say });
  if (code !== 0) process.exitCode = code;
  report.result({ claim: claim.key, command: claim.command, exitCode: code });
}

function claimNamed(key: string): Claim {
  const all = claimsOf(CLAIMS);
  const found = all.find((one) => one.key === key);
  if (found) return found;
  throw new UserError(
    `--run is ${key}, which is no claim; the claims are: ${all.map((one) => one.key).join(', ')}`,
    { code: 'BAD_VALUE', field: 'run', value: key },
  );
}

/**
 * Runs a claim's command and waits for its end.
 * @returns its exit code
 * @throws UserError if there is none, or it has a word to fill in
 */
export async function runClaim(
  { key, command }: Pick<Claim, 'key' | 'command'>,
  { json, say }: JsonOption & { say?: (line: string) => void } = {},
): Promise<number> {
  const { program, args } = programOf(key, command);
  say?.(`${key}: ${command}`);
  // With --json, stdout is this command's own.
  const { over } = startChild(() =>
    spawn(program, args, { cwd: KIT_ROOT, stdio: ['inherit', json ? 2 : 'inherit', 'inherit'] }),
  );
  const { code, how } = await over;
  if (code !== null) return code;
  throw new UserError(`the command of ${key}, ${command}, ${how}`, {
    code: 'PROCESS',
    field: 'run',
    value: key,
  });
}

function programOf(key: string, command: string | null): { program: string; args: string[] } {
  if (command === null || /\bDIR\b/.test(command))
    throw new UserError(
      command === null
        ? `the claim ${key} has no command: the kit does not make such runs`
        : `the command of ${key} has a folder to fill in; run it yourself: ${command}`,
      { code: 'USAGE', field: 'run', value: key },
    );
  const [program, name, ...args] = command.split(' ');
  return program === 'npx' && name === 'mckd'
    ? { program: process.execPath, args: [join(KIT_ROOT, 'data-scripts', 'mckd.mjs'), ...args] }
    : { program, args: [name, ...args] };
}

function nodeObject(node: JudgedNode): object {
  if ('children' in node) {
    const { key, title, why, weight } = node.group;
    const children = node.children.map(nodeObject);
    return { key, title, weight, why, share: node.share, shares: scoreOf(node).shares, children };
  }
  const { key, title, claim, weight, where, mark, check, command, tolerance } = node.claim;
  return {
    ...{ key, title, claim, weight, share: node.share },
    ...{ where, mark, check, command, tolerance },
    ...node.judgement,
  };
}

function nodeLines(node: JudgedNode, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const weight = shareText(node.share);
  if ('children' in node) {
    const below = node.children.flatMap((child) => nodeLines(child, depth + 1));
    return [`${indent}${node.group.title}, ${weight}`, ...below];
  }
  const { key, title } = node.claim;
  const { state, reason, numbers, on } = node.judgement;
  const data = on?.provenance === 'phantom' ? ', phantoms' : '';
  return [
    `${indent}${state.toUpperCase()}${data}  ${key}, ${weight}: ${title}: ${reason}`,
    ...numbers.map(({ name, text }) => `${indent}    ${name}: ${text}`),
  ];
}
