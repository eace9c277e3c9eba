import type { Config } from "jest";

/** SWC turns TypeScript into CommonJS for jest; Node itself runs the same files untouched. */
const suites = {
  testEnvironment: "<rootDir>/test/environment.cjs",
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2024" },
        module: { type: "commonjs" },
      },
    ],
  },
  modulePathIgnorePatterns: ["<rootDir>/bench/peers"],
} satisfies Config;

const config: Config = {
  projects: [
    { ...suites, testMatch: ["<rootDir>/test/!(cluster)/**/*.test.ts", "<rootDir>/test/*.test.ts"] },
    {
      ...suites,
      testMatch: ["<rootDir>/test/cluster/**/*.test.ts"],
      runner: "<rootDir>/test/cluster/one-at-a-time.cjs",
    },
  ],
  testTimeout: 60_000,
  maxWorkers: 2,
};

export default config;
