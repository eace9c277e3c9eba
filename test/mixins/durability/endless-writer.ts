import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { ledger } from "./ledger.ts";

/**
 * Writes for ever, one write after another, and prints each only after the store has acknowledged it; a reader that is
 * slow makes it wait. Somebody kills it in the middle. Arguments: directory, durability, round.
 */
const [, , directory = "", durability = "", round = ""] = process.argv;
const entries = await sqliteStore({ directory }).open(ledger(durability as "normal" | "full"));

const print = (line: string) => new Promise((resolve) => process.stdout.write(line, resolve));

for (let n = 0; ; n++) {
  const id = `${round}-${n}`;
  await entries.insert({ id, n, slot: `slot-${id}` }, [{ id: `fact-${id}`, name: "entry.made", payload: { n } }]);
  await print(`insert ${id}\n`);
  await entries.change(id, 1, { winner: id });
  await print(`change ${id}\n`);
  await entries.increment(`counter-${round}`, { n: 1 }, id);
  await print(`increment ${id}\n`);
}
