// Takes the README's pictures: `npx playwright test --config pictures.config.ts`. Not a test.

import config from "./playwright.config";

export default { ...config, testDir: "pictures", workers: 1 };
