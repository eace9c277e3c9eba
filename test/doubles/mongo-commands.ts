import { Long, type Document } from "bson";
import { aggregate } from "mingo";
import { MongoDocuments, ServerError, type IndexDefinition } from "./mongo-documents.ts";

const FIRST_BATCH = 101;
/** The replica set of one that the double plays. */
const hello = (address: string) => ({
  ...{ helloOk: true, ismaster: true, isWritablePrimary: true, secondary: false },
  ...{ setName: "double", setVersion: 1, me: address, primary: address, hosts: [address] },
  localTime: new Date(),
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
});

type Run = (command: Document) => Document;

/**
 * The commands that the driver sends, over collections in memory. A write that the driver repeats under its number
 * happens once. Nobody may sign in, and transactions are refused.
 */
export class MongoCommands {
  readonly #address: () => string;
  /** Results by session and number. */
  readonly #numbered = new Map<string, Document>();
  readonly #collections = new Map<string, MongoDocuments>();
  readonly #cursors = new Map<string, Document[]>();
  #lastCursor = 0;

  /** `address` answers the host and port that it is reached at. */
  constructor(address: () => string) {
    this.#address = address;
  }

  readonly #commands: Readonly<Record<string, Run>> = {
    hello: () => hello(this.#address()),
    ismaster: () => hello(this.#address()),
    isMaster: () => hello(this.#address()),
    saslStart: () => {
      throw new ServerError(18, "Authentication failed.");
    },
    ping: () => ({}),
    buildInfo: () => ({ version: "7.0.0", versionArray: [7, 0, 0, 0] }),
    endSessions: () => ({}),
    insert: (command) =>
      this.#each(command, "insert", command["documents"], (documents, document) => {
        documents.insert(document);
        return { n: 1 };
      }),
    update: (command) =>
      this.#each(command, "update", command["updates"], (documents, { q, u, upsert, multi }) => {
        const matches = documents.find(q).slice(0, multi ? undefined : 1);
        for (const document of matches) documents.update(document, u);
        if (matches.length > 0 || !upsert) return { n: matches.length, nModified: matches.length };
        return { n: 1, nModified: 0, upserted: documents.upsert(q, u)["_id"] };
      }),
    delete: (command) =>
      this.#each(command, "delete", command["deletes"], (documents, { q, limit }) => {
        const matches = documents.find(q).slice(0, limit || undefined);
        for (const document of matches) documents.delete(document);
        return { n: matches.length };
      }),
    findAndModify: (command) => {
      const documents = this.#of(command, "findAndModify");
      const [found] = documents.find(command["query"] ?? {}, command["sort"]);
      if (found === undefined) {
        return { value: command["upsert"] ? documents.upsert(command["query"], command["update"]) : null };
      }
      const updated = documents.update(found, command["update"]);
      return { value: command["new"] ? updated : found };
    },
    find: (command) => {
      const { filter = {}, sort, skip = 0, limit = 0 } = command;
      const found = this.#of(command, "find").find(filter, sort);
      return this.#open(command, found.slice(skip, limit > 0 ? skip + limit : undefined));
    },
    aggregate: (command) => {
      const all = this.#of(command, "aggregate").find({});
      return this.#open(command, aggregate(all, command["pipeline"]) as Document[]);
    },
    getMore: (command) => {
      const id = String(command["getMore"]);
      return { cursor: { ...this.#batch(id, command["batchSize"] ?? Infinity, "nextBatch"), ns: "double" } };
    },
    killCursors: (command) => {
      for (const id of command["cursors"]) this.#cursors.delete(String(id));
      return { cursorsKilled: command["cursors"] };
    },
    createIndexes: (command) => {
      const documents = this.#of(command, "createIndexes");
      for (const index of command["indexes"] as IndexDefinition[]) documents.addIndex(index);
      return {};
    },
    listIndexes: (command) => this.#open(command, this.#of(command, "listIndexes").indexes as unknown as Document[]),
    dropIndexes: (command) => {
      this.#of(command, "dropIndexes").dropIndex(command["index"]);
      return {};
    },
    dropDatabase: () => {
      this.#collections.clear();
      return {};
    },
  };

  /** Answers one command; a refusal becomes a document with `ok: 0`. */
  run(command: Document): Document {
    if (command["txnNumber"] === undefined) return this.#run(command);
    const number = `${command["lsid"].id.toString("hex")} ${command["txnNumber"]}`;
    const result = this.#numbered.get(number) ?? this.#run(command);
    this.#numbered.set(number, result);
    return result;
  }

  #run(command: Document): Document {
    const [name = ""] = Object.keys(command);
    try {
      const known = Object.hasOwn(this.#commands, name) ? this.#commands[name] : undefined;
      if (known === undefined) throw new ServerError(59, `no such command: '${name}'`);
      if (command["startTransaction"]) throw new ServerError(20, "The double knows no transactions");
      return { ...known(command), ok: 1 };
    } catch (error) {
      const { code = 2, message, info = {} } = error as ServerError;
      return { ok: 0, code, errmsg: message, ...info };
    }
  }

  #of(command: Document, name: string): MongoDocuments {
    const key = `${command["$db"]}.${command[name]}`;
    const documents = this.#collections.get(key) ?? new MongoDocuments();
    this.#collections.set(key, documents);
    return documents;
  }

  /** Runs the parts of a write; an ordered one ends at its first fault. */
  #each(command: Document, name: string, parts: Document[], write: (on: MongoDocuments, part: Document) => Document) {
    const result = { n: 0, nModified: 0, upserted: [] as Document[], writeErrors: [] as Document[] };
    for (const [index, part] of parts.entries()) {
      try {
        const { n, nModified = 0, upserted } = write(this.#of(command, name), part);
        result.n += n;
        result.nModified += nModified;
        if (upserted !== undefined) result.upserted.push({ index, _id: upserted });
      } catch (error) {
        const { code = 2, message, info = {} } = error as ServerError;
        result.writeErrors.push({ index, code, errmsg: message, ...info });
        if (command["ordered"] !== false) break;
      }
    }
    const { upserted, writeErrors, ...counts } = result;
    return { ...counts, ...(upserted.length > 0 && { upserted }), ...(writeErrors.length > 0 && { writeErrors }) };
  }

  #open(command: Document, documents: Document[]): Document {
    const id = String(++this.#lastCursor);
    this.#cursors.set(id, documents);
    const size = command["batchSize"] ?? command["cursor"]?.batchSize ?? FIRST_BATCH;
    return { cursor: { ...this.#batch(id, command["singleBatch"] ? Infinity : size, "firstBatch"), ns: "double.x" } };
  }

  #batch(id: string, size: number, name: string): Document {
    const waiting = this.#cursors.get(id) ?? [];
    const rest = waiting.slice(size);
    if (rest.length > 0) this.#cursors.set(id, rest);
    else this.#cursors.delete(id);
    return { id: rest.length > 0 ? Long.fromString(id) : Long.ZERO, [name]: waiting.slice(0, size) };
  }
}
