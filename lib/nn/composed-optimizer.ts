/** One optimizer of several, for networks that learn together and each in its own way. */
import type { Optimizer, OptimizerState, StepRates } from './optimizer';
import type { NamedTensors, Parameters } from './parameters';

export interface OptimizerPart {
  /** Whether it moves the parameter of this name. */
  moves: (name: string) => boolean;
  optimizer: Optimizer;
}

/** Each parameter is moved by the first part that moves its name, and stays where none does. */
export function composedOptimizer(parts: readonly OptimizerPart[]): Optimizer {
  const partOf = (name: string): number => parts.findIndex(({ moves }) => moves(name));
  const only = <T>(part: number, all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => partOf(name) === part));
  const stateOf = (part: number, { slots, counts }: OptimizerState): OptimizerState => ({
    slots: Object.fromEntries(
      Object.entries(slots)
        .map(([slot, variables]) => [slot, only(part, variables)] as const)
        .filter(([, variables]) => Object.keys(variables).length > 0),
    ),
    counts: only(part, counts),
  });
  return {
    create: (parameters) => {
      const all: OptimizerState = { slots: {}, counts: {} };
      parts.forEach(({ optimizer }, part) => {
        const { slots, counts } = optimizer.create(only(part, parameters));
        for (const [slot, variables] of Object.entries(slots))
          all.slots[slot] = { ...all.slots[slot], ...variables };
        Object.assign(all.counts, counts);
      });
      return all;
    },
    rates: (state, learningRate): ComposedRates => {
      const own = parts.map(({ optimizer }, part) =>
        optimizer.rates(stateOf(part, state), learningRate),
      );
      return {
        signature: own.map(({ signature }) => signature).join('; '),
        tensors: own.flatMap(({ tensors }) => tensors),
        parts: own,
      };
    },
    step: (parameters: Parameters, gradients: NamedTensors, state, rates) =>
      parts.forEach(({ optimizer }, part) =>
        optimizer.step(
          only(part, parameters),
          only(part, gradients),
          stateOf(part, state),
          (rates as ComposedRates).parts[part],
        ),
      ),
  };
}

interface ComposedRates extends StepRates {
  parts: readonly StepRates[];
}
