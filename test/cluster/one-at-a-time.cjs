const { default: TestRunner } = require(require.resolve("jest-runner", { paths: [require.resolve("jest")] }));

/**
 * Runs suites one after the other, when all those of the default runner have ended: they start many processes under load,
 * and what else took the processors would be taken for a fault of theirs.
 */
module.exports = class extends TestRunner {
  isSerial = true;
};
