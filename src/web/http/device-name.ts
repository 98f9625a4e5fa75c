import { parse } from 'bowser';

/** Browser and system of a User-Agent, for people: `Firefox on Windows`. */
export function deviceName(userAgent: string | undefined): string {
  if (userAgent === undefined || userAgent.trim() === '') return 'Unknown device';
  const { browser, os, platform } = parse(userAgent);
  const system = platform.type === 'mobile' && platform.model ? platform.model : os.name;
  if (browser.name === undefined || browser.name === '') return system ?? 'Unknown device';
  return system === undefined ? browser.name : `${browser.name} on ${system}`;
}
