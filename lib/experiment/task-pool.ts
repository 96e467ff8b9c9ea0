/** Tasks in parallel processes, by a plan. */
import { UserError, type UserErrorDetails } from '../base/errors';
import { openPool, processWorker, repliesOf, type Pool, type Reply } from '../base/pool';
import { processEnvironment, type ProcessPlan } from './process-plan';

export interface TaskPoolOptions<Task, Request> {
  /** File of the worker, which calls `serveTasks`. */
  script: string;
  tasks: readonly Task[];
  plan: ProcessPlan;
  /** What the worker is sent for a task. */
  requestOf: (task: Task) => Request;
  /** For messages. */
  nameOf: (task: Task) => string;
  /** Ends the iteration, as leaving it does. */
  signal?: AbortSignal;
}

/**
 * Yields the workers' replies with their tasks until all are done. Stopping the iteration stops the
 * processes, and waits for them: each brings what it has begun into a state that can be resumed.
 * @throws UserError when a task fails, or its process dies or can't be started, with the task's name
 */
export function runTasks<Task, Request extends object, R extends Reply>({
  script,
  tasks,
  plan,
  requestOf,
  nameOf,
  signal,
}: TaskPoolOptions<Task, Request>): AsyncGenerator<{ task: Task; reply: R }> {
  const pool = openPool<Task, R>({
    size: plan.processes,
    start: (n) => processWorker(script, processEnvironment(plan, n)),
    requestOf,
    lost: (_, how) => new UserError(`its process ${how}`, { code: 'PROCESS' }),
  });
  const run: Pool<Task, R>['run'] = (task, onReply) =>
    pool.run(task, onReply).catch((cause: Error) => {
      const { message, details }: { message?: string; details: UserErrorDetails } =
        cause instanceof UserError ? cause : { message: cause.stack, details: { code: 'PROCESS' } };
      throw new UserError(`run ${nameOf(task)} failed: ${message}`, details, { cause });
    });
  return repliesOf({ ...pool, run }, tasks, signal);
}
