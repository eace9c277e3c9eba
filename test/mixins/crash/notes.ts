import type { CollectionDefinition } from "../../../mixins/collection/collection.ts";

export interface Note {
  /** The id of the fact that told of this note. */
  factId: string;
}

/** What the crashing program writes. */
export const notesDefinition: CollectionDefinition<Note> = { service: "notes", noun: "note", fields: {} };

export interface Entry {
  noteId: string;
  factId: string;
}

/** What its subscriber keeps: one entry per fact. */
export const entriesDefinition: CollectionDefinition<Entry> = {
  service: "tally",
  noun: "entry",
  fields: { noteId: "text", factId: "text" },
  unique: [["factId"]],
};
