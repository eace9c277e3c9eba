const { TestEnvironment } = require("jest-environment-node");

/**
 * onnxruntime checks tensors with `instanceof` against the host's typed arrays; jest gives each sandbox its own.
 * Handing over the host's two constructors lets the runtime work inline under test as it does in the product.
 */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.Float32Array = Float32Array;
    this.global.BigInt64Array = BigInt64Array;
  }
};
