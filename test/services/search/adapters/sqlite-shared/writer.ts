/**
 * Writes into an index that others write into as well: `node writer.ts <directory> <name> <rounds>`. Each round adds a
 * car of its own and a newer version of a car that all write, and counts one up in the note.
 */
import { setTimeout as pause } from "node:timers/promises";
import { openSqliteEngine } from "../../../../../services/search/adapters/sqlite-engine.ts";
import { SearchError, type CarDocument } from "../../../../../services/search/search-engine.ts";

const [directory = "", name = "", rounds = "0"] = process.argv.slice(2);
const engine = await openSqliteEngine({ directory });
const car = (id: string, price: number): CarDocument => ({
  ...{ id, title: `Tucson ${name}`, description: "", shown: { id } },
  ...{ currency: "GBP", brand: "Hyundai", model: "Tucson", fuelType: "Petrol", transmission: "Manual" },
  ...{ dealRating: null, ratedBy: null, year: 2018, mileageKm: 1, price, engineSize: 1, createdAt: 1 },
});

/** Compare-and-set, as a sweep notes its place. */
async function countUp(): Promise<void> {
  for (;;) {
    const note = await engine.note();
    try {
      return await engine.keepNote(String(Number(note) + 1), note);
    } catch (error) {
      if (!(error instanceof SearchError) || error.code !== "CONFLICT") throw error;
      await pause(Math.random() * 5);
    }
  }
}

for (let round = 1; round <= Number(rounds); round++) {
  await engine.bulk([
    { type: "upsert", id: `${name}-${round}`, rev: 1, document: car(`${name}-${round}`, round) },
    { type: "upsert", id: "shared", rev: round, document: car("shared", round) },
    { type: "delete", id: `${name}-${round - 10}`, rev: 2 },
  ]);
  await countUp();
}
await engine.close();
