/** What an exercise is: seeded numbers, the right answer from the kit's own functions, and the usual wrong ones. */
import type { RandomStream } from '../base/random';

/** A number, a list of numbers, or rows of them. */
export type Answer = number | readonly number[] | readonly (readonly number[])[];

/** A usual wrong answer, and what to think about then; the hint doesn't give the answer away. */
export interface Mistake<Given> {
  answer: (given: Given) => Answer;
  hint: string;
}

export interface Exercise<Given> {
  /** What to answer, for messages: "the loss", "a weight per view". */
  asks: string;
  /** The numbers of the question. */
  given: (stream: RandomStream) => Given;
  /** The right answer, by the functions that train and score. Leak-free. */
  solve: (given: Given) => Answer;
  /** How far an answer may be off, where three digits are too few or too many. */
  tolerance?: number;
  /** Why it is right. */
  why: string;
  /** For a wrong answer that is none of `mistakes`. */
  hint: string;
  mistakes: readonly Mistake<Given>[];
}

/** An exercise as declared, so that the type of its numbers is inferred. */
export function exercise<Given>(declared: Exercise<Given>): Exercise<Given> {
  return declared;
}

/** An answer may be rounded to about three digits: it may differ by this share of the largest number. */
const ROUNDING = 0.004;

/** Whether two answers of one shape agree, but for rounding. @param tolerance default: by the second one's size */
export function agrees(a: Answer, b: Answer, tolerance?: number): boolean {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const room = tolerance ?? ROUNDING * Math.max(...right.map(Math.abs)) + 1e-6;
  return left.every((value, i) => Math.abs(value - right[i]) <= room);
}

export function numbersOf(answer: Answer): number[] {
  return typeof answer === 'number' ? [answer] : answer.flatMap((row) => row);
}

/** "a number", "a list of 4 numbers", "4 rows of 4 numbers". */
export function describeShape(answer: Answer): string {
  if (typeof answer === 'number') return 'a number';
  const [first] = answer;
  return Array.isArray(first)
    ? `${answer.length} rows of ${first.length} numbers`
    : `a list of ${answer.length} numbers`;
}
