/**
 * Contends for one lease: `node contender.ts <directory> <journal> <turns>`. Appends `<pid> enters` when it has the
 * lease and `<pid> leaves` before it gives it back; with 0 turns it enters once and holds on until it is killed.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { acquireLease, leaseCollection, type Lease } from "../../../mixins/lease.ts";

const [directory = "", journal = "", turns = "0"] = process.argv.slice(2);
const store = sqliteStore({ directory });
const leases = await store.open(leaseCollection("contest"));
const note = (event: string) => appendFileSync(journal, `${process.pid} ${event}\n`);

async function acquire(): Promise<Lease> {
  for (;;) {
    const lease = await acquireLease(leases, "prize", {
      holder: String(process.pid),
      lengthMs: 3000,
      clockSkewMs: 0,
    });
    if (lease) return lease;
    await pause(Math.random() * 10);
  }
}

async function hold(lease: Lease, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await pause(Math.random() * 10);
    if (!(await lease.renew())) note("loses");
  }
}

for (let turn = 0; turn < Number(turns); turn++) {
  const lease = await acquire();
  note("enters");
  await hold(lease, 3);
  note("leaves");
  await lease.release();
}
if (turns === "0") {
  const lease = await acquire();
  note("enters");
  await hold(lease, Infinity);
}
await store.close();
