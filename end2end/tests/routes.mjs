// Runs after all journeys: no page was left out.

import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { neverJudged, routes } from '../fixtures/routes.mjs';

for (const project of ['js', 'no-js']) {
  test(`every route was judged (${project})`, () => {
    const worlds = JSON.parse(readFileSync(process.env.WORLD_FILE, 'utf8'));
    expect(routes().length).toBeGreaterThan(60);
    expect(neverJudged(worlds[project].judged)).toEqual([]);
  });
}
