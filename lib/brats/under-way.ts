/** How far several trainings in parallel are, from their events. */
import type { ComparisonEvent } from './comparison';
import type { BratsMethodChanges } from './methods';
import { nameOfTask } from './task';

/** A moment of trainings in parallel. */
export interface UnderWay {
  /** How they are shared out over the machine. */
  plan: string;
  /** Steps that were there before, that are done in all, and of all trainings. */
  before: number;
  done: number;
  total: number;
  /** Those that are being made: name -> its step. */
  doing: ReadonlyMap<string, number>;
}

/**
 * Runs trainings to their end, and says after each event how far they are; nothing where there was none to make.
 * @param methods what the tasks name; default: the three of the comparison
 */
export async function* trainingsUnderWay(
  events: AsyncIterable<ComparisonEvent>,
  methods?: BratsMethodChanges,
): AsyncGenerator<UnderWay> {
  const doing = new Map<string, number>();
  let [before, finished, trainings, steps] = [0, 0, 0, 0];
  let plan = '';
  for await (const event of events) {
    if (event.kind === 'progress') {
      steps = event.steps;
      doing.set(nameOfTask(event.task, methods), event.step);
    } else {
      [finished, trainings] = [event.done, event.total];
      if (event.kind === 'plan') [before, plan] = [event.done, event.line];
      else doing.delete(nameOfTask(event.run, methods));
    }
    // How long a training is, the first step of one tells.
    if (steps === 0) continue;
    const under = [...doing.values()].reduce((sum, step) => sum + step, 0);
    yield {
      plan,
      before: before * steps,
      done: finished * steps + under,
      total: trainings * steps,
      doing,
    };
  }
}
