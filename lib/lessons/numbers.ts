/** Plain arithmetic of questions and of wrong answers. */
import type { RandomStream } from '../base/random';

export { mean as average } from '../base/statistics';

export const total = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0);

/** Divided by their sum. */
export const normalised = (values: readonly number[]): number[] =>
  values.map((value) => value / total(values));

/** Some of the values, each at most once, in random order. */
export function distinct(stream: RandomStream, count: number, from: readonly number[]): number[] {
  return stream.shuffle([...from]).slice(0, count);
}

/** One of the values. */
export const oneOf = (stream: RandomStream, from: readonly number[]): number =>
  from[stream.integer(from.length)];

/** Population variance (divided by n). */
export function variance(values: readonly number[]): number {
  const middle = total(values) / values.length;
  return total(values.map((value) => (value - middle) ** 2)) / values.length;
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Rows to columns. */
export const transposed = (rows: readonly (readonly number[])[]): number[][] =>
  rows[0].map((_, j) => rows.map((row) => row[j]));
