/**
 * Errors meant for the reader of the kit: which file, which field, which value, and what to do.
 * Commands print `message` alone and exit 1; a stack trace is for faults of ours.
 */
export interface ReaderErrorFacts {
  /** The file or folder that is wrong. */
  file?: string;
  /** The field, option or header entry that is wrong. */
  field?: string;
  /** The value found there. */
  value?: unknown;
}

export class ReaderError extends Error {
  readonly facts: ReaderErrorFacts;

  constructor(message: string, facts: ReaderErrorFacts = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ReaderError';
    this.facts = facts;
  }
}
