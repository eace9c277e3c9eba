/**
 * Lets concurrent callers share runs of a batch function. A call that finds nobody running starts at once, alone; what
 * arrives during a run waits and goes together in the next one. So batches form only when a queue has formed, and no
 * call ever waits for company.
 * @param run answers the rows in order; when it rejects, every caller in that run gets the error
 * @param mostRows a run takes no more rows than this, except for a single call that brings more
 */
export function rowQueue<Row, Out>(run: (rows: readonly Row[]) => Promise<readonly Out[]>, mostRows: number) {
  type Waiting = { rows: readonly Row[]; resolve: (out: Out[]) => void; reject: (error: unknown) => void };
  const waiting: Waiting[] = [];
  let running = false;

  const nextBatch = (): Waiting[] => {
    let rows = waiting[0]!.rows.length;
    let calls = 1;
    while (calls < waiting.length && rows + waiting[calls]!.rows.length <= mostRows)
      rows += waiting[calls++]!.rows.length;
    return waiting.splice(0, calls);
  };

  const drain = async () => {
    running = true;
    while (waiting.length > 0) {
      const batch = nextBatch();
      try {
        const out = await run(batch.flatMap((call) => call.rows));
        let from = 0;
        for (const call of batch) call.resolve(out.slice(from, (from += call.rows.length)));
      } catch (error) {
        for (const call of batch) call.reject(error);
      }
    }
    running = false;
  };

  const queued = (rows: readonly Row[]): Promise<Out[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ rows, resolve, reject });
      if (!running) void drain();
    });
  /** Rows that wait for the next run. */
  return Object.assign(queued, { waiting: () => waiting.reduce((sum, { rows }) => sum + rows.length, 0) });
}
