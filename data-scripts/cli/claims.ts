import { Command } from 'commander';
import type { ClaimsCommandOptions } from '../commands/claims';
import { jsonOption } from './arguments';

/** `mckd claims`: what the paper claims, and what the recorded runs say of it. */
export function claimsCommand(): Command {
  return new Command('claims')
    .description(
      "the paper's claims as a weighted tree, each with its state, reason and numbers from the recorded runs; and the score",
    )
    .option('--run <claim>', 'run the command of this claim instead')
    .addOption(jsonOption())
    .action(async (options: ClaimsCommandOptions) => {
      const { claims } = await import('../commands/claims.js');
      await claims(options);
    });
}
