import type { TokenIssuer } from "../../mixins/tokens/access-gate.ts";
import { Accounts } from "../accounts/accounts.contract.ts";
import { TOKENS_ENDED } from "../accounts/sign-in/sign-in.contract.ts";

/** Who makes the access tokens that callers show. */
export const tokenIssuer: TokenIssuer = {
  event: TOKENS_ENDED,
  keys: async (via) => (await Accounts.keys(via, {})).keys,
  endings: (via, sinceMs) => Accounts.endings(via, { sinceMs }),
};
