/** Trainings in parallel under a notebook's progress bar. */
import { progress, type Progress } from '../display';
import type { ComparisonEvent } from './comparison';

/** Runs trainings to their end; the bar counts the steps of all of them, and names those that are under way. */
export async function followTrainings(events: AsyncIterable<ComparisonEvent>): Promise<void> {
  const doing = new Map<string, number>();
  let [total, done, before] = [0, 0, 0];
  let bar: Progress | undefined;
  for await (const event of events) {
    if (event.kind === 'plan') {
      total = event.total - event.done;
      before = event.done;
      if (before > 0) console.log(`${before} of ${event.total} trainings are there already`);
    }
    if (event.kind === 'progress') {
      const { method, seed } = event.task;
      doing.set(`${method}, seed ${seed}`, event.step / event.steps);
      bar ??= progress('steps of all trainings', total * event.steps);
      const under = [...doing.values()].reduce((sum, share) => sum + share, 0);
      bar.update(Math.round((done + under) * event.steps), [...doing.keys()].join(' and '));
    }
    if (event.kind === 'run') {
      doing.delete(`${event.run.method}, seed ${event.run.seed}`);
      done = event.done - before;
    }
  }
  bar?.finish();
}
