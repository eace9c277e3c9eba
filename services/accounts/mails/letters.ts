/** What we write to members; `link` and the like are what the text needs. */
export type Letter =
  | { kind: "verifyEmail"; link: string }
  | { kind: "resetPassword"; link: string }
  | { kind: "changeEmail"; link: string }
  | { kind: "emailChanged"; newEmail: string }
  | { kind: "passwordChanged" }
  | { kind: "newDevice"; device: string; ip: string; at: string }
  | { kind: "totpEnabled" }
  | { kind: "totpRemoved" }
  | { kind: "recoveryCodeUsed"; left: number }
  | { kind: "passkeyAdded"; name: string }
  | { kind: "passkeyRemoved"; name: string }
  | { kind: "identityLinked"; provider: string }
  | { kind: "identityUnlinked"; provider: string }
  | { kind: "suspended"; reason: string | null }
  | { kind: "deleted" }
  | { kind: "exportReady"; link: string; expiresAt: string };
