// Measures the widget in a browser, for `make bench`: `npx playwright test --config bench.config.ts`. Not a test.

import config from "./playwright.config";

export default { ...config, testDir: "bench", workers: 1 };
