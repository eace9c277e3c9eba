import type { Config } from "jest";

/**
 * One runner for every suite. SWC turns TypeScript into CommonJS for jest; Node itself runs the same files
 * untouched, so nothing that tests load may use `import.meta`.
 */
const config: Config = {
  testMatch: ["<rootDir>/test/**/*.test.ts"],
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
  testTimeout: 60_000,
  maxWorkers: 2,
};

export default config;
