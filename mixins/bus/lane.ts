/** Runs a task as soon as the lane has room for it. */
export type Lane = <T>(task: () => Promise<T>) => Promise<T>;

/** A lane in which at most `width` tasks run at once; the others wait in order. */
export function lane(width: number): Lane {
  const waiting: (() => void)[] = [];
  let free = width;
  const enter = async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return async (task) => {
    await enter();
    try {
      return await task();
    } finally {
      leave();
    }
  };
}

/** Runs the tasks of one key one after the other, in the order in which they came; those of other keys do not wait. */
export function turns(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const latest = new Map<string, Promise<void>>();
  return (key, task) => {
    const turn = (latest.get(key) ?? Promise.resolve()).then(task);
    const ended = turn.then(
      () => {},
      () => {},
    );
    latest.set(key, ended);
    void ended.then(() => latest.get(key) === ended && latest.delete(key));
    return turn;
  };
}
