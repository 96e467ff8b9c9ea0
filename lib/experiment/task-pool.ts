/** Tasks in parallel processes, by a plan. */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, on } from 'node:events';
import { startChild, type Child } from '../base/child';
import { UserError } from '../base/errors';
import { processEnvironment, type ProcessPlan } from './process-plan';

/** What a worker script sends when its task failed. */
export interface TaskFailure {
  kind: 'failed';
  message: string;
}

export interface TaskPoolOptions<Task, Request> {
  /** File of the worker: it answers each request with messages, the last one `{ kind: 'done' }` or a failure. */
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

interface Worker<Task> {
  child: Child<ChildProcess>;
  task: Task | undefined;
}

/**
 * Yields the workers' messages with their tasks until all are done. Stopping the iteration stops the
 * processes, and waits for them: each brings what it has begun into a state that can be resumed.
 * @throws UserError when a task fails, or its process dies or can't be started, with the task's name
 */
export async function* runTasks<Task, Request, Reply extends { kind: string }>({
  script,
  tasks,
  plan,
  requestOf,
  nameOf,
  signal,
}: TaskPoolOptions<Task, Request>): AsyncGenerator<{ task: Task; reply: Reply }> {
  const waiting = [...tasks];
  let left = waiting.length;
  if (left === 0) return;
  const events = new EventEmitter();
  const replies = on(events, 'reply', { signal }) as AsyncIterable<
    [Worker<Task>, Reply | TaskFailure]
  >;
  const workers: Worker<Task>[] = [];
  const next = (worker: Worker<Task>): void => {
    worker.task = waiting.shift();
    if (worker.task === undefined) worker.child.process?.disconnect();
    else worker.child.send(requestOf(worker.task) as object);
  };
  try {
    while (workers.length < Math.min(plan.processes, left)) {
      const child = startWorker(script, processEnvironment(plan, workers.length));
      const worker: Worker<Task> = { child, task: undefined };
      workers.push(worker);
      const tell = (reply: Reply | TaskFailure): void => {
        if (worker.task !== undefined) events.emit('reply', worker, reply);
      };
      worker.child.process?.on('message', tell);
      void worker.child.over.then(({ how }) =>
        tell({ kind: 'failed', message: `its process ${how}` }),
      );
      next(worker);
    }
    for await (const [worker, reply] of replies) {
      const task = worker.task as Task;
      if (isFailure(reply)) throw new UserError(`run ${nameOf(task)} failed: ${reply.message}`);
      if (reply.kind === 'done') {
        left--;
        next(worker);
      }
      yield { task, reply };
      if (left === 0) return;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    for (const worker of workers) worker.task = undefined;
    await Promise.all(workers.map(({ child }) => ended(child)));
  }
}

/** A step of the largest network takes over a minute. */
const PATIENCE_MS = 300_000;

/** Requests a process to end, and kills it if it doesn't. */
async function ended(child: Child<ChildProcess>): Promise<void> {
  child.kill();
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await child.over;
  clearTimeout(timer);
}

function isFailure(reply: { kind: string }): reply is TaskFailure {
  return reply.kind === 'failed';
}

function startWorker(script: string, env: NodeJS.ProcessEnv): Child<ChildProcess> {
  return startChild(() =>
    fork(script, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
    }),
  );
}

/**
 * The other side: answers each request of the pool in this process. The task's last message should be
 * `{ kind: 'done' }`. When the pool is gone, or requests the end, the task is left after its next message, or aborted
 * by its signal; the second time the process ends at once.
 */
export function serveTasks<Request, Reply extends { kind: string }>(
  run: (request: Request, signal: AbortSignal) => AsyncIterable<Reply>,
): void {
  const stopping = new AbortController();
  let busy = 0;
  const reply = (message: Reply | TaskFailure): void => {
    // No receiver of an error is left.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const serve = async (request: Request): Promise<void> => {
    busy += 1;
    try {
      for await (const message of run(request, stopping.signal)) {
        reply(message);
        if (stopping.signal.aborted) break;
      }
    } catch (error) {
      const known = error instanceof UserError;
      const message = known ? error.message : String((error as Error).stack ?? error);
      reply({ kind: 'failed', message });
    }
    busy -= 1;
    if (stopping.signal.aborted && busy === 0) process.exit();
  };
  const stop = (): void => {
    if (stopping.signal.aborted || busy === 0) process.exit();
    stopping.abort();
  };
  process.on('message', (request: Request) => void serve(request));
  process.on('disconnect', stop);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
}
