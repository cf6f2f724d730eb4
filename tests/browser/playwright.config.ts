import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { chromiumOptions } from './lib/machine.ts'
import { siteOfThisRun } from './lib/site.ts'

const site = siteOfThisRun()

export default defineConfig({
  testDir: 'specs',
  outputDir: join(site.folder, 'playwright'),
  reporter: './lib/reporter.ts',
  fullyParallel: true,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 5_000 },
  use: {
    baseURL: site.url,
    actionTimeout: 5_000,
    navigationTimeout: 10_000,
    viewport: { width: 360, height: 720 },
    hasTouch: true,
    locale: 'en-IN',
    launchOptions: chromiumOptions,
  },
  projects: [
    { name: 'pages', testIgnore: '*.speed.spec.ts' },
    { name: 'speed', testMatch: '*.speed.spec.ts', fullyParallel: false },
  ],
})
