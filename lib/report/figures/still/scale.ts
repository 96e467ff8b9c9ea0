/** Scales of the static images: data to pixels, round tick values, colours of a colour scale. */
import type { Axis, ColourScale, Trace } from '../types';

/** Round values (1, 2 or 5 times a power of ten) that lie within [low, high], about `count` of them. */
export function roundTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999) ?? 10 * power;
  const ticks: number[] = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
    ticks.push(Number((index * step).toPrecision(12)));
  }
  return ticks;
}

/** Powers of ten within 10^low..10^high, also 2 and 5 or 3 times them if that gives about `count` ticks. */
export function logTicks(low: number, high: number, count: number): number[] {
  const ticks = (factors: readonly number[], stride: number): number[] => {
    const found: number[] = [];
    for (let power = Math.floor(low); power <= high; power += 1) {
      if (power % stride !== 0) continue;
      for (const factor of factors) {
        const at = power + Math.log10(factor);
        if (at >= low - 1e-9 && at <= high + 1e-9)
          found.push(Number((factor * 10 ** power).toPrecision(6)));
      }
    }
    return found;
  };
  for (const factors of [
    [1, 2, 5],
    [1, 3],
  ]) {
    const fine = ticks(factors, 1);
    if (fine.length <= 1.5 * count) return fine;
  }
  return ticks([1], Math.max(1, Math.ceil((high - low) / Math.max(1, count))));
}

/** A tick value as short text. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(1).replace('-', '−');
  return String(value).replace('-', '−');
}

export interface Scale {
  /** Pixels of a number or a category. */
  at(value: number | string): number;
  ticks: { at: number; text: string }[];
  /** Pixels of one category, or 0 for a scale of numbers. */
  band: number;
}

function numbers(values: readonly unknown[]): number[] {
  return values.filter(
    (value): value is number => typeof value === 'number' && Number.isFinite(value),
  );
}

/** All numbers that traces put on the axis, error bars included; on a logarithmic one, those above 0. */
function extent(traces: readonly Trace[], letter: 'x' | 'y', log = false): [number, number] {
  const every = traces.flatMap((trace): number[] => {
    if (trace.type === 'heatmap' || trace.type === 'image') return [];
    const values = trace[letter] as readonly (number | string | null)[];
    const error =
      letter === 'y' ? trace.error_y : trace.type === 'scatter' ? trace.error_x : undefined;
    const ends = error
      ? values.flatMap((value, index) =>
          typeof value === 'number'
            ? [
                value + (error.array[index] ?? 0),
                value - ((error.arrayminus ?? error.array)[index] ?? 0),
              ]
            : [],
        )
      : [];
    const zero = trace.type === 'bar' && letter === 'y' ? [0] : [];
    return [...numbers(values), ...ends, ...zero];
  });
  const all = log ? every.filter((value) => value > 0) : every;
  // Not Math.min(...all): a long curve has more values than a call may have arguments.
  const low = all.reduce((least, value) => Math.min(least, value), Infinity);
  const high = all.reduce((most, value) => Math.max(most, value), -Infinity);
  return low <= high ? [low, high] : log ? [1, 10] : [0, 1];
}

/** The categories of an axis in order of appearance, or null if it is an axis of numbers. */
function categories(traces: readonly Trace[], letter: 'x' | 'y'): string[] | null {
  const names = new Set<string>();
  for (const trace of traces) {
    if (trace.type === 'image') continue;
    const values: readonly unknown[] | undefined = trace[letter];
    if (trace.type === 'heatmap') {
      const count = letter === 'x' ? (trace.z[0]?.length ?? 0) : trace.z.length;
      for (let index = 0; index < count; index += 1)
        names.add(trace[letter]?.[index] ?? String(index));
    } else {
      for (const value of values ?? []) if (typeof value === 'string') names.add(value);
    }
  }
  return names.size > 0 ? [...names] : null;
}

/** The scale of an axis between two pixels (`from` is where the lowest value or the first category goes). */
export function makeScale(
  traces: readonly Trace[],
  letter: 'x' | 'y',
  axis: Axis,
  from: number,
  to: number,
): Scale {
  const [start, end] = axis.autorange === 'reversed' ? [to, from] : [from, to];
  const names = categories(traces, letter);
  if (names) {
    const band = (end - start) / names.length;
    const at = (value: number | string): number =>
      start + band * ((typeof value === 'number' ? value : names.indexOf(value)) + 0.5);
    return { at, ticks: names.map((text) => ({ at: at(text), text })), band: Math.abs(band) };
  }
  const log = axis.type === 'log';
  const [low, high] = range(traces, letter, axis);
  const at = (value: number | string): number => {
    // A logarithmic axis has no zero: what starts there, such as a bar, starts at its lower end.
    const number = !log ? Number(value) : Number(value) > 0 ? Math.log10(Number(value)) : low;
    return start + ((number - low) / (high - low)) * (end - start);
  };
  const room = Math.abs(end - start) / (letter === 'x' ? 80 : 45);
  if (axis.tickvals) {
    const ticks = axis.tickvals.map((value, index) => ({
      at: at(value),
      text: axis.ticktext?.[index] ?? tickText(value),
    }));
    return { at, ticks, band: 0 };
  }
  const count = Math.max(2, Math.floor(room));
  const values = log ? logTicks(low, high, count) : roundTicks(low, high, count);
  const ticks = values.map((value) => ({ at: at(value), text: tickText(value) }));
  return { at, ticks, band: 0 };
}

function range(traces: readonly Trace[], letter: 'x' | 'y', axis: Axis): [number, number] {
  if (axis.range) return axis.range;
  const log = axis.type === 'log';
  const found = extent(traces, letter, log);
  const [low, high] = log ? found.map(Math.log10) : found;
  if (low === high) return [low - 1, high + 1];
  const bars = letter === 'y' && traces.some((trace) => trace.type === 'bar');
  const markers = traces.some((trace) => trace.type === 'scatter' && trace.mode !== 'lines');
  const padding = (high - low) * (letter === 'x' && !markers ? 0 : 0.05);
  const onZero = bars && !log;
  return [onZero && low === 0 ? 0 : low - padding, onZero && high === 0 ? 0 : high + padding];
}

/** The least and the largest of the finite values; infinite, the least above the largest, where there are none. */
export function extremes(values: ArrayLike<number | null>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** Red, green and blue of `#rrggbb`. */
export function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** The colour of `share` (0..1) of a colour scale, as `#rrggbb`. */
export function scaleColour(scale: ColourScale, share: number): string {
  const place = Math.min(1, Math.max(0, share));
  const upper = Math.max(
    1,
    scale.findIndex(([stop]) => stop >= place),
  );
  const [low, from] = scale[upper - 1];
  const [high, to] = scale[upper];
  const mix = (place - low) / (high - low || 1);
  const end = channels(to);
  const mixed = channels(from).map((channel, index) =>
    Math.round(channel + (end[index] - channel) * mix),
  );
  return '#' + mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('');
}

/** Black or white, whichever has more contrast with the colour. */
export function inkOn(colour: string): string {
  const [red, green, blue] = channels(colour);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? '#222222' : '#ffffff';
}
