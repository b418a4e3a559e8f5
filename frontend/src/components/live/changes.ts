/** One change as the stream tells it. */
export type Change = { topic: string; ref: string; version: number };

/** Read one message of the stream: a change or a list of them. Anything else is left out. */
export function readChanges(data: string): Change[] {
  let read: unknown;
  try {
    read = JSON.parse(data);
  } catch {
    return [];
  }
  const all: unknown[] = Array.isArray(read) ? read : [read];
  return all.flatMap((each) => {
    const change = each as Partial<Change> | null;
    if (typeof change?.ref !== "string" || typeof change.topic !== "string") return [];
    return [{ topic: change.topic, ref: change.ref, version: Number(change.version ?? 0) }];
  });
}

const REMEMBERED = 5000;

/**
 * Lets a change pass once. The stream resends after a reconnect, and out of order: what counts is
 * whether this version of this ref came before under this topic.
 */
export class Doubles {
  #seen = new Set<string>();

  isNew({ topic, ref, version }: Change): boolean {
    const key = `${topic} ${ref} ${version}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.values().next().value!);
    return true;
  }
}

/** Gathers changes and hands them on together, 150 ms after the first. */
export class Burst {
  #waiting: Change[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly pass: (changes: Change[]) => void, private readonly wait = 150) {}

  add(changes: Change[]): void {
    this.#waiting.push(...changes);
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#go(), this.wait);
  }

  #go(): void {
    const ready = this.#waiting;
    this.#waiting = [];
    this.#timer = undefined;
    this.pass(ready);
  }
}
