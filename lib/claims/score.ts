/** States of all claims, and the share of the paper's weight in each state. */
import {
  CLAIM_STATES,
  isGroup,
  type Claim,
  type ClaimGroup,
  type ClaimNode,
  type ClaimState,
  type Judgement,
} from './claim';
import type { Records } from './records';

/** A claim with its judgement. */
export interface JudgedClaim {
  claim: Claim;
  /** Its share of the whole tree. */
  share: number;
  judgement: Judgement;
}

export interface JudgedGroup {
  group: ClaimGroup;
  share: number;
  children: readonly JudgedNode[];
}

export type JudgedNode = JudgedClaim | JudgedGroup;

/** Shares of the weight, which sum to 1; an open claim scores nothing. */
export interface Score {
  shares: Record<ClaimState, number>;
  /** What of each share was judged on phantoms, which say nothing about patients. */
  onPhantoms: Record<ClaimState, number>;
}

/** @param share of the node in the whole */
export function judgeTree(node: ClaimNode, records: Records, share = 1): JudgedNode {
  if (!isGroup(node)) return { claim: node, share, judgement: node.judge(records) };
  return {
    group: node,
    share,
    children: node.children.map((child) => judgeTree(child, records, share * child.weight)),
  };
}

/** The judged claims at or below a node, in order. */
export function judgedClaims(node: JudgedNode): JudgedClaim[] {
  return 'children' in node ? node.children.flatMap(judgedClaims) : [node];
}

/** Relative to the node's own weight. */
export function scoreOf(node: JudgedNode): Score {
  const none = (): Record<ClaimState, number> =>
    Object.fromEntries(CLAIM_STATES.map((state) => [state, 0])) as Record<ClaimState, number>;
  const score: Score = { shares: none(), onPhantoms: none() };
  for (const { share, judgement } of judgedClaims(node)) {
    const part = share / node.share;
    score.shares[judgement.state] += part;
    if (judgement.on?.provenance === 'phantom') score.onPhantoms[judgement.state] += part;
  }
  return score;
}

/** A share of the weight, for readers. */
export function shareText(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Each state with its share and the part of it that stands on phantoms. */
export function scoreSentence({ shares, onPhantoms }: Score): string {
  const parts = CLAIM_STATES.map((state) => {
    const phantoms =
      onPhantoms[state] > 0 ? ` (of it ${shareText(onPhantoms[state])} on phantoms)` : '';
    return `${state} ${shareText(shares[state])}${phantoms}`;
  });
  return `Of the paper’s weight: ${parts.join(', ')}`;
}

/** The states at or below a node, counted where they differ: `1 reproduced, 2 open`. */
export function statesText(node: JudgedNode): string {
  const claims = judgedClaims(node);
  const counts = CLAIM_STATES.map((state) => ({
    state,
    count: claims.filter(({ judgement }) => judgement.state === state).length,
  })).filter(({ count }) => count > 0);
  const text =
    counts.length === 1
      ? counts[0].state
      : counts.map(({ state, count }) => `${count} ${state}`).join(', ');
  const phantoms = claims.some(({ judgement }) => judgement.on?.provenance === 'phantom');
  return phantoms ? `phantoms: ${text}` : text;
}
