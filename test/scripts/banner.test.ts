import { banner } from "../../scripts/banner.ts";

const alone = {
  port: 3000,
  publicUrl: "http://localhost:3000",
  dataDir: "/data",
  demo: false,
  roles: ["gateway", "search"],
};

test("a person learns where the product answers and how to stop it", () => {
  const text = banner(alone);
  expect(text).toMatch(/^\nHallabong is ready\.\n( {2}.+\n)+\n$/);
  for (const told of ["http://localhost:3000/api/docs", "http://localhost:3000/api/health", "SQLite", "Ctrl+C"]) {
    expect(text).toContain(told);
  }
  expect(text).toMatch(/Real +nothing\n/);
});

test("servers that stand in for embedded parts are named, with what they are for", () => {
  const servers = {
    natsUrl: "nats://n",
    mongoUrl: "mongodb://m/d",
    elasticsearchUrl: "http://e",
    redisUrl: "redis://r",
    smtpUrl: "smtp://s",
  };
  const text = banner({ ...alone, ...servers });
  expect(text).toMatch(/Real +NATS \(calls and facts\), MongoDB, Elasticsearch, Redis, mail server\n/);
  expect(text).toMatch(/Embedded +nothing\n/);
});
