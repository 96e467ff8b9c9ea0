/** Mean, spread and ends of a volume's values. */

export interface Moments {
  mean: number;
  /** Population standard deviation. */
  deviation: number;
  least: number;
  greatest: number;
}

export function momentsOf(values: Float64Array): Moments {
  let sum = 0;
  let least = Infinity;
  let greatest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    sum += value;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const off = values[i] - mean;
    squares += off * off;
  }
  return { mean, deviation: Math.sqrt(squares / values.length), least, greatest };
}
