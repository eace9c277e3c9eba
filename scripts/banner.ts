interface Parts {
  port: number;
  publicUrl: string;
  dataDir: string;
  demo: boolean;
  roles: readonly string[];
  natsUrl?: string | undefined;
  mongoUrl?: string | undefined;
  elasticsearchUrl?: string | undefined;
  redisUrl?: string | undefined;
  smtpUrl?: string | undefined;
}

/** What a person sees once the process is ready: where to look, what is embedded, what is real, how to stop. */
export function banner(parts: Parts): string {
  const choices = [
    { url: parts.natsUrl, real: "NATS (calls and facts)", embedded: "calls and facts in this process" },
    { url: parts.mongoUrl, real: "MongoDB", embedded: `SQLite in ${parts.dataDir}` },
    { url: parts.elasticsearchUrl, real: "Elasticsearch", embedded: "SQLite full text search" },
    { url: parts.redisUrl, real: "Redis", embedded: "counts and caches in this process" },
    { url: parts.smtpUrl, real: "mail server", embedded: `mails as files in ${parts.dataDir}/outbox` },
  ];
  const names = (real: boolean) =>
    choices
      .filter(({ url }) => Boolean(url) === real)
      .map((choice) => (real ? choice.real : choice.embedded))
      .join(", ") || "nothing";
  const lines = [
    ...(parts.roles.includes("gateway")
      ? [
          ["API docs", `${parts.publicUrl}/api/docs`],
          ["API", `${parts.publicUrl}/api`],
          ["Health", `${parts.publicUrl}/api/health`],
        ]
      : [["Services", parts.roles.join(", ")]]),
    ["Embedded", names(false)],
    ["Real", names(true)],
    ...(parts.demo ? [["Demo", "an empty market is filled with generated cars (DEMO=off leaves it empty)"]] : []),
    ["Stop", "Ctrl+C"],
  ];
  return `\nHallabong is ready.\n${lines.map(([label, text]) => `  ${label!.padEnd(9)} ${text}`).join("\n")}\n\n`;
}

/** The same for whatever reads a log. */
export const readiness = ({ publicUrl, roles }: Parts) => ({
  roles,
  ...(roles.includes("gateway") && { url: `${publicUrl}/api`, docs: `${publicUrl}/api/docs` }),
});
