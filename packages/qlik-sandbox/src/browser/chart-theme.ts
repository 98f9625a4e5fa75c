import type { stardust } from '@nebula.js/stardust';

const FONT = 'system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif';

/** Colours a person with a colour vision deficiency can tell apart; white labels are readable on them. */
const LIGHT_SERIES = ['#1f6feb', '#d9730d', '#0f8a6d', '#8250df', '#bf3989', '#6e7781'];
const DARK_SERIES = ['#3579dc', '#c9762b', '#2a9d7c', '#8f6fd8', '#c9559a', '#7d8894'];

/** A theme in the JSON form of Qlik themes. */
export function chartTheme({ dark }: { dark: boolean }): stardust.ThemeJSON {
  const series = dark ? DARK_SERIES : LIGHT_SERIES;
  const text = dark ? '#e6e9ee' : '#1c2430';
  const quiet = dark ? '#a4adba' : '#545f6e';
  const line = dark ? '#39414d' : '#dfe3e8';
  const axis = {
    title: { color: quiet },
    label: { name: { color: quiet } },
    line: { major: { color: line }, minor: { color: line } },
  };
  return {
    type: dark ? 'dark' : 'light',
    fontFamily: FONT,
    color: text,
    backgroundColor: 'transparent',
    dataColors: { primaryColor: series[0], othersColor: quiet, errorColor: '#d1242f', nullColor: quiet },
    palettes: { data: [{ name: 'Sandbox', propertyValue: '12', type: 'pyramid', scale: pyramid(series) }] },
    object: {
      title: { main: { color: text, fontSize: '15px' } },
      barChart: {
        axis,
        grid: { line: { major: { color: line }, minor: { color: line } } },
      },
      lineChart: {
        axis,
        grid: { line: { major: { color: line }, minor: { color: line } } },
      },
    },
  };
}

/** The colours for one value, for two, and so on: Qlik's charts pick the row by how many values there are. */
function pyramid(series: readonly string[]): string[][] {
  return series.map((_, index) => series.slice(0, index + 1));
}
