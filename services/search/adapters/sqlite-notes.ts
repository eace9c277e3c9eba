import type { DatabaseSync, StatementSync } from "node:sqlite";

type Name = "note" | "draft" | "seq" | "generation";

/** Texts kept in the index file. */
export class SqliteNotes {
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;

  constructor(db: DatabaseSync) {
    this.#get = db.prepare("SELECT text FROM notes WHERE name = ?");
    this.#put = db.prepare("INSERT OR REPLACE INTO notes VALUES (?, ?)");
    this.#drop = db.prepare("DELETE FROM notes WHERE name = ?");
  }

  get(name: Name): string | null {
    return (this.#get.get(name)?.text as string | undefined) ?? null;
  }

  put(name: Name, text: string): void {
    this.#put.run(name, text);
  }

  drop(name: Name): void {
    this.#drop.run(name);
  }

  /** Inside a write only: what is read stays true until it ends. */
  next(name: "seq" | "generation"): number {
    const number = Number(this.get(name) ?? 0) + 1;
    this.put(name, String(number));
    return number;
  }
}
