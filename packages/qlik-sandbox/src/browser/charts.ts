import barChart from '@nebula.js/sn-bar-chart';
import lineChart from '@nebula.js/sn-line-chart';
import { embed, type stardust } from '@nebula.js/stardust';
import type { Doc } from '@qlik/api/qix';
import { chartTheme } from './chart-theme.ts';

/** Draws objects of one open app with Qlik's own chart code. This module is large: import it when a chart is due. */
export function chartsOf(doc: Doc, { dark }: { dark: boolean }): stardust.Embed {
  return embed(doc, {
    context: {
      theme: themeName(dark),
      language: 'en-US',
      keyboardNavigation: true,
      disableCellPadding: true,
    },
    types: [
      { name: 'barchart', load: () => Promise.resolve(barChart) },
      { name: 'linechart', load: () => Promise.resolve(lineChart) },
    ],
    themes: [true, false].map((isDark) => ({
      id: themeName(isDark),
      load: () => Promise.resolve(chartTheme({ dark: isDark })),
    })),
  });
}

export function themeName(dark: boolean): string {
  return dark ? 'sandbox-dark' : 'sandbox-light';
}
