import tseslint from "typescript-eslint";

/** Rules that find faults; layout is prettier's, types are the compiler's. */
export default tseslint.config(
  { ignores: ["node_modules", "bench/peers", "data", "coverage", "models/car-price"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-console": "error",
    },
  },
  { files: ["scripts/**", "bench/**"], rules: { "no-console": "off" } },
  {
    // What browsers run; the page that carries it gives it words of its own.
    files: ["**/*.client.js"],
    languageOptions: {
      sourceType: "script",
      globals: Object.fromEntries(
        ["addEventListener", "document", "fetch", "history", "location", "navigator"].map((name) => [name, "readonly"]),
      ),
    },
    rules: { "no-undef": "error" },
  },
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
