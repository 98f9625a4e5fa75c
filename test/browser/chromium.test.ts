import { expect, test } from 'vitest';
import { describeWith } from '../support/describe-with.ts';
import { findChromium, INSTALL_CHROMIUM } from '../support/chromium-path.ts';

const chromium = findChromium();

describeWith(chromium === undefined ? [INSTALL_CHROMIUM] : [], 'what is tested in a browser', () => {
  test('has a Chromium to run in', () => {
    expect(chromium).toBeDefined();
  });
});
