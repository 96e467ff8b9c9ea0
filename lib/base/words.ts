/** A word as a shell takes it, such as `'Case 1'`: for commands and options that messages advise. */
export function forShell(word: string): string {
  return /^[\p{L}\p{N}_@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A number with its noun, such as "1 seed" and "3 seeds". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
