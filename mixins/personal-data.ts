import { z } from "zod";
import { actions, Id } from "./contract.ts";
import { Cursor } from "./paging.ts";

/** Something that a service holds about a member, in words its owner understands. */
export const PersonalRecord = z.strictObject({
  /** What kind of thing: each kind becomes a file of the export. */
  kind: z.string().regex(/^[a-z][a-z-]{1,40}$/),
  record: z.record(z.string(), z.json()),
});
export type PersonalRecord = z.infer<typeof PersonalRecord>;

/** The action by which every service tells what it holds about a member (GDPR Art. 15 and 20), in pages. */
export const personalData = (summary: string) =>
  actions({
    personalData: {
      summary,
      idempotent: true,
      large: true,
      timeoutMs: 15_000,
      params: z.strictObject({ accountId: Id, cursor: Cursor.optional() }),
      result: z.strictObject({ records: z.array(PersonalRecord), nextCursor: Cursor.nullable() }),
    },
  }).personalData;
