/**
 * A program to be killed: it writes a note for every id on its standard input and answers each with the same id on its
 * standard output. `node crashing-program.ts <directory> [without-restart]`; the latter takes the relay's restart away:
 * facts that an earlier process left are hidden from it.
 */
import { setTimeout as pause } from "node:timers/promises";
import readline from "node:readline";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { z } from "zod";
import { answers } from "../../../mixins/answer.ts";
import { busMiddleware } from "../../../mixins/bus/bus-middleware.ts";
import { on } from "../../../mixins/bus/bus.ts";
import { deadLetterCollection } from "../../../mixins/bus/dead-letters.ts";
import { embeddedBus } from "../../../mixins/bus/embedded-bus.ts";
import type { FactSource } from "../../../mixins/bus/relay.ts";
import { DuplicateKey, type Collection } from "../../../mixins/collection/collection.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { contract, fact, NoContent } from "../../../mixins/contract.ts";
import { facts } from "../../../mixins/facts.ts";
import { entriesDefinition, notesDefinition, type Entry, type Note } from "./notes.ts";

const [directory = "", mode] = process.argv.slice(2);
const store = sqliteStore({ directory });

const Noted = fact("notes.noted", z.object({ noteId: z.string() }));
const Notes = contract("notes", {
  // So short a deadline lets some answers leave before their fact is relayed.
  note: { summary: "Stores a note", params: z.strictObject({ id: z.string() }), result: NoContent, timeoutMs: 100 },
});

const factsOfThisProcess = new Set<string>();
const hidingEarlierFacts = (source: FactSource): FactSource => ({
  unsentFacts: async () => (await source.unsentFacts(100_000)).filter(({ fact }) => factsOfThisProcess.has(fact.id)),
  forgetFacts: (documentId, factIds) => source.forgetFacts(documentId, factIds),
  onFacts: (listener) => source.onFacts(listener),
});

function notesService(): ServiceSchema {
  let notes: Collection<Note>;
  return {
    name: Notes.$name,
    mixins: [facts({ relays: () => [mode === "without-restart" ? hidingEarlierFacts(notes) : notes] })],
    actions: answers(Notes, {
      async note({ id }) {
        const noted = Noted({ noteId: id });
        factsOfThisProcess.add(noted.id);
        await notes.insert({ id, factId: noted.id }, [noted]);
        return null;
      },
    }),
    async started() {
      notes = await store.open(notesDefinition);
    },
  };
}

function tallyService(): ServiceSchema {
  let entries: Collection<Entry>;
  const enter = on(Noted, async ({ noteId }, factId) => {
    // Most are quick; a few outlast the deadline of the write they follow.
    await pause(Math.random() < 0.05 ? 150 : Math.random() * 5);
    await entries.insert({ noteId, factId }).catch(unlessKnown);
    await pause(Math.random() * 5);
  });
  return {
    name: "tally",
    mixins: [facts({ subscriptions: [enter] })],
    async started() {
      entries = await store.open(entriesDefinition);
    },
  };
}

function unlessKnown(error: unknown): void {
  if (!(error instanceof DuplicateKey)) throw error;
}

const bus = () => embeddedBus({ openLetters: () => store.open(deadLetterCollection) });
const broker = new ServiceBroker({ logger: false, middlewares: [busMiddleware(bus)] });
broker.createService(notesService());
broker.createService(tallyService());
await broker.start();
process.stdout.write("ready\n");

const answer = (id: string) => process.stdout.write(`${id}\n`);
readline.createInterface({ input: process.stdin }).on("line", (id) => {
  void Notes.note(broker, { id }).then(
    () => answer(id),
    () => {},
  );
});
