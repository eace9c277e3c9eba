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
