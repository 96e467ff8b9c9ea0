/** The paper's claims as a weighted tree: what each says, where, and how recorded runs decide it. */
import type { Provenance } from '../datasets/provenance';
import type { Mark } from '../report/tables/types';
import type { Records } from './records';

/**
 * `reproduced`: the records show it within the claim's tolerance. `contradicted`: they show the opposite. `not reproduced`:
 * they were judged and show neither. `open`: nothing could be judged.
 */
export const CLAIM_STATES = ['reproduced', 'not reproduced', 'contradicted', 'open'] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];

/** A number that a judgement stands on. */
export interface ClaimNumber {
  name: string;
  /** With its interval or its mark. */
  text: string;
  /** Computed from recorded runs, or a printed number. */
  from: 'runs' | 'printed';
}

export interface Judgement {
  state: ClaimState;
  /** In one sentence, without the full stop. */
  reason: string;
  numbers: readonly ClaimNumber[];
  /** Of the data that the runs were scored on; absent if none were. */
  on?: { provenance: Provenance; description: string };
  /** Training time of the recorded experiment; absent if there is none. */
  coreMinutes?: number;
}

interface Node {
  /** Lower case and hyphens; unique in the tree. */
  key: string;
  /** Of its siblings' sum, which is 1. */
  weight: number;
  /** In a few words, for lists. */
  title: string;
  /** A row of the README's table stands for this node and all below it. */
  row?: boolean;
}

export interface Claim extends Node {
  /** In our own words. */
  claim: string;
  /** Where the paper says it. */
  where: string;
  /** How sure `where` is: the marks of printed numbers (lib/published/README.md). */
  mark: Mark;
  /** How it is decided here. */
  check: string;
  /** Makes the runs; DIR is yours to fill in. Null where the kit has none. */
  command: string | null;
  /** Number of the notebook whose short trainings show it; absent if none does. */
  notebook?: string;
  /** What still counts as reproduced, and why. */
  tolerance: string;
  judge: (records: Records) => Judgement;
}

export interface ClaimGroup extends Node {
  /** Why its children have their weights. */
  why: string;
  children: readonly ClaimNode[];
}

export type ClaimNode = Claim | ClaimGroup;

export function isGroup(node: ClaimNode): node is ClaimGroup {
  return 'children' in node;
}

/** The claims at or below a node, in order. */
export function claimsOf(node: ClaimNode): Claim[] {
  return isGroup(node) ? node.children.flatMap(claimsOf) : [node];
}
