import { callerId, type Handlers } from "../../../mixins/answer.ts";
import { InvalidToken } from "../accounts.contract.ts";
import { registerAccount } from "../credentials/registration.ts";
import type { Office } from "../office.ts";
import { accountOfPair } from "./checked-password.ts";
import { openSession, passFirstFactor, signedIn } from "./opening.ts";
import type { signInActions } from "./sign-in.contract.ts";

/** Signing up, in and out, and what is known of one's sign-ins. */
export const signInAnswers = (office: () => Office): Handlers<{ $name: string; $actions: typeof signInActions }> => ({
  async register(application, ctx) {
    const account = await registerAccount(office(), application);
    return openSession(office(), account, ctx, ["password"]);
  },
  async login(credentials, ctx) {
    const account = await accountOfPair(office(), ctx, credentials);
    return passFirstFactor(office(), account, ctx, "password");
  },
  async refresh({ refresh }, ctx) {
    if (refresh === undefined) throw InvalidToken();
    const session = await office().sessions.refresh(refresh, ctx.meta);
    const account = await office().accounts.byId(session.accountId);
    if (account?.status !== "active") throw InvalidToken();
    return signedIn(office(), account, session);
  },
  async verify({ token }) {
    const claims = await office().tokens.verify(token);
    if (!claims || !(await office().sessions.live(claims.sessionId))) throw InvalidToken();
    return null;
  },
  revoke: notYet,
  async logout({ refresh }, ctx) {
    const { sessions } = office();
    const id = refresh === undefined ? ctx.meta.sessionId : (await sessions.ofRefresh(refresh))?.id;
    if (id !== undefined) await sessions.end(id, "logout");
    return null;
  },
  sessions: notYet,
  endSession: notYet,
  async endOtherSessions(_params, ctx) {
    await office().sessions.endAll(callerId(ctx), "owner", ctx.meta.sessionId);
    return null;
  },
  securityEvents: notYet,
  keys: notYet,
  endings: async () => ({ endings: await office().endings.current() }),
});

function notYet(): never {
  throw new Error("Not built yet");
}
