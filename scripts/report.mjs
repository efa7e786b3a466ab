// Reads the JSON report of a test runner: `node report.mjs vitest|playwright FILE` prints "PASSED FAILED", then a
// line for each test that failed. Ends with an error when there is no report.

import { readFileSync } from "node:fs";

const [, , runner, file] = process.argv;
const report = JSON.parse(readFileSync(file, "utf8"));

/** Every spec of a suite and of those inside it. */
const specs = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specs)];

const readers = {
  vitest() {
    const broken = report.testResults.filter((one) => one.status === "failed");
    const failures = broken.flatMap((one) => {
      const tests = one.assertionResults.filter((test) => test.status === "failed").map((test) => test.fullName);
      return tests.length > 0 ? tests : [`${one.name}: ${one.message.split("\n")[0]}`];
    });
    return { passed: report.numPassedTests, failures };
  },
  // A test that passed only when repeated counts as failed.
  playwright() {
    const failures = report.suites
      .flatMap(specs)
      .filter((spec) => spec.tests.some((test) => ["unexpected", "flaky"].includes(test.status)))
      .map((spec) => `${spec.file}: ${spec.title}`);
    const errors = report.errors.map((error) => error.message.split("\n")[0]);
    return { passed: report.stats.expected, failures: [...failures, ...errors] };
  },
};

const { passed, failures } = readers[runner]();
console.log(`${passed} ${failures.length}`);
for (const failure of failures) console.log(failure);
