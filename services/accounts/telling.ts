import type { CallContext } from "../../mixins/answer.ts";
import type { StoredAccount } from "./accounts.store.ts";
import type { Letter } from "./mails/letters.ts";
import type { Office } from "./office.ts";
import type { SecurityEventName } from "./security-events.ts";

/** What has one name in the log and in the letter about it. */
type Change = Extract<Letter, { kind: SecurityEventName }>;

/**
 * Tells the owner of an account, in the log and by letter, that a way into it has changed. The change is made already:
 * a crash before this costs the notice, not the change.
 */
export async function tell(
  { events, post }: Office,
  { meta }: Pick<CallContext, "meta">,
  account: StoredAccount,
  change: Change,
  detail: Record<string, string> = {},
): Promise<void> {
  await events.note(meta, account.id, change.kind, detail);
  await post.send(account, change);
}
