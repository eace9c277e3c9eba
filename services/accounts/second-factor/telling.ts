import type { CallContext } from "../../../mixins/answer.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Letter } from "../mails/letters.ts";
import type { Office } from "../office.ts";
import type { SecurityEventName } from "../security-events.ts";

/**
 * Tells the owner of an account what was changed about its factors, in the log and by letter. The change is made
 * already: a crash before this costs the notice, not the change.
 */
export async function tell(
  office: Office,
  ctx: CallContext,
  { id, email, language }: StoredAccount,
  what: SecurityEventName,
  letter?: Letter,
  detail: Record<string, string> = {},
): Promise<void> {
  await office.events.note(ctx.meta, id, what, detail);
  if (email !== null && letter) await office.post.send({ email, language }, letter);
}
