// The journeys in Debian's Chromium, each with JavaScript and without.

import { defineConfig } from '@playwright/test';

const launch = {
  // The one without windows, whose browser process has less to do.
  executablePath: '/usr/bin/chromium-headless-shell',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export default defineConfig({
  testDir: 'tests',
  testMatch: '**/*.spec.mjs',
  outputDir: 'artefacts/failures',
  globalSetup: './fixtures/world.mjs',
  workers: 2,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 600_000,
  // Longer than that, something hangs.
  globalTimeout: 35 * 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: launch,
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    viewport: { width: 1280, height: 900 },
    screenshot: 'only-on-failure',
    // With TRACE=1, for whoever looks for a fault. Without a film: the snapshots of the page before and after each step tell
    // as much, for a fraction of the work.
    trace: process.env.TRACE === '1' ? { mode: 'retain-on-failure', screenshots: false, snapshots: true, sources: true } : 'off',
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
  },
  projects: [
    { name: 'js', use: { scripts: true } },
    { name: 'no-js', use: { scripts: false } },
    { name: 'routes', testMatch: 'routes.mjs', dependencies: ['js', 'no-js'] },
  ],
});
