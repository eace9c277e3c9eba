import type { CallContext } from "../../../mixins/answer.ts";
import {
  AccountSuspended,
  Email,
  EmailTaken,
  profileFields,
  WebAddress,
  type PendingSignIn,
  type SignedIn,
} from "../account.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import { addWithHandle, newAccount } from "../credentials/registration.ts";
import type { Office } from "../office.ts";
import { waysToSignIn } from "../second-factor/ways-to-sign-in.ts";
import { passFirstFactor } from "../sign-in/open-session.ts";
import { admission, type Holder } from "./admission.ts";
import { providerOf, resumeAuthorization } from "./authorization.ts";
import type { Grant, Vouched } from "./identity-provider.ts";
import { knownAccount } from "./linking.ts";
import { AccountExists, EmailNotVerified, type ProviderName } from "./providers.contract.ts";

/** Signs in whom a provider vouches for; a second factor is asked for as with any other sign-in. */
export async function signInBy(
  office: Office,
  name: ProviderName,
  brought: Grant & { state?: string | undefined },
  ctx: CallContext,
): Promise<SignedIn | PendingSignIn> {
  const provider = providerOf(office, name);
  const person = await provider.exchange(await resumeAuthorization(office, name, brought));
  return passFirstFactor(office, await accountOf(office, name, person, ctx), ctx, name);
}

const MOST_ROUNDS = 10;

/**
 * The account of somebody at a provider: the one that knows them, else one that admission allows. Unique keys decide
 * between sign-ins at the same time: who loses looks again and finds what the other one made. A crash between the two
 * writes for somebody new leaves an account that nothing opens; by its verified address it is theirs when they come again.
 * Who has written looks again, too: the account may have been deleted in the meantime.
 */
async function accountOf(office: Office, provider: ProviderName, person: Vouched, ctx: CallContext) {
  const email = verifiedEmail(person);
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const known = await knownAccount(office, provider, person.subject);
    if (known) return known;
    const account = await admitted(office, provider, { ...person, email }, ctx);
    if (account) await office.identities.add({ accountId: account.id, provider, subject: person.subject });
  }
  throw new Error("The account of a sign-in changes too often at once");
}

/** The account to link somebody to; undefined when it has to be judged anew. */
async function admitted(office: Office, provider: ProviderName, person: Vouched, ctx: CallContext) {
  const account = person.email === null ? undefined : await office.accounts.byEmail(person.email);
  const holder = account && (await holderOf(office, account));
  switch (admission({ emailVerified: person.email !== null, holder })) {
    case "unverified":
      throw EmailNotVerified();
    case "accountExists":
      // Somebody at the provider who signs in for the first time twice at once is one of those who open it now.
      if (await knownAccount(office, provider, person.subject)) return undefined;
      throw AccountExists();
    case "suspended":
      throw AccountSuspended();
    case "newAccount":
      return addMember(office, provider, person, ctx);
    case "link":
      return account;
  }
}

async function holderOf(office: Office, account: StoredAccount): Promise<Holder> {
  const { password, passkeys, providers } = await waysToSignIn(office, account);
  const isOpenable = password || passkeys > 0 || providers.length > 0;
  return { status: account.status, emailVerified: account.emailVerifiedAt !== null, isOpenable };
}

/** Undefined when the address was taken a moment ago. */
async function addMember(office: Office, provider: ProviderName, person: Vouched, ctx: CallContext) {
  const told = { email: person.email, emailVerifiedAt: new Date(office.clock()).toISOString() };
  const { data: username } = profileFields.username.safeParse(person.name ?? undefined);
  const picture = WebAddress.safeParse(person.picture).data ?? null;
  try {
    const account = await addWithHandle(office.accounts, { ...newAccount({ username }), ...told, picture });
    await office.events.note(ctx.meta, account.id, "registered", { provider });
    return account;
  } catch (error) {
    if (EmailTaken.is(error)) return undefined;
    throw error;
  }
}

const ASCII = /^[!-~]+$/;

/**
 * The address in our form; null when the provider does not vouch for it, or it is none. It is judged as the provider says
 * it: what only looks like letters of ours (full width, say) is another address, and may be another person's.
 */
function verifiedEmail({ email, emailVerified }: Vouched): string | null {
  if (!emailVerified || email === null) return null;
  const address = Email.safeParse(email.trim()).data;
  return address !== undefined && ASCII.test(address) ? address.toLowerCase() : null;
}
