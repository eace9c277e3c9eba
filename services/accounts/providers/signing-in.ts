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
import { canonicalEmail } from "../credentials/email-address.ts";
import { addWithHandle, newAccount } from "../credentials/registration.ts";
import type { Office } from "../office.ts";
import { waysToSignIn, type WaysToSignIn } from "../second-factor/ways-to-sign-in.ts";
import { passFirstFactor } from "../sign-in/open-session.ts";
import { admission, type Holder } from "./admission.ts";
import { providerOf, resumeAuthorization } from "./authorization.ts";
import type { Grant, Vouched } from "./identity-provider.ts";
import { knownAccount, tellOfIdentity } from "./linking.ts";
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
    const found = await admitted(office, provider, { ...person, email }, ctx);
    if (!found) continue;
    const { account, wasOpenable } = found;
    const added = await office.identities.add({ accountId: account.id, provider, subject: person.subject });
    if (typeof added === "string" || !wasOpenable) continue;
    await tellOfIdentity(office, ctx, account, "identityLinked", provider);
  }
  throw new Error("The account of a sign-in changes too often at once");
}

/** The account to link somebody to, and whether there was a way into it before; undefined when it has to be judged anew. */
async function admitted(office: Office, provider: ProviderName, person: Vouched, ctx: CallContext) {
  const account = person.email === null ? undefined : await office.accounts.byEmail(person.email);
  const ways = account && (await waysToSignIn(office, account));
  const holder = account && ways && holderOf(account, ways, provider);
  switch (admission({ emailVerified: person.email !== null, holder })) {
    case "unverified":
      throw EmailNotVerified();
    case "accountExists":
      throw AccountExists();
    case "suspended":
      throw AccountSuspended();
    case "newAccount":
      return addMember(office, provider, person, ctx);
    case "link":
      return { account: account!, wasOpenable: ways!.passkeys + ways!.providers.length > 0 };
  }
}

const holderOf = ({ status, emailVerifiedAt }: StoredAccount, ways: WaysToSignIn, provider: ProviderName): Holder => ({
  ...{ status, hasPassword: ways.password, emailVerified: emailVerifiedAt !== null },
  hasOtherIdentity: ways.providers.includes(provider),
});

/** Undefined when the address was taken a moment ago. */
async function addMember(office: Office, provider: ProviderName, person: Vouched, ctx: CallContext) {
  const told = { email: person.email, emailVerifiedAt: new Date(office.clock()).toISOString() };
  const { data: username } = profileFields.username.safeParse(person.name ?? undefined);
  const picture = WebAddress.safeParse(person.picture).data ?? null;
  try {
    const account = await addWithHandle(office.accounts, { ...newAccount({ username }), ...told, picture });
    await office.events.note(ctx.meta, account.id, "registered", { provider });
    return { account, wasOpenable: false };
  } catch (error) {
    if (EmailTaken.is(error)) return undefined;
    throw error;
  }
}

/** The address in our form; null when the provider does not vouch for it, or it is none. */
function verifiedEmail({ email, emailVerified }: Vouched): string | null {
  if (!emailVerified || email === null) return null;
  return Email.safeParse(canonicalEmail(email)).data ?? null;
}
