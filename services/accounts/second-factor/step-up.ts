import type { CallContext } from "../../../mixins/answer.ts";
import { StepUpRequired } from "../accounts.contract.ts";
import type { Office } from "../office.ts";

/** So long a proof of who somebody is stays fresh. */
export const FRESH_MS = 5 * 60_000;

/** Throws `STEP_UP_REQUIRED` unless the caller's session proved within five minutes who it is. */
export async function requireStepUp({ sessions, clock }: Office, ctx: CallContext): Promise<void> {
  const session = await sessions.live(ctx.meta.sessionId ?? "");
  if (!session || clock() - session.provedAtMs > FRESH_MS) throw StepUpRequired({ methods: ["password"] });
}
