/** What is shown while phantoms are made. */
import {
  makePhantoms,
  type MakePhantomsOptions,
  type PhantomEvent,
} from '@mckd/lib/dist/data/phantom';
import { SingleBar } from 'cli-progress';

/** Makes a set of phantoms in a folder, with a bar that says how long it will take yet. */
export async function makePhantomSet(
  directory: string,
  options: MakePhantomsOptions,
): Promise<void> {
  const bar = phantomBar();
  try {
    for await (const event of makePhantoms(directory, { ...options, say: console.log })) {
      bar.show(event);
    }
  } finally {
    bar.stop();
  }
  console.log(`the phantoms are in ${directory}; what they are is in its README.txt`);
}

/** A bar that appears once there is something to make. */
export function phantomBar(): { show: (event: PhantomEvent) => void; stop: () => void } {
  const bar = new SingleBar({
    format: 'phantoms |{bar}| {value}/{total} | {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 5000,
    hideCursor: true,
  });
  return {
    show: (event) => {
      if (event.kind === 'case') bar.update(event.done);
      else if (event.done < event.total) bar.start(event.total, event.done);
    },
    stop: () => bar.stop(),
  };
}
